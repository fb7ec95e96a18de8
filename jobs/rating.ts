import { defineJob } from '../src/platform/jobs.ts'
import { object, PeriodText } from '../src/platform/schema.ts'

/**
 * Rates what is marked as due, for all sellers. Safe to run twice: rating computes the same from the same inputs, and a
 * mark goes away in the transaction that has served it.
 */
export const refreshRating = defineJob({
  queue: 'rating',
  kind: 'rating.refresh',
  version: 1,
  payload: object({}),
})

/**
 * Marks what is owed in a month though nothing is used. Safe to run twice: marking again rates again, from the same inputs
 * to the same amounts.
 */
export const beginMonth = defineJob({
  queue: 'rating',
  kind: 'rating.begin_month',
  version: 1,
  payload: object({ period: PeriodText }),
})

import { defineJob } from '../src/platform/jobs.ts'
import { object } from '../src/platform/schema.ts'

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

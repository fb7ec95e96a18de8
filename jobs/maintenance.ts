import { defineJob } from '../src/platform/jobs.ts'
import { DayText, object } from '../src/platform/schema.ts'
import { followPrices } from './pricing.ts'
import { refreshRating } from './rating.ts'
import { regionNight } from './regions.ts'
import { redriveUsage } from './usage.ts'

/** Forgets what nobody can ask for any more, once a day. Safe to run twice: what is gone is gone. */
export const forgetOld = defineJob({
  queue: 'maintenance',
  kind: 'maintenance.forget_old',
  version: 1,
  payload: object({ day: DayText }),
})

/** Jobs that the house asks of itself all the time: once done, their rows serve nobody. */
export const passingKinds: readonly string[] = [followPrices, forgetOld, redriveUsage, refreshRating, regionNight].map(
  (job) => job.kind,
)

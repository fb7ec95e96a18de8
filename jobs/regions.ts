import { defineJob } from '../src/platform/jobs.ts'
import { DayText, object, Uuid } from '../src/platform/schema.ts'

/** Rates what is due after a region's local day. Safe to run twice: rating computes the same from the same inputs. */
export const regionNight = defineJob({
  queue: 'rating',
  kind: 'regions.nightly',
  version: 1,
  payload: object({ regionId: Uuid, day: DayText }),
})

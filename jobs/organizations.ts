import { defineJob } from '../src/platform/jobs.ts'
import { object, Uuid } from '../src/platform/schema.ts'

/**
 * Brings a planned change of the hierarchy about when its month has begun. Safe to run twice: it works on a planned change
 * only, and in one transaction with its end.
 */
export const applyChange = defineJob({
  queue: 'maintenance',
  kind: 'organizations.apply_change',
  version: 1,
  payload: object({ changeId: Uuid }),
  cancellable: false,
})

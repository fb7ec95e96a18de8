import { defineJob } from '../src/platform/jobs.ts'
import { object, PeriodText, Uuid } from '../src/platform/schema.ts'

/**
 * Computes what the issued documents of one payer and period lack in earnings. Safe to run twice, and two at once: a line
 * earns once per payee and service day, which the database refuses to break.
 */
export const runCommissions = defineJob({
  queue: 'commissions',
  kind: 'commissions.run',
  version: 1,
  payload: object({ payerId: Uuid, period: PeriodText }),
})

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

/** Replays the documents of a period with a draft rule. Safe to run twice: what it finds is written in chunks, each once. */
export const simulateCommissions = defineJob({
  queue: 'commissions',
  kind: 'commissions.simulate',
  version: 1,
  payload: object({ simulationId: Uuid }),
})

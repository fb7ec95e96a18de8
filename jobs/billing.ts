import { defineJob } from '../src/platform/jobs.ts'
import { DayText, object, Uuid } from '../src/platform/schema.ts'

/**
 * Rates one seller's period, drafts its documents, and issues them where the run asks for it. Safe to run twice: a chunk
 * that is done is skipped, and what is drafted or issued is not picked again. Can't be cancelled once it issues.
 */
export const runBilling = defineJob({
  queue: 'billing',
  kind: 'billing.run',
  version: 1,
  payload: object({ runId: Uuid }),
})

/** Issues the drafts of a run. Safe to run twice: an issued document is not picked again, and numbers stay gapless. */
export const issueRun = defineJob({
  queue: 'billing',
  kind: 'billing.issue',
  version: 1,
  payload: object({ runId: Uuid }),
  cancellable: false,
})

/** Discards the drafts of a run that nobody wants any more. Safe to run twice: a discarded draft is not picked again. */
export const discardRun = defineJob({
  queue: 'billing',
  kind: 'billing.discard',
  version: 1,
  payload: object({ runId: Uuid }),
  cancellable: false,
})

/**
 * Tells of invoices whose due day has passed while something is due. Safe to run twice: an invoice is marked once for ever,
 * and the mark and the events are one transaction.
 */
export const tellOverdue = defineJob({
  queue: 'billing',
  kind: 'billing.overdue',
  version: 1,
  payload: object({ day: DayText }),
})

/**
 * Lets what is left of granted credit expire. Safe to run twice: a grant expires once for ever, and its entry and postings are
 * one transaction.
 */
export const expireCredits = defineJob({
  queue: 'billing',
  kind: 'credits.expire',
  version: 1,
  payload: object({ day: DayText }),
})

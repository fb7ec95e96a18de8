import type { Tx } from '../../../platform/db.ts'
import * as errors from './errors.ts'
import { forgetDrafted, markRated } from '../estimates/due.ts'
import { hasMarks } from '../rating/queries-buckets.ts'
import * as queries from './queries-drafting.ts'
import * as runs from './queries.ts'
import { invariant } from '../../../platform/errors.ts'
import * as served from '../charges/queries-served.ts'
import { isClosed } from '../periods/queries.ts'

/**
 * The buckets of these documents are billed for good, and the seconds that they charge are taken; what they give back is free
 * again first. Runs as weir_seller in the transaction that issues them.
 */
export const billBuckets = async (tx: Tx, papers: queries.Papers): Promise<void> => {
  const { sellerId, invoiceIds } = papers
  const loose = await served.findLooseCredit(tx, sellerId, invoiceIds)
  invariant(!loose, 'only what is billed is given back')
  await served.shortenServices(tx, sellerId, invoiceIds)
  await served.insertServices(tx, invoiceIds)
  await queries.markBilled(tx, papers)
  await forgetDrafted(tx, papers)
}

/** The buckets of these drafts are final without a document. Runs as weir_seller in the transaction that takes the drafts away. */
export const settleBuckets = async (tx: Tx, papers: queries.Papers): Promise<void> => {
  await queries.markSettled(tx, papers)
  await forgetDrafted(tx, papers)
}

/** The buckets of these documents are free again. Runs as weir_seller in the transaction that discards them. */
export const freeBuckets = async (tx: Tx, papers: queries.Papers): Promise<void> => {
  await queries.release(tx, papers)
  await forgetDrafted(tx, papers)
  await markRated(tx, papers)
}

/**
 * Lets one document of a run be issued by itself: nobody else issues or discards the run until the transaction ends. As
 * weir_seller. @throws runNotDrafted, periodOpen, draftsStale
 */
export async function holdForIssue(tx: Tx, sellerId: string, runId: string): Promise<void> {
  const run = await runs.lockRun(tx, sellerId, runId)
  if (!run || run.discardJobId !== null || (run.state !== 'drafted' && run.state !== 'done'))
    throw errors.runNotDrafted()
  if (!(await isClosed(tx, run.period))) throw errors.periodOpen()
  if (await hasMarks(tx, sellerId, run.period)) throw errors.draftsStale()
}

/** Notes how many documents a run has now. Runs as weir_seller in the transaction that changed them. */
export const noteCounts = async (tx: Tx, runId: string, counts: Counts): Promise<void> => {
  await runs.updateRunCounts(tx, runId, counts)
}

type Counts = Parameters<typeof runs.updateRunCounts>[2]

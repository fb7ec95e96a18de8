import { preferIndexes, switchRole, type Tx } from '../../../platform/db.ts'
import { invariant } from '../../../platform/errors.ts'
import { forbidCancel } from '../../../platform/job-queries.ts'
import type { JobOwner } from '../../../platform/jobs.ts'
import { recordAudit } from '../../audit/service.ts'
import {
  countDocuments,
  discardSome,
  type DraftCounts,
  reviewDrafts,
  type RunKey,
  settleSome,
} from '../../invoices/drafts/finish-drafts.ts'
import { issueNext } from '../../invoices/issue/issue.ts'
import { raiseEvents } from '../../webhooks/events.ts'
import { billBuckets, freeBuckets, settleBuckets } from './papers.ts'
import { hasMarks, lockRating } from '../rating/queries-buckets.ts'
import * as queries from './queries.ts'
import { isClosed } from '../periods/queries.ts'

// What a run does besides rating and drafting. Every step is one transaction, as weir_seller, in the seller's name.

/** A run in a worker's hands. */
export type Running = RunKey & { readonly owner: JobOwner; readonly issue: boolean }

const documentsDiscardedPerChunk = 200

/** Begins or goes on: a waiting run rates from now on. Undefined when it has ended already. */
export async function startRun(tx: Tx, owner: JobOwner, runId: string): Promise<Running | undefined> {
  const run = await queries.lockRun(tx, owner.organizationId, runId)
  invariant(run, 'a job belongs to a run of its owner')
  if (run.state === 'done' || run.state === 'cancelled') return undefined
  if (run.state === 'queued') await queries.updateRunState(tx, runId, 'rating')
  return { runId, sellerId: run.sellerId, period: run.period, owner, issue: run.issue }
}

/** How a run goes on when its drafts are written. */
type Reviewed = { readonly goesOn: 'issue' | 'wait' | 'end'; readonly invoices: number; readonly parked: number }

/**
 * Ends drafting: sets aside what must not be issued, and decides whether the run issues by itself. That needs the wish,
 * a closed period and amounts that are not out of date; from then on the job can't be cancelled. Without any document
 * the run is done.
 */
export async function reviewRun(tx: Tx, run: Running, jobId: string): Promise<Reviewed> {
  const counts = await reviewDrafts(tx, run.runId)
  await queries.updateWaiting(tx, { id: run.runId, sellerId: run.sellerId, period: run.period })
  const noted = await queries.updateRunCounts(tx, run.runId, counts)
  const mayIssue = run.issue && (await isClosed(tx, run.period)) && !(await hasMarks(tx, run.sellerId, run.period))
  const goesOn = counts.invoices === 0 ? 'end' : mayIssue ? 'issue' : 'wait'
  await queries.updateRunState(tx, run.runId, goesOn === 'wait' ? 'drafted' : 'issuing')
  await recordAudit(tx, run.owner, { action: 'billing_run.drafted', objectType: 'billing_run', objectId: run.runId })
  if (goesOn === 'wait') await tell(tx, run, 'drafted', { ...counts, ...noted })
  if (goesOn === 'issue') {
    await switchRole(tx, 'weir_relay')
    await forbidCancel(tx, jobId)
    await switchRole(tx, 'weir_seller')
  }
  return { goesOn, invoices: counts.invoices, parked: counts.parked }
}

/** How many drafts came to an end, by what became of them. */
type Ended = { readonly issued: number; readonly settled: number }

/**
 * Settles the next drafts of the run that come to nothing, where its seller wants that, and then issues the next documents;
 * when none are left the run is done. Answers how many.
 */
export async function issueSome(tx: Tx, run: RunKey & { readonly owner: JobOwner }): Promise<Ended> {
  const settled = await settleNext(tx, run)
  if (settled > 0) return { issued: 0, settled }
  const papers = await issueNext(tx, run.sellerId, run.runId)
  if (papers.invoiceIds.length > 0) {
    await billBuckets(tx, { ...run, ...papers })
    return { issued: papers.invoiceIds.length, settled: 0 }
  }
  const counts = await countDocuments(tx, run.runId)
  const noted = await queries.updateRunCounts(tx, run.runId, counts)
  await queries.updateRunState(tx, run.runId, 'done')
  await recordAudit(tx, run.owner, { action: 'billing_run.done', objectType: 'billing_run', objectId: run.runId })
  await tell(tx, run, 'done', { ...counts, ...noted })
  return { issued: 0, settled: 0 }
}

async function settleNext(tx: Tx, run: RunKey): Promise<number> {
  await preferIndexes(tx)
  const papers = await settleSome(tx, run, documentsDiscardedPerChunk)
  const settled = papers.invoiceIds.length
  if (settled > 0) {
    await settleBuckets(tx, { ...run, ...papers })
    await queries.addSettled(tx, run.runId, settled)
  }
  return settled
}

/** Discards the next drafts of the run and frees their buckets; when none are left the run is cancelled. Answers how many. */
export async function discardDrafts(tx: Tx, run: RunKey & { readonly owner: JobOwner }): Promise<number> {
  await preferIndexes(tx)
  await lockRating(tx, run.sellerId)
  const papers = await discardSome(tx, run.runId, documentsDiscardedPerChunk)
  if (papers.invoiceIds.length > 0) {
    await freeBuckets(tx, { ...run, ...papers })
    return papers.invoiceIds.length
  }
  await queries.updateRunCounts(tx, run.runId, await countDocuments(tx, run.runId))
  await queries.updateRunState(tx, run.runId, 'cancelled')
  await recordAudit(tx, run.owner, { action: 'billing_run.cancelled', objectType: 'billing_run', objectId: run.runId })
  return 0
}

/** The seller is told when drafts wait for it, and when the run is done: counts, never amounts. */
async function tell(
  tx: Tx,
  { runId, sellerId, period }: RunKey,
  state: 'drafted' | 'done',
  {
    invoices,
    lines,
    parked,
    issued,
    waiting,
    settled,
  }: DraftCounts & Awaited<ReturnType<typeof queries.updateRunCounts>>,
): Promise<void> {
  await switchRole(tx, 'weir_relay')
  await raiseEvents(tx, [
    {
      type: 'billing.run.completed',
      objectId: runId,
      sequence: state === 'drafted' ? 1 : 2,
      receivers: [sellerId],
      data: { runId, period, state, invoices, lines, parked, issued, settled, waiting },
    },
  ])
  await switchRole(tx, 'weir_seller')
}

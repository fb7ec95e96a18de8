import * as jobs from '../../../../jobs/billing.ts'
import { type Ctx, inTx, inTxOnce, tierRole } from '../../../platform/context.ts'
import { isViolation, switchRole, type Tx } from '../../../platform/db.ts'
import { notFound } from '../../../platform/errors.ts'
import { newId } from '../../../platform/ids.ts'
import { enqueue } from '../../../platform/jobs.ts'
import { idPageRequest, type Page, pageOf } from '../../../platform/page.ts'
import { recordAudit } from '../../audit/service.ts'
import { cancelJob } from '../../jobs/service.ts'
import { isChangePending } from '../../organizations/service.ts'
import { assertSeller } from '../../pricing/sellers.ts'
import { isClosed } from '../periods/queries.ts'
import { hasMarks } from '../rating/queries-buckets.ts'
import * as errors from './errors.ts'
import type { NewRun, Run, RunAccepted, RunFilters } from './model.ts'
import * as queries from './queries.ts'

const toRun = ({ discardJobId: _, ...run }: queries.RunRow): Run => run

/** The organization's own runs, newest first. */
export async function listRuns(ctx: Ctx, filters: RunFilters): Promise<Page<Run>> {
  const page = idPageRequest('billing-runs', filters)
  const rows = await inTx(ctx, (tx) => queries.listRuns(tx, ctx.actor.organizationId, filters, page))
  return pageOf('billing-runs', page, rows, (row) => row.id, toRun)
}

/** @throws notFound, alike for an absent run and another seller's. */
export const getRun = (ctx: Ctx, id: string): Promise<Run> =>
  inTx(ctx, async (tx) => {
    const run = await queries.findRun(tx, ctx.actor.organizationId, id)
    if (!run) throw notFound()
    return toRun(run)
  })

/**
 * Bills a period for the acting seller: a job rates, drafts and, where asked for and lawful, issues.
 * @throws notASeller, futurePeriod, changePending, runActive
 */
export async function startRun(ctx: Ctx, input: NewRun): Promise<RunAccepted> {
  try {
    return await inTxOnce(ctx, async (tx) => {
      await assertSeller(tx, ctx.actor)
      if (input.period > (await queries.findCurrentPeriod(tx))) throw errors.futurePeriod()
      await asSeller(ctx, tx, async () => {
        if (await isChangePending(tx, ctx.actor.organizationId, input.period)) throw errors.changePending()
      })
      const runId = newId()
      const { id: jobId } = await enqueue(tx, ctx.actor, jobs.runBilling, { runId }, { dedupeKey: runId })
      await asSeller(ctx, tx, () =>
        queries.insertRun(tx, {
          id: runId,
          sellerId: ctx.actor.organizationId,
          period: input.period,
          issue: input.issue ?? false,
          jobId,
        }),
      )
      await audit(ctx, tx, 'billing_run.started', runId)
      return { jobId, runId }
    })
  } catch (error) {
    throw isViolation(error, 'billing_run_one_active') ? errors.runActive() : error
  }
}

/**
 * Issues a run's drafts: from then on nobody stops it. @throws notFound, runNotDrafted, periodOpen, draftsStale
 */
export const issueRun = (ctx: Ctx, id: string): Promise<RunAccepted> =>
  inTxOnce(ctx, async (tx) => {
    await asSeller(ctx, tx, async () => {
      const run = await lockRun(ctx, tx, id)
      if (run.state !== 'drafted' || run.discardJobId !== null) throw errors.runNotDrafted()
      if (!(await isClosed(tx, run.period))) throw errors.periodOpen()
      if (await hasMarks(tx, run.sellerId, run.period)) throw errors.draftsStale()
      await queries.updateRunState(tx, id, 'issuing')
    })
    const { id: jobId } = await enqueue(tx, ctx.actor, jobs.issueRun, { runId: id }, { dedupeKey: id })
    await audit(ctx, tx, 'billing_run.issue_requested', id)
    return { jobId, runId: id }
  })

/**
 * Stops a run and discards its drafts: one at work ends before its next chunk, a drafted one by a job of its own. May run
 * twice. @throws notFound, runNotCancellable
 */
export async function cancelRun(ctx: Ctx, id: string): Promise<RunAccepted> {
  const run = await inTx(ctx, (tx) => queries.findRun(tx, ctx.actor.organizationId, id))
  if (!run) throw notFound()
  if (run.state === 'queued' || run.state === 'rating') {
    await cancelJob(ctx, run.jobId)
    return { jobId: run.jobId, runId: id }
  }
  return inTxOnce(ctx, (tx) => discardDrafted(ctx, tx, id))
}

async function discardDrafted(ctx: Ctx, tx: Tx, id: string): Promise<RunAccepted> {
  const run = await asSeller(ctx, tx, () => lockRun(ctx, tx, id))
  if (run.state !== 'drafted') throw errors.runNotCancellable()
  if (run.discardJobId !== null) return { jobId: run.discardJobId, runId: id }
  const { id: jobId } = await enqueue(tx, ctx.actor, jobs.discardRun, { runId: id }, { dedupeKey: id })
  await asSeller(ctx, tx, () => queries.updateDiscardJob(tx, id, jobId))
  await audit(ctx, tx, 'billing_run.cancel_requested', id)
  return { jobId, runId: id }
}

async function lockRun(ctx: Ctx, tx: Tx, id: string): Promise<queries.RunRow> {
  const run = await queries.lockRun(tx, ctx.actor.organizationId, id)
  if (!run) throw notFound()
  return run
}

/** Money duties are done in the seller's role; the tier's goes on afterwards. */
async function asSeller<T>(ctx: Ctx, tx: Tx, work: () => PromiseLike<T>): Promise<T> {
  await switchRole(tx, 'weir_seller')
  const result = await work()
  await switchRole(tx, tierRole(ctx.actor.level))
  return result
}

const audit = (ctx: Ctx, tx: Tx, action: string, objectId: string): Promise<void> =>
  recordAudit(tx, ctx.actor, { action, objectType: 'billing_run', objectId }, ctx.requestId)

import { createHash } from 'node:crypto'
import type { Ctx } from '../../platform/context.ts'
import { inTx, inTxOnce } from '../../platform/context.ts'
import type { Tx } from '../../platform/db.ts'
import { notFound } from '../../platform/errors.ts'
import { type Page, pageOf, pageRequest } from '../../platform/page.ts'
import { recordAudit } from '../audit/service.ts'
import { jobIsFinal, jobNotCancellable, jobNotParked } from './errors.ts'
import type { Job, JobFilters, JobState } from './model.ts'
import * as queries from './queries.ts'

/** A job as it was read, and a name for exactly this reading. */
export type SeenJob = { readonly job: Job; readonly etag: string; readonly hasEnded: boolean }

const finalStates: ReadonlySet<JobState> = new Set(['done', 'failed', 'cancelled'])

/** Nothing happens by itself any more: final, or waiting for a person. */
const hasEnded = (state: JobState): boolean => finalStates.has(state) || state === 'parked'

const toJob = (row: queries.JobRow): Job => ({
  id: row.id,
  kind: row.kind,
  state: row.state,
  attempt: row.attempt,
  progress: { done: row.progressDone, total: row.progressTotal, unit: row.progressUnit },
  result: row.result === null ? null : { href: row.result.href ?? null },
  problem: row.problem,
  cancelRequested: row.isCancelAsked,
  startedAt: row.startedAt,
  finishedAt: row.finishedAt,
  createdAt: row.createdAt,
  updatedAt: row.updatedAt,
})

const seen = (row: queries.JobRow): SeenJob => {
  const job = toJob(row)
  const etag = `"${createHash('sha256').update(JSON.stringify(job)).digest('base64url').slice(0, 22)}"`
  return { job, etag, hasEnded: hasEnded(job.state) }
}

/** The organization's own jobs, newest first. */
export async function listJobs(ctx: Ctx, filters: JobFilters): Promise<Page<Job>> {
  const page = pageRequest('jobs', filters)
  const rows = await inTx(ctx, (tx) => queries.listJobs(tx, ctx.actor.organizationId, filters, page))
  return pageOf('jobs', page, rows, (row) => row.id, toJob)
}

/** One of the organization's own jobs. @throws notFound, alike for an absent job and another organization's. */
export const getJob = (ctx: Ctx, id: string): Promise<SeenJob> => inTx(ctx, async (tx) => seen(await find(ctx, tx, id)))

async function find(ctx: Ctx, tx: Tx, id: string): Promise<queries.JobRow> {
  const row = await queries.findJob(tx, ctx.actor.organizationId, id)
  if (!row) throw notFound()
  return row
}

/**
 * Stops the job: one that waits at once, one that runs before its next chunk. It may still get done first.
 * May run twice. @throws notFound, jobIsFinal, jobNotCancellable
 */
export const cancelJob = (ctx: Ctx, id: string): Promise<SeenJob> =>
  inTxOnce(ctx, async (tx) => {
    const row = await find(ctx, tx, id)
    if (finalStates.has(row.state)) throw jobIsFinal()
    if (row.isCancelAsked) return seen(row)
    if (row.state === 'running' && !row.isCancellable) throw jobNotCancellable()
    await queries.insertCancelWish(tx, ctx.actor, id)
    await audit(ctx, tx, 'job.cancel_requested', row)
    return seen(await find(ctx, tx, id))
  })

/** Has a parked job tried again, with fresh attempts. May run twice. @throws notFound, jobIsFinal, jobNotParked */
export const retryJob = (ctx: Ctx, id: string): Promise<SeenJob> =>
  inTxOnce(ctx, async (tx) => {
    const row = await find(ctx, tx, id)
    if (finalStates.has(row.state)) throw jobIsFinal()
    if (row.state !== 'parked') throw jobNotParked()
    await queries.insertRetryWish(tx, ctx.actor, id)
    await audit(ctx, tx, 'job.retry_requested', row)
    return seen(row)
  })

const audit = (ctx: Ctx, tx: Tx, action: string, { id, kind, state }: queries.JobRow): Promise<void> =>
  recordAudit(tx, ctx.actor, { action, objectType: 'job', objectId: id, details: { kind, state } }, ctx.requestId)

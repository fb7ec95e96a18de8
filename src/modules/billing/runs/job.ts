import type { Tx } from '../../../platform/db.ts'
import { nilId } from '../../../platform/ids.ts'
import { type JobResult, type WorkCtx, workScope } from '../../../platform/work.ts'
import { finishNext } from '../../invoices/drafts/finish-drafts.ts'
import * as queries from './queries.ts'
import { keepDrafted } from '../estimates/due.ts'
import { rateTenants } from '../rating/rate-tenants.ts'
import { draftNext, firstPosition } from './drafts.ts'
import { discardDrafts, issueSome, reviewRun, type Running, startRun } from './steps.ts'

type RunPayload = { readonly runId: string }

/** The next chunk of a job, counted through its phases; a retry walks over the stored results of the finished ones. */
type NextChunk = <R extends JobResult>(work: (tx: Tx) => Promise<R>) => Promise<R>

/** A chunk rates about so many buckets: the number of tenants follows from what the tenants before them had. */
const bucketsPerChunk = 5_000
const tenantsAtFirst = 200
const tenantsPerChunk = { least: 20, most: 2_000 }

/** How much of the whole each phase is, in percent: what a poller sees. */
const ratedPercent = 60
const draftedPercent = 85

/**
 * Bills one seller's period: rates all its tenants, drafts one document per edge, and issues them where the run asks for
 * it and the period is closed. Killed anywhere, another attempt goes on behind the last finished chunk to the same result.
 */
export async function billPeriod(ctx: WorkCtx, { runId }: RunPayload): Promise<JobResult> {
  const next = chunksOf(ctx)
  const run = await ctx.transaction(sellerScope(ctx), (tx) => startRun(tx, ctx.job.owner, runId))
  if (!run) return resultOf(runId, {})
  const buckets = await rateAll(ctx, run, next)
  const lines = await draftAll(ctx, run, next, buckets)
  await finishAll(run, next)
  const reviewed = await next((tx) => reviewRun(tx, run, ctx.job.id))
  const issued = reviewed.goesOn === 'wait' ? 0 : await issueAll(ctx, run, next, reviewed.invoices)
  ctx.progress(100, 100, 'percent')
  return resultOf(runId, { invoices: reviewed.invoices, lines, parked: reviewed.parked, issued })
}

/** Issues the drafts of a run that was accepted for it. */
export async function issueDrafted(ctx: WorkCtx, { runId }: RunPayload): Promise<JobResult> {
  const next = chunksOf(ctx)
  const run = await ctx.transaction(sellerScope(ctx), (tx) => startRun(tx, ctx.job.owner, runId))
  return resultOf(runId, { issued: run ? await issueAll(ctx, run, next, undefined) : 0 })
}

/** Discards what a run has drafted and ends it. May run twice: a run that issues or has ended is left alone. */
export async function discardRun(ctx: WorkCtx, { runId }: RunPayload): Promise<JobResult> {
  const scope = sellerScope(ctx)
  const { owner } = ctx.job
  const run = await ctx.transaction(scope, (tx) => queries.findRun(tx, owner.organizationId, runId))
  let discarded = 0
  if (run && ['queued', 'rating', 'drafted'].includes(run.state)) {
    for (let some = 1; some > 0; discarded += some) {
      some = await ctx.transaction(scope, (tx) => discardDrafts(tx, { ...run, runId, owner }))
    }
  }
  return resultOf(runId, { discarded })
}

const sellerScope = (ctx: WorkCtx) => workScope(ctx.job.owner, 'weir_seller')

const resultOf = (runId: string, counts: Record<string, number>): JobResult => ({
  href: `/api/v1/billing/runs/${runId}`,
  ...counts,
})

function chunksOf(ctx: WorkCtx): NextChunk {
  let number = 0
  return (work) => ctx.chunk((number += 1), sellerScope(ctx), work)
}

/** Rates all tenants of the seller in the order of their ids; answers how many buckets there are. */
async function rateAll(ctx: WorkCtx, run: Running, next: NextChunk): Promise<number> {
  const tenantIds = await ctx.transaction(sellerScope(ctx), (tx) => queries.listTenantIds(tx, run.sellerId))
  let buckets = 0
  let size = tenantsAtFirst
  for (let after = ''; ;) {
    const chunk = await next(async (tx) => {
      const from = tenantIds.findIndex((id) => id > after)
      const some = from < 0 ? [] : tenantIds.slice(from, from + size)
      if (some.length === 0) return { after: null, tenants: 0, buckets: 0 }
      const counts = await rateTenants(tx, { seller: run.owner, period: run.period, tenantIds: some, runId: run.runId })
      return { after: some.at(-1) ?? null, tenants: some.length, buckets: counts.buckets }
    })
    if (chunk.after === null) return buckets
    after = chunk.after
    buckets += chunk.buckets
    size = sizeAfter(chunk)
    const done = tenantIds.findLastIndex((id) => id <= after) + 1
    ctx.progress(Math.floor((ratedPercent * done) / tenantIds.length), 100, 'percent')
  }
}

const sizeAfter = ({ tenants, buckets }: { tenants: number; buckets: number }): number => {
  const wanted = Math.round((tenants * bucketsPerChunk) / Math.max(buckets, 1))
  return Math.min(Math.max(wanted, tenantsPerChunk.least), tenantsPerChunk.most)
}

async function draftAll(ctx: WorkCtx, run: Running, next: NextChunk, buckets: number): Promise<number> {
  let lines = 0
  for (let after = firstPosition; ;) {
    const position = after
    const chunk = await next((tx) => draftNext(tx, run, position))
    if (chunk.edgeId === null || chunk.tenantId === null) return lines
    after = { edgeId: chunk.edgeId, tenantId: chunk.tenantId }
    lines += chunk.lines
    const share = Math.min(lines / Math.max(buckets, 1), 1)
    ctx.progress(ratedPercent + Math.floor((draftedPercent - ratedPercent) * share), 100, 'percent')
  }
}

/** Reduces and taxes the drafts whose lines are written. */
async function finishAll(run: Running, next: NextChunk): Promise<void> {
  for (let after: string | null = nilId; after !== null;) {
    const position: string = after
    const chunk = await next(async (tx) => {
      const { last, ...papers } = await finishNext(tx, run, position)
      if (papers.invoiceIds.length > 0) await keepDrafted(tx, { sellerId: run.sellerId, ...papers })
      return { after: last }
    })
    after = chunk.after
  }
}

async function issueAll(ctx: WorkCtx, run: Running, next: NextChunk, invoices: number | undefined): Promise<number> {
  for (let issued = 0; ;) {
    const chunk = await next((tx) => issueSome(tx, run))
    if (chunk.issued + chunk.settled === 0) return issued
    issued += chunk.issued
    if (invoices !== undefined) {
      const share = Math.min(issued / Math.max(invoices, 1), 1)
      ctx.progress(draftedPercent + Math.floor((100 - draftedPercent) * share), 100, 'percent')
    } else ctx.progress(issued, issued, 'documents')
  }
}

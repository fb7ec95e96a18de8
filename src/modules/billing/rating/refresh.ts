import { refreshRating } from '../../../../jobs/rating.ts'
import type { Branch } from '../../../platform/context.ts'
import type { Tx } from '../../../platform/db.ts'
import { newId, nilId } from '../../../platform/ids.ts'
import { enqueue, type JobOwner } from '../../../platform/jobs.ts'
import { type JobResult, type WorkCtx, workScope } from '../../../platform/work.ts'
import { estimateNext } from '../estimates/estimate.ts'
import * as buckets from './queries-buckets.ts'
import * as queries from './queries-refresh.ts'
import { rateTenants } from './rate-tenants.ts'

/** So many marks are served by one transaction: about 5,000 lines of usual tenants. */
const marksPerChunk = 500

/**
 * Raises a refresh when something is due that no billing run has in its hands. One is on its way at a time; a parked one
 * waits for a person. Runs as weir_relay in the platform's name.
 */
export async function enqueueDueRefresh(tx: Tx, platform: JobOwner): Promise<void> {
  if (!(await queries.isRefreshNeeded(tx, refreshRating.kind))) return
  await enqueue(tx, platform, refreshRating, {}, { dedupeKey: newId() })
}

/** Brings the amounts of all sellers up to date with their usage and prices. May run twice and side by side. */
export async function refreshDue(ctx: WorkCtx): Promise<JobResult> {
  const { owner } = ctx.job
  const due = await ctx.transaction(workScope(owner, 'weir_relay'), (tx) => queries.listDueSellers(tx))
  let rated = 0
  for (const [index, one] of due.entries()) {
    const seller = { ...sellerOf(one, owner), accountId: null }
    rated += await refreshSeller(ctx, seller, one.period)
    await estimateSeller(ctx, seller, one.period)
    ctx.progress(index + 1, due.length, 'sellers')
  }
  return { sellers: due.length, buckets: rated }
}

/** A seller as work is done in its name. */
export const sellerOf = (
  { sellerId, level, distributorId, partnerId }: Omit<queries.DueSeller, 'period'>,
  { platformId }: Branch,
): Branch => ({
  organizationId: sellerId,
  level,
  platformId,
  distributorId,
  partnerId,
  tenantId: nilId,
})

async function refreshSeller(ctx: WorkCtx, seller: JobOwner, period: string): Promise<number> {
  for (let rated = 0; ;) {
    const chunk = await ctx.transaction(workScope(seller, 'weir_seller'), (tx) => refreshChunk(tx, seller, period))
    if (chunk === undefined) return rated
    rated += chunk
  }
}

/** What the next drafts take off and tax follows what was rated. */
async function estimateSeller(ctx: WorkCtx, seller: JobOwner, period: string): Promise<void> {
  for (let some = 1; some > 0;)
    some = await ctx.transaction(workScope(seller, 'weir_seller'), (tx) => estimateNext(tx, seller, period))
}

/** Undefined when nothing is due any more, or a billing run has taken over: it rates everything itself. */
async function refreshChunk(tx: Tx, seller: Branch, period: string): Promise<number | undefined> {
  await buckets.lockRating(tx, seller.organizationId)
  if (await queries.isRunActive(tx, seller.organizationId, period)) return undefined
  const marks = await buckets.takeMarks(tx, seller.organizationId, period, marksPerChunk)
  if (marks.length === 0) return undefined
  const tenantIds = [...new Set(marks.map(({ tenantId }) => tenantId))]
  const counts = await rateTenants(tx, { seller, period, tenantIds, runId: undefined })
  return counts.buckets
}

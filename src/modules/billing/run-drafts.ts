import type { Tx } from '../../platform/db.ts'
import { nilId } from '../../platform/ids.ts'
import { addLines, openDrafts, type RunKey } from '../invoices/drafts.ts'
import { lockRating } from './queries-buckets.ts'
import * as queries from './queries-drafting.ts'

/** So many buckets are put on paper by one transaction. */
const bucketsPerChunk = 10_000

/** Where the next chunk begins, and how many lines this one wrote; no position: everything fresh is on paper. */
export type Drafted = { readonly edgeId: string | null; readonly tenantId: string | null; readonly lines: number }

/** The beginning of a seller's period. */
export const firstPosition: queries.Position = { edgeId: nilId, tenantId: nilId }

/**
 * Puts the next fresh buckets of a run's seller and period on drafts, one per edge, in the order of edge, tenant,
 * subscription, SKU and days; line numbers go on where the draft ends. Runs inside a chunk as weir_seller.
 */
export async function draftNext(tx: Tx, run: RunKey, from: queries.Position): Promise<Drafted> {
  await lockRating(tx, run.sellerId, run.period)
  const slice = { ...run, from, limit: bucketsPerChunk }
  const fresh = await queries.listFreshEdges(tx, slice)
  const last = fresh.at(-1)
  if (!last) return { edgeId: null, tenantId: null, lines: 0 }
  const edgeIds = fresh.map(({ edgeId }) => edgeId)
  await openDrafts(tx, run, edgeIds)
  await queries.assignLines(tx, run.runId, slice)
  const lines = await addLines(tx, run, edgeIds)
  return { edgeId: last.edgeId, tenantId: last.lastTenantId, lines }
}

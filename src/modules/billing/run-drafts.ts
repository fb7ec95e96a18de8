import { preferIndexes, type Tx } from '../../platform/db.ts'
import { nilId } from '../../platform/ids.ts'
import { addLines, openDrafts, type RunKey } from '../invoices/drafts.ts'
import { lockRating } from './queries-buckets.ts'
import * as queries from './queries-drafting.ts'

/** About so many buckets are put on paper by one transaction. */
const bucketsPerChunk = 10_000

/** Behind what this chunk has drafted, and how many lines that were; no position: everything fresh is on paper. */
export type Drafted = { readonly edgeId: string | null; readonly tenantId: string | null; readonly lines: number }

/** The beginning of a seller's period. */
export const firstPosition: queries.Position = { edgeId: nilId, tenantId: nilId }

/**
 * Puts the next fresh buckets of a run's seller and period on drafts, one per edge, in the order of edge, tenant,
 * subscription, SKU and days; line numbers go on where the draft ends. Runs inside a chunk as weir_seller.
 */
export async function draftNext(tx: Tx, run: RunKey, after: queries.Position): Promise<Drafted> {
  await preferIndexes(tx)
  await lockRating(tx, run.sellerId, run.period)
  const upTo = await queries.findNextPosition(tx, { ...run, after }, bucketsPerChunk)
  if (!upTo) return { edgeId: null, tenantId: null, lines: 0 }
  const range = { ...run, after, upTo }
  const edgeIds = await queries.listFreshEdges(tx, range)
  await openDrafts(tx, run, edgeIds)
  const lines = await addLines(tx, run, range)
  await queries.markDrafted(tx, run.runId, range)
  return { ...upTo, lines }
}

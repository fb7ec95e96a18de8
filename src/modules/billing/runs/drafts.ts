import { preferIndexes, type Tx } from '../../../platform/db.ts'
import { nilId } from '../../../platform/ids.ts'
import { addLines, type RunKey } from '../../invoices/drafts/finish-drafts.ts'
import * as queries from './queries-drafting.ts'

/** About so many lines are written by one transaction. */
const linesPerChunk = 10_000

/** Behind what this chunk has written, and how many lines that were; no position: all lines are written. */
type Drafted = { readonly edgeId: string | null; readonly tenantId: string | null; readonly lines: number }

/** The beginning of a seller's period. */
export const firstPosition: queries.Position = { edgeId: nilId, tenantId: nilId }

/**
 * Writes the lines of the next drafted buckets, in the order of edge, tenant, subscription, SKU and days; numbers go on
 * where the draft ends. Runs inside a chunk as weir_seller, when everything is rated.
 */
export async function draftNext(tx: Tx, run: RunKey, after: queries.Position): Promise<Drafted> {
  await preferIndexes(tx)
  const upTo = await queries.findNextPosition(tx, { ...run, after }, linesPerChunk)
  if (!upTo) return { edgeId: null, tenantId: null, lines: 0 }
  return { ...upTo, lines: await addLines(tx, run, { after, upTo }) }
}

import type { Tx } from '../../platform/db.ts'
import * as queries from './queries-drafting.ts'

/** The buckets of these documents are billed for good. Runs as weir_seller in the transaction that issues them. */
export const billBuckets = async (tx: Tx, papers: queries.Papers): Promise<void> => {
  await queries.markBilled(tx, papers)
}

/** The buckets of these documents are free again. Runs as weir_seller in the transaction that discards them. */
export const freeBuckets = async (tx: Tx, papers: queries.Papers): Promise<void> => {
  await queries.release(tx, papers)
}

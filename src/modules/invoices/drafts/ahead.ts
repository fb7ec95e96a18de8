import type { DiscountableLine } from '../../../billing/discount.ts'
import type { ServiceBack } from '../../../billing/given-back.ts'
import type { Branch } from '../../../platform/context.ts'
import type { Tx } from '../../../platform/db.ts'
import { type OpenDiscount, peekDiscounts } from '../../discounts/for-drafts.ts'
import * as queries from './queries-ahead.ts'
import { readUsesOf } from './resource-uses.ts'
import { readServicesBackAhead } from './standings.ts'

export type { EdgesAt } from './queries-ahead.ts'

/** A line of a draft to come, with the bucket that it is made of. */
export type AheadLine = queries.AheadRow & DiscountableLine

/** What the drafts to come of some edges are made of, by edge. */
export type Ahead = {
  readonly lines: ReadonlyMap<string, readonly AheadLine[]>
  readonly services: ReadonlyMap<string, readonly ServiceBack[]>
  readonly discounts: readonly OpenDiscount[]
}

/**
 * Reads what the next drafts of some edges will have on them, and what takes part in their reductions, as drafting reads it.
 * Runs as weir_seller and goes on as it; usage is read as the seller's tier.
 */
export async function readAhead(
  tx: Tx,
  seller: Branch,
  at: queries.EdgesAt,
  buyerIds: readonly string[],
): Promise<Ahead> {
  const discounts = await peekDiscounts(tx, at.sellerId, at.period, buyerIds)
  const rows = await queries.listAhead(tx, at)
  if (discounts.length === 0) {
    return { lines: Map.groupBy(rows, ({ edgeId }) => edgeId), services: new Map(), discounts }
  }
  const listUsage = (subscriptionIds: readonly string[]) => queries.listUsageAhead(tx, at, subscriptionIds)
  const uses = await readUsesOf(tx, seller, listUsage, discounts)
  const services = await readServicesBackAhead(tx, at)
  const lines = rows.map((row): AheadLine => {
    const used = uses.get(`${row.edgeId} ${row.line}`)
    return used ? { ...row, used } : row
  })
  return { lines: Map.groupBy(lines, ({ edgeId }) => edgeId), services, discounts }
}

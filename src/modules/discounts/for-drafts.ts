import type { Discount } from '../../billing/discount.ts'
import { Decimal, decimal, plainText, zero } from '../../billing/money.ts'
import { periodEnd } from '../../billing/period.ts'
import type { Tx } from '../../platform/db.ts'
import * as queries from './queries.ts'

/** A discount that may take part in a document of its buyer and currency. */
export type OpenDiscount = Discount & { readonly buyerId: string; readonly name: string; readonly currency: string }

/**
 * The discounts of some buyers for documents of a period, with what is left of each: nothing once its months are used up. Locks a seller's discounts until the
 * transaction ends, so that no limit is used twice. Runs as weir_seller.
 */
export async function readDiscounts(
  tx: Tx,
  sellerId: string,
  period: string,
  buyerIds: readonly string[],
): Promise<OpenDiscount[]> {
  if ((await peekDiscounts(tx, sellerId, period, buyerIds)).length === 0) return []
  await queries.lockDiscounts(tx, sellerId)
  return peekDiscounts(tx, sellerId, period, buyerIds)
}

/** As `readDiscounts`, without keeping anybody from using them meanwhile. */
export async function peekDiscounts(
  tx: Tx,
  sellerId: string,
  period: string,
  buyerIds: readonly string[],
): Promise<OpenDiscount[]> {
  const rows = await queries.listOpen(tx, sellerId, { buyerIds, before: periodEnd(period), period })
  return rows.map(({ limitAmount, limitPeriods, used, usedPeriods, usedInPeriod, ...discount }) => {
    const isOver = limitPeriods !== null && !usedInPeriod && usedPeriods >= limitPeriods
    return { ...discount, available: isOver ? '0' : availableOf(limitAmount, used) }
  })
}

const availableOf = (limit: string | null, used: string): string | null =>
  limit === null ? null : plainText(Decimal.min(limit, Decimal.max(zero, decimal(limit).minus(used))))

/** Notes what documents used, in the transaction that writes their lines. Runs as weir_seller. */
export const recordUses = async (tx: Tx, uses: readonly queries.Use[]): Promise<void> => {
  if (uses.length > 0) await queries.insertUses(tx, uses)
}

/** Those of a seller's buyers who have, or had, something off what one resource used. Runs as weir_seller. */
export const listBuyersWithResources = async (
  tx: Tx,
  sellerId: string,
  buyerIds: readonly string[],
): Promise<ReadonlySet<string>> =>
  new Set((await queries.listBuyersWithResources(tx, sellerId, buyerIds)).map(({ buyerId }) => buyerId))

import { decimal } from '../../../billing/money.ts'
import { nextTier } from '../../../billing/next-tier.ts'
import type { Tx } from '../../../platform/db.ts'
import { readPrices } from '../../invoices/explain/service.ts'
import type { SummaryRow } from './model.ts'
import type { SummaryScope } from './queries-parts.ts'
import { listTierPlaces } from './queries-tiers.ts'
import type { Months } from './question.ts'

type NextTiers = NonNullable<SummaryRow['nextTiers']>

/**
 * How far each of these subscriptions is from its next tiers, by subscription and currency. Tiers that count all that a
 * buyer buys are no subscription's. Goes on as the money duties of the sellers whose prices were shown.
 */
export async function readNextTiers(
  tx: Tx,
  scope: SummaryScope,
  { first: period }: Months,
  subscriptionIds: readonly string[],
): Promise<ReadonlyMap<string, NextTiers>> {
  const places = await listTierPlaces(tx, scope, { period, subscriptionIds })
  const tiers = new Map<string, NextTiers>()
  for (const [sellerId, own] of Map.groupBy(places, (place) => place.sellerId)) {
    const prices = await readPrices(tx, sellerId, own)
    for (const { subscriptionId, currency, priceVersionId, sku, unit, region, quantity } of own) {
      const rate = prices.get(priceVersionId)?.rate
      const next = rate && rate.tierScope !== 'buyer' ? nextTier(rate, decimal(quantity)) : null
      if (!next) continue
      const key = `${subscriptionId}:${currency}`
      tiers.set(key, [...(tiers.get(key) ?? []), { sku, unit, region, quantity, ...next, priceVersionId }])
    }
  }
  return tiers
}

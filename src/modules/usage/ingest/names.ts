import type { Tx } from '../../../platform/db.ts'
import { shareChains } from '../../organizations/chain.ts'
import type { UsageRecord } from '../intake/record.ts'
import * as queries from './queries-names.ts'
import type { FormerPlace, MeterPlace, Names, SkuPlace, SubscriptionPlace } from './resolve.ts'

const ownId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/**
 * Looks up what the names in these records of a region mean, as it is until the transaction ends: no tenant moves meanwhile.
 * Runs as weir_ingest and comes first in the transaction.
 */
export async function lookUpNames(tx: Tx, regionId: string, records: readonly UsageRecord[]): Promise<Names> {
  const subscriptions = new Set<string>()
  const skus = new Set<string>()
  const meters = new Set<string>()
  for (const { subscription, sku, meter } of records) {
    subscriptions.add(subscription)
    if (sku !== null) skus.add(sku)
    if (meter !== null) meters.add(meter)
  }
  const names = [...subscriptions]
  await shareChains(tx)
  const [subscriptionRows, skuRows, meterRows] = await Promise.all([
    queries.listSubscriptionsByName(
      tx,
      regionId,
      names,
      names.filter((name) => ownId.test(name)),
    ),
    skus.size === 0 ? [] : queries.listSkusByCode(tx, [...skus]),
    meters.size === 0 ? [] : queries.listMetersByName(tx, regionId, [...meters]),
  ])
  return {
    subscriptions: subscriptionsOf(subscriptionRows, await formerPlacesOf(tx, subscriptionRows)),
    skus: new Map<string, SkuPlace>(skuRows.map((row) => [row.code, row])),
    meters: metersOf(meterRows),
  }
}

async function formerPlacesOf(tx: Tx, rows: readonly queries.SubscriptionNameRow[]) {
  if (rows.length === 0) return new Map<string, FormerPlace[]>()
  const places = await queries.listFormerPlaces(tx, [...new Set(rows.map(({ tenantId }) => tenantId))])
  return Map.groupBy(places, ({ tenantId }) => tenantId)
}

function subscriptionsOf(
  rows: readonly queries.SubscriptionNameRow[],
  former: ReadonlyMap<string, readonly FormerPlace[]>,
): Names['subscriptions'] {
  const found = new Map<string, SubscriptionPlace | 'ambiguous'>()
  for (const { name, ...row } of rows) {
    const place = { ...row, formerly: former.get(row.tenantId) ?? [] }
    found.set(name, found.has(name) ? 'ambiguous' : place)
  }
  return found
}

function metersOf(rows: readonly queries.MeterRow[]): Names['meters'] {
  const found = new Map<string, MeterPlace[]>()
  for (const { meter, factor, from, to, ...sku } of rows) {
    const places = found.get(meter) ?? []
    places.push({ sku, factor, from, to })
    found.set(meter, places)
  }
  return found
}

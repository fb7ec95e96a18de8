import type { Tx } from '../../../platform/db.ts'
import { onSide, type SummaryScope } from './queries-parts.ts'

/** How far a subscription has come with a SKU in a month, and the price that is in force at its end. */
type TierPlaceRow = {
  sellerId: string
  subscriptionId: string
  currency: string
  sku: string
  unit: string
  region: string | null
  quantity: string
  priceVersionId: string
}

/** The running totals of some subscriptions' own usage of the month. Where a region has its own prices it counts alone. */
export const listTierPlaces = (
  tx: Tx,
  scope: SummaryScope,
  { period, subscriptionIds }: { readonly period: string; readonly subscriptionIds: readonly string[] },
) =>
  tx<TierPlaceRow[]>`
    select bucket.seller_id as "sellerId", bucket.subscription_id as "subscriptionId", bucket.currency, sku.code as sku, sku.unit,
           region.code as region, trim_scale(sum(bucket.quantity))::text as quantity,
           (array_agg(bucket.price_rate_id order by bucket.service_start desc))[1] as "priceVersionId"
    from rated_bucket bucket
    join sku on sku.id = bucket.sku_id
    left join region on region.id = bucket.region_id
    where ${onSide(tx, scope, 'bucket')} and bucket.period = ${period} and bucket.service_period = ${period}
      and bucket.kind = 'usage' and bucket.subscription_id = any (${[...subscriptionIds]}::uuid[])
    group by bucket.seller_id, bucket.subscription_id, bucket.currency, sku.code, sku.unit, region.code
    having bool_and(bucket.price_rate_id is not null)
    order by bucket.seller_id, bucket.subscription_id, sku.code, region.code`

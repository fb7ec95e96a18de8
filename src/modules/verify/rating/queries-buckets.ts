import type { FxRate } from '../../../billing/fx.ts'
import type { PriceScope } from '../../../billing/resolve.ts'
import type { Rate } from '../../../billing/rate.ts'
import { one, type Tx } from '../../../platform/db.ts'
import { type FoundRow, namedRows } from '../check.ts'

export const countBuckets = async (tx: Tx): Promise<number> =>
  one(await tx<{ count: number }[]>`select count(*)::int as count from rated_bucket`)?.count ?? 0

export const listSellerIds = async (tx: Tx): Promise<string[]> =>
  (await tx<{ id: string }[]>`select distinct seller_id as id from edge order by 1`).map(({ id }) => id)

/** Every tenant on whose chain the seller has an edge. */
export const listTenantIds = async (tx: Tx, sellerId: string): Promise<string[]> =>
  (
    await tx<{ id: string }[]>`
      select distinct chain_edge.tenant_id as id
      from edge join chain_edge on chain_edge.edge_id = edge.id
      where edge.seller_id = ${sellerId} order by 1`
  ).map(({ id }) => id)

/** The months that usage was posted to, in order. */
export const listPostedPeriods = async (tx: Tx): Promise<string[]> =>
  (await tx<{ period: string }[]>`select period from billing_period order by period`).map(({ period }) => period)

/** An edge and a tenant that is rated on it. */
export type Place = { readonly edgeId: string; readonly tenantId: string }

type Wanted = { readonly sellerId: string; readonly period: string; readonly places: readonly Place[] }

const placesOf = (tx: Tx, places: readonly Place[]) => tx`
  unnest(${places.map((place) => place.edgeId)}::uuid[], ${places.map((place) => place.tenantId)}::uuid[])
    as place (edge_id, tenant_id)`

/** What one edge was rated for; numbers are decimal text without trailing zeros, null where the bucket is parked. */
export type BucketRow = Place & {
  kind: 'usage' | 'minimum'
  details: object | null
  subscriptionId: string
  skuId: string
  servicePeriod: string
  regionId: string
  serviceStart: string
  serviceEnd: string
  quantity: string
  quantityBefore: string
  unrounded: string | null
  rateId: string | null
  fxRateId: string | null
}

/** The buckets that come from usage: what was used, and what was missing to a commitment. */
export const listBuckets = (tx: Tx, { sellerId, period, places }: Wanted) =>
  tx<BucketRow[]>`
    select bucket.edge_id as "edgeId", bucket.tenant_id as "tenantId", subscription_id as "subscriptionId",
           sku_id as "skuId", service_period as "servicePeriod", region_id as "regionId", service_start as "serviceStart",
           service_end as "serviceEnd", trim_scale(quantity)::text as quantity,
           trim_scale(quantity_before)::text as "quantityBefore", trim_scale(unrounded)::text as unrounded,
           price_rate_id as "rateId", fx_rate_id as "fxRateId", kind, details
    from ${placesOf(tx, places)}
    join rated_bucket bucket on bucket.edge_id = place.edge_id and bucket.tenant_id = place.tenant_id
    where bucket.seller_id = ${sellerId} and bucket.period = ${period} and bucket.kind in ('usage', 'minimum')
    order by bucket.edge_id, bucket.tenant_id, subscription_id, sku_id, service_period, region_id, service_start`

/** Which of the places wait to be rated again. */
export const listMarked = (tx: Tx, { sellerId, period, places }: Wanted) =>
  tx<Place[]>`
    select due.edge_id as "edgeId", due.tenant_id as "tenantId"
    from ${placesOf(tx, places)}
    join rating_due due on due.edge_id = place.edge_id and due.tenant_id = place.tenant_id
    where due.seller_id = ${sellerId} and due.period = ${period}`

/** The edges of which something waits to be rated again. */
export const listMarkedEdges = async (tx: Tx, sellerId: string, period: string): Promise<string[]> =>
  (
    await tx<{ id: string }[]>`
      select distinct edge_id as id from rating_due where seller_id = ${sellerId} and period = ${period}`
  ).map(({ id }) => id)

/** A frozen price. */
export type RateRow = {
  rateId: string
  priceListId: string
  sellerId: string
  skuId: string
  kind: 'sale' | 'cost'
  scope: PriceScope
  currency: string
  from: string
  to: string | null
  rate: Rate
}

export const listRates = (tx: Tx, ids: readonly string[]) =>
  tx<RateRow[]>`
    select id as "rateId", price_list_id as "priceListId", seller_id as "sellerId", sku_id as "skuId", kind, scope, currency,
           lower(valid) as "from", upper(valid) as "to", rate
    from price_rate where id = any (${[...ids]}::uuid[])`

/** A pinned rate of exchange; the platform's are everybody's. */
export type FxRow = FxRate & { readonly isShared: boolean }

export const listFxRates = (tx: Tx, ids: readonly string[]) =>
  tx<FxRow[]>`
    select id, seller_id as "sellerId", from_currency as "from", to_currency as "to", trim_scale(rate)::text as rate,
           valid_from as "validFrom", is_shared as "isShared"
    from fx_rate where id = any (${[...ids]}::uuid[])`

/**
 * Buckets on an edge that their tenant's chain does not have, of another buyer, currency or branch than these, or with usage of
 * a month that nothing was posted to.
 */
export const listStrayBuckets = (tx: Tx) =>
  tx<FoundRow[]>`
    select format('bucket of subscription %s, SKU %s on edge %s posted to %s', subscription_id, sku_id, bucket.edge_id, period) as row,
           case when place.chain_id is null then 'is not on the chain of its tenant' when edge.id is null
                then 'has another buyer or currency than its edge' else 'is of a month without usage' end as says,
           count(*) over ()::int as total
    from rated_bucket bucket
    left join chain_edge place on (place.chain_id, place.edge_id, place.tenant_id, place.partner_id, place.distributor_id)
      = (bucket.chain_id, bucket.edge_id, bucket.tenant_id, bucket.partner_id, bucket.distributor_id)
    left join edge on (edge.id, edge.seller_id, edge.buyer_id, edge.currency, edge.currency_digits)
      = (bucket.edge_id, bucket.seller_id, bucket.buyer_id, bucket.currency, bucket.currency_digits)
    where place.chain_id is null or edge.id is null
      or (bucket.kind = 'usage' and bucket.quantity <> 0 and not exists (select from billing_period where billing_period.period = bucket.period))
    order by bucket.seller_id, period, bucket.edge_id, bucket.tenant_id, subscription_id, sku_id limit ${namedRows}`

/** Prices that are not as the lists that they are on. */
export const listStrayRates = (tx: Tx) =>
  tx<FoundRow[]>`
    select 'price ' || rate.id as row, 'is not of the seller, scope, currency and days of its list' as says,
           count(*) over ()::int as total
    from price_rate rate left join price_list list on list.id = rate.price_list_id
    where (rate.seller_id, rate.kind, rate.scope, rate.target_id, rate.currency, rate.valid, rate.is_active)
      is distinct from (list.seller_id, list.kind, list.scope, list.target_id, list.currency, list.valid, list.is_active)
    order by rate.id limit ${namedRows}`

/** What was settled without a document and is not nothing, or before its month was closed. */
export const listWrongSettled = (tx: Tx) =>
  tx<FoundRow[]>`
    select format('bucket of subscription %s, SKU %s on edge %s posted to %s', subscription_id, sku_id, edge_id, period) as row,
           case when kind in ('recurring', 'oneTime', 'credit') then format('is settled without a document, and is a %s', kind)
                when round(unrounded, currency_digits) = 0 then 'is settled before its month is closed'
                else format('is settled without a document at %s', trim_scale(unrounded)) end as says,
           count(*) over ()::int as total
    from rated_bucket bucket
    where state = 'settled'
      and (kind in ('recurring', 'oneTime', 'credit') or round(unrounded, currency_digits) is distinct from 0
           or not exists (select from billing_period month where month.period = bucket.period and month.state = 'closed'))
    order by seller_id, period, edge_id, tenant_id, subscription_id, sku_id limit ${namedRows}`

/** What waits to be rated, by seller and month. */
export const listDue = (tx: Tx, seconds: number) =>
  tx<FoundRow[]>`
    select format('month %s of seller %s', period, seller_id) as row, format('waits to be rated for %s tenants', count(distinct tenant_id)) as says,
           count(*) over ()::int as total
    from rating_due where marked_at < clock_timestamp() - make_interval(secs => ${seconds})
    group by seller_id, period order by period, seller_id limit ${namedRows}`

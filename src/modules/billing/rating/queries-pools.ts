import type { Currency } from '../../../billing/money.ts'
import type { Rate } from '../../../billing/rate.ts'
import type { Tx } from '../../../platform/db.ts'

// What a buyer's late usage comes on top of, and what comes on top of a month. Runs as weir_seller or weir_verify.

/** Some edges of a seller in the months `[from, to)`. */
type EdgeMonths = {
  readonly sellerId: string
  readonly edgeIds: readonly string[]
  readonly from: string
  readonly to: string
}

/** What was rated of a buyer's month at one price version; without a version it waits for a person. */
export type WholeRow = {
  edgeId: string
  skuId: string
  month: string
  regionId: string
  from: string
  quantity: string
  rateId: string | null
  rate: Rate | null
  currency: Currency | null
}

const edgesIn = (tx: Tx, edgeIds: readonly string[]) => tx`
  unnest(${[...edgeIds]}::uuid[]) as edge (id) cross join billing_period month`

/** The usage of some SKUs that the months have rated on the edges for buyers as a whole, or for which they have no price yet. */
export const listWholes = (tx: Tx, { sellerId, edgeIds, from, to }: EdgeMonths, skuIds: readonly string[]) =>
  tx<WholeRow[]>`
    select bucket.edge_id as "edgeId", bucket.sku_id as "skuId", bucket.service_period as month,
           bucket.region_id as "regionId", bucket.service_start as "from",
           trim_scale(sum(bucket.quantity))::text as quantity, bucket.price_rate_id as "rateId", price_rate.rate, price_rate.currency
    from ${edgesIn(tx, edgeIds)}
    cross join lateral (
      select edge_id, sku_id, service_period, region_id, service_start, quantity, price_rate_id from rated_bucket
      where seller_id = ${sellerId} and period = month.period and edge_id = edge.id and kind = 'usage'
        and sku_id = any (${[...skuIds]}::uuid[]) offset 0) bucket
    left join price_rate on price_rate.id = bucket.price_rate_id
    where month.period >= ${from} and month.period < ${to}
      and (bucket.price_rate_id is null or price_rate.rate ->> 'tierScope' = 'buyer')
    group by 1, 2, 3, 4, 5, bucket.price_rate_id, price_rate.rate, price_rate.currency`

/** Which of the edges have something to be rated again in which of the months. */
export const listDueMonths = (tx: Tx, { sellerId, edgeIds, from, to }: EdgeMonths) =>
  tx<{ edgeId: string; period: string }[]>`
    select distinct edge_id as "edgeId", period from rating_due
    where seller_id = ${sellerId} and edge_id = any (${[...edgeIds]}::uuid[]) and period >= ${from} and period < ${to}`

/**
 * Marks what the months after one have rated on top of it on these edges, and have not billed. In the order of all writers of
 * marks.
 */
export const upsertLaterMarks = (tx: Tx, sellerId: string, edgeIds: readonly string[], period: string) => tx`
  insert into rating_due (seller_id, edge_id, tenant_id, period)
  select distinct bucket.seller_id, bucket.edge_id, bucket.tenant_id, bucket.period
  from ${edgesIn(tx, edgeIds)}
  cross join lateral (
    select seller_id, edge_id, tenant_id, period, details, parked_for from rated_bucket
    where seller_id = ${sellerId} and period = month.period and edge_id = edge.id and kind = 'usage'
      and service_period <= ${period} and state not in ('billed', 'settled') offset 0) bucket
  where month.period > ${period} and (bucket.parked_for = 'tier_scope.buyer' or bucket.details ? 'pool')
  order by bucket.seller_id, bucket.period, bucket.edge_id, bucket.tenant_id
  on conflict on constraint rating_due_key do update set marked_at = clock_timestamp()`

import type { ChargeDetails } from '../../../billing/charge-amounts.ts'
import type { Rate } from '../../../billing/rate.ts'
import { one, type Tx } from '../../../platform/db.ts'
import { nilId } from '../../../platform/ids.ts'
import { type FoundRow, namedRows } from '../check.ts'

const isCharge = (tx: Tx) => tx`bucket.kind in ('recurring', 'oneTime', 'credit') and bucket.details is not null`

export const countCharges = async (tx: Tx): Promise<number> =>
  one(await tx<{ count: number }[]>`select count(*)::int as count from rated_bucket bucket where ${isCharge(tx)}`)
    ?.count ?? 0

/** Where a bucket stands in the order of reading. */
type ChargePlace = {
  readonly edgeId: string
  readonly period: string
  readonly subscriptionId: string
  readonly skuId: string
  readonly kind: string
  readonly serviceStart: string
}

/** Before the first bucket. */
export const firstPlace: ChargePlace = {
  edgeId: nilId,
  period: '',
  subscriptionId: nilId,
  skuId: nilId,
  kind: '',
  serviceStart: '2000-01-01',
}

/** A charge or credit with its frozen price; numbers are decimal text. */
export type ChargeRow = ChargePlace & {
  kind: 'recurring' | 'oneTime' | 'credit'
  quantity: string
  unrounded: string
  currency: string
  details: ChargeDetails
  rate: Rate
  fxRate: string | null
}

/** The next charges and credits that have a price. */
export const listCharges = (tx: Tx, after: ChargePlace, limit: number) =>
  tx<ChargeRow[]>`
    select bucket.edge_id as "edgeId", bucket.period, bucket.subscription_id as "subscriptionId", bucket.sku_id as "skuId",
           bucket.kind, bucket.service_start as "serviceStart", trim_scale(bucket.quantity)::text as quantity,
           trim_scale(bucket.unrounded)::text as unrounded, bucket.currency, bucket.details, price_rate.rate,
           trim_scale(fx_rate.rate)::text as "fxRate"
    from rated_bucket bucket
    join price_rate on price_rate.id = bucket.price_rate_id
    left join fx_rate on fx_rate.id = bucket.fx_rate_id
    where ${isCharge(tx)}
      and (bucket.edge_id, bucket.period, bucket.subscription_id, bucket.sku_id, bucket.kind, bucket.service_start)
        > (${after.edgeId}, ${after.period}, ${after.subscriptionId}, ${after.skuId}, ${after.kind}, ${after.serviceStart})
    order by bucket.edge_id, bucket.period, bucket.subscription_id, bucket.sku_id, bucket.kind, bucket.service_start
    limit ${limit}`

const nameOf = (tx: Tx) => tx`
  format('%s of subscription %s, SKU %s from %s on edge %s posted to %s', bucket.kind, bucket.subscription_id, bucket.sku_id,
         bucket.service_start, bucket.edge_id, bucket.period)`

/** Charges of what their plan version does not charge, or with details that say another span than their days. */
export const listForeignTerms = (tx: Tx) =>
  tx<FoundRow[]>`
    select ${nameOf(tx)} as row, 'is not what its plan version charges' as says, count(*) over ()::int as total
    from rated_bucket bucket
    where ${isCharge(tx)} and bucket.kind <> 'credit'
      and not exists (
        select from plan_item item
        where item.plan_version_id = bucket.plan_version_id and item.sku_id = bucket.sku_id and item.kind = bucket.kind
          and coalesce(item.proration, 'day') = bucket.details->>'unit'
          and (bucket.details->>'from')::timestamptz >= bucket.service_start::timestamp at time zone 'UTC'
          and (bucket.details->>'to')::timestamptz <= bucket.service_end::timestamp at time zone 'UTC')
    order by 1 limit ${namedRows}`

/** Spans that differ from what the issued lines charged less what they and credit notes gave back. */
export const listWrongServices = (tx: Tx) =>
  tx<FoundRow[]>`
    with line as (
      select bucket.seller_id, bucket.subscription_id, bucket.sku_id, bucket.kind,
             tstzrange((bucket.details->>'from')::timestamptz, (bucket.details->>'to')::timestamptz) as span
      from rated_bucket bucket where ${isCharge(tx)} and bucket.state = 'billed'
      union all
      select line.seller_id, line.subscription_id, line.sku_id, line.kind,
             tstzrange((freed->>'from')::timestamptz, (freed->>'to')::timestamptz)
      from invoice note join invoice_line line on line.invoice_id = note.id
      cross join lateral jsonb_array_elements(line.details->'freed') as freed
      where note.type = 'credit_note' and note.state = 'issued'
    ), bounds as (
      select seller_id, subscription_id, sku_id,
             sum(extract(epoch from upper(span) - lower(span)) * case kind when 'credit' then -1 else 1 end) as seconds
      from line group by 1, 2, 3
    ), served as (
      select seller_id, subscription_id, charge_id as sku_id, sum(extract(epoch from upper(period) - lower(period))) as seconds
      from billed_service group by 1, 2, 3
    )
    select format('charge %s of subscription %s by seller %s', sku_id, subscription_id, seller_id) as row,
           format('%s seconds are billed, its lines give %s', coalesce(served.seconds, 0)::bigint,
                  coalesce(bounds.seconds, 0)::bigint) as says,
           count(*) over ()::int as total
    from bounds full join served using (seller_id, subscription_id, sku_id)
    where coalesce(bounds.seconds, 0) <> coalesce(served.seconds, 0)
    order by 1 limit ${namedRows}`

import type { Actor } from '../../../platform/context.ts'
import type { Tx } from '../../../platform/db.ts'
import { nilId } from '../../../platform/ids.ts'
import {
  type AmountGrouping,
  filtered,
  groupColumn,
  inMonths,
  nameOf,
  ratesOf,
  type Reporting,
  type SummaryFilters,
} from '../summary/queries-parts.ts'
import type { Months } from '../summary/question.ts'

/** A page of a waterfall, in a currency of so many digits. */
type WaterfallWish = {
  readonly viewer: Actor
  readonly months: Months
  readonly filters: SummaryFilters
  readonly groupBy: AmountGrouping
  readonly reporting: Reporting
  readonly after: string | undefined
  readonly limit: number
}

/** One seller's trades of one group; figures are decimal text, and of no meaning where the flag beside them is up. */
export type TradeRow = {
  groupId: string
  name: string | null
  sellerId: string
  sellerName: string | null
  sold: string
  bought: string
  /** The part of `sold` that tenants pay. */
  soldToTenants: string
  isTenantUnknown: boolean
  isSoldUnpriced: boolean
  isSoldUnconverted: boolean
  isBoughtUnpriced: boolean
  isBoughtUnconverted: boolean
  /** Some of the usage is not seen being bought. */
  isBoughtMissing: boolean
  /** The usage of the group that this viewer sees being sold to a tenant, as lines; of all that it sees. */
  lines: number
  linesOfTenants: number
}

/** The first of the two locks. The platform sees many edges and keeps no index of them: it looks seller by seller. */
const isSeen = (tx: Tx, viewer: Actor, row: 'bucket' | 'invoice' | 'ahead') => {
  const seen = tx`${tx(`${row}.see_${viewer.level}_id`)} = ${viewer.organizationId}`
  if (viewer.level !== 'platform') return seen
  return tx`${seen} and ${tx(`${row}.seller_id`)} = any (array(
    select distinct edge.seller_id from edge where edge.see_platform_id = ${viewer.organizationId}))`
}

/** What no cost can stand beside: only what was used or ordered is bought by its seller first. */
const isCharge = (tx: Tx) => tx`bucket.kind in ('usage', 'recurring', 'oneTime')`

/** Each line as it is rounded on its edge, and rounded again where it is told in another currency (law 3). */
const bucketTrades = (tx: Tx, wish: WaterfallWish) => {
  const group = groupColumn(tx, wish.groupBy, 'bucket', 0)
  return tx`
    select ${group} as group_id, bucket.tenant_id, bucket.subscription_id, bucket.sku_id, bucket.service_period,
           bucket.seller_id, bucket.buyer_id,
           sum(round(round(unrounded, currency_digits) * fx.rate, ${wish.reporting.digits}::int)) as net,
           bool_or(unrounded is null and parked_for is distinct from 'fx.missing') as is_unpriced,
           bool_or(fx.rate is null or parked_for is not distinct from 'fx.missing') as is_unconverted,
           bool_or(${isCharge(tx)}) as is_charge,
           max(case bucket.seller_id when bucket.distributor_id then 1 when bucket.partner_id then 2 else 0 end) as place
    from rated_bucket bucket
    join place on place.group_id = ${group}
    left join ${ratesOf(tx, wish.reporting.rates)} on fx.currency = bucket.currency and fx.period = bucket.period
    where ${isSeen(tx, wish.viewer, 'bucket')} and ${inMonths(tx, 'bucket.period', wish.months)}
      ${filtered(tx, wish.filters, 'bucket')}
    group by 1, 2, 3, 4, 5, 6, 7`
}

/** Discounts have no bucket: they belong to the usage that they reduce. What the next drafts take off counts already. */
const discountTrades = (tx: Tx, wish: WaterfallWish) => {
  const group = groupColumn(tx, wish.groupBy, 'discount', 0)
  return tx`
    select ${group}, discount.tenant_id, discount.subscription_id, discount.sku_id, discount.service_period,
           discount.seller_id, discount.buyer_id, sum(round(discount.net * fx.rate, ${wish.reporting.digits}::int)), false,
           bool_or(fx.rate is null), false, 0
    from (
      select invoice.period, invoice.currency, invoice.seller_id, invoice.buyer_id, line.subscription_id, line.tenant_id,
             line.sku_id, line.service_period, chain.partner_id, chain.distributor_id, line.net
      from invoice
      join invoice_line line on line.invoice_id = invoice.id and line.kind = 'discount'
      join chain on chain.tenant_id = line.tenant_id
        and chain.valid @> ((line.service_period || '-01')::date + interval '1 month' - interval '1 day')::date
      where ${isSeen(tx, wish.viewer, 'invoice')} and ${inMonths(tx, 'invoice.period', wish.months)}
        and invoice.state <> 'discarded' and invoice.type = 'invoice' and invoice.run_id is not null
      union all
      select period, currency, seller_id, buyer_id, subscription_id, tenant_id, sku_id, service_period, partner_id, distributor_id, net
      from estimate_line ahead
      where ${isSeen(tx, wish.viewer, 'ahead')} and ${inMonths(tx, 'ahead.period', wish.months)} and ahead.is_reduction
        and (ahead.invoice_id = ${nilId} or ahead.seller_id <> ${wish.viewer.organizationId})
    ) discount
    join place on place.group_id = ${group}
    left join ${ratesOf(tx, wish.reporting.rates)} on fx.currency = discount.currency and fx.period = discount.period
    where true ${filtered(tx, wish.filters, 'discount')}
    group by 1, 2, 3, 4, 5, 6, 7`
}

/**
 * What each seller sold and bought of the usage of a group, line by line, so that nothing is taken for bought that was
 * not: a line's purchase is the same usage on the edge on which its seller is the buyer.
 */
export const listTrades = (tx: Tx, wish: WaterfallWish) => {
  const group = groupColumn(tx, wish.groupBy, 'bucket', 0)
  return tx<TradeRow[]>`
    with place as materialized (
      select distinct ${group} as group_id from rated_bucket bucket
      where ${isSeen(tx, wish.viewer, 'bucket')} and ${inMonths(tx, 'bucket.period', wish.months)}
        ${filtered(tx, wish.filters, 'bucket')} ${wish.after ? tx`and ${group} > ${wish.after}` : tx``}
      order by 1 limit ${wish.limit + 1}
    ), part as (
      ${bucketTrades(tx, wish)} union all ${discountTrades(tx, wish)}
    ), trade as (
      select group_id, tenant_id, subscription_id, sku_id, service_period, seller_id, buyer_id, sum(net) as net,
             bool_or(is_unpriced) as is_unpriced, bool_or(is_unconverted) as is_unconverted,
             bool_or(is_charge) as is_charge, max(place) as place
      from part group by 1, 2, 3, 4, 5, 6, 7
    ), seen as (
      select group_id, count(distinct (tenant_id, subscription_id, sku_id, service_period))::int as lines,
             count(distinct (tenant_id, subscription_id, sku_id, service_period)) filter (where buyer_id = tenant_id)::int
               as lines_of_tenants
      from trade where is_charge group by group_id
    ), page as (
      select sold.group_id, sold.seller_id, max(sold.place) as place, sum(sold.net) as sold,
             sum(sold.net) filter (where sold.buyer_id = sold.tenant_id) as sold_to_tenants, sum(bought.net) as bought,
             bool_or(sold.buyer_id = sold.tenant_id and (sold.is_unpriced or sold.is_unconverted)) as tenant_unknown,
             bool_or(sold.is_unpriced) as sold_unpriced, bool_or(sold.is_unconverted) as sold_unconverted,
             coalesce(bool_or(bought.is_unpriced), false) as bought_unpriced,
             coalesce(bool_or(bought.is_unconverted), false) as bought_unconverted,
             bool_or(bought.seller_id is null and sold.is_charge) as bought_missing
      from trade sold
      left join trade bought on bought.buyer_id = sold.seller_id and bought.group_id = sold.group_id
        and bought.tenant_id = sold.tenant_id and bought.subscription_id = sold.subscription_id
        and bought.sku_id = sold.sku_id and bought.service_period = sold.service_period
      where sold.seller_id <> sold.buyer_id
      group by sold.group_id, sold.seller_id
    )
    select page.group_id as "groupId", ${nameOf(tx, wish.groupBy)} as name, seller_id as "sellerId",
           (select organization.name from organization where organization.id = seller_id) as "sellerName",
           coalesce(sold, 0)::text as sold, coalesce(bought, 0)::text as bought,
           coalesce(sold_to_tenants, 0)::text as "soldToTenants", tenant_unknown as "isTenantUnknown",
           sold_unpriced as "isSoldUnpriced",
           sold_unconverted as "isSoldUnconverted", bought_unpriced as "isBoughtUnpriced",
           bought_unconverted as "isBoughtUnconverted", bought_missing as "isBoughtMissing",
           coalesce(lines, 0) as lines, coalesce(lines_of_tenants, 0) as "linesOfTenants"
    from page left join seen on seen.group_id = page.group_id
    order by page.group_id, place, seller_id`
}

/** What documents changed of a group on an edge after it was billed: credits below zero. Decimal text. */
export type AdjustmentRow = {
  groupId: string
  sellerId: string
  buyerId: string
  isToTenant: boolean
  net: string
  isUnconverted: boolean
}

/** Credit notes, and documents in the place of others or besides them, of these groups; they belong to the usage they change. */
export const listAdjustments = (tx: Tx, wish: WaterfallWish, groupIds: readonly string[]) => {
  const group = groupColumn(tx, wish.groupBy, 'changed', 0)
  return tx<AdjustmentRow[]>`
    select ${group} as "groupId", changed.seller_id as "sellerId", changed.buyer_id as "buyerId",
           changed.buyer_id = changed.tenant_id as "isToTenant",
           coalesce(sum(round(changed.net * fx.rate, ${wish.reporting.digits}::int)), 0)::text as net,
           bool_or(fx.rate is null) as "isUnconverted"
    from (
      select invoice.period, invoice.currency, invoice.seller_id, invoice.buyer_id, line.subscription_id, line.tenant_id,
             line.sku_id, line.service_period, chain.partner_id, chain.distributor_id,
             case invoice.type when 'credit_note' then -line.net else line.net end as net
      from invoice
      join invoice_line line on line.invoice_id = invoice.id
      join chain on chain.tenant_id = line.tenant_id
        and chain.valid @> ((line.service_period || '-01')::date + interval '1 month' - interval '1 day')::date
      where ${isSeen(tx, wish.viewer, 'invoice')} and ${inMonths(tx, 'invoice.period', wish.months)}
        and invoice.state = 'issued' and invoice.run_id is null
    ) changed
    left join ${ratesOf(tx, wish.reporting.rates)} on fx.currency = changed.currency and fx.period = changed.period
    where ${group}::text = any (${[...groupIds]}::text[]) ${filtered(tx, wish.filters, 'changed')}
    group by 1, 2, 3, 4`
}

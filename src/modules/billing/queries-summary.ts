import { inBranch } from '../../platform/branch.ts'
import type { Actor } from '../../platform/context.ts'
import { one, type Tx } from '../../platform/db.ts'
import type { Grouping, Side, SummaryRow } from './model.ts'

/** Which rows of which edges, and where the page begins. */
export type SummaryWish = {
  readonly viewer: Actor
  readonly period: string
  readonly side: Side
  readonly groupBy: Grouping
  readonly after: { readonly groupId: string; readonly currency: string } | undefined
  readonly limit: number
}

/** A summed row; amounts are decimal text, null where nothing is known of that state. */
export type SummedRow = {
  groupId: string
  name: string | null
  currency: string
  quantityBySku: Record<string, string>
  unbilled: string | null
  draft: string | null
  billed: string | null
  parkedLines: number
  parkedReasons: string[]
  asOf: string
}

/**
 * The edges on which the viewer stands on this side: the first of the two locks. Agents are neither seller nor buyer of an
 * edge they see; the platform sees every edge and is no agent, and buys only what its cost list prices.
 */
const onSide = (tx: Tx, { viewer, side }: SummaryWish) => {
  const id = viewer.organizationId
  const seen = tx`${tx(`bucket.see_${viewer.level}_id`)} = ${id}`
  if (side === 'sell') return tx`bucket.seller_id = ${id} and bucket.buyer_id <> ${id}`
  if (side === 'buy') return tx`${seen} and bucket.buyer_id = ${id} and bucket.seller_id <> ${id}`
  if (side === 'cost') return tx`bucket.seller_id = ${id} and bucket.buyer_id = ${id}`
  const isDealer = viewer.level === 'distributor' || viewer.level === 'partner'
  return isDealer ? tx`${seen} and bucket.seller_id <> ${id} and bucket.buyer_id <> ${id}` : tx`false`
}

const groupColumn = (tx: Tx, groupBy: Exclude<Grouping, 'region'>) => tx(`bucket.${groupBy}_id`)

const nameOf = (tx: Tx, groupBy: Exclude<Grouping, 'region'>) => {
  if (groupBy === 'subscription') return tx`(select name from subscription where subscription.id = page.group_id)`
  if (groupBy === 'sku') return tx`(select name from sku where sku.id = page.group_id)`
  return tx`(select name from organization where organization.id = page.group_id)`
}

/** Each bucket is rounded as its line will be, and then summed. Drafts are their seller's: for others they are not billed yet. */
const amounts = (tx: Tx, viewer: Actor) => tx`
  sum(round(unrounded, currency_digits)) filter (
    where state = 'fresh' or (state = 'drafted' and seller_id <> ${viewer.organizationId})) as unbilled,
  sum(round(unrounded, currency_digits)) filter (
    where state = 'drafted' and seller_id = ${viewer.organizationId}) as draft,
  sum(round(unrounded, currency_digits)) filter (where state = 'billed') as billed`

/** The sums per group and currency, in the order of their ids. */
export const listSums = (tx: Tx, wish: SummaryWish & { readonly groupBy: Exclude<Grouping, 'region'> }) => {
  const group = groupColumn(tx, wish.groupBy)
  return tx<SummedRow[]>`
    with line as (
      select ${group} as group_id, bucket.currency, bucket.sku_id, sum(quantity) as quantity, ${amounts(tx, wish.viewer)},
             count(*) filter (where state = 'parked') as parked, max(parked_for) as first_reason,
             min(parked_for) as last_reason, max(rated_at) as rated_at
      from rated_bucket bucket
      where ${onSide(tx, wish)} and bucket.period = ${wish.period}
        ${wish.after ? tx`and (${group}, bucket.currency) > (${wish.after.groupId}, ${wish.after.currency})` : tx``}
      group by 1, 2, 3
    ), page as (
      select group_id, currency, jsonb_object_agg(sku.code, trim_scale(line.quantity)::text) as quantities,
             sum(unbilled) as unbilled, sum(draft) as draft, sum(billed) as billed, sum(parked)::int as parked,
             array_remove(array_agg(distinct first_reason) || array_agg(distinct last_reason), null) as reasons,
             max(rated_at) as rated_at
      from line join sku on sku.id = line.sku_id
      group by group_id, currency
      order by group_id, currency limit ${wish.limit + 1}
    )
    select group_id as "groupId", ${nameOf(tx, wish.groupBy)} as name, currency, quantities as "quantityBySku",
           unbilled::text, draft::text, billed::text, parked as "parkedLines", reasons as "parkedReasons",
           rated_at as "asOf"
    from page order by group_id, currency`
}

export type RegionRow = { groupId: string; name: string; quantityBySku: Record<string, string>; asOf: string }

/**
 * The quantities per region of the tenants on these edges. Amounts belong to no region: a tier is reached by all regions
 * together, and a share by quantity would be a figure that nobody was charged.
 */
export const listRegions = (tx: Tx, wish: SummaryWish) =>
  tx<RegionRow[]>`
    with used as (
      select usage.region_id, usage.sku_id,
             case sku.aggregation when 'sum' then sum(usage.sum_quantity) when 'max' then max(usage.max_quantity)
               else (max(array[extract(epoch from usage.last_at), usage.last_quantity]))[2] end as quantity
      from usage_daily usage join sku on sku.id = usage.sku_id
      where ${inBranch(tx, wish.viewer, 'usage')} and usage.posting_period = ${wish.period}
        and usage.tenant_id in (select bucket.tenant_id from rated_bucket bucket
                                where ${onSide(tx, wish)} and bucket.period = ${wish.period})
        ${wish.after ? tx`and usage.region_id > ${wish.after.groupId}` : tx``}
      group by usage.region_id, usage.sku_id, usage.subscription_id, date_trunc('month', usage.day), sku.aggregation
    ), line as (
      select region_id, sku_id, sum(quantity) as quantity from used group by region_id, sku_id
    )
    select region.id as "groupId", region.name, jsonb_object_agg(sku.code, trim_scale(line.quantity)::text) as "quantityBySku",
           clock_timestamp() as "asOf"
    from line join region on region.id = line.region_id join sku on sku.id = line.sku_id
    group by region.id, region.name order by region.id limit ${wish.limit + 1}`

/** Where a month stands: closed by the platform, ended by the clock, or still open. */
export const findPeriodState = async (tx: Tx, period: string) =>
  one(
    await tx<{ state: SummaryRow['periodState'] }[]>`
    select case when exists (select from billing_period where period = ${period} and state = 'closed') then 'closed'
                when to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM') > ${period} then 'ended'
                else 'open' end as state`,
  )?.state ?? 'open'

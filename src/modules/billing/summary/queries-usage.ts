import { inBranch } from '../../../platform/branch.ts'
import type { Tx } from '../../../platform/db.ts'
import type { Grouping } from './model.ts'
import { filtered, inMonths, onSide, type SummaryScope } from './queries-parts.ts'
import type { Months } from './question.ts'

/** A page of quantities, straight from the daily figures. */
type UsageWish = SummaryScope & {
  readonly months: Months
  readonly groupBy: Grouping
  /** The code of the only region to look at. */
  readonly region: string | undefined
  readonly after: { readonly groupId: string } | undefined
  readonly limit: number
}

export type UsedRow = { groupId: string; name: string | null; quantityBySku: Record<string, string>; asOf: string }

const groupOf = (tx: Tx, groupBy: Grouping) => {
  if (groupBy === 'day') return tx`usage.day::text`
  return groupBy === 'month' ? tx`usage.posting_period` : tx`${tx(`usage.${groupBy}_id`)}`
}

const nameOf = (tx: Tx, groupBy: Grouping) => {
  if (groupBy === 'day' || groupBy === 'month') return tx`group_id`
  const relation = groupBy === 'region' || groupBy === 'sku' || groupBy === 'subscription' ? groupBy : 'organization'
  return tx`(select name from ${tx(relation)} named where named.id = group_id)`
}

/** A value that an earlier period has counted for the same month is not counted again when it comes late once more. */
const countedEarlier = (tx: Tx) => tx`
  select from usage_value earlier
  where earlier.tenant_id = usage.tenant_id and earlier.subscription_id = usage.subscription_id
    and earlier.sku_id = usage.sku_id and earlier.value = usage.value
    and earlier.day >= date_trunc('month', usage.day) and earlier.day < date_trunc('month', usage.day) + interval '1 month'
    and earlier.posting_period < usage.posting_period`

/**
 * The quantities of the tenants on these edges by group. Amounts belong to no region: a tier is reached by all regions
 * together, and a share by quantity would be a figure that nobody was charged.
 */
export const listUsed = (tx: Tx, wish: UsageWish) => {
  const group = groupOf(tx, wish.groupBy)
  const isAsked = tx`
    ${inBranch(tx, wish.viewer, 'usage')} and ${inMonths(tx, 'usage.posting_period', wish.months)}
    and usage.tenant_id in (select bucket.tenant_id from rated_bucket bucket
                            where ${onSide(tx, wish, 'bucket')} and ${inMonths(tx, 'bucket.period', wish.months)})
    ${filtered(tx, wish.filters, 'usage')}
    ${wish.region ? tx`and usage.region_id = (select region.id from region where region.code = ${wish.region})` : tx``}
    ${wish.after ? tx`and ${group} > ${wish.after.groupId}` : tx``}`
  return tx<UsedRow[]>`
    with used as (
      select ${group} as group_id, usage.sku_id,
             case sku.aggregation when 'sum' then sum(usage.sum_quantity) when 'max' then max(usage.max_quantity)
               when 'weighted' then round(sum(usage_held_through_month(usage.day, usage.sum_quantity, usage.held_seconds) / usage_month_seconds(usage.day)), 12)
               else (max(array[extract(epoch from usage.last_at), usage.last_quantity]))[2] end as quantity
      from usage_daily usage join sku on sku.id = usage.sku_id
      where ${isAsked} and sku.aggregation <> 'unique'
      group by 1, usage.sku_id, usage.subscription_id, date_trunc('month', usage.day), sku.aggregation
      union all
      select ${group}, usage.sku_id, count(distinct usage.value)
      from usage_value usage
      where ${isAsked} and not exists (${countedEarlier(tx)})
      group by 1, usage.sku_id, usage.subscription_id, date_trunc('month', usage.day)
    ), line as (
      select group_id, sku_id, sum(quantity) as quantity from used group by group_id, sku_id
    ), page as (
      select group_id, jsonb_object_agg(sku.code, trim_scale(line.quantity)::text) as quantities
      from line join sku on sku.id = line.sku_id group by group_id order by group_id limit ${wish.limit + 1}
    )
    select group_id as "groupId", ${nameOf(tx, wish.groupBy)} as name, quantities as "quantityBySku",
           clock_timestamp() as "asOf"
    from page order by group_id`
}

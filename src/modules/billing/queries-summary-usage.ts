import { inBranch } from '../../platform/branch.ts'
import type { Tx } from '../../platform/db.ts'
import { filtered, inMonths, onSide, type SummaryScope } from './queries-summary-parts.ts'
import type { Grouping } from './summary-model.ts'
import type { Months } from './summary-question.ts'

/** A page of quantities, straight from the daily figures. */
export type UsageWish = SummaryScope & {
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

/**
 * The quantities of the tenants on these edges by group. Amounts belong to no region: a tier is reached by all regions
 * together, and a share by quantity would be a figure that nobody was charged.
 */
export const listUsed = (tx: Tx, wish: UsageWish) => {
  const group = groupOf(tx, wish.groupBy)
  return tx<UsedRow[]>`
    with used as (
      select ${group} as group_id, usage.sku_id,
             case sku.aggregation when 'sum' then sum(usage.sum_quantity) when 'max' then max(usage.max_quantity)
               else (max(array[extract(epoch from usage.last_at), usage.last_quantity]))[2] end as quantity
      from usage_daily usage join sku on sku.id = usage.sku_id
      where ${inBranch(tx, wish.viewer, 'usage')} and ${inMonths(tx, 'usage.posting_period', wish.months)}
        and usage.tenant_id in (select bucket.tenant_id from rated_bucket bucket
                                where ${onSide(tx, wish, 'bucket')} and ${inMonths(tx, 'bucket.period', wish.months)})
        ${filtered(tx, wish.filters, 'usage')}
        ${wish.region ? tx`and usage.region_id = (select region.id from region where region.code = ${wish.region})` : tx``}
        ${wish.after ? tx`and ${group} > ${wish.after.groupId}` : tx``}
      group by 1, usage.sku_id, usage.subscription_id, date_trunc('month', usage.day), sku.aggregation
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

import { inBranch } from '../../../platform/branch.ts'
import { one, type Tx } from '../../../platform/db.ts'
import { nilId } from '../../../platform/ids.ts'
import { filtered, onSide, type SummaryScope } from './queries-parts.ts'

/** What one line used on one day, with the price of that day. A line is an edge, subscription, SKU and own region. */
export type UsedDayRow = {
  line: string
  sellerId: string
  currency: string
  aggregation: string
  day: string
  sum: string
  max: string
  last: string
  lastAt: string
  /** How many values of a unique count are met for the first time in the month; null for all others. */
  firstMet: string | null
  /** Unit-seconds of levels up to the end of the month. */
  held: string | null
  priceVersionId: string
  fxRateId: string | null
}

const usageBuckets = (tx: Tx, scope: SummaryScope, period: string) => tx`
  rated_bucket bucket
  where ${onSide(tx, scope, 'bucket')} and bucket.period = ${period} and bucket.service_period = ${period}
    and bucket.kind = 'usage' and bucket.unrounded is not null ${filtered(tx, scope.filters, 'bucket')}`

/** How many lines of usage there are in a month. */
export const countUsageBuckets = async (tx: Tx, scope: SummaryScope, period: string): Promise<number> =>
  one(await tx<{ count: number }[]>`select count(*)::int as count from ${usageBuckets(tx, scope, period)}`)?.count ?? 0

const lineOf = (tx: Tx) => tx`
  concat_ws(' ', bucket.edge_id, bucket.subscription_id, bucket.sku_id, bucket.region_id)`

/** What the lines come to in the month, unrounded. */
export const listUsageTotals = (tx: Tx, scope: SummaryScope, period: string) =>
  tx<{ line: string; currency: string; unrounded: string }[]>`
    select ${lineOf(tx)} as line, bucket.currency, sum(bucket.unrounded)::text as unrounded
    from ${usageBuckets(tx, scope, period)} group by 1, 2`

/** Where some regions have prices of their own the others' values come to more than was rated: then no days are shown. */
const firstMet = (tx: Tx) => tx`
  select count(*)::text from (
    select from usage_value met
    where met.tenant_id = bucket.tenant_id and met.subscription_id = bucket.subscription_id and met.sku_id = bucket.sku_id
      and met.posting_period = bucket.period and met.day >= (bucket.period || '-01')::date
      and bucket.region_id in (${nilId}, met.region_id)
    group by met.value having min(met.day) = usage.day) first`

/** The days of the lines, in order of time. Usage of a region with prices of its own is not everybody's. */
export const listUsedDays = (tx: Tx, scope: SummaryScope, period: string) =>
  tx<UsedDayRow[]>`
    with bucket as materialized (select bucket.* from ${usageBuckets(tx, scope, period)})
    select ${lineOf(tx)} as line, bucket.seller_id as "sellerId", bucket.currency, sku.aggregation, usage.day::text as day,
           trim_scale(sum(usage.sum_quantity))::text as sum, trim_scale(max(usage.max_quantity))::text as max,
           trim_scale((max(array[extract(epoch from usage.last_at), usage.last_quantity]))[2])::text as last,
           max(usage.last_at) as "lastAt",
           trim_scale(sum(usage_held_through_month(usage.day, usage.sum_quantity, usage.held_seconds)))::text as held,
           case when sku.aggregation = 'unique' then (${firstMet(tx)}) end as "firstMet", bucket.price_rate_id as "priceVersionId", bucket.fx_rate_id as "fxRateId"
    from bucket
    join sku on sku.id = bucket.sku_id
    join usage_daily usage on usage.tenant_id = bucket.tenant_id and usage.subscription_id = bucket.subscription_id
      and usage.sku_id = bucket.sku_id and usage.posting_period = bucket.period
      and usage.day >= bucket.service_start and usage.day < bucket.service_end
      and (usage.region_id = bucket.region_id or (bucket.region_id = ${nilId} and not exists (
        select from bucket own where own.edge_id = bucket.edge_id and own.subscription_id = bucket.subscription_id
        and own.sku_id = bucket.sku_id and own.region_id = usage.region_id)))
    where ${inBranch(tx, scope.viewer, 'usage')}
    group by 1, 2, 3, 4, 5, bucket.tenant_id, bucket.subscription_id, bucket.sku_id, bucket.region_id, bucket.period, usage.day,
             bucket.price_rate_id, bucket.fx_rate_id
    order by 1, usage.day::text`

import { inBranch } from '../../../platform/branch.ts'
import type { Branch } from '../../../platform/context.ts'
import type { Tx } from '../../../platform/db.ts'
import type { UsageRow } from '../model.ts'

/** What is asked for; days half-open. `after` is the place of the last row of the page before. */
type UsageQuestion = {
  readonly from: string
  readonly to: string
  readonly groupBy: 'day' | 'month'
  readonly subscriptionId: string | undefined
  readonly tenantId: string | undefined
  readonly sku: string | undefined
  readonly region: string | undefined
  readonly after: UsagePlace | undefined
  readonly limit: number
}

/** The sort key of a row. */
export type UsagePlace = { date: string; subscriptionId: string; skuId: string; regionId: string }

export type ReportRow = UsageRow & UsagePlace

/** By its tenant too, which is what usage is stored by. */
const ofSubscription = (tx: Tx, id: string) => tx`
  and usage.subscription_id = ${id} and usage.tenant_id = (select tenant_id from subscription where id = ${id})`

const asked = (tx: Tx, question: UsageQuestion) => tx`
  ${question.subscriptionId ? ofSubscription(tx, question.subscriptionId) : tx``}
  ${question.tenantId ? tx`and usage.tenant_id = ${question.tenantId}` : tx``}
  ${question.sku ? tx`and sku.code = ${question.sku}` : tx``}
  ${question.region ? tx`and region.code = ${question.region}` : tx``}`

const behind = (tx: Tx, { after }: UsageQuestion) =>
  after
    ? tx`having (date, subscription_id, sku_id, region_id) >
           (${after.date}, ${after.subscriptionId}::uuid, ${after.skuId}::uuid, ${after.regionId}::uuid)`
    : tx``

type Fragment = ReturnType<typeof asked>

/** `figures` has a row per day or per event, with what it adds; the SKU says how they become one, `distinct` how values do. */
const report = (tx: Tx, figures: Fragment, distinct: Fragment, question: UsageQuestion) =>
  tx<ReportRow[]>`
    select date, tenant_id as "tenantId", subscription_id as "subscriptionId", sku_id as "skuId", sku, unit, aggregation,
           region_id as "regionId", region, sum(records)::text as records,
           trim_scale(case aggregation when 'sum' then sum(total) when 'max' then max(largest)
             when 'weighted' then round(sum(weight), 12)
             when 'unique' then (${distinct})
             else (array_agg(latest order by latest_at desc, latest desc))[1] end)::text as quantity
    from (${figures}) figure
    group by date, tenant_id, subscription_id, sku_id, sku, unit, aggregation, region_id, region
    ${behind(tx, question)}
    order by date, subscription_id, sku_id, region_id limit ${question.limit + 1}`

const names = (tx: Tx) => tx`
  usage.tenant_id, usage.subscription_id, usage.sku_id, sku.code as sku, sku.unit, sku.aggregation, usage.region_id,
  region.code as region`

/** Usage by UTC days or months of service, from the rollup. */
export const listUsage = (tx: Tx, viewer: Branch, question: UsageQuestion) =>
  report(
    tx,
    tx`select left(usage.day::text, ${question.groupBy === 'day' ? 10 : 7}) as date, ${names(tx)}, records,
              sum_quantity as total, max_quantity as largest, last_quantity as latest, last_at as latest_at,
              usage_held_through_month(usage.day, usage.sum_quantity, usage.held_seconds) / usage_month_seconds(usage.day) as weight
       from usage_daily usage join sku on sku.id = usage.sku_id join region on region.id = usage.region_id
       where ${inBranch(tx, viewer, 'usage')} and usage.day >= ${question.from} and usage.day < ${question.to}
         ${asked(tx, question)}`,
    tx`select count(distinct met.value) from usage_value met
       where met.tenant_id = figure.tenant_id and met.subscription_id = figure.subscription_id
         and met.sku_id = figure.sku_id and met.region_id = figure.region_id
         and met.day >= ${question.from} and met.day < ${question.to}
         and left(met.day::text, ${question.groupBy === 'day' ? 10 : 7}) = figure.date`,
    question,
  )

/** What an event of a level adds to its month, which is that of its first day here. */
const weightOf = (tx: Tx) => {
  const month = tx`date_trunc('month', usage.start_at at time zone 'UTC')`
  const monthEnd = tx`((${month} + interval '1 month') at time zone 'UTC')`
  return tx`
    quantity * extract(epoch from case when usage.end_at > usage.start_at then usage.end_at else ${monthEnd} end - usage.start_at)
      / usage_month_seconds(${month}::date)`
}

/** What a unique count counts of an event. */
const valueOf = (tx: Tx) => tx`
  case sku.counts_by when 'resource' then usage.resource
    else usage.dimensions ->> substr(sku.counts_by, length('dimensions.') + 1) end`

/** Usage by the local days or months of a zone that records start on, from the events between two instants. */
export const listLocalUsage = (
  tx: Tx,
  viewer: Branch,
  question: UsageQuestion,
  local: { timeZone: string; start: string; end: string },
) =>
  report(
    tx,
    tx`select left((usage.start_at at time zone ${local.timeZone})::date::text, ${question.groupBy === 'day' ? 10 : 7}) as date,
              ${names(tx)}, 1 as records, quantity as total, quantity as largest, quantity as latest, start_at as latest_at,
              ${weightOf(tx)} as weight,
              ${valueOf(tx)} as value
       from usage_event usage join sku on sku.id = usage.sku_id join region on region.id = usage.region_id
       where ${inBranch(tx, viewer, 'usage')} and usage.start_at >= ${local.start} and usage.start_at < ${local.end}
         ${asked(tx, question)}`,
    tx`count(distinct figure.value)`,
    question,
  )

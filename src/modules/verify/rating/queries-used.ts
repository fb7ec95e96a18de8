import type { Aggregation } from '../../../billing/aggregate.ts'
import type { UsagePiece, UsedEvent } from '../../../billing/line-parts.ts'
import type { Tx } from '../../../platform/db.ts'
import { nilId } from '../../../platform/ids.ts'

// What was used, read without the SQL of the runs: a figure that they read wrongly is not read wrongly here as well.

/** What one subscription used of one SKU in one month of service, whose first day is said. */
export type LineKey = { tenantId: string; subscriptionId: string; skuId: string; monthStart: string }

/** Where usage is kept apart: the days on which a bucket begins or ends, and the regions that have buckets of their own. */
export type Apart = { readonly days: readonly string[]; readonly regionIds: readonly string[] }

/** How every SKU adds up. */
export const listAggregations = (tx: Tx) =>
  tx<{ id: string; aggregation: Aggregation }[]>`select id, aggregation from sku`

type Wanted = { readonly period: string; readonly tenantIds: readonly string[] }

/** The lines that something was posted of to a period. */
const lines = (tx: Tx, { period, tenantIds }: Wanted) => tx`
  select distinct tenant_id, subscription_id, sku_id, date_trunc('month', day)::date as month
  from usage_daily where posting_period = ${period} and tenant_id = any (${[...tenantIds]}::uuid[])`

/** How many of the days that part usage have come by the day. */
const partings = (tx: Tx, { days }: Apart) => tx`
  (select count(*) from unnest(${[...days]}::date[]) parting where parting <= used.day)`

const placeOf = (tx: Tx, { regionIds }: Apart) => tx`
  case when used.region_id = any (${[...regionIds]}::uuid[]) then used.region_id else ${nilId}::uuid end`

/** The daily figures of those lines up to the period; `isEarlier` are those of earlier ones. */
export const listUsed = (tx: Tx, wanted: Wanted, apart: Apart) =>
  tx<(LineKey & UsagePiece & { isEarlier: boolean })[]>`
    select line.tenant_id as "tenantId", line.subscription_id as "subscriptionId", line.sku_id as "skuId",
           line.month as "monthStart", used.posting_period < ${wanted.period} as "isEarlier", ${placeOf(tx, apart)} as "regionId",
           min(used.day) as day, max(used.day) as "lastDay", trim_scale(sum(used.sum_quantity))::text as sum,
           trim_scale(max(used.max_quantity))::text as max,
           trim_scale((array_agg(used.last_quantity order by used.last_at desc, used.last_quantity desc))[1])::text as last,
           to_char(max(used.last_at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as "lastAt",
           trim_scale(sum(coalesce(used.held_seconds, 0) + used.sum_quantity * 86400
             * ((line.month + interval '1 month')::date - 1 - used.day)))::text as held
    from (${lines(tx, wanted)}) line
    join usage_daily used on used.tenant_id = line.tenant_id and used.subscription_id = line.subscription_id
      and used.sku_id = line.sku_id and used.day >= line.month and used.day < line.month + interval '1 month'
      and used.posting_period <= ${wanted.period}
    group by 1, 2, 3, 4, 5, 6, ${partings(tx, apart)}`

/** As many values of a unique count as were met in the same places: each is region, a day and whether it is earlier. */
type ValuesRow = LineKey & { count: string; met: string[][] }

/** The values that the records themselves have, of some lines up to the period. */
export const listMet = (tx: Tx, keys: readonly LineKey[], period: string, apart: Apart) =>
  tx<ValuesRow[]>`
    with used as (
      select line.*, event.region_id, (event.start_at at time zone 'UTC')::date as day, event.posting_period,
             case sku.counts_by when 'resource' then event.resource
               else event.dimensions ->> substr(sku.counts_by, length('dimensions.') + 1) end as value
      from (${given(tx, keys)}) line
      join sku on sku.id = line.sku_id
      join usage_event event on ${isOfLine(tx)} and event.posting_period <= ${period}
    ), met as (
      select tenant_id, subscription_id, sku_id, month, value, array_agg(distinct array[
        ${placeOf(tx, apart)}::text,
        greatest(month, (select max(parting) from unnest(${[...apart.days]}::date[]) parting where parting <= used.day))::text,
        (posting_period < ${period})::text]) as places
      from used group by 1, 2, 3, 4, 5
    )
    select tenant_id as "tenantId", subscription_id as "subscriptionId", sku_id as "skuId", month as "monthStart",
           count(*)::text as count, places as met
    from met group by tenant_id, subscription_id, sku_id, month, places`

/** The records that began in the months of some lines, in order of time. */
export const listSingly = (tx: Tx, keys: readonly LineKey[], period: string, apart: Apart) =>
  tx<(LineKey & UsedEvent & { isEarlier: boolean })[]>`
    select used.tenant_id as "tenantId", used.subscription_id as "subscriptionId", used.sku_id as "skuId",
           used.month as "monthStart", ${placeOf(tx, apart)} as "regionId", used.day, trim_scale(used.quantity)::text as quantity,
           used.posting_period < ${period} as "isEarlier"
    from (
      select line.*, event.region_id, (event.start_at at time zone 'UTC')::date as day, event.start_at, event.key, event.quantity,
             event.posting_period
      from (${given(tx, keys)}) line join usage_event event on ${isOfLine(tx)}) used
    where used.posting_period <= ${period}
    order by used.start_at, used.key`

/** When the subscriptions of some lines end; those that go on are null. */
export const listEnds = (tx: Tx, keys: readonly LineKey[]) =>
  tx<{ id: string; endsOn: string | null }[]>`
    select id, end_date as "endsOn" from subscription where id = any (${keys.map((key) => key.subscriptionId)}::uuid[])`

const given = (tx: Tx, keys: readonly LineKey[]) => tx`
  select * from unnest(${keys.map((key) => key.tenantId)}::uuid[], ${keys.map((key) => key.subscriptionId)}::uuid[],
                       ${keys.map((key) => key.skuId)}::uuid[], ${keys.map((key) => key.monthStart)}::date[])
    as key (tenant_id, subscription_id, sku_id, month)`

const isOfLine = (tx: Tx) => tx`
  event.tenant_id = line.tenant_id and event.subscription_id = line.subscription_id and event.sku_id = line.sku_id
  and event.start_at >= line.month::timestamp at time zone 'UTC'
  and event.start_at < (line.month + interval '1 month') at time zone 'UTC'`

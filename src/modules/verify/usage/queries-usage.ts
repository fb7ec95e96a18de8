import type { Spanning } from '../../../billing/spread.ts'
import { one, type Tx } from '../../../platform/db.ts'
import { type FoundRow, namedRows } from '../check.ts'
import type { Bucket, SpanningEvent } from './spreading.ts'

/** Tenants whose usage is looked at together: after this id up to and with that one; null is without end. */
export type Slice = { readonly after: string; readonly upTo: string | null }

const inSlice = (tx: Tx, { after, upTo }: Slice) =>
  upTo === null ? tx`tenant_id > ${after}` : tx`tenant_id > ${after} and tenant_id <= ${upTo}`

/** Where the slice ends that begins after a tenant and has about so many daily rows, or one tenant's. */
export const findSliceEnd = async (tx: Tx, after: string, dailyRows: number): Promise<string | null> =>
  one(
    await tx<{ id: string }[]>`
      select tenant_id as id from usage_daily where tenant_id > ${after}
      order by tenant_id offset ${dailyRows} limit 1`,
  )?.id ?? null

export const countEvents = async (tx: Tx, slice: Slice): Promise<number> =>
  one(await tx<{ count: number }[]>`select count(*)::int as count from usage_event where ${inSlice(tx, slice)}`)
    ?.count ?? 0

type PeriodRow = { period: string; spanning: Spanning; closedAtMicros: string | null }

const micros = (tx: Tx, column: 'closed_at' | 'finished_at') =>
  tx`(extract(epoch from ${tx(column)}) * 1000000)::bigint::text`

/** Every month that usage was posted to, with how it spreads usage and when it was closed. */
export const listPeriods = (tx: Tx) =>
  tx<PeriodRow[]>`
    select period, spanning, ${micros(tx, 'closed_at')} as "closedAtMicros" from billing_period order by period`

/** The event lies within one UTC day, or is an instant: then nothing of it can belong to another day. */
const isOfOneDay = (tx: Tx) => tx`
  end_at <= (date_trunc('day', start_at at time zone 'UTC') + interval '1 day') at time zone 'UTC'`

const instant = (tx: Tx, column: 'start_at' | 'end_at') => tx`
  to_char(${tx(column)} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`

/** A place among the events in the order of their key. */
export type EventPlace = { readonly tenantId: string; readonly start: string; readonly key: string }

/** The next events that last over midnight UTC, in the order of their key. */
export const listSpanning = (tx: Tx, slice: Slice, after: EventPlace | undefined, limit: number) =>
  tx<SpanningEvent[]>`
    select tenant_id as "tenantId", key, subscription_id as "subscriptionId", sku_id as "skuId", sku.aggregation,
           event.region_id as "regionId", ${instant(tx, 'start_at')} as start, ${instant(tx, 'end_at')} as "end",
           trim_scale(quantity)::text as quantity, posting_period as posting,
           ${micros(tx, 'finished_at')} as "finishedAtMicros"
    from usage_event event
    join sku on sku.id = event.sku_id
    left join usage_batch batch on batch.id = event.batch_id
    where ${inSlice(tx, slice)} and not (${isOfOneDay(tx)})
      ${after ? tx`and (tenant_id, start_at, key) > (${after.tenantId}, ${after.start}, ${after.key})` : tx``}
    order by tenant_id, start_at, key limit ${limit}`

const list = <T>(buckets: readonly Bucket[], pick: (bucket: Bucket) => T): T[] => buckets.map(pick)

/** Unit-seconds of a level within its day: an interval holds its quantity, an instant changes it for the rest of the day. */
const heldOf = (tx: Tx) => tx`
  case when is_level then quantity * extract(epoch from
    case when end_at > start_at then end_at else (day + 1)::timestamp at time zone 'UTC' end - start_at) end`

/**
 * Daily rows that are not what their events add up to: events of one day are added here, `spread` are the parts of the
 * others. The figures are those of `usage_daily`: of two records that start at once, the larger is the last one.
 */
export const listWrongDays = (tx: Tx, slice: Slice, spread: readonly Bucket[]) =>
  tx<FoundRow[]>`
    with event as (
      select event.*, sku.aggregation = 'weighted' as is_level, (start_at at time zone 'UTC')::date as day,
             case when sku.aggregation = 'weighted' and end_at > start_at then 0 else quantity end as counted
      from usage_event event join sku on sku.id = event.sku_id
      where ${inSlice(tx, slice)} and ${isOfOneDay(tx)}
    ), part as (
      select tenant_id, subscription_id, sku_id, region_id, day, posting_period,
             counted as sum_quantity, counted as max_quantity, counted as last_quantity, start_at as last_at, ${heldOf(tx)} as held,
             1 as records
      from event
      union all
      select * from unnest(
        ${list(spread, (one) => one.tenantId)}::uuid[], ${list(spread, (one) => one.subscriptionId)}::uuid[],
        ${list(spread, (one) => one.skuId)}::uuid[], ${list(spread, (one) => one.regionId)}::uuid[],
        ${list(spread, (one) => one.day)}::date[], ${list(spread, (one) => one.posting)}::text[],
        ${list(spread, (one) => one.sum)}::numeric[], ${list(spread, (one) => one.max)}::numeric[],
        ${list(spread, (one) => one.last)}::numeric[], ${list(spread, (one) => one.lastAt)}::timestamptz[],
        ${list(spread, (one) => one.held)}::numeric[], ${list(spread, (one) => one.records)}::int[])
    ), computed as (
      select tenant_id, subscription_id, sku_id, region_id, day, posting_period, sum(sum_quantity) as sum_quantity,
             max(max_quantity) as max_quantity, max(last_at) as last_at, sum(records) as records,
             sum(held) as held_seconds, (max(array[extract(epoch from last_at), last_quantity]))[2] as last_quantity
      from part group by tenant_id, subscription_id, sku_id, region_id, day, posting_period
    ), stored as (
      select * from usage_daily where ${inSlice(tx, slice)}
    )
    select format('daily usage of subscription %s, SKU %s, region %s on %s posted to %s',
                  subscription_id, sku_id, region_id, day, posting_period) as row,
           case when computed.records is null then 'is there without any event'
                when stored.records is null then 'is missing, though there are events'
                when stored.held_seconds is distinct from computed.held_seconds
                then format('holds %s unit-seconds; its events give %s', coalesce(trim_scale(stored.held_seconds)::text, 'no'),
                  coalesce(trim_scale(computed.held_seconds)::text, 'none'))
                else format('holds sum %s, max %s, last %s of %s records; its events give %s, %s, %s of %s',
                  trim_scale(stored.sum_quantity), trim_scale(stored.max_quantity), trim_scale(stored.last_quantity),
                  stored.records, trim_scale(computed.sum_quantity), trim_scale(computed.max_quantity),
                  trim_scale(computed.last_quantity), computed.records)
           end as says,
           count(*) over ()::int as total
    from computed
    full join stored using (tenant_id, subscription_id, sku_id, region_id, day, posting_period)
    where (stored.sum_quantity, stored.max_quantity, stored.last_quantity, stored.last_at, stored.records, stored.held_seconds)
      is distinct from (computed.sum_quantity, computed.max_quantity, computed.last_quantity, computed.last_at, computed.records,
        computed.held_seconds)
    order by tenant_id, subscription_id, sku_id, region_id, day, posting_period limit ${namedRows}`

/** What a unique count counts of an event: 16 bytes of SHA-256 over its text. */
const valueOf = (tx: Tx) => tx`
  encode(substr(sha256(convert_to(case sku.counts_by when 'resource' then event.resource
    else event.dimensions ->> substr(sku.counts_by, length('dimensions.') + 1) end, 'UTF8')), 1, 16), 'hex')::uuid`

/** Values of unique counts that no event has, and events whose value is not counted: each once a day, where it is posted. */
export const listWrongValues = (tx: Tx, slice: Slice) =>
  tx<FoundRow[]>`
    with computed as (
      select distinct tenant_id, subscription_id, sku_id, (start_at at time zone 'UTC')::date as day, ${valueOf(tx)} as value,
             region_id, posting_period, true as is_met
      from usage_event event join sku on sku.id = event.sku_id and sku.aggregation = 'unique'
      where ${inSlice(tx, slice)}
    ), stored as (
      select tenant_id, subscription_id, sku_id, day, value, region_id, posting_period, true as is_counted
      from usage_value where ${inSlice(tx, slice)}
    )
    select format('value %s of subscription %s, SKU %s, region %s on %s posted to %s',
                  value, subscription_id, sku_id, region_id, day, posting_period) as row,
           case when is_met is null then 'is counted without any event' else 'is not counted, though there are events' end as says,
           count(*) over ()::int as total
    from computed full join stored using (tenant_id, subscription_id, sku_id, day, value, region_id, posting_period)
    where is_met is null or is_counted is null
    order by tenant_id, subscription_id, sku_id, region_id, day, posting_period, value limit ${namedRows}`

/** Keys without exactly one event, and events without a key. The event's own key has its start in it: two may share one. */
export const listWrongKeys = (tx: Tx, slice: Slice) =>
  tx<FoundRow[]>`
    with keyed as (
      select tenant_id, key, true as is_key from usage_key where ${inSlice(tx, slice)}
    ), effect as (
      select tenant_id, key, count(*) as events from usage_event where ${inSlice(tx, slice)} group by tenant_id, key
    )
    select format('usage key %s of tenant %s', key, tenant_id) as row,
           case when is_key is null then 'is taken by nobody, though an event has it'
                else format('has %s events instead of one', coalesce(events, 0)) end as says,
           count(*) over ()::int as total
    from keyed full join effect using (tenant_id, key)
    where is_key is null or events is distinct from 1
    order by tenant_id, key limit ${namedRows}`

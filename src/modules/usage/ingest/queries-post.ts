import type { Tx } from '../../../platform/db.ts'
import { ancestorsOn } from './resolve.ts'
import type { Bucket } from './rollup.ts'

/** One event with its key; `part` is what it adds to its own bucket where that is not all of it. */
export type EventRow = {
  readonly bucket: number
  readonly key: string
  readonly hash: string
  readonly recordId: string
  readonly start: string
  readonly end: string
  readonly quantity: string
  readonly part: string | null
  readonly resource: string | null
  readonly dimensions: string | null
  /** What a unique count meets in it, as 16 bytes. */
  readonly value: string | null
  /** Unit-seconds of a level in its own bucket. */
  readonly held: string | null
}

/** What an event adds to another bucket than its own; `event` is its position among the events, from 1. */
export type FurtherPart = {
  readonly event: number
  readonly bucket: number
  readonly quantity: string
  readonly held: string | null
}

type PostRows = {
  readonly regionId: string
  readonly batchId: string
  readonly buckets: readonly Bucket[]
  readonly events: readonly EventRow[]
  readonly further: readonly FurtherPart[]
}

/** An array literal of texts that need no quoting: ids, numbers, instants. The driver quotes each element otherwise. */
const listed = <T>(rows: readonly T[], textOf: (row: T) => string | number | null): string =>
  `{${rows.map((row) => textOf(row) ?? 'null').join(',')}}`

const needsEscape = /["\\]/
const escaped = /["\\]/g

/** An array literal of any texts. */
const listedTexts = <T>(rows: readonly T[], textOf: (row: T) => string | null): string =>
  listed(rows, (row) => {
    const text = textOf(row)
    if (text === null) return null
    return needsEscape.test(text) ? `"${text.replace(escaped, '\\$&')}"` : `"${text}"`
  })

/** A column that most chunks don't have: an array that ends early stands for nulls. */
const sparse = <T>(values: readonly (T | null)[]): readonly (T | null)[] =>
  values.every((value) => value === null) ? [] : values

/**
 * Makes this transaction's statements be planned for the arrays they carry: a plan for arrays of any length expects ten
 * rows and joins thousands in nested loops.
 */
export const planForRows = (tx: Tx) => tx`select set_config('plan_cache_mode', 'force_custom_plan', true)`

/** Makes the partitions of months that have none yet. */
export const ensureMonths = (tx: Tx, months: readonly string[]) => tx`
  select usage_event_ensure_month((month || '-01')::date) from unnest(${[...months]}::text[]) as named (month)`

const bucketRows = (tx: Tx, buckets: readonly Bucket[]) => tx`
  select * from unnest(
    ${listed(buckets, (row) => row.place)}::int[],
    ${listed(buckets, (row) => row.subscription.tenantId)}::uuid[],
    ${listed(buckets, (row) => ancestorsOn(row.subscription, row.day).partnerId)}::uuid[],
    ${listed(buckets, (row) => ancestorsOn(row.subscription, row.day).distributorId)}::uuid[],
    ${listed(buckets, (row) => row.subscription.id)}::uuid[],
    ${listed(buckets, (row) => row.sku.id)}::uuid[],
    ${listed(buckets, (row) => row.day)}::date[],
    ${listed(buckets, (row) => row.posting)}::text[]
  ) as bucket (bucket, tenant_id, partner_id, distributor_id, subscription_id, sku_id, day, posting_period)`

/** The parts of the statement that levels need: not a word of it where no record is one. */
function levelWords(tx: Tx, { events, further }: PostRows) {
  if (events.every(({ held }) => held === null)) {
    return { sent: tx``, column: tx``, further: tx``, furtherHeld: tx``, total: tx``, name: tx``, raised: tx`` }
  }
  return {
    sent: tx`, ${listed(events, (row) => row.held)}::numeric[]`,
    column: tx`, held`,
    further: tx`, ${listed(further, (row) => row.held)}::numeric[]`,
    furtherHeld: tx`, further.held`,
    total: tx`, sum(held) as held_seconds`,
    name: tx`, held_seconds`,
    raised: tx`, held_seconds = daily.held_seconds + excluded.held_seconds`,
  }
}

/** The values of unique counts, each once a day: not even a word of the statement where nothing is counted so. */
const newValues = (tx: Tx, { regionId, events }: PostRows) => {
  if (events.every(({ value }) => value === null)) return tx``
  return tx`
    , new_value as (
      insert into usage_value (tenant_id, subscription_id, sku_id, day, value, region_id, posting_period, partner_id, distributor_id)
      select distinct bucket.tenant_id, subscription_id, sku_id, day, value, ${regionId}::uuid, posting_period, partner_id,
             distributor_id
      from unnest(${listed(events, (row) => row.value)}::uuid[]) with ordinality as met (value, place)
      join taken using (place) join bucket using (bucket)
      where value is not null
      order by bucket.tenant_id, subscription_id, sku_id, day, value, posting_period
      on conflict do nothing
    )`
}

/**
 * Keys, events and daily rollup in one statement; answers which events, from 1, met a key that is taken. Rows are written
 * in the order of their keys, so that two writers never wait for each other in a circle: all keys first, then the days.
 */
export const insertUsage = (tx: Tx, rows: PostRows) => {
  const { regionId, batchId, buckets, events, further } = rows
  const level = levelWords(tx, rows)
  return tx<{ place: number }[]>`
    with bucket as materialized (${bucketRows(tx, buckets)}), sent as materialized (
      select sent.*, bucket.tenant_id from unnest(
        ${listed(events, (row) => row.bucket)}::int[],
        ${listed(events, (row) => row.key)}::uuid[],
        ${listed(events, (row) => row.hash)}::uuid[],
        ${listedTexts(events, (row) => row.recordId)}::text[],
        ${listed(events, (row) => row.start)}::timestamptz[],
        ${listed(events, (row) => row.end)}::timestamptz[],
        ${listed(events, (row) => row.quantity)}::numeric[],
        ${sparse(events.map((row) => row.part))}::numeric[],
        ${listedTexts(sparse(events.map((row) => row.resource)), (text) => text)}::text[],
        ${sparse(events.map((row) => row.dimensions))}::text[]${level.sent}
      ) with ordinality as sent (bucket, key, hash, record_id, start_at, end_at, quantity, part, resource, dimensions${level.column}, place)
      join bucket using (bucket)
    ), new_key as (
      insert into usage_key (tenant_id, key, hash)
      select tenant_id, key, hash from sent order by tenant_id, key
      on conflict do nothing returning tenant_id, key
    ), taken as materialized (
      select sent.* from sent join new_key using (tenant_id, key)
    ), new_event as (
      insert into usage_event (tenant_id, key, subscription_id, distributor_id, partner_id, sku_id, region_id, record_id,
                               start_at, end_at, quantity, resource, dimensions, batch_id, posting_period)
      select taken.tenant_id, key, subscription_id, distributor_id, partner_id, sku_id, ${regionId}::uuid, record_id,
             start_at, end_at, quantity, resource, dimensions::jsonb, ${batchId}::uuid, posting_period
      from taken join bucket using (bucket)
    ), part as (
      select bucket, coalesce(part, quantity) as quantity, start_at, 1 as records${level.column} from taken
      union all
      select further.bucket, further.quantity, taken.start_at, 0${level.furtherHeld}
      from unnest(${listed(further, (row) => row.event)}::int[], ${listed(further, (row) => row.bucket)}::int[],
                  ${listed(further, (row) => row.quantity)}::numeric[]${level.further}) as further (place, bucket, quantity${level.column})
      join taken using (place)
    ), total as (
      select bucket, sum(quantity) as sum_quantity, max(quantity) as max_quantity, max(start_at) as last_at,
             (array_agg(quantity order by start_at desc, quantity desc))[1] as last_quantity, sum(records) as records${level.total}
      from part group by bucket
    ), new_daily as (
      insert into usage_daily as daily (tenant_id, subscription_id, sku_id, region_id, day, posting_period, partner_id,
                                        distributor_id, sum_quantity, max_quantity, last_quantity, last_at, records${level.name})
      select tenant_id, subscription_id, sku_id, ${regionId}::uuid, day, posting_period, partner_id, distributor_id,
             sum_quantity, max_quantity, last_quantity, last_at, records${level.name}
      from total join bucket using (bucket)
      order by tenant_id, subscription_id, sku_id, day, posting_period
      on conflict on constraint usage_daily_key do update
      set sum_quantity = daily.sum_quantity + excluded.sum_quantity,
          max_quantity = greatest(daily.max_quantity, excluded.max_quantity),
          last_quantity = case when (excluded.last_at, excluded.last_quantity) > (daily.last_at, daily.last_quantity)
                               then excluded.last_quantity else daily.last_quantity end,
          last_at = greatest(daily.last_at, excluded.last_at),
          records = daily.records + excluded.records${level.raised}
    )${newValues(tx, rows)}
    select place::int as place from sent
    where not exists (select from new_key where new_key.tenant_id = sent.tenant_id and new_key.key = sent.key)`
}

/** What stands under these keys, for those that are taken. In another statement than the insert, so that it sees what a rival committed. */
export const listHashes = (tx: Tx, keys: readonly { tenantId: string; key: string }[]) =>
  tx<{ key: string; hash: string }[]>`
    select key, hash from usage_key
    join unnest(${listed(keys, (row) => row.tenantId)}::uuid[], ${listed(keys, (row) => row.key)}::uuid[])
      as asked (tenant_id, key) using (tenant_id, key)`

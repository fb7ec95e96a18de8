import type { Tx } from '../../../platform/db.ts'
import type { RecordSemantics } from '../../regions/model.ts'
import type { Counts } from '../ingest/outcomes.ts'
import type { UsageRecord } from '../intake/record.ts'

/**
 * What a waiting record waits for has come: says the same as `resolve` for the reason that the record has, so that a
 * record that is tried again either leaves or waits for something else. `held` is the record's row.
 */
const hasCome = (tx: Tx) => {
  const byAlias = tx`
    select subscription_id as id from subscription_alias
    where region_id = held.region_id and external_id = held.subscription`
  const byId = tx`
    select id from subscription
    where id = case when held.subscription ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then held.subscription::uuid end`
  const claims = tx`
    select claimed.id, start_date, end_date
    from (${byAlias} union ${byId}) claimed join subscription on subscription.id = claimed.id`
  const mapped = tx`
    select from meter join sku on sku.id = meter.sku_id
    where meter.region_id = held.region_id and meter.meter = held.record->>'meter'
      and meter.valid @> (held.start_at at time zone 'UTC')::date`
  const isCountable = tx`
    (counts_by is null or coalesce(case counts_by when 'resource' then held.record->>'resource'
                                     else held.record->'dimensions'->>substr(counts_by, length('dimensions.') + 1) end, '') <> '')`
  return tx`
    case held.reason
      when 'subscription.unknown' then exists (${byAlias}) or exists (${byId})
      when 'subscription.ambiguous' then (select count(*) from (${claims}) claim) < 2
      when 'subscription.not_in_force' then exists (
        select from (${claims}) claim
        where (held.start_at at time zone 'UTC')::date >= start_date
          and (end_date is null or ((held.start_at at time zone 'UTC')::date < end_date
                                    and held.end_at <= end_date::timestamp at time zone 'UTC')))
      when 'sku.unknown' then exists (select from sku where code = held.record->>'sku')
      when 'meter.unknown' then exists (${mapped})
      when 'unit.mismatch' then exists (select from sku where code = held.record->>'sku' and unit = held.record->>'unit')
        or exists (${mapped} and (factor <> 1 or unit = held.record->>'unit'))
      when 'meter.factor_inexact' then exists (${mapped}
        and scale(trim_scale((held.record->>'quantity')::numeric * factor)) <= 12
        and abs((held.record->>'quantity')::numeric * factor) < 1e26)
      when 'quantity.not_countable' then exists (${mapped} and counts_by is null)
      when 'resource.missing' then exists (${mapped} and ${isCountable})
      when 'dimension.missing' then exists (${mapped} and ${isCountable})
      else false
    end`
}

/** True when something that waits can be taken in. Nothing waits: one look at an empty index. */
export const isSomethingDue = async (tx: Tx): Promise<boolean> => {
  const [row] = await tx<{ isDue: boolean }[]>`
    select exists (select from usage_quarantine held where state = 'waiting' and ${hasCome(tx)}) as "isDue"`
  return row?.isDue ?? false
}

/** True while an earlier redrive waits, is at work, or is parked for a person. */
export const isRedriving = async (tx: Tx, kind: string): Promise<boolean> => {
  const [row] = await tx<{ isAtWork: boolean }[]>`
    select exists (select from job where kind = ${kind} and state in ('queued', 'running', 'parked')) as "isAtWork"`
  return row?.isAtWork ?? false
}

export type DueRecord = {
  id: string
  regionId: string
  semantics: RecordSemantics
  batchId: string
  reason: string
  record: UsageRecord
}

/** Some records of one batch that can be taken in; nobody else gets them until the transaction ends. */
export const lockDueRecords = (tx: Tx, limit: number) =>
  tx<DueRecord[]>`
    with first as (
      select batch_id from usage_quarantine held where state = 'waiting' and ${hasCome(tx)}
      limit 1 for update skip locked
    )
    select id, region_id as "regionId", batch_id as "batchId", reason, record,
           (select record_semantics from region where region.id = held.region_id) as semantics
    from usage_quarantine held
    where state = 'waiting' and batch_id = (select batch_id from first) and ${hasCome(tx)}
    order by id limit ${limit} for update skip locked`

export type Decision = {
  id: string
  state: 'waiting' | 'accepted' | 'dismissed'
  reason: string
  waiver: string | null
}

export const updateDecided = (tx: Tx, decisions: readonly Decision[]) => tx`
  update usage_quarantine held
  set state = decided.state, reason = decided.reason, waiver = decided.waiver,
      decided_at = case when decided.state = 'waiting' then null else clock_timestamp() end
  from unnest(${decisions.map((row) => row.id)}::uuid[], ${decisions.map((row) => row.state)}::text[],
              ${decisions.map((row) => row.reason)}::text[], ${decisions.map((row) => row.waiver)}::text[])
    as decided (id, state, reason, waiver)
  where held.id = decided.id`

export const deleteOutcomes = (tx: Tx, batchId: string, indexes: readonly number[]) => tx`
  delete from usage_outcome where batch_id = ${batchId} and index = any (${[...indexes]}::int[])`

/** What was quarantined on a receipt became something else. */
export const moveCounts = (tx: Tx, batchId: string, counts: Counts) => tx`
  update usage_batch
  set accepted = accepted + ${counts.accepted}, duplicate = duplicate + ${counts.duplicate},
      conflict = conflict + ${counts.conflict},
      quarantined = quarantined - ${counts.accepted + counts.duplicate + counts.conflict}
  where id = ${batchId}`

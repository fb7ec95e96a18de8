import { one, type Tx } from '../../../platform/db.ts'
import type { RecordSemantics } from '../../regions/model.ts'
import type { Counts, Outcome } from './outcomes.ts'

export type BatchToIngest = {
  id: string
  regionId: string
  region: string
  semantics: RecordSemantics
  format: 'json' | 'ndjson' | 'csv' | 'focus'
  /** Null once the batch is done. */
  body: Uint8Array<ArrayBuffer> | null
  sent: number
  receivedAt: string
  completeUntil: string | null
  lateLimitHours: number | null
}

export const findBatchToIngest = async (tx: Tx, id: string) =>
  one(
    await tx<BatchToIngest[]>`
      select batch.id, region_id as "regionId", region.code as region,
             record_semantics as semantics, format, body, sent, received_at as "receivedAt",
             batch.complete_until as "completeUntil", late_limit_hours as "lateLimitHours"
      from usage_batch batch join region on region.id = batch.region_id where batch.id = ${id}`,
  )

/** In the order of their places, which no other batch writes to. */
export const insertOutcomes = (tx: Tx, batchId: string, outcomes: readonly Outcome[]) => tx`
  insert into usage_outcome (batch_id, index, outcome, record_id, faults)
  select ${batchId}::uuid, index, outcome, record_id, jsonb_build_object('list', faults::jsonb)
  from unnest(${outcomes.map((row) => row.index)}::int[], ${outcomes.map((row) => row.outcome)}::text[],
              ${outcomes.map((row) => row.recordId)}::text[], ${outcomes.map((row) => JSON.stringify(row.faults))}::text[])
    as kept (index, outcome, record_id, faults)`

/** The oldest first; answers how many there were. */
export const deleteOldOutcomes = async (tx: Tx, { days, limit }: { days: number; limit: number }): Promise<number> => {
  const gone = await tx`
    delete from usage_outcome where (batch_id, index) in (
      select batch_id, index from usage_outcome
      where recorded_at < clock_timestamp() - make_interval(days => ${days})
      order by recorded_at limit ${limit})`
  return gone.count
}

export const addCounts = (tx: Tx, batchId: string, counts: Counts) => tx`
  update usage_batch
  set state = 'processing', accepted = accepted + ${counts.accepted}, duplicate = duplicate + ${counts.duplicate},
      conflict = conflict + ${counts.conflict}, quarantined = quarantined + ${counts.quarantined},
      rejected = rejected + ${counts.rejected}
  where id = ${batchId}`

type FinishedBatch = Counts & { sent: number; receivedAt: string; finishedAt: string }

/** The batch is taken in; what it was made of is in the events now, so its body goes. */
export const finishBatch = async (
  tx: Tx,
  batchId: string,
  span: { firstStart: string | null; lastEnd: string | null },
) =>
  one(
    await tx<FinishedBatch[]>`
      update usage_batch
      set state = 'done', finished_at = clock_timestamp(), body = null, first_start = ${span.firstStart}, last_end = ${span.lastEnd}
      where id = ${batchId}
      returning sent, accepted, duplicate, conflict, quarantined, rejected, received_at as "receivedAt", finished_at as "finishedAt"`,
  )

/**
 * Ends a batch whose job was cancelled or refused: the records behind those that were counted, which chunks take in their
 * order, are rejected. May run twice.
 */
export const abandonBatch = (tx: Tx, batchId: string) => tx`
  with batch as (
    select id, sent, accepted + duplicate + conflict + quarantined + rejected as taken
    from usage_batch where id = ${batchId} and state <> 'done' for update
  ), refused as (
    insert into usage_outcome (batch_id, index, outcome, faults)
    select id, index, 'rejected', jsonb_build_object('list', jsonb_build_array(jsonb_build_object(
      'pointer', '/' || index, 'code', 'usage.batch_abandoned', 'message', 'the job ended before it came to this record')))
    from batch cross join generate_series(taken, sent - 1) as index
  )
  update usage_batch
  set state = 'done', finished_at = clock_timestamp(), body = null, rejected = rejected + batch.sent - batch.taken
  from batch where usage_batch.id = batch.id`

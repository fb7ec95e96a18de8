import { one, type Tx } from '../../../platform/db.ts'
import { newId } from '../../../platform/ids.ts'
import type { UsageRecord } from '../intake/record.ts'

export type HeldHash = { recordId: string; hash: string }

/** True when some record of the region waits or was waived. */
export const holdsAny = async (tx: Tx, regionId: string): Promise<boolean> =>
  one(
    await tx<{ holds: boolean }[]>`
      select exists (select from usage_quarantine where region_id = ${regionId} and state <> 'accepted') as holds`,
  )?.holds ?? false

/** Those of the records that wait or were waived: sent again, they are known. */
export const listHeld = (tx: Tx, regionId: string, recordIds: readonly string[]) =>
  tx<HeldHash[]>`
    select record_id as "recordId", hash from usage_quarantine
    where region_id = ${regionId} and record_id = any (${[...recordIds]}::text[]) and state <> 'accepted'`

/** As `listHeld`, with those that were taken in since. */
export const listEverHeld = (tx: Tx, regionId: string, recordIds: readonly string[]) =>
  tx<HeldHash[]>`
    select record_id as "recordId", hash from usage_quarantine
    where region_id = ${regionId} and record_id = any (${[...recordIds]}::text[])`

type NewHeld = { record: UsageRecord; hash: string; reason: string }

/** Answers the ids of the records that wait from now on; the others were here before. In the order of their ids. */
export const insertHeld = (
  tx: Tx,
  { regionId, batchId }: { regionId: string; batchId: string },
  rows: readonly NewHeld[],
) =>
  tx<{ recordId: string }[]>`
    insert into usage_quarantine (id, region_id, record_id, hash, record, reason, subscription, thing, start_at, end_at, batch_id)
    select id, ${regionId}::uuid, record->>'id', hash, record, reason, record->>'subscription',
           coalesce(record->>'meter', record->>'sku'), (record->>'start')::timestamptz, (record->>'end')::timestamptz,
           ${batchId}::uuid
    from (
      select id, hash, reason, record::jsonb as record
      from unnest(${rows.map(() => newId())}::uuid[], ${rows.map((row) => row.hash)}::uuid[],
                  ${rows.map((row) => row.reason)}::text[], ${rows.map((row) => JSON.stringify(row.record))}::text[])
        as held (id, hash, reason, record)
    ) held
    order by record->>'id'
    on conflict on constraint usage_quarantine_once do nothing returning record_id as "recordId"`

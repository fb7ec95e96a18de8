import type { Tx } from '../../platform/db.ts'
import { newId } from '../../platform/ids.ts'

/** What finance can be told (contract, "Events and their audience"). The list only grows. */
export const eventTypes = [
  'usage.batch.completed',
  'usage.quarantined',
  'period.closed',
  'billing.run.completed',
  'invoice.issued',
  'commission.run.completed',
  'job.failed',
  'job.parked',
] as const
export type EventType = (typeof eventTypes)[number]

/** One thing that happened, for each organization that may know of it. `data` differs by receiver only through its own call. */
export type Happening = {
  readonly type: EventType
  readonly objectId: string
  /** Counts up where the same thing happens to the same object again. */
  readonly sequence?: number
  readonly receivers: readonly string[]
  readonly data: Readonly<Record<string, unknown>>
}

/** Raises events in the effect's own transaction, once per (receiver, object, type, sequence). May run twice. */
export async function raiseEvents(tx: Tx, happenings: readonly Happening[]): Promise<void> {
  const rows = happenings.flatMap((one) => one.receivers.map((organizationId) => ({ ...one, organizationId })))
  if (rows.length === 0) return
  await tx`
    insert into event (id, org_id, type, object_id, sequence, data)
    select id, org_id, type, object_id, sequence, data::jsonb
    from unnest(${rows.map(() => newId())}::uuid[], ${rows.map((row) => row.organizationId)}::uuid[],
                ${rows.map((row) => row.type)}::text[], ${rows.map((row) => row.objectId)}::uuid[],
                ${rows.map((row) => row.sequence ?? 1)}::int[], ${rows.map((row) => JSON.stringify(row.data))}::text[])
      as raised (id, org_id, type, object_id, sequence, data)
    on conflict on constraint event_once do nothing`
}

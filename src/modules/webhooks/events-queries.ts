import type { Tx } from '../../platform/db.ts'
import { newId } from '../../platform/ids.ts'
import type { Happening } from './events.ts'

/** Does nothing for an event that its receiver already has. The constraint is not named: that would need the right to read. */
export async function insertEvents(tx: Tx, happenings: readonly Happening[]): Promise<void> {
  const rows = happenings.flatMap((one) => one.receivers.map((organizationId) => ({ ...one, organizationId })))
  if (rows.length === 0) return
  await tx`
    insert into event (id, org_id, type, object_id, sequence, data)
    select id, org_id, type, object_id, sequence, data::jsonb
    from unnest(${rows.map(() => newId())}::uuid[], ${rows.map((row) => row.organizationId)}::uuid[],
                ${rows.map((row) => row.type)}::text[], ${rows.map((row) => row.objectId)}::uuid[],
                ${rows.map((row) => row.sequence ?? 1)}::int[], ${rows.map((row) => JSON.stringify(row.data))}::text[])
      as raised (id, org_id, type, object_id, sequence, data)
    on conflict do nothing`
}

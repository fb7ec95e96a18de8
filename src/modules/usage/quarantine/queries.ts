import { one, type Tx } from '../../../platform/db.ts'
import { onePast, type PageRequest } from '../../../platform/page.ts'
import type { QuarantinedRecord, QuarantineFilters } from '../model.ts'

const columns = (tx: Tx) => tx`
  held.id, region.code as region, held.batch_id as "batchId", held.record_id as "recordId", held.state, held.reason,
  held.subscription, held.record->>'meter' as meter, held.record->>'sku' as sku, held.start_at as start, held.end_at as end,
  held.record->>'quantity' as quantity, held.record->>'unit' as unit, held.waiver, held.created_at as "createdAt",
  held.decided_at as "decidedAt"`

export const listQuarantine = (tx: Tx, filters: QuarantineFilters, page: PageRequest) =>
  tx<QuarantinedRecord[]>`
    select ${columns(tx)} from usage_quarantine held join region on region.id = held.region_id
    where held.state = ${filters.state ?? 'waiting'}
      ${filters.region ? tx`and region.code = ${filters.region}` : tx``}
      ${filters.reason ? tx`and held.reason = ${filters.reason}` : tx``}
      ${page.after ? tx`and held.id < ${page.after}` : tx``}
    order by held.id desc limit ${onePast(tx, page)}`

/** Waits for whoever takes the record in at this moment. */
export const lockHeld = async (tx: Tx, id: string) =>
  one(await tx<{ state: QuarantinedRecord['state'] }[]>`select state from usage_quarantine where id = ${id} for update`)

export const dismissHeld = async (tx: Tx, id: string, dismissal: { accountId: string | null; reason: string }) =>
  one(
    await tx<QuarantinedRecord[]>`
      with held as (
        update usage_quarantine
        set state = 'dismissed', waiver = ${dismissal.reason}, waived_by = ${dismissal.accountId}, decided_at = clock_timestamp()
        where id = ${id} and state = 'waiting' returning *)
      select ${columns(tx)} from held join region on region.id = held.region_id`,
  )

import type { Tx } from '../../../platform/db.ts'
import type { EventPlace, Slice } from './queries-usage.ts'

/** An event with what its key and hash were made of; instants with six digits of a second, `hash` null where it has no key. */
export type IdentifiedEvent = {
  tenantId: string
  key: string
  hash: string | null
  subscriptionId: string
  skuId: string
  regionId: string
  recordId: string
  start: string
  end: string
  quantity: string
  resource: string | null
  dimensions: Record<string, string> | null
  /** Whether its subscription may have been called otherwise when the record came. */
  isRenamed: boolean
}

const instant = (tx: Tx, column: 'start_at' | 'end_at') => tx`
  to_char(${tx(column)} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`

/** The next events in the order of their key. */
export const listEvents = (tx: Tx, { after: from, upTo }: Slice, after: EventPlace | undefined, limit: number) =>
  tx<IdentifiedEvent[]>`
    select event.tenant_id as "tenantId", event.key, usage_key.hash, event.subscription_id as "subscriptionId",
           event.sku_id as "skuId", event.region_id as "regionId", record_id as "recordId", ${instant(tx, 'start_at')} as start,
           ${instant(tx, 'end_at')} as "end", trim_scale(event.quantity)::text as quantity, resource, dimensions,
           subscription.updated_at > batch.received_at as "isRenamed"
    from usage_event event
    left join usage_key on usage_key.tenant_id = event.tenant_id and usage_key.key = event.key
    left join subscription on subscription.id = event.subscription_id
    left join usage_batch batch on batch.id = event.batch_id
    where event.tenant_id > ${from} ${upTo === null ? tx`` : tx`and event.tenant_id <= ${upTo}`}
      ${after ? tx`and (event.tenant_id, start_at, event.key) > (${after.tenantId}, ${after.start}, ${after.key})` : tx``}
    order by event.tenant_id, start_at, event.key limit ${limit}`

/** What regions call some subscriptions. */
export const listNames = (tx: Tx, subscriptionIds: readonly string[]) =>
  tx<{ subscriptionId: string; regionId: string; name: string }[]>`
    select subscription_id as "subscriptionId", region_id as "regionId", external_id as name
    from subscription_alias where subscription_id = any (${[...subscriptionIds]}::uuid[])`

export const listSkus = (tx: Tx) =>
  tx<{ id: string; sku: string; unit: string }[]>`select id, code as sku, unit from sku`

/** What regions call SKUs, or ever called them. */
export const listMeters = (tx: Tx) =>
  tx<{ skuId: string; regionId: string; meter: string; unit: string; factor: string }[]>`
    select distinct sku_id as "skuId", region_id as "regionId", meter, unit, trim_scale(factor)::text as factor
    from meter join sku on sku.id = meter.sku_id`

/** A record that waits or waited, with the hash of what it said. */
export type HeldRecord = {
  id: string
  hash: string
  recordId: string
  regionId: string
  record: Record<string, unknown>
}

/** The next records of the quarantine by id. */
export const listHeld = (tx: Tx, after: string, limit: number) =>
  tx<HeldRecord[]>`
    select id, hash, record_id as "recordId", region_id as "regionId", record
    from usage_quarantine where id > ${after} order by id limit ${limit}`

import type { Actor } from '../../platform/context.ts'
import { one, type Tx } from '../../platform/db.ts'
import { onePast, type PageRequest } from '../../platform/page.ts'
import type { EventType } from './events.ts'
import type { Delivery, DeliveryFilters, Event, EventFilters, Webhook, WebhookChange, WebhookFilters } from './model.ts'

export type WebhookRow = Webhook & { version: number }

const columns = (tx: Tx) => tx`
  id, url, events, state, disabled_for as "disabledFor", failing_since as "failingSince", created_at as "createdAt",
  updated_at as "updatedAt", version`

/** Undefined: the organization has as many as it may have. */
export const insertWebhook = async (
  tx: Tx,
  actor: Actor,
  webhook: { id: string; url: string; events: readonly EventType[]; secretSealed: Uint8Array; most: number },
) =>
  one(
    await tx<WebhookRow[]>`
      insert into webhook_endpoint (id, org_id, url, secret_sealed, events)
      select ${webhook.id}, ${actor.organizationId}, ${webhook.url}, ${webhook.secretSealed}, ${[...webhook.events]}::text[]
      where (select count(*) from webhook_endpoint where org_id = ${actor.organizationId}) < ${webhook.most}
      returning ${columns(tx)}`,
  )

export const findWebhook = async (tx: Tx, organizationId: string, id: string) =>
  one(
    await tx<WebhookRow[]>`select ${columns(tx)} from webhook_endpoint where id = ${id} and org_id = ${organizationId}`,
  )

export const listWebhooks = (tx: Tx, organizationId: string, filters: WebhookFilters, page: PageRequest) =>
  tx<WebhookRow[]>`
    select ${columns(tx)} from webhook_endpoint
    where org_id = ${organizationId}
      ${filters.state ? tx`and state = ${filters.state}` : tx``}
      ${page.after ? tx`and id < ${page.after}` : tx``}
    order by id desc limit ${onePast(tx, page)}`

/** Switching on forgets what failed. Undefined: absent, or another version. */
export const updateWebhook = async (
  tx: Tx,
  organizationId: string,
  place: { id: string; version: number },
  change: WebhookChange,
) =>
  one(
    await tx<WebhookRow[]>`
      update webhook_endpoint set
        ${change.url === undefined ? tx`` : tx`url = ${change.url},`}
        ${change.events === undefined ? tx`` : tx`events = ${[...change.events]}::text[],`}
        ${change.state === 'active' ? tx`state = 'active', disabled_for = null, failing_since = null, rest_until = null,` : tx``}
        ${change.state === 'disabled' ? tx`state = 'disabled', disabled_for = coalesce(disabled_for, 'owner'),` : tx``}
        version = version + 1, updated_at = clock_timestamp()
      where id = ${place.id} and org_id = ${organizationId} and version = ${place.version}
      returning ${columns(tx)}`,
  )

/** The secret before stays in force for a while. Undefined: absent. */
export const rotateSecret = async (
  tx: Tx,
  organizationId: string,
  rotation: { id: string; secretSealed: Uint8Array; oldHours: number },
) =>
  one(
    await tx<WebhookRow[]>`
      update webhook_endpoint
      set old_secret = secret_sealed, old_until = clock_timestamp() + make_interval(hours => ${rotation.oldHours}),
          secret_sealed = ${rotation.secretSealed}, version = version + 1, updated_at = clock_timestamp()
      where id = ${rotation.id} and org_id = ${organizationId}
      returning ${columns(tx)}`,
  )

/** Its deliveries go with it. False: absent. */
export const deleteWebhook = async (tx: Tx, organizationId: string, id: string): Promise<boolean> =>
  (await tx`delete from webhook_endpoint where id = ${id} and org_id = ${organizationId} returning id`).length > 0

const deliveryColumns = (tx: Tx) => tx`
  webhook_delivery.id, endpoint_id as "webhookId", event_id as "eventId", event.type as "eventType", state, attempt,
  case when state = 'pending' then due_at end as "dueAt", last_status as "lastStatus", last_error as "lastError",
  created_at as "createdAt", delivered_at as "deliveredAt"`

export const listDeliveries = (tx: Tx, organizationId: string, filters: DeliveryFilters, page: PageRequest) =>
  tx<Delivery[]>`
    select ${deliveryColumns(tx)} from webhook_delivery join event on event.id = event_id
    where webhook_delivery.org_id = ${organizationId}
      ${filters.state ? tx`and state = ${filters.state}` : tx``}
      ${filters.webhookId ? tx`and endpoint_id = ${filters.webhookId}` : tx``}
      ${filters.eventId ? tx`and event_id = ${filters.eventId}` : tx``}
      ${page.after ? tx`and webhook_delivery.id < ${page.after}` : tx``}
    order by webhook_delivery.id desc limit ${onePast(tx, page)}`

export const findDelivery = async (tx: Tx, organizationId: string, id: string) =>
  one(
    await tx<(Delivery & { isWebhookActive: boolean })[]>`
      select ${deliveryColumns(tx)},
             exists (select from webhook_endpoint where webhook_endpoint.id = endpoint_id and webhook_endpoint.state = 'active')
               as "isWebhookActive"
      from webhook_delivery join event on event.id = event_id
      where webhook_delivery.id = ${id} and webhook_delivery.org_id = ${organizationId}`,
  )

/** Starts the schedule anew, at once. */
export const replayDelivery = (tx: Tx, organizationId: string, id: string) => tx`
  update webhook_delivery
  set state = 'pending', attempt = 0, due_at = clock_timestamp(), delivered_at = null
  where id = ${id} and org_id = ${organizationId} and state <> 'pending'`

export const listEvents = (tx: Tx, organizationId: string, filters: EventFilters, page: PageRequest) =>
  tx<Event[]>`
    select id, type, object_id as "objectId", sequence, occurred_at as "occurredAt", data from event
    where org_id = ${organizationId}
      ${filters.type ? tx`and type = ${filters.type}` : tx``}
      ${filters.objectId ? tx`and object_id = ${filters.objectId}` : tx``}
      ${page.after ? tx`and id < ${page.after}` : tx``}
    order by id desc limit ${onePast(tx, page)}`

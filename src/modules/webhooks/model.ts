import { Instant, object, oneOf, orNull, PageOf, pageQuery, type Static, t, Uuid, Text } from '../../platform/schema.ts'
import { eventTypes } from './events.ts'

const Url = Text(2000, { minLength: 8, examples: ['https://finance.example/hooks/weir'] })

const EventTypes = t.Array(oneOf(eventTypes), { minItems: 1, maxItems: eventTypes.length, uniqueItems: true })

export const NewWebhook = object({ url: Url, events: EventTypes })
export type NewWebhook = Static<typeof NewWebhook>

const endpointStates = ['active', 'disabled'] as const

export const WebhookChange = object({
  url: t.Optional(Url),
  events: t.Optional(EventTypes),
  state: t.Optional(oneOf(endpointStates)),
})
export type WebhookChange = Static<typeof WebhookChange>

const fields = {
  id: Uuid,
  url: t.String(),
  events: t.Array(oneOf(eventTypes)),
  state: oneOf(endpointStates),
  disabledFor: orNull(
    oneOf(['gone', 'failing', 'owner'] as const, {
      description: 'answered 410, failed for five days, or switched off by its owner',
    }),
  ),
  failingSince: orNull(Instant),
  createdAt: Instant,
  updatedAt: Instant,
}

export const Webhook = object(fields)
export type Webhook = Static<typeof Webhook>

const Secret = t.String({ description: 'signing secret (Standard Webhooks)', examples: ['whsec_…'] })

/** The secret is shown once: where the answer is repeated for an Idempotency-Key it is null, and a new one can be made. */
export const WebhookWithSecret = object({ ...fields, secret: orNull(Secret) })
export type WebhookWithSecret = Static<typeof WebhookWithSecret>

export const WebhookPage = PageOf(Webhook)
export const WebhookFilters = object({ ...pageQuery, state: t.Optional(oneOf(endpointStates)) })
export type WebhookFilters = Static<typeof WebhookFilters>

const deliveryStates = ['pending', 'delivered', 'exhausted'] as const

export const Delivery = object({
  id: Uuid,
  webhookId: Uuid,
  eventId: Uuid,
  eventType: oneOf(eventTypes),
  state: oneOf(deliveryStates),
  attempt: t.Integer({ description: 'attempts so far' }),
  dueAt: orNull(Instant),
  lastStatus: orNull(t.Integer()),
  lastError: orNull(t.String()),
  createdAt: Instant,
  deliveredAt: orNull(Instant),
})
export type Delivery = Static<typeof Delivery>

export const DeliveryPage = PageOf(Delivery)
export const DeliveryFilters = object({
  ...pageQuery,
  state: t.Optional(oneOf(deliveryStates)),
  webhookId: t.Optional(Uuid),
  eventId: t.Optional(Uuid),
})
export type DeliveryFilters = Static<typeof DeliveryFilters>

export const Event = object({
  id: Uuid,
  type: oneOf(eventTypes),
  objectId: Uuid,
  sequence: t.Integer({ description: 'counts up where the same thing happens to the same object again' }),
  occurredAt: Instant,
  data: t.Record(t.String(), t.Unknown()),
})
export type Event = Static<typeof Event>

export const EventPage = PageOf(Event)
export const EventFilters = object({
  ...pageQuery,
  type: t.Optional(oneOf(eventTypes)),
  objectId: t.Optional(Uuid),
})
export type EventFilters = Static<typeof EventFilters>

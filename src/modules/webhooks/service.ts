import type { AllowedTarget } from '../../platform/config-targets.ts'
import { type Ctx, inTx, inTxOnce } from '../../platform/context.ts'
import type { Tx } from '../../platform/db.ts'
import { checkTarget } from '../../platform/egress-target.ts'
import { notFound } from '../../platform/errors.ts'
import { newId } from '../../platform/ids.ts'
import { type Page, pageOf, pageRequest } from '../../platform/page.ts'
import { stale, type Versioned } from '../../platform/request.ts'
import { deriveKey, seal } from '../../platform/secret.ts'
import { recordAudit } from '../audit/service.ts'
import { deliveryPending, nothingToChange, tooManyWebhooks, webhookDisabled } from './errors.ts'
import type {
  Delivery,
  DeliveryFilters,
  Event,
  EventFilters,
  NewWebhook,
  Webhook,
  WebhookChange,
  WebhookFilters,
  WebhookWithSecret,
} from './model.ts'
import * as queries from './queries.ts'
import { newSecret } from './signature.ts'

/** What webhooks need besides the caller: the key that seals secrets, and where they may go although it is inside. */
export type WebhookSettings = { readonly sealKey: Uint8Array; readonly allow: readonly AllowedTarget[] }

/** The key that webhook secrets are sealed with, the same in API and workers. */
export const webhookSealKey = (secret: string): Uint8Array => deriveKey(secret, 'webhook-secrets')

const mostPerOrganization = 50
const oldSecretHours = 24

const toWebhook = ({ version: _, ...webhook }: queries.WebhookRow): Webhook => webhook
const versioned = (row: queries.WebhookRow): Versioned<Webhook> => ({ value: toWebhook(row), version: row.version })

/**
 * Registers an endpoint and answers its signing secret, this once: a repeated answer has none.
 * @throws DomainError `egress.*` (422) for a place that is refused; tooManyWebhooks
 */
export async function createWebhook(
  ctx: Ctx,
  settings: WebhookSettings,
  input: NewWebhook,
): Promise<Versioned<WebhookWithSecret>> {
  checkTarget(input.url, settings.allow)
  const secret = newSecret()
  const id = newId()
  const secretSealed = seal(settings.sealKey, secret)
  const made = await inTxOnce(ctx, async (tx) => {
    const inserted = await queries.insertWebhook(tx, ctx.actor, {
      ...input,
      id,
      secretSealed,
      most: mostPerOrganization,
    })
    if (!inserted) throw tooManyWebhooks(mostPerOrganization)
    await audit(ctx, tx, 'webhook.created', id)
    return versioned(inserted)
  })
  return withSecret(ctx, made, secret)
}

/** The organization's own webhooks, newest first. */
export async function listWebhooks(ctx: Ctx, filters: WebhookFilters): Promise<Page<Webhook>> {
  const page = pageRequest('webhooks', filters)
  const rows = await inTx(ctx, (tx) => queries.listWebhooks(tx, ctx.actor.organizationId, filters, page))
  return pageOf('webhooks', page, rows, (row) => row.id, toWebhook)
}

/** @throws notFound, alike for an absent one and another organization's. */
export const getWebhook = (ctx: Ctx, id: string): Promise<Versioned<Webhook>> =>
  inTx(ctx, async (tx) => versioned(await find(ctx, tx, id)))

async function find(ctx: Ctx, tx: Tx, id: string): Promise<queries.WebhookRow> {
  const row = await queries.findWebhook(tx, ctx.actor.organizationId, id)
  if (!row) throw notFound()
  return row
}

/** Changes an endpoint as it was read. @throws notFound, stale, nothingToChange, DomainError `egress.*` (422) */
export async function changeWebhook(
  ctx: Ctx,
  settings: WebhookSettings,
  place: { id: string; version: number },
  change: WebhookChange,
): Promise<Versioned<Webhook>> {
  if (Object.keys(change).length === 0) throw nothingToChange()
  if (change.url !== undefined) checkTarget(change.url, settings.allow)
  return inTx(ctx, async (tx) => {
    const row = await queries.updateWebhook(tx, ctx.actor.organizationId, place, change)
    if (!row) throw await find(ctx, tx, place.id).then(stale)
    await audit(ctx, tx, 'webhook.changed', place.id, { fields: Object.keys(change).sort().join(' ') })
    return versioned(row)
  })
}

/** The answer that is kept for a repeated request has no secret: only the first one shows it. */
const withSecret = (ctx: Ctx, made: Versioned<Webhook>, secret: string): Versioned<WebhookWithSecret> => ({
  ...made,
  value: { ...made.value, secret: ctx.once?.outcome === 'replayed' ? null : secret },
})

/** Makes a new secret; the one before signs beside it for a day, so that the receiver can change over. @throws notFound */
export async function rotateSecret(
  ctx: Ctx,
  settings: WebhookSettings,
  id: string,
): Promise<Versioned<WebhookWithSecret>> {
  const secret = newSecret()
  const rotation = { id, secretSealed: seal(settings.sealKey, secret), oldHours: oldSecretHours }
  const made = await inTxOnce(ctx, async (tx) => {
    const rotated = await queries.rotateSecret(tx, ctx.actor.organizationId, rotation)
    if (!rotated) throw notFound()
    await audit(ctx, tx, 'webhook.secret_rotated', id)
    return versioned(rotated)
  })
  return withSecret(ctx, made, secret)
}

/** Removes an endpoint with its deliveries; its events stay. @throws notFound */
export const deleteWebhook = (ctx: Ctx, id: string): Promise<void> =>
  inTx(ctx, async (tx) => {
    if (!(await queries.deleteWebhook(tx, ctx.actor.organizationId, id))) throw notFound()
    await audit(ctx, tx, 'webhook.deleted', id)
  })

/** What was sent, or is to be sent, to the organization's endpoints; newest first. */
export async function listDeliveries(ctx: Ctx, filters: DeliveryFilters): Promise<Page<Delivery>> {
  const page = pageRequest('deliveries', filters)
  const rows = await inTx(ctx, (tx) => queries.listDeliveries(tx, ctx.actor.organizationId, filters, page))
  return pageOf(
    'deliveries',
    page,
    rows,
    (row) => row.id,
    (row) => row,
  )
}

/** Sends an event to an endpoint again, with the same webhook-id. @throws notFound, deliveryPending, webhookDisabled */
export const replayDelivery = (ctx: Ctx, id: string): Promise<Delivery> =>
  inTxOnce(ctx, async (tx) => {
    const { organizationId } = ctx.actor
    const found = await queries.findDelivery(tx, organizationId, id)
    if (!found) throw notFound()
    if (found.state === 'pending') throw deliveryPending()
    if (!found.isWebhookActive) throw webhookDisabled()
    await queries.replayDelivery(tx, organizationId, id)
    await audit(ctx, tx, 'webhook.delivery_replayed', id)
    const { isWebhookActive: _, ...delivery } = (await queries.findDelivery(tx, organizationId, id)) ?? found
    return delivery
  })

/** What the organization was told, newest first: also for those who have no endpoint. */
export async function listEvents(ctx: Ctx, filters: EventFilters): Promise<Page<Event>> {
  const page = pageRequest('events', filters)
  const rows = await inTx(ctx, (tx) => queries.listEvents(tx, ctx.actor.organizationId, filters, page))
  return pageOf(
    'events',
    page,
    rows,
    (row) => row.id,
    (row) => row,
  )
}

const audit = (
  ctx: Ctx,
  tx: Tx,
  action: string,
  objectId: string,
  details: Record<string, string> = {},
): Promise<void> => recordAudit(tx, ctx.actor, { action, objectType: 'webhook', objectId, details }, ctx.requestId)

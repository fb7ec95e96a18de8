import { Elysia } from 'elysia'
import { expectedVersion, located, tagged } from '../../platform/request.ts'
import { changeRefused, IdPath, Problem, refused, t } from '../../platform/schema.ts'
import type { Mount } from '../mount.ts'
import {
  Delivery,
  DeliveryFilters,
  DeliveryPage,
  EventFilters,
  EventPage,
  NewWebhook,
  Webhook,
  WebhookChange,
  WebhookFilters,
  WebhookPage,
  WebhookWithSecret,
} from './model.ts'
import * as webhooks from './service.ts'

const tags = ['webhooks']

/** What happened that the organization may know of. */
export const eventRoutes = (mount: Mount) =>
  new Elysia({ name: 'event-routes', prefix: '/events', tags })
    .use(mount.auth)
    .get('/', ({ actor, query, request }) => webhooks.listEvents(mount.ctx(actor, request), query), {
      can: 'webhooks:write',
      query: EventFilters,
      response: { ...refused, 200: EventPage },
      detail: { operationId: 'listEvents', summary: 'Events of the organization, newest first' },
    })

/** What was sent where, and sending it again. */
export const deliveryRoutes = (mount: Mount) =>
  new Elysia({ name: 'delivery-routes', prefix: '/webhooks/deliveries', tags })
    .use(mount.auth)
    .get('/', ({ actor, query, request }) => webhooks.listDeliveries(mount.ctx(actor, request), query), {
      can: 'webhooks:write',
      query: DeliveryFilters,
      response: { ...refused, 200: DeliveryPage },
      detail: { operationId: 'listDeliveries', summary: "Deliveries to the organization's webhooks, newest first" },
    })
    .post(
      '/:id/replay',
      async ({ actor, params, request, status }) =>
        status(202, await webhooks.replayDelivery(mount.ctxOnce(actor, request, null), params.id)),
      {
        can: 'webhooks:write',
        once: true,
        params: IdPath,
        response: { ...refused, 202: Delivery, 404: Problem, 409: Problem },
        detail: { operationId: 'replayDelivery', summary: 'Send an event to a webhook again' },
      },
    )

/** Making and reading endpoints. */
export const webhookRoutes = (mount: Mount, settings: webhooks.WebhookSettings) =>
  new Elysia({ name: 'webhook-routes', prefix: '/webhooks', tags })
    .use(mount.auth)
    .get('/', ({ actor, query, request }) => webhooks.listWebhooks(mount.ctx(actor, request), query), {
      can: 'webhooks:write',
      query: WebhookFilters,
      response: { ...refused, 200: WebhookPage },
      detail: { operationId: 'listWebhooks', summary: "The organization's webhooks, newest first" },
    })
    .post(
      '/',
      async ({ actor, body, request, set, status }) => {
        const created = await webhooks.createWebhook(mount.ctxOnce(actor, request, body), settings, body)
        return status(201, located(set, '/api/v1/webhooks', created))
      },
      {
        can: 'webhooks:write',
        once: true,
        body: NewWebhook,
        response: { ...refused, 201: WebhookWithSecret, 409: Problem },
        detail: { operationId: 'createWebhook', summary: 'Register an endpoint; answers its signing secret once' },
      },
    )
    .get(
      '/:id',
      async ({ actor, params, request, set }) =>
        tagged(set, await webhooks.getWebhook(mount.ctx(actor, request), params.id)),
      {
        can: 'webhooks:write',
        params: IdPath,
        response: { ...refused, 200: Webhook, 404: Problem },
        detail: { operationId: 'getWebhook', summary: 'Read one webhook' },
      },
    )

/** Changing and removing endpoints, and giving them a new secret. */
export const webhookChangeRoutes = (mount: Mount, settings: webhooks.WebhookSettings) =>
  new Elysia({ name: 'webhook-change-routes', prefix: '/webhooks', tags })
    .use(mount.auth)
    .patch(
      '/:id',
      async ({ actor, body, params, request, set }) => {
        const place = { id: params.id, version: expectedVersion(request) }
        return tagged(set, await webhooks.changeWebhook(mount.ctx(actor, request), settings, place, body))
      },
      {
        can: 'webhooks:write',
        params: IdPath,
        body: WebhookChange,
        response: { ...refused, 200: Webhook, 404: Problem, 412: Problem, 428: Problem },
        detail: { operationId: 'updateWebhook', summary: 'Change a webhook as it was read (If-Match)' },
      },
    )
    .delete(
      '/:id',
      async ({ actor, params, request, status }) => {
        await webhooks.deleteWebhook(mount.ctx(actor, request), params.id)
        return status(204, undefined)
      },
      {
        can: 'webhooks:write',
        params: IdPath,
        response: { ...refused, 204: t.Undefined(), 404: Problem },
        detail: { operationId: 'deleteWebhook', summary: 'Remove a webhook with its deliveries' },
      },
    )
    .post(
      '/:id/rotate-secret',
      async ({ actor, params, request, set }) =>
        tagged(set, await webhooks.rotateSecret(mount.ctxOnce(actor, request, null), settings, params.id)),
      {
        can: 'webhooks:write',
        once: true,
        params: IdPath,
        response: { ...changeRefused, 200: WebhookWithSecret },
        detail: {
          operationId: 'rotateWebhookSecret',
          summary: 'A new signing secret; the old one signs along for a day',
        },
      },
    )

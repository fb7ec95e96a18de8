import { Elysia } from 'elysia'
import { expectedVersion, located, tagged } from '../../platform/request.ts'
import { changeRefused, IdPath, Problem, refused, t } from '../../platform/schema.ts'
import type { Mount } from '../mount.ts'
import * as changes from './change.ts'
import * as life from './life.ts'
import * as model from './model.ts'
import * as subscriptions from './service.ts'

const path = '/api/v1/subscriptions'

/** Ordering and reading subscriptions. */
export const subscriptionRoutes = (mount: Mount) =>
  new Elysia({ name: 'subscription-routes', prefix: '/subscriptions', tags: ['catalog'] })
    .use(mount.auth)
    .post(
      '/',
      async ({ actor, body, request, set, status }) =>
        status(
          201,
          located(set, path, await subscriptions.orderSubscription(mount.ctxOnce(actor, request, body), body)),
        ),
      {
        can: 'subscriptions:write',
        once: true,
        body: model.NewTenantSubscription,
        response: { 201: model.Subscription, ...refused, 409: Problem },
        detail: { operationId: 'createSubscription', summary: 'Order a plan for a tenant' },
      },
    )
    .get('/', ({ actor, query, request }) => subscriptions.listSubscriptions(mount.ctx(actor, request), query), {
      can: 'subscriptions:read',
      query: model.SubscriptionFilters,
      response: { 200: model.SubscriptionPage, ...refused },
      detail: { operationId: 'listSubscriptions', summary: 'List the subscriptions of your branch' },
    })
    .get(
      '/:id',
      async ({ actor, params, request, set }) =>
        tagged(set, await subscriptions.getSubscription(mount.ctx(actor, request), params.id)),
      {
        can: 'subscriptions:read',
        params: IdPath,
        response: { 200: model.Subscription, ...refused, 404: Problem },
        detail: { operationId: 'getSubscription', summary: 'Read one subscription' },
      },
    )

/** What may happen to a subscription. */
export const subscriptionChangeRoutes = (mount: Mount) =>
  new Elysia({ name: 'subscription-change-routes', prefix: '/subscriptions', tags: ['catalog'] })
    .use(mount.auth)
    .post(
      '/:id/cancel',
      async ({ actor, body, params, request, set }) =>
        tagged(set, await changes.cancelSubscription(mount.ctxOnce(actor, request, body), params.id, body)),
      {
        can: 'subscriptions:write',
        once: true,
        params: IdPath,
        body: model.Cancellation,
        response: { 200: model.Subscription, ...changeRefused },
        detail: { operationId: 'cancelSubscription', summary: 'End a subscription on a day' },
      },
    )
    .put(
      '/:id/external-ids',
      async ({ actor, body, params, request, set }) =>
        tagged(
          set,
          await changes.replaceExternalIds(mount.ctx(actor, request), params.id, expectedVersion(request), body),
        ),
      {
        can: 'subscriptions:write',
        params: IdPath,
        body: model.ExternalIds,
        response: { 200: model.Subscription, ...changeRefused, 412: Problem, 428: Problem },
        detail: { operationId: 'replaceExternalIds', summary: 'Replace what the regions call a subscription' },
      },
    )

/** Suspending and resuming, from a day on. */
export const subscriptionLifeRoutes = (mount: Mount) =>
  new Elysia({ name: 'subscription-life-routes', prefix: '/subscriptions', tags: ['catalog'] })
    .use(mount.auth)
    .post(
      '/:id/suspend',
      async ({ actor, body, params, request, set }) =>
        tagged(set, await life.suspendSubscription(mount.ctxOnce(actor, request, body), params.id, body ?? {})),
      {
        can: 'subscriptions:write',
        once: true,
        params: IdPath,
        body: t.Optional(model.Suspension),
        response: { 200: model.Subscription, ...changeRefused },
        detail: { operationId: 'suspendSubscription', summary: 'Suspend a subscription; its usage is still rated' },
      },
    )
    .post(
      '/:id/resume',
      async ({ actor, body, params, request, set }) =>
        tagged(set, await life.resumeSubscription(mount.ctxOnce(actor, request, body), params.id, body ?? {})),
      {
        can: 'subscriptions:write',
        once: true,
        params: IdPath,
        body: t.Optional(model.Suspension),
        response: { 200: model.Subscription, ...changeRefused },
        detail: { operationId: 'resumeSubscription', summary: 'End the suspension of a subscription' },
      },
    )

/** Other plan versions and quantities, from a day on. */
export const subscriptionPlanRoutes = (mount: Mount) =>
  new Elysia({ name: 'subscription-plan-routes', prefix: '/subscriptions', tags: ['catalog'] })
    .use(mount.auth)
    .post(
      '/:id/change',
      async ({ actor, body, params, request, set }) =>
        tagged(set, await life.changePlan(mount.ctxOnce(actor, request, body), params.id, body)),
      {
        can: 'subscriptions:write',
        once: true,
        params: IdPath,
        body: model.SubscriptionChange,
        response: { 200: model.Subscription, ...changeRefused },
        detail: {
          operationId: 'changeSubscription',
          summary: 'Give a subscription another plan version or quantity from a day on',
        },
      },
    )
    .post(
      '/:id/change/preview',
      ({ actor, body, params, request }) => life.previewChange(mount.ctx(actor, request), params.id, body),
      {
        can: 'subscriptions:write',
        params: IdPath,
        body: model.SubscriptionChange,
        response: { 200: model.ChangePreview, ...changeRefused },
        detail: {
          operationId: 'previewSubscriptionChange',
          summary: 'Preview what a change would charge and give back',
        },
      },
    )
    .get('/:id/timeline', ({ actor, params, request }) => life.getTimeline(mount.ctx(actor, request), params.id), {
      can: 'subscriptions:read',
      params: IdPath,
      response: { 200: model.Timeline, ...refused, 404: Problem },
      detail: { operationId: 'getSubscriptionTimeline', summary: 'Read the timeline of a subscription' },
    })

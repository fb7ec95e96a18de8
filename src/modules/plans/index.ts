import { Elysia } from 'elysia'
import { expectedVersion, located, tagged } from '../../platform/request.ts'
import { changeRefused, IdPath, Problem, refused } from '../../platform/schema.ts'
import type { Mount } from '../mount.ts'
import * as model from './model.ts'
import * as plans from './service.ts'

const path = '/api/v1/plans'

/** Making and reading plans. */
export const planRoutes = (mount: Mount) =>
  new Elysia({ name: 'plan-routes', prefix: '/plans', tags: ['catalog'] })
    .use(mount.auth)
    .post(
      '/',
      async ({ actor, body, request, set, status }) =>
        status(201, located(set, path, await plans.createPlan(mount.ctxOnce(actor, request, body), body))),
      {
        can: 'plans:write',
        once: true,
        body: model.NewPlan,
        response: { 201: model.Plan, ...refused, 409: Problem },
        detail: { operationId: 'createPlan', summary: 'Create a plan with a first draft version' },
      },
    )
    .get('/', ({ actor, query, request }) => plans.listPlans(mount.ctx(actor, request), query), {
      can: 'plans:read',
      query: model.PlanFilters,
      response: { 200: model.PlanPage, ...refused },
      detail: { operationId: 'listPlans', summary: 'List the plans in your sight' },
    })
    .get(
      '/:id',
      async ({ actor, params, request, set }) => tagged(set, await plans.getPlan(mount.ctx(actor, request), params.id)),
      {
        can: 'plans:read',
        params: IdPath,
        response: { 200: model.Plan, ...refused, 404: Problem },
        detail: { operationId: 'getPlan', summary: 'Read a plan with its versions' },
      },
    )

/** The versions of plans: draft, published, retired. */
export const planVersionRoutes = (mount: Mount) =>
  new Elysia({ name: 'plan-version-routes', prefix: '/plans', tags: ['catalog'] })
    .use(mount.auth)
    .post(
      '/:id/versions',
      async ({ actor, body, params, request, set, status }) =>
        status(201, tagged(set, await plans.createVersion(mount.ctxOnce(actor, request, body), params.id, body))),
      {
        can: 'plans:write',
        once: true,
        params: IdPath,
        body: model.NewVersion,
        response: { 201: model.Plan, ...changeRefused },
        detail: { operationId: 'createPlanVersion', summary: 'Add a draft version' },
      },
    )
    .put(
      '/:id/versions/:number/items',
      async ({ actor, body, params, request, set }) =>
        tagged(set, await plans.replaceItems(mount.ctx(actor, request), params, expectedVersion(request), body)),
      {
        can: 'plans:write',
        params: model.VersionPath,
        body: model.ItemChange,
        response: { 200: model.Plan, ...changeRefused, 412: Problem, 428: Problem },
        detail: { operationId: 'replacePlanItems', summary: 'Replace the items of a draft version' },
      },
    )
    .post(
      '/:id/publish',
      async ({ actor, params, request, set }) =>
        tagged(set, await plans.publishPlan(mount.ctxOnce(actor, request, null), params.id)),
      {
        can: 'plans:write',
        once: true,
        params: IdPath,
        response: { 200: model.Plan, ...changeRefused },
        detail: { operationId: 'publishPlan', summary: 'Publish the draft: it is fixed from now on' },
      },
    )
    .post(
      '/:id/versions/:number/retire',
      async ({ actor, params, request, set }) =>
        tagged(set, await plans.retireVersion(mount.ctxOnce(actor, request, null), params)),
      {
        can: 'plans:write',
        once: true,
        params: model.VersionPath,
        response: { 200: model.Plan, ...changeRefused },
        detail: { operationId: 'retirePlanVersion', summary: 'Retire a version: it takes no new subscriptions' },
      },
    )

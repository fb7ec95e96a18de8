import { Elysia } from 'elysia'
import { changeRefused, IdPath, Problem, refused } from '../../../platform/schema.ts'
import type { Mount } from '../../mount.ts'
import * as model from './model.ts'
import * as changes from './service.ts'

/** Moving a partner or a tenant, from a future month on. */
const moveRoute = (mount: Mount, level: 'partner' | 'tenant') =>
  new Elysia({ name: `${level}-move-routes`, prefix: `/${level}s`, tags: ['hierarchy'] })
    .use(mount.auth)
    .post(
      '/:id/move',
      async ({ actor, body, params, query, request, status }) =>
        query.preview
          ? status(200, await changes.previewMove(mount.ctx(actor, request), level, params.id, body))
          : status(201, await changes.planMove(mount.ctxOnce(actor, request, body), level, params.id, body)),
      {
        can: 'organizations:write',
        once: true,
        params: IdPath,
        query: model.PreviewQuery,
        body: model.Move,
        response: { ...changeRefused, 200: model.ChangePreview, 201: model.PlannedChange },
        detail: {
          operationId: `move${level === 'partner' ? 'Partner' : 'Tenant'}`,
          summary: `Plan that a ${level} stands below another parent from a future month on`,
        },
      },
    )

/** Making an agent a reseller or the reverse, from a future month on. */
const modelRoute = (mount: Mount, level: 'distributor' | 'partner') =>
  new Elysia({ name: `${level}-model-routes`, prefix: `/${level}s`, tags: ['hierarchy'] })
    .use(mount.auth)
    .post(
      '/:id/commercial-model',
      async ({ actor, body, params, query, request, status }) =>
        query.preview
          ? status(200, await changes.previewModel(mount.ctx(actor, request), level, params.id, body))
          : status(201, await changes.planModel(mount.ctxOnce(actor, request, body), level, params.id, body)),
      {
        can: 'organizations:write',
        once: true,
        params: IdPath,
        query: model.PreviewQuery,
        body: model.ModelChange,
        response: { ...changeRefused, 200: model.ChangePreview, 201: model.PlannedChange },
        detail: {
          operationId: `change${level === 'partner' ? 'Partner' : 'Distributor'}Model`,
          summary: `Plan that a ${level} is an agent or a reseller from a future month on`,
        },
      },
    )

/** What the platform sees of a reseller's sales, from a future month on. */
const confidentialityRoute = (mount: Mount, level: 'distributor' | 'partner') =>
  new Elysia({ name: `${level}-confidentiality-routes`, prefix: `/${level}s`, tags: ['hierarchy'] })
    .use(mount.auth)
    .post(
      '/:id/confidentiality',
      async ({ actor, body, params, request, status }) =>
        status(201, await changes.planConfidentiality(mount.ctxOnce(actor, request, body), level, params.id, body)),
      {
        can: 'organizations:write',
        once: true,
        params: IdPath,
        body: model.ConfidentialityChange,
        response: { ...changeRefused, 201: model.PlannedChange },
        detail: {
          operationId: `change${level === 'partner' ? 'Partner' : 'Distributor'}Confidentiality`,
          summary: `Plan that the platform does not see what a ${level} sells, or sees it again, from a future month on`,
        },
      },
    )

/** Every change of the hierarchy that takes effect with a month, planned, done and cancelled. */
const changeRoutes = (mount: Mount) =>
  new Elysia({ name: 'hierarchy-change-routes', prefix: '/hierarchy-changes', tags: ['hierarchy'] })
    .use(mount.auth)
    .get('/', ({ actor, query, request }) => changes.listChanges(mount.ctx(actor, request), query), {
      can: 'organizations:read',
      query: model.ChangeFilters,
      response: { ...refused, 200: model.ChangePage },
      detail: { operationId: 'listHierarchyChanges', summary: 'List planned, done and cancelled changes' },
    })
    .get('/:id', ({ actor, params, request }) => changes.getChange(mount.ctx(actor, request), params.id), {
      can: 'organizations:read',
      params: IdPath,
      response: { ...refused, 200: model.PlannedChange, 404: Problem },
      detail: { operationId: 'getHierarchyChange', summary: 'Read one change of the hierarchy' },
    })
    .post(
      '/:id/cancel',
      ({ actor, params, request }) => changes.cancelChange(mount.ctxOnce(actor, request, null), params.id),
      {
        can: 'organizations:write',
        once: true,
        params: IdPath,
        response: { ...changeRefused, 200: model.PlannedChange },
        detail: { operationId: 'cancelHierarchyChange', summary: 'Take a planned change back before its month begins' },
      },
    )

/** Moves and changes of the commercial model, planned for a future month. */
export const hierarchyChangeRoutes = (mount: Mount) =>
  new Elysia({ name: 'hierarchy-changes' })
    .use(moveRoute(mount, 'partner'))
    .use(moveRoute(mount, 'tenant'))
    .use(modelRoute(mount, 'distributor'))
    .use(modelRoute(mount, 'partner'))
    .use(confidentialityRoute(mount, 'distributor'))
    .use(confidentialityRoute(mount, 'partner'))
    .use(changeRoutes(mount))

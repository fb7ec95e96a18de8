import { Elysia } from 'elysia'
import { expectedVersion, located, tagged } from '../../platform/request.ts'
import { changeRefused, IdPath, Problem, refused, t } from '../../platform/schema.ts'
import type { Mount } from '../mount.ts'
import * as grants from './grants.ts'
import { GrantPath, GrantPlace, NewGrant, NewUser, User, UserChange, UserFilters, UserPage } from './model.ts'
import * as users from './service.ts'

/** Users and the roles they hold. */
export const userRoutes = (mount: Mount) =>
  new Elysia({ name: 'user-routes', prefix: '/users', tags: ['hierarchy'] })
    .use(mount.auth)
    .get('/', ({ actor, query, request }) => users.listUsers(mount.ctx(actor, request), query), {
      can: 'organizations:read',
      query: UserFilters,
      response: { ...refused, 200: UserPage },
      detail: { operationId: 'listUsers', summary: 'List the users of your branch' },
    })
    .get(
      '/:id',
      async ({ actor, params, request, set }) => tagged(set, await users.getUser(mount.ctx(actor, request), params.id)),
      {
        can: 'organizations:read',
        params: IdPath,
        response: { ...refused, 200: User, 404: Problem },
        detail: { operationId: 'getUser', summary: 'Read one user' },
      },
    )
    .post(
      '/',
      async ({ actor, body, request, set, status }) =>
        status(201, located(set, '/api/v1/users', await users.createUser(mount.ctxOnce(actor, request, body), body))),
      {
        can: 'users:write',
        once: true,
        body: NewUser,
        response: { ...refused, 201: User, 409: Problem },
        detail: { operationId: 'createUser', summary: 'Create a user with one role' },
      },
    )
    .patch(
      '/:id',
      async ({ actor, body, params, request, set }) =>
        tagged(set, await users.updateUser(mount.ctx(actor, request), params.id, expectedVersion(request), body)),
      {
        can: 'users:write',
        params: IdPath,
        body: UserChange,
        response: { ...changeRefused, 200: User, 412: Problem, 428: Problem },
        detail: { operationId: 'updateUser', summary: 'Change a user as it was read (If-Match)' },
      },
    )
    .post(
      '/:id/suspend',
      async ({ actor, params, request, set }) =>
        tagged(set, await users.suspendUser(mount.ctxOnce(actor, request, null), params.id)),
      {
        can: 'users:write',
        once: true,
        params: IdPath,
        response: { ...changeRefused, 200: User },
        detail: { operationId: 'suspendUser', summary: 'Suspend a user' },
      },
    )
    .post(
      '/:id/resume',
      async ({ actor, params, request, set }) =>
        tagged(set, await users.resumeUser(mount.ctxOnce(actor, request, null), params.id)),
      {
        can: 'users:write',
        once: true,
        params: IdPath,
        response: { ...changeRefused, 200: User },
        detail: { operationId: 'resumeUser', summary: 'Lift the suspension of a user' },
      },
    )
    .use(grantRoutes(mount))

const grantRoutes = (mount: Mount) =>
  new Elysia({ name: 'grant-routes', prefix: '/:id/roles', tags: ['hierarchy'] })
    .use(mount.auth)
    .post(
      '/',
      async ({ actor, body, params, request, set }) =>
        tagged(set, await grants.grantRole(mount.ctxOnce(actor, request, body), params.id, body)),
      {
        can: 'roles:grant',
        once: true,
        params: IdPath,
        body: NewGrant,
        response: { ...changeRefused, 200: User },
        detail: { operationId: 'grantRole', summary: 'Grant a role; may be repeated' },
      },
    )
    .delete(
      '/:role',
      async ({ actor, params, query, request, status }) => {
        await grants.revokeRole(mount.ctx(actor, request), params, query.organizationId)
        return status(204, undefined)
      },
      {
        can: 'roles:grant',
        params: GrantPath,
        query: GrantPlace,
        response: { ...changeRefused, 204: t.Undefined() },
        detail: { operationId: 'revokeRole', summary: 'Take a role away' },
      },
    )

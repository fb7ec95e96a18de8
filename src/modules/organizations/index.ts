import { Elysia } from 'elysia'
import { expectedVersion, located, tagged } from '../../platform/request.ts'
import { changeRefused, IdPath, object, pageQuery, Problem, refused } from '../../platform/schema.ts'
import type { Mount } from '../mount.ts'
import { NewPerson, User, UserPage } from '../users/model.ts'
import * as users from '../users/service.ts'
import {
  CreatedOrganization,
  CreatedTenant,
  DistributorFilters,
  NewDistributor,
  NewPartner,
  NewTenant,
  Organization,
  OrganizationChange,
  OrganizationPage,
  PartnerFilters,
  TenantFilters,
} from './model.ts'
import * as onboard from './onboard.ts'
import * as organizations from './service.ts'

const created = { ...refused, 409: Problem } as const

/** What every level has: reading one and changing it. */
const routesAt = (mount: Mount, level: organizations.LevelBelow) => {
  const noun = `${level.charAt(0).toUpperCase()}${level.slice(1)}`
  return new Elysia({ name: `${level}-routes`, prefix: `/${level}s`, tags: ['hierarchy'] })
    .use(mount.auth)
    .get(
      '/:id',
      async ({ actor, params, request, set }) =>
        tagged(set, await organizations.getOrganization(mount.ctx(actor, request), level, params.id)),
      {
        can: 'organizations:read',
        params: IdPath,
        response: { ...refused, 200: Organization, 404: Problem },
        detail: { operationId: `get${noun}`, summary: `Read one ${level}` },
      },
    )
    .patch(
      '/:id',
      async ({ actor, body, params, request, set }) =>
        tagged(
          set,
          await organizations.updateOrganization(
            mount.ctx(actor, request),
            level,
            params.id,
            expectedVersion(request),
            body,
          ),
        ),
      {
        can: 'contact:write',
        params: IdPath,
        body: OrganizationChange,
        response: { ...changeRefused, 200: Organization, 412: Problem, 428: Problem },
        detail: { operationId: `update${noun}`, summary: `Change a ${level} as it was read (If-Match)` },
      },
    )
}

/** Distributors; created and read by the platform. */
export const distributorRoutes = (mount: Mount) =>
  routesAt(mount, 'distributor')
    .get(
      '/',
      ({ actor, query, request }) => organizations.listOrganizations(mount.ctx(actor, request), 'distributor', query),
      {
        can: 'organizations:read',
        query: DistributorFilters,
        response: { ...refused, 200: OrganizationPage },
        detail: { operationId: 'listDistributors', summary: 'List the distributors of your branch' },
      },
    )
    .post(
      '/',
      async ({ actor, body, request, set, status }) =>
        status(
          201,
          located(
            set,
            '/api/v1/distributors',
            await onboard.createChannel(mount.ctxOnce(actor, request, body), 'distributor', body),
          ),
        ),
      {
        can: 'organizations:write',
        once: true,
        body: NewDistributor,
        response: { ...created, 201: CreatedOrganization },
        detail: { operationId: 'createDistributor', summary: 'Create a distributor with its administrators' },
      },
    )

/** Partners of the platform or of a distributor. */
export const partnerRoutes = (mount: Mount) =>
  routesAt(mount, 'partner')
    .get(
      '/',
      ({ actor, query, request }) => organizations.listOrganizations(mount.ctx(actor, request), 'partner', query),
      {
        can: 'organizations:read',
        query: PartnerFilters,
        response: { ...refused, 200: OrganizationPage },
        detail: { operationId: 'listPartners', summary: 'List the partners of your branch' },
      },
    )
    .post(
      '/',
      async ({ actor, body, request, set, status }) =>
        status(
          201,
          located(
            set,
            '/api/v1/partners',
            await onboard.createChannel(mount.ctxOnce(actor, request, body), 'partner', body),
          ),
        ),
      {
        can: 'organizations:write',
        once: true,
        body: NewPartner,
        response: { ...created, 201: CreatedOrganization },
        detail: { operationId: 'createPartner', summary: 'Create a partner with its administrators' },
      },
    )

/** Tenants, onboarded with their administrators and subscriptions. */
export const tenantRoutes = (mount: Mount) =>
  routesAt(mount, 'tenant')
    .get(
      '/',
      ({ actor, query, request }) => organizations.listOrganizations(mount.ctx(actor, request), 'tenant', query),
      {
        can: 'organizations:read',
        query: TenantFilters,
        response: { ...refused, 200: OrganizationPage },
        detail: { operationId: 'listTenants', summary: 'List the tenants of your branch' },
      },
    )
    .post(
      '/',
      async ({ actor, body, request, set, status }) =>
        status(
          201,
          located(set, '/api/v1/tenants', await onboard.createTenant(mount.ctxOnce(actor, request, body), body)),
        ),
      {
        can: 'organizations:write',
        once: true,
        body: NewTenant,
        response: { ...created, 201: CreatedTenant },
        detail: {
          operationId: 'createTenant',
          summary: 'Onboard a tenant with its administrators and subscriptions, all or nothing',
        },
      },
    )
    .get(
      '/:id/admins',
      ({ actor, params, query, request }) => users.listAdministrators(mount.ctx(actor, request), params.id, query),
      {
        can: 'organizations:read',
        params: IdPath,
        query: object(pageQuery),
        response: { ...refused, 200: UserPage, 404: Problem },
        detail: { operationId: 'listTenantAdmins', summary: 'List the administrators of a tenant' },
      },
    )
    .post(
      '/:id/admins',
      async ({ actor, body, params, request, set, status }) =>
        status(
          201,
          located(
            set,
            '/api/v1/users',
            await users.createAdministrator(mount.ctxOnce(actor, request, body), params.id, body),
          ),
        ),
      {
        can: 'users:write',
        once: true,
        params: IdPath,
        body: NewPerson,
        response: { ...changeRefused, 201: User },
        detail: { operationId: 'createTenantAdmin', summary: 'Create an administrator of a tenant' },
      },
    )

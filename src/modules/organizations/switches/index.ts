import { Elysia } from 'elysia'
import { IdPath, Problem, refused } from '../../../platform/schema.ts'
import type { Mount } from '../../mount.ts'
import { NewTenantSwitches, TenantSwitches } from './model.ts'
import * as switches from './service.ts'

/** What the organizations above let a tenant's people do. */
export const tenantSwitchRoutes = (mount: Mount) =>
  new Elysia({ name: 'tenant-switch-routes', prefix: '/tenants', tags: ['hierarchy'] })
    .use(mount.auth)
    .get('/:id/switches', ({ actor, params, request }) => switches.getSwitches(mount.ctx(actor, request), params.id), {
      can: 'organizations:read',
      params: IdPath,
      response: { ...refused, 200: TenantSwitches, 404: Problem },
      detail: {
        operationId: 'getTenantSwitches',
        summary: "What a tenant's people may do besides: off unless it is said",
      },
    })
    .put(
      '/:id/switches',
      ({ actor, body, params, request }) => switches.putSwitches(mount.ctx(actor, request), params.id, body),
      {
        can: 'organizations:write',
        params: IdPath,
        body: NewTenantSwitches,
        response: { ...refused, 200: TenantSwitches, 404: Problem },
        detail: {
          operationId: 'putTenantSwitches',
          summary: "Say what a tenant's people may do besides, from their next access token on",
        },
      },
    )

import { type AnyElysia, Elysia } from 'elysia'
import { tagged } from '../../../platform/request.ts'
import { changeRefused, IdPath } from '../../../platform/schema.ts'
import type { Mount } from '../../mount.ts'
import { Organization } from '../model.ts'
import * as organizations from '../service.ts'
import { closeOrganization } from './service.ts'

/** The states of one level (domain, States): suspending, resuming and closing. */
const statesAt = (mount: Mount, level: organizations.LevelBelow) => {
  const noun = `${level.charAt(0).toUpperCase()}${level.slice(1)}`
  return new Elysia({ name: `${level}-state-routes`, prefix: `/${level}s`, tags: ['hierarchy'] })
    .use(mount.auth)
    .post(
      '/:id/suspend',
      async ({ actor, params, request, set }) =>
        tagged(set, await organizations.suspendOrganization(mount.ctxOnce(actor, request, null), level, params.id)),
      {
        can: 'organizations:write',
        once: true,
        params: IdPath,
        response: { ...changeRefused, 200: Organization },
        detail: { operationId: `suspend${noun}`, summary: 'Stop new orders; usage is still rated' },
      },
    )
    .post(
      '/:id/resume',
      async ({ actor, params, request, set }) =>
        tagged(set, await organizations.resumeOrganization(mount.ctxOnce(actor, request, null), level, params.id)),
      {
        can: 'organizations:write',
        once: true,
        params: IdPath,
        response: { ...changeRefused, 200: Organization },
        detail: { operationId: `resume${noun}`, summary: `End the suspension of a ${level}` },
      },
    )
    .post(
      '/:id/close',
      async ({ actor, params, request, set }) =>
        tagged(set, await closeOrganization(mount.ctxOnce(actor, request, null), level, params.id)),
      {
        can: 'organizations:write',
        once: true,
        params: IdPath,
        response: { ...changeRefused, 200: Organization },
        detail: {
          operationId: `close${noun}`,
          summary: `Close a ${level} for good, once nothing of it is open`,
        },
      },
    )
}

/** The levels below the platform, each with its own paths. */
export function organizationStateRoutes(mount: Mount) {
  const levels: AnyElysia[] = [statesAt(mount, 'distributor'), statesAt(mount, 'partner'), statesAt(mount, 'tenant')]
  return new Elysia({ name: 'organization-state-routes' }).use(levels)
}

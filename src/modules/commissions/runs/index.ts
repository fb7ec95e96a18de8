import { Elysia } from 'elysia'
import { accepted } from '../../../platform/request.ts'
import { Accepted, Problem, refused } from '../../../platform/schema.ts'
import type { Mount } from '../../mount.ts'
import { NewRun } from './model.ts'
import { startRun } from './service.ts'

/** Commission runs of the acting payer. */
export const commissionRunRoutes = (mount: Mount) =>
  new Elysia({ name: 'commission-run-routes', prefix: '/commissions/runs', tags: ['commissions'] })
    .use(mount.auth)
    .post(
      '/',
      async ({ actor, body, request, set, status }) =>
        status(202, accepted(set, await startRun(mount.ctxOnce(actor, request, body), body))),
      {
        can: 'commissions:run',
        once: true,
        body: NewRun,
        response: { ...refused, 202: Accepted, 409: Problem },
        detail: {
          operationId: 'runCommissions',
          summary: 'Compute the earnings that the issued documents of a month lack; may be repeated',
        },
      },
    )

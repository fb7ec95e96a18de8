import { Elysia } from 'elysia'
import { IdPath, Problem, refused } from '../../../platform/schema.ts'
import type { Mount } from '../../mount.ts'
import { explainEarning } from './explain.ts'
import { Earning, EarningFilters, EarningPage, Explanation } from './model.ts'
import * as earnings from './service.ts'

/** What agents earned, and how each cent of it came about. */
export const earningRoutes = (mount: Mount) =>
  new Elysia({ name: 'earning-routes', prefix: '/commissions/earnings', tags: ['commissions'] })
    .use(mount.auth)
    .get('/', ({ actor, query, request }) => earnings.listEarnings(mount.ctx(actor, request), query), {
      can: 'commissions:read',
      query: EarningFilters,
      response: { ...refused, 200: EarningPage },
      detail: { operationId: 'listEarnings', summary: 'List earnings, as their payer or their payee' },
    })
    .get('/:id', ({ actor, params, request }) => earnings.getEarning(mount.ctx(actor, request), params.id), {
      can: 'commissions:read',
      params: IdPath,
      response: { ...refused, 200: Earning, 404: Problem },
      detail: { operationId: 'getEarning', summary: 'Read one earning, with its statement and its payout' },
    })
    .get('/:id/explain', ({ actor, params, request }) => explainEarning(mount.ctx(actor, request), params.id), {
      can: 'commissions:read',
      params: IdPath,
      response: { ...refused, 200: Explanation, 404: Problem },
      detail: { operationId: 'explainEarning', summary: 'How an earning came about, computed again' },
    })

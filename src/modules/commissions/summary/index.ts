import { Elysia } from 'elysia'
import { refused } from '../../../platform/schema.ts'
import type { Mount } from '../../mount.ts'
import { Summary, SummaryQuery } from './model.ts'
import { summarize } from './service.ts'

/** What a month earns, with or without a run. */
export const commissionSummaryRoutes = (mount: Mount) =>
  new Elysia({ name: 'commission-summary-routes', prefix: '/commissions/summary', tags: ['commissions'] })
    .use(mount.auth)
    .get('/', ({ actor, query, request }) => summarize(mount.ctx(actor, request), query), {
      can: 'commissions:read',
      query: SummaryQuery,
      response: { ...refused, 200: Summary },
      detail: {
        operationId: 'summarizeCommissions',
        summary: 'What is estimated and earned in a month, without a run',
      },
    })

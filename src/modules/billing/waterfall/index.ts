import { Elysia } from 'elysia'
import { refused } from '../../../platform/schema.ts'
import type { Mount } from '../../mount.ts'
import { WaterfallPage, WaterfallQuery } from './model.ts'
import { getWaterfall } from './service.ts'

/** What the same usage is worth on every edge of its chain. */
export const waterfallRoutes = (mount: Mount) =>
  new Elysia({ name: 'waterfall-routes', prefix: '/billing', tags: ['billing'] })
    .use(mount.auth)
    .get('/waterfall', ({ actor, query, request }) => getWaterfall(mount.ctx(actor, request), query), {
      can: 'billing:read',
      query: WaterfallQuery,
      response: { ...refused, 200: WaterfallPage },
      detail: {
        operationId: 'getBillingWaterfall',
        summary: 'The same usage priced on every edge you see, and what each seller keeps',
      },
    })

import { Elysia } from 'elysia'
import { Problem, refused } from '../../../platform/schema.ts'
import type { Mount } from '../../mount.ts'
import { PriceSheet, SheetQuery } from './model.ts'
import { getPriceSheet } from './service.ts'

/** What everything costs on the caller's side. */
export const priceSheetRoutes = (mount: Mount) =>
  new Elysia({ name: 'price-sheet-routes', prefix: '/pricing', tags: ['catalog'] })
    .use(mount.auth)
    .get('/', ({ actor, query, request }) => getPriceSheet(mount.ctx(actor, request), query), {
      can: 'pricing:read',
      query: SheetQuery,
      response: { 200: PriceSheet, ...refused, 409: Problem },
      detail: { operationId: 'getPriceSheet', summary: 'What each SKU costs on your side, and which list won' },
    })

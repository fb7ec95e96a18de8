import { Elysia } from 'elysia'
import { object, pageQuery, PeriodText, Problem, refused } from '../../../platform/schema.ts'
import type { Mount } from '../../mount.ts'
import { BillingPeriod, BillingPeriodPage } from './model.ts'
import * as periods from './service.ts'

const path = object({ period: PeriodText })

/** Months, and closing them. */
export const periodRoutes = (mount: Mount) =>
  new Elysia({ name: 'period-routes', prefix: '/billing/periods', tags: ['billing'] })
    .use(mount.auth)
    .get('/', ({ actor, query, request }) => periods.listPeriods(mount.ctx(actor, request), query), {
      can: 'billing:read',
      query: object(pageQuery),
      response: { ...refused, 200: BillingPeriodPage },
      detail: { operationId: 'listBillingPeriods', summary: 'Periods that have usage, newest first' },
    })
    .get('/:period', ({ actor, params, request }) => periods.getPeriod(mount.ctx(actor, request), params.period), {
      can: 'billing:read',
      params: path,
      response: { ...refused, 200: BillingPeriod },
      detail: { operationId: 'getBillingPeriod', summary: 'Read the state of a month' },
    })
    .post(
      '/:period/close',
      ({ actor, params, request }) => periods.closePeriod(mount.ctxOnce(actor, request, null), params.period),
      {
        can: 'period:close',
        once: true,
        params: path,
        response: { ...refused, 200: BillingPeriod, 409: Problem },
        detail: {
          operationId: 'closeBillingPeriod',
          summary: 'Close an ended month for good: what comes later is late usage of the next one',
        },
      },
    )

import { Elysia } from 'elysia'
import { object, Problem, refused, Uuid } from '../../../platform/schema.ts'
import type { Mount } from '../../mount.ts'
import * as model from './model.ts'
import * as fx from './service.ts'

/** Rates of exchange of the own sales. */
export const fxRateRoutes = (mount: Mount) =>
  new Elysia({ name: 'fx-rate-routes', prefix: '/pricing/fx-rates', tags: ['catalog'] })
    .use(mount.auth)
    .post(
      '/',
      async ({ actor, body, request, set, status }) => {
        const rate = await fx.createRate(mount.ctxOnce(actor, request, body), body)
        set.headers['location'] = `/api/v1/pricing/fx-rates/${rate.id}`
        return status(201, rate)
      },
      {
        can: 'pricing:write',
        once: true,
        body: model.NewExchangeRate,
        response: { 201: model.ExchangeRate, ...refused, 409: Problem },
        detail: { operationId: 'createFxRate', summary: 'Set what a currency is worth in another from a day on' },
      },
    )
    .get('/', ({ actor, query, request }) => fx.listRates(mount.ctx(actor, request), query), {
      can: 'pricing:read',
      query: model.ExchangeRateFilters,
      response: { 200: model.ExchangeRatePage, ...refused },
      detail: { operationId: 'listFxRates', summary: "Your rates of exchange and the platform's, newest first" },
    })
    .get('/:id', ({ actor, params, request }) => fx.getRate(mount.ctx(actor, request), params.id), {
      can: 'pricing:read',
      params: object({ id: Uuid }),
      response: { 200: model.ExchangeRate, ...refused, 404: Problem },
      detail: { operationId: 'getFxRate', summary: 'Read one rate of exchange' },
    })

import { Elysia } from 'elysia'
import { expectedVersion, located, tagged } from '../../../platform/request.ts'
import { changeRefused, IdPath, Problem, refused, t } from '../../../platform/schema.ts'
import type { Mount } from '../../mount.ts'
import * as changes from './change-list.ts'
import * as model from './model.ts'
import * as lists from './service.ts'

const listPath = '/api/v1/pricing/price-lists'

/** Making and reading price lists. */
export const priceListRoutes = (mount: Mount) =>
  new Elysia({ name: 'price-list-routes', prefix: '/pricing/price-lists', tags: ['catalog'] })
    .use(mount.auth)
    .post(
      '/',
      async ({ actor, body, request, set, status }) =>
        status(201, located(set, listPath, await lists.createPriceList(mount.ctxOnce(actor, request, body), body))),
      {
        can: 'pricing:write',
        once: true,
        body: model.NewPriceList,
        response: { 201: model.PriceList, ...refused, 409: Problem },
        detail: { operationId: 'createPriceList', summary: 'Create a price list, or a new version of one' },
      },
    )
    .get('/', ({ actor, query, request }) => lists.listPriceLists(mount.ctx(actor, request), query), {
      can: 'pricing:read',
      query: model.PriceListFilters,
      response: { 200: model.PriceListPage, ...refused },
      detail: { operationId: 'listPriceLists', summary: 'List the price lists in your sight' },
    })
    .get(
      '/:id',
      async ({ actor, params, request, set }) =>
        tagged(set, await lists.getPriceList(mount.ctx(actor, request), params.id)),
      {
        can: 'pricing:read',
        params: IdPath,
        response: { 200: model.PriceList, ...refused, 404: Problem },
        detail: { operationId: 'getPriceList', summary: 'Read a price list with its rates' },
      },
    )

/** What may still change of a price list before and after its first use. */
export const priceListChangeRoutes = (mount: Mount) =>
  new Elysia({ name: 'price-list-change-routes', prefix: '/pricing/price-lists', tags: ['catalog'] })
    .use(mount.auth)
    .put(
      '/:id/rates',
      async ({ actor, body, params, request, set }) =>
        tagged(set, await changes.replaceRates(mount.ctx(actor, request), params.id, expectedVersion(request), body)),
      {
        can: 'pricing:write',
        params: IdPath,
        body: model.RateChange,
        response: { 200: model.PriceList, ...changeRefused, 412: Problem, 428: Problem },
        detail: { operationId: 'replaceRates', summary: 'Replace the rates of a list that has priced nothing yet' },
      },
    )
    .post(
      '/:id/activate',
      async ({ actor, params, request, set }) =>
        tagged(set, await changes.activatePriceList(mount.ctxOnce(actor, request, null), params.id)),
      {
        can: 'pricing:write',
        once: true,
        params: IdPath,
        response: { 200: model.PriceList, ...changeRefused },
        detail: { operationId: 'activatePriceList', summary: 'Activate a draft: it prices from its first day on' },
      },
    )
    .post(
      '/:id/end',
      async ({ actor, body, params, request, set }) =>
        tagged(set, await changes.endPriceList(mount.ctxOnce(actor, request, body), params.id, body)),
      {
        can: 'pricing:write',
        once: true,
        params: IdPath,
        body: model.ListEnd,
        response: { 200: model.PriceList, ...changeRefused },
        detail: { operationId: 'endPriceList', summary: 'End a price list on a coming day' },
      },
    )
    .delete(
      '/:id',
      async ({ actor, params, request, status }) => {
        await changes.deletePriceList(mount.ctx(actor, request), params.id)
        return status(204, undefined)
      },
      {
        can: 'pricing:write',
        params: IdPath,
        response: { 204: t.Undefined(), ...changeRefused },
        detail: { operationId: 'deletePriceList', summary: 'Delete a draft' },
      },
    )

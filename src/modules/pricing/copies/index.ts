import { Elysia } from 'elysia'
import { located } from '../../../platform/request.ts'
import { changeRefused, IdPath } from '../../../platform/schema.ts'
import type { Mount } from '../../mount.ts'
import { PriceList } from '../price-lists/model.ts'
import * as model from './model.ts'
import * as copies from './service.ts'

const listPath = '/api/v1/pricing/price-lists'

/** New lists out of own ones, and what differs between them. */
export const priceListCopyRoutes = (mount: Mount) =>
  new Elysia({ name: 'price-list-copy-routes', prefix: '/pricing/price-lists', tags: ['catalog'] })
    .use(mount.auth)
    .post(
      '/:id/clone',
      async ({ actor, body, params, request, set, status }) =>
        status(
          201,
          located(set, listPath, await copies.cloneList(mount.ctxOnce(actor, request, body), params.id, body)),
        ),
      {
        can: 'pricing:write',
        once: true,
        params: IdPath,
        body: model.ListCopy,
        response: { 201: PriceList, ...changeRefused },
        detail: { operationId: 'clonePriceList', summary: 'Copy a list of your own into a draft' },
      },
    )
    .post(
      '/:id/increase',
      async ({ actor, body, params, query, request, set, status }) => {
        const isPreview = query.preview === 'true'
        const ctx = isPreview ? mount.ctx(actor, request) : mount.ctxOnce(actor, request, body)
        const increased = await copies.increaseList(ctx, params.id, body, isPreview)
        if (!increased.priceList) return status(200, increased)
        set.headers['location'] = `${listPath}/${increased.priceList.id}`
        return status(201, increased)
      },
      {
        can: 'pricing:write',
        once: true,
        params: IdPath,
        query: model.IncreaseQuery,
        body: model.ListIncrease,
        response: { 200: model.Increased, 201: model.Increased, ...changeRefused },
        detail: {
          operationId: 'increasePriceList',
          summary: 'Raise or lower the prices of a list in a draft of its next version',
        },
      },
    )
    .get(
      '/:id/compare',
      ({ actor, params, query, request }) => copies.compareLists(mount.ctx(actor, request), params.id, query.with),
      {
        can: 'pricing:read',
        params: IdPath,
        query: model.CompareQuery,
        response: { 200: model.Comparison, ...changeRefused },
        detail: { operationId: 'comparePriceLists', summary: 'What differs between two lists of your own' },
      },
    )

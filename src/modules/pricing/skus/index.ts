import { Elysia } from 'elysia'
import { IdPath, Problem, refused } from '../../../platform/schema.ts'
import type { Mount } from '../../mount.ts'
import { NewPricing, Pricing } from '../model.ts'
import { addSku } from './add-sku.ts'
import * as model from './model.ts'
import * as skus from './service.ts'

const skuPath = '/api/v1/pricing/skus'

/** A SKU with its rates in one call. */
export const pricingRoutes = (mount: Mount) =>
  new Elysia({ name: 'pricing-routes', prefix: '/pricing', tags: ['catalog'] }).use(mount.auth).post(
    '/',
    async ({ actor, body, request, set, status }) => {
      const added = await addSku(mount.ctxOnce(actor, request, body), body)
      set.headers['location'] = `${skuPath}/${added.sku.id}`
      return status(201, added)
    },
    {
      can: 'pricing:write',
      once: true,
      body: NewPricing,
      response: { 201: Pricing, ...refused, 409: Problem },
      detail: { operationId: 'addPricing', summary: 'Put a SKU with its rates on price lists of your own' },
    },
  )

/** The catalog of SKUs. */
export const skuRoutes = (mount: Mount) =>
  new Elysia({ name: 'sku-routes', prefix: '/pricing/skus', tags: ['catalog'] })
    .use(mount.auth)
    .post(
      '/',
      async ({ actor, body, request, set, status }) => {
        const sku = await skus.createSku(mount.ctxOnce(actor, request, body), body)
        set.headers['location'] = `${skuPath}/${sku.id}`
        return status(201, sku)
      },
      {
        can: 'pricing:write',
        once: true,
        body: model.NewSku,
        response: { 201: model.Sku, ...refused, 409: Problem },
        detail: { operationId: 'createSku', summary: 'Create a SKU (platform)' },
      },
    )
    .get('/', ({ actor, query, request }) => skus.listSkus(mount.ctx(actor, request), query), {
      can: 'pricing:read',
      query: model.SkuFilters,
      response: { 200: model.SkuPage, ...refused },
      detail: { operationId: 'listSkus', summary: 'List the SKUs' },
    })
    .get('/:id', ({ actor, params, request }) => skus.getSku(mount.ctx(actor, request), params.id), {
      can: 'pricing:read',
      params: IdPath,
      response: { 200: model.Sku, ...refused, 404: Problem },
      detail: { operationId: 'getSku', summary: 'Read one SKU' },
    })

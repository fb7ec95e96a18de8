import { Elysia } from 'elysia'
import { changeRefused, IdPath, Problem, refused } from '../../platform/schema.ts'
import type { Mount } from '../mount.ts'
import * as model from './model.ts'
import * as discounts from './service.ts'

/** What sellers take off the documents of their buyers. */
export const discountRoutes = (mount: Mount) =>
  new Elysia({ name: 'discount-routes', prefix: '/billing/discounts', tags: ['billing'] })
    .use(mount.auth)
    .post(
      '/',
      async ({ actor, body, request, set, status }) => {
        const discount = await discounts.createDiscount(mount.ctxOnce(actor, request, body), body)
        set.headers['location'] = `/api/v1/billing/discounts/${discount.id}`
        return status(201, discount)
      },
      {
        can: 'credits:write',
        once: true,
        body: model.NewDiscount,
        response: { 201: model.Discount, ...refused, 409: Problem },
        detail: { operationId: 'createDiscount', summary: "Give a discount on a buyer's documents" },
      },
    )
    .get('/', ({ actor, query, request }) => discounts.listDiscounts(mount.ctx(actor, request), query), {
      can: 'billing:read',
      query: model.DiscountFilters,
      response: { 200: model.DiscountPage, ...refused },
      detail: { operationId: 'listDiscounts', summary: 'Discounts that you give and get, newest first' },
    })
    .get('/:id', ({ actor, params, request }) => discounts.getDiscount(mount.ctx(actor, request), params.id), {
      can: 'billing:read',
      params: IdPath,
      response: { 200: model.Discount, ...refused, 404: Problem },
      detail: { operationId: 'getDiscount', summary: 'Read a discount with what remains of it' },
    })
    .post(
      '/:id/end',
      ({ actor, body, params, request }) =>
        discounts.endDiscount(mount.ctxOnce(actor, request, body), params.id, body.validTo),
      {
        can: 'credits:write',
        once: true,
        params: IdPath,
        body: model.DiscountEnd,
        response: { 200: model.Discount, ...changeRefused },
        detail: { operationId: 'endDiscount', summary: 'End a discount' },
      },
    )

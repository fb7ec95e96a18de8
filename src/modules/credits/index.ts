import { Elysia } from 'elysia'
import { IdPath, Problem, refused } from '../../platform/schema.ts'
import type { Mount } from '../mount.ts'
import * as model from './model.ts'
import * as credits from './service.ts'

/** Credit that sellers give their buyers without money. */
export const creditRoutes = (mount: Mount) =>
  new Elysia({ name: 'credit-routes', prefix: '/billing/credits', tags: ['billing'] })
    .use(mount.auth)
    .post(
      '/',
      async ({ actor, body, request, set, status }) => {
        const credit = await credits.grantCredit(mount.ctxOnce(actor, request, body), body)
        set.headers['location'] = `/api/v1/billing/credits/${credit.id}`
        return status(201, credit)
      },
      {
        can: 'credits:write',
        once: true,
        body: model.NewCredit,
        response: { 201: model.Credit, ...refused, 409: Problem },
        detail: {
          operationId: 'grantCredit',
          summary: 'Give a buyer credit without money: documents that are issued while it is valid draw it first',
        },
      },
    )
    .get('/', ({ actor, query, request }) => credits.listCredits(mount.ctx(actor, request), query), {
      can: 'billing:read',
      query: model.CreditFilters,
      response: { 200: model.CreditPage, ...refused },
      detail: { operationId: 'listCredits', summary: 'Granted credits on your edges, newest first' },
    })
    .get('/:id', ({ actor, params, request }) => credits.getCredit(mount.ctx(actor, request), params.id), {
      can: 'billing:read',
      params: IdPath,
      response: { 200: model.Credit, ...refused, 404: Problem },
      detail: { operationId: 'getCredit', summary: 'Read a granted credit with what is left of it' },
    })
    .get(
      '/:id/entries',
      ({ actor, params, query, request }) => credits.listEntries(mount.ctx(actor, request), params.id, query),
      {
        can: 'billing:read',
        params: IdPath,
        query: model.CreditEntryFilters,
        response: { 200: model.CreditEntryPage, ...refused, 404: Problem },
        detail: { operationId: 'listCreditEntries', summary: 'What happened to a granted credit, oldest first' },
      },
    )
    .post(
      '/:id/void',
      ({ actor, body, params, request }) => credits.voidCredit(mount.ctxOnce(actor, request, body), params.id, body),
      {
        can: 'credits:write',
        once: true,
        params: IdPath,
        body: model.Reason,
        response: { 200: model.Credit, ...refused, 404: Problem, 409: Problem },
        detail: { operationId: 'voidCredit', summary: 'Take back what is left of a granted credit' },
      },
    )

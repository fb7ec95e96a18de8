import { Elysia } from 'elysia'
import { located, tagged } from '../../../platform/request.ts'
import { changeRefused, IdPath, object, Problem, refused, t } from '../../../platform/schema.ts'
import type { Mount } from '../../mount.ts'
import { payoutCsv } from './csv.ts'
import { explainPayout } from './explain.ts'
import {
  BalanceQuery,
  Balances,
  NewPayout,
  Payout,
  PayoutExplanation,
  PayoutFilters,
  PayoutPage,
  ReceivedFilters,
  ReceivedPage,
  ReceivedPayout,
  Return,
  Sending,
} from './model.ts'
import * as received from './received.ts'
import * as payouts from './service.ts'
import { approvePayout, discardPayout, returnPayout, sendPayout, settlePayout } from './settle.ts'

const changed = { ...changeRefused, 200: Payout } as const
const nothing = object({})

/** Batches of payouts, of their payer. */
export const payoutRoutes = (mount: Mount) =>
  new Elysia({ name: 'payout-routes', prefix: '/commissions/payouts', tags: ['commissions'] })
    .use(mount.auth)
    .get('/', ({ actor, query, request }) => payouts.listPayouts(mount.ctx(actor, request), query), {
      can: 'commissions:read',
      query: PayoutFilters,
      response: { ...refused, 200: PayoutPage },
      detail: { operationId: 'listPayouts', summary: 'List the batches of the acting payer' },
    })
    .get('/balances', ({ actor, query, request }) => payouts.listBalances(mount.ctx(actor, request), query), {
      can: 'commissions:read',
      query: BalanceQuery,
      response: { ...refused, 200: Balances, 409: Problem },
      detail: { operationId: 'listPayoutBalances', summary: 'What each payee is owed, and whether it is due' },
    })
    .post(
      '/',
      async ({ actor, body, request, set, status }) =>
        status(
          201,
          located(
            set,
            '/api/v1/commissions/payouts',
            await payouts.createPayout(mount.ctxOnce(actor, request, body), body),
          ),
        ),
      {
        can: 'commissions:write',
        once: true,
        body: NewPayout,
        response: { ...refused, 201: Payout, 409: Problem },
        detail: { operationId: 'createPayout', summary: 'Make a draft batch of all that is due' },
      },
    )
    .get(
      '/:id',
      async ({ actor, params, request, set }) =>
        tagged(set, await payouts.getPayout(mount.ctx(actor, request), params.id)),
      {
        can: 'commissions:read',
        params: IdPath,
        response: { ...refused, 200: Payout, 404: Problem },
        detail: { operationId: 'getPayout', summary: 'Read one batch with its payments' },
      },
    )
    .get('/:id/explain', ({ actor, params, request }) => explainPayout(mount.ctx(actor, request), params.id), {
      can: 'commissions:read',
      params: IdPath,
      response: { ...refused, 200: PayoutExplanation, 404: Problem },
      detail: { operationId: 'explainPayout', summary: 'Explain a batch: its statements by kind, and its rates' },
    })
    .get(
      '/:id/csv',
      async ({ actor, params, request, set }) => {
        set.headers['content-type'] = 'text/csv; charset=utf-8'
        return payoutCsv(mount.ctx(actor, request), params.id)
      },
      {
        can: 'commissions:read',
        params: IdPath,
        response: { ...refused, 200: t.String(), 404: Problem, 409: Problem },
        detail: { operationId: 'exportPayout', summary: 'A batch as CSV, one line for each payee' },
      },
    )

/** What a payee reads of the batches that pay it. */
export const receivedPayoutRoutes = (mount: Mount) =>
  new Elysia({ name: 'received-payout-routes', prefix: '/commissions/payouts/received', tags: ['commissions'] })
    .use(mount.auth)
    .get('/', ({ actor, query, request }) => received.listReceived(mount.ctx(actor, request), query), {
      can: 'commissions:read',
      query: ReceivedFilters,
      response: { ...refused, 200: ReceivedPage },
      detail: { operationId: 'listReceivedPayouts', summary: 'What batches of others pay you, newest first' },
    })
    .get('/:id', ({ actor, params, request }) => received.getReceived(mount.ctx(actor, request), params.id), {
      can: 'commissions:read',
      params: IdPath,
      response: { ...refused, 200: ReceivedPayout, 404: Problem },
      detail: { operationId: 'getReceivedPayout', summary: 'What one batch pays you, by statement' },
    })
    .get(
      '/:id/csv',
      async ({ actor, params, request, set }) => {
        set.headers['content-type'] = 'text/csv; charset=utf-8'
        return received.receivedCsv(mount.ctx(actor, request), params.id)
      },
      {
        can: 'commissions:read',
        params: IdPath,
        response: { ...refused, 200: t.String(), 404: Problem },
        detail: {
          operationId: 'exportReceivedPayout',
          summary: 'What a batch pays you as CSV, one line for each statement',
        },
      },
    )

/** What a payer decides of a batch before it is sent. */
export const payoutDecisionRoutes = (mount: Mount) =>
  new Elysia({ name: 'payout-decision-routes', prefix: '/commissions/payouts/:id', tags: ['commissions'] })
    .use(mount.auth)
    .post(
      '/approve',
      async ({ actor, body, params, request, set }) =>
        tagged(set, await approvePayout(mount.ctxOnce(actor, request, body), params.id)),
      {
        can: 'commissions:write',
        once: true,
        params: IdPath,
        body: nothing,
        response: changed,
        detail: { operationId: 'approvePayout', summary: 'Approve a draft batch, as somebody other than its maker' },
      },
    )
    .post(
      '/discard',
      async ({ actor, body, params, request, set }) =>
        tagged(set, await discardPayout(mount.ctxOnce(actor, request, body), params.id)),
      {
        can: 'commissions:write',
        once: true,
        params: IdPath,
        body: nothing,
        response: changed,
        detail: {
          operationId: 'discardPayout',
          summary: 'Call off a batch that was not sent: what it would have paid is owed as before',
        },
      },
    )

/** What a payer reports of a batch: that it was sent, arrived or came back. */
export const payoutChangeRoutes = (mount: Mount) =>
  new Elysia({ name: 'payout-change-routes', prefix: '/commissions/payouts/:id', tags: ['commissions'] })
    .use(mount.auth)
    .post(
      '/send',
      async ({ actor, body, params, request, set }) =>
        tagged(set, await sendPayout(mount.ctxOnce(actor, request, body), params.id, body)),
      {
        can: 'commissions:write',
        once: true,
        params: IdPath,
        body: Sending,
        response: changed,
        detail: { operationId: 'sendPayout', summary: 'Report that an approved batch went to the bank' },
      },
    )
    .post(
      '/settle',
      async ({ actor, body, params, request, set }) =>
        tagged(set, await settlePayout(mount.ctxOnce(actor, request, body), params.id)),
      {
        can: 'commissions:write',
        once: true,
        params: IdPath,
        body: nothing,
        response: changed,
        detail: { operationId: 'settlePayout', summary: 'Report that all payments of a batch arrived' },
      },
    )
    .post(
      '/return',
      async ({ actor, body, params, request, set }) =>
        tagged(set, await returnPayout(mount.ctxOnce(actor, request, body), params.id, body)),
      {
        can: 'commissions:write',
        once: true,
        params: IdPath,
        body: Return,
        response: changed,
        detail: { operationId: 'returnPayout', summary: 'Report whose payments came back: they are owed again' },
      },
    )

import { Elysia } from 'elysia'
import { located, tagged } from '../../platform/request.ts'
import { changeRefused, IdPath } from '../../platform/schema.ts'
import type { Mount } from '../mount.ts'
import { issueInvoice, releaseInvoice } from './drafts/release.ts'
import { applyCredit, writeOff } from './issue/settle-one.ts'
import * as model from './model.ts'
import { reissueInvoice } from './reissue/service.ts'
import * as invoices from './service.ts'

const changed = { ...changeRefused, 200: model.Invoice } as const

/** What a seller does with its own documents. */
export const invoiceActionRoutes = (mount: Mount) =>
  new Elysia({ name: 'invoice-action-routes', prefix: '/invoices', tags: ['billing'] })
    .use(mount.auth)
    .post(
      '/:id/discard',
      async ({ actor, params, request, set }) =>
        tagged(set, await invoices.discardInvoice(mount.ctxOnce(actor, request, null), params.id)),
      {
        can: 'invoices:issue',
        once: true,
        params: IdPath,
        response: changed,
        detail: { operationId: 'discardInvoice', summary: 'Discard one of your drafts: its lines can be billed again' },
      },
    )
    .post(
      '/:id/release',
      async ({ actor, body, params, request, set }) =>
        tagged(set, await releaseInvoice(mount.ctxOnce(actor, request, body), params.id, body)),
      {
        can: 'invoices:issue',
        once: true,
        params: IdPath,
        body: model.Release,
        response: changed,
        detail: {
          operationId: 'releaseInvoice',
          summary: 'Release one of your parked documents as a draft, with a reason',
        },
      },
    )
    .post(
      '/:id/issue',
      async ({ actor, params, request, set }) =>
        tagged(set, await issueInvoice(mount.ctxOnce(actor, request, null), params.id)),
      {
        can: 'invoices:issue',
        once: true,
        params: IdPath,
        response: changed,
        detail: { operationId: 'issueInvoice', summary: 'Issue one of your drafts, of a run that is drafted or done' },
      },
    )
    .post(
      '/:id/reissue',
      async ({ actor, body, params, request, set, status }) => {
        const made = await reissueInvoice(mount.ctxOnce(actor, request, body), params.id, body)
        return status(201, located(set, '/api/v1/invoices', made))
      },
      {
        can: 'invoices:issue',
        once: true,
        params: IdPath,
        body: model.Reissue,
        response: { ...changed, 201: model.Invoice },
        detail: {
          operationId: 'reissueInvoice',
          summary: 'Replace one of your invoices that is wrong: credit it in full and issue a right one that names it',
        },
      },
    )
    .use(settleRoutes(mount))

const settleRoutes = (mount: Mount) =>
  new Elysia({ name: 'invoice-settle-routes', tags: ['billing'] })
    .use(mount.auth)
    .post(
      '/:id/write-off',
      ({ actor, body, params, request }) => writeOff(mount.ctxOnce(actor, request, body), params.id, body),
      {
        can: 'payments:write',
        once: true,
        params: IdPath,
        body: model.WriteOff,
        response: changed,
        detail: {
          operationId: 'writeOffInvoice',
          summary: 'Write off what is due on one of your invoices, or a part of it',
        },
      },
    )
    .post(
      '/:id/apply-credit',
      ({ actor, body, params, request }) => applyCredit(mount.ctxOnce(actor, request, body), params.id, body),
      {
        can: 'payments:write',
        once: true,
        params: IdPath,
        body: model.CreditUse,
        response: changed,
        detail: {
          operationId: 'applyCreditBalance',
          summary: "Pay one of your invoices from its buyer's credit balance",
        },
      },
    )

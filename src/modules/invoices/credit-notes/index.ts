import { Elysia } from 'elysia'
import { located, tagged } from '../../../platform/request.ts'
import { IdPath, Problem, refused } from '../../../platform/schema.ts'
import type { Mount } from '../../mount.ts'
import { InvoiceLinePage, LineFilters } from '../model.ts'
import { listNoteLines } from '../service.ts'
import * as model from './model.ts'
import * as notes from './service.ts'

/** Credit notes: reading, drafting, issuing and discarding them. */
export const creditNoteRoutes = (mount: Mount) =>
  new Elysia({ name: 'credit-note-routes', prefix: '/credit-notes', tags: ['billing'] })
    .use(mount.auth)
    .get('/', ({ actor, query, request }) => notes.listCreditNotes(mount.ctx(actor, request), query), {
      can: 'billing:read',
      query: model.CreditNoteFilters,
      response: { ...refused, 200: model.CreditNotePage },
      detail: { operationId: 'listCreditNotes', summary: 'Credit notes of your edges, newest first' },
    })
    .post(
      '/',
      async ({ actor, body, request, set, status }) => {
        const made = await notes.createCreditNote(mount.ctxOnce(actor, request, body), body)
        return status(201, located(set, '/api/v1/credit-notes', made))
      },
      {
        can: 'credits:write',
        once: true,
        body: model.NewCreditNote,
        response: { ...refused, 201: model.CreditNote, 409: Problem },
        detail: {
          operationId: 'createCreditNote',
          summary: 'Credit lines of one of your invoices, as a draft or at once',
        },
      },
    )
    .get(
      '/:id',
      async ({ actor, params, request, set }) =>
        tagged(set, await notes.getCreditNote(mount.ctx(actor, request), params.id)),
      {
        can: 'billing:read',
        params: IdPath,
        response: { ...refused, 200: model.CreditNote, 404: Problem },
        detail: { operationId: 'getCreditNote', summary: 'Read one credit note' },
      },
    )
    .get(
      '/:id/lines',
      ({ actor, params, query, request }) => listNoteLines(mount.ctx(actor, request), params.id, query),
      {
        can: 'billing:read',
        params: IdPath,
        query: LineFilters,
        response: { ...refused, 200: InvoiceLinePage, 404: Problem },
        detail: {
          operationId: 'listCreditNoteLines',
          summary: 'The lines of a credit note, each with the one it amends',
        },
      },
    )
    .use(creditNoteChanges(mount))

const creditNoteChanges = (mount: Mount) =>
  new Elysia({ name: 'credit-note-changes', tags: ['billing'] })
    .use(mount.auth)
    .post(
      '/:id/issue',
      async ({ actor, params, request, set }) =>
        tagged(set, await notes.issueCreditNote(mount.ctxOnce(actor, request, null), params.id)),
      {
        can: 'credits:write',
        once: true,
        params: IdPath,
        response: { ...refused, 200: model.CreditNote, 404: Problem, 409: Problem },
        detail: { operationId: 'issueCreditNote', summary: 'Issue a draft credit note: number, postings, open amount' },
      },
    )
    .post(
      '/:id/discard',
      async ({ actor, params, request, set }) =>
        tagged(set, await notes.discardCreditNote(mount.ctxOnce(actor, request, null), params.id)),
      {
        can: 'credits:write',
        once: true,
        params: IdPath,
        response: { ...refused, 200: model.CreditNote, 404: Problem, 409: Problem },
        detail: { operationId: 'discardCreditNote', summary: 'Discard a draft credit note' },
      },
    )

import { Elysia } from 'elysia'
import { IdPath, Problem, refused } from '../../../platform/schema.ts'
import type { Mount } from '../../mount.ts'
import { printDocument } from './service.ts'

const answers = { ...refused, 404: Problem } as const
const page = {
  responses: { 200: { description: 'a page', content: { 'text/html': { schema: { type: 'string' } } } } },
} as const

/** Issued documents as pages to print. */
export const printRoutes = (mount: Mount) =>
  new Elysia({ name: 'print-routes', tags: ['billing'] })
    .use(mount.auth)
    .get(
      '/invoices/:id/html',
      ({ actor, params, request }) => printDocument(mount.ctx(actor, request), 'invoice', params.id),
      {
        can: 'billing:read',
        params: IdPath,
        response: answers,
        detail: { operationId: 'printInvoice', summary: 'An issued invoice as a page to print', ...page },
      },
    )
    .get(
      '/credit-notes/:id/html',
      ({ actor, params, request }) => printDocument(mount.ctx(actor, request), 'credit_note', params.id),
      {
        can: 'billing:read',
        params: IdPath,
        response: answers,
        detail: { operationId: 'printCreditNote', summary: 'An issued credit note as a page to print', ...page },
      },
    )

import { Elysia } from 'elysia'
import { tagged } from '../../platform/request.ts'
import { IdPath, Problem, refused, t } from '../../platform/schema.ts'
import type { Mount } from '../mount.ts'
import * as explained from './explain/model.ts'
import { explainLine } from './explain/service.ts'
import { explainTaxes } from './explain/taxes.ts'
import * as model from './model.ts'
import * as invoices from './service.ts'

/** Reading documents, their lines and how each came about. */
export const invoiceRoutes = (mount: Mount) =>
  new Elysia({ name: 'invoice-routes', prefix: '/invoices', tags: ['billing'] })
    .use(mount.auth)
    .get('/', ({ actor, query, request }) => invoices.listInvoices(mount.ctx(actor, request), query), {
      can: 'billing:read',
      query: model.InvoiceFilters,
      response: { ...refused, 200: model.InvoicePage },
      detail: {
        operationId: 'listInvoices',
        summary: 'Documents of your edges, newest first; drafts of your own sales',
      },
    })
    .get(
      '/:id',
      async ({ actor, params, request, set }) =>
        tagged(set, await invoices.getInvoice(mount.ctx(actor, request), params.id)),
      {
        can: 'billing:read',
        params: IdPath,
        response: { ...refused, 200: model.Invoice, 404: Problem },
        detail: { operationId: 'getInvoice', summary: 'Read one document' },
      },
    )
    .get(
      '/:id/lines',
      ({ actor, params, query, request }) => invoices.listLines(mount.ctx(actor, request), params.id, query),
      {
        can: 'billing:read',
        params: IdPath,
        query: model.LineFilters,
        response: { ...refused, 200: model.InvoiceLinePage, 404: Problem },
        detail: { operationId: 'listInvoiceLines', summary: 'The lines of a document, by number' },
      },
    )
    .get(
      '/:id/lines/:line/explain',
      ({ actor, params, request }) => explainLine(mount.ctx(actor, request), params.id, params.line),
      {
        can: 'billing:read',
        params: model.LinePath,
        response: { ...refused, 200: t.Union([explained.Explanation, explained.DiscountExplanation]), 404: Problem },
        detail: {
          operationId: 'explainInvoiceLine',
          summary: 'From quantity and price version to the amount of a line',
        },
      },
    )
    .get('/:id/taxes', ({ actor, params, request }) => explainTaxes(mount.ctx(actor, request), params.id), {
      can: 'billing:read',
      params: IdPath,
      response: { ...refused, 200: explained.TaxExplanations, 404: Problem },
      detail: { operationId: 'explainInvoiceTaxes', summary: 'From lines and rates to the taxes of a document' },
    })

import { Elysia } from 'elysia'
import { csvResponse } from '../../../platform/csv.ts'
import { Problem, refused } from '../../../platform/schema.ts'
import { Explanation } from '../../invoices/explain/model.ts'
import type { Mount } from '../../mount.ts'
import { summaryCsv } from './csv.ts'
import { BucketPath, ExplainedFigure, ExplainQuery } from './explain-model.ts'
import { explainBucket, explainFigure } from './explain.ts'
import * as model from './model.ts'
import * as summary from './service.ts'

/** What is owed before and after documents. */
export const summaryRoutes = (mount: Mount) =>
  new Elysia({ name: 'summary-routes', prefix: '/billing', tags: ['billing'] })
    .use(mount.auth)
    .get('/summary', ({ actor, query, request }) => summary.getSummary(mount.ctx(actor, request), query), {
      can: 'billing:read',
      query: model.SummaryQuery,
      response: { ...refused, 200: model.SummaryPage },
      detail: {
        operationId: 'getBillingSummary',
        summary: 'Quantities and amounts of a period by group, estimated and billed',
      },
    })
    .get(
      '/summary.csv',
      async ({ actor, query, request }) =>
        csvResponse(await summaryCsv(mount.ctx(actor, request), query), `summary-${query.period ?? 'range'}.csv`),
      {
        can: 'billing:read',
        query: model.SummaryQuery,
        response: refused,
        detail: {
          operationId: 'downloadBillingSummary',
          summary: 'All rows of a summary as CSV; an unknown figure is an empty cell',
          responses: { 200: { description: 'CSV', content: { 'text/csv': { schema: { type: 'string' } } } } },
        },
      },
    )
    .get('/summary/explain', ({ actor, query, request }) => explainFigure(mount.ctx(actor, request), query), {
      can: 'billing:read',
      query: ExplainQuery,
      response: { ...refused, 200: ExplainedFigure },
      detail: {
        operationId: 'explainBillingSummary',
        summary: 'The lines that add up to one figure of a summary row',
      },
    })
    .get(
      '/buckets/:key/explain',
      ({ actor, params, request }) => explainBucket(mount.ctx(actor, request), params.key),
      {
        can: 'billing:read',
        params: BucketPath,
        response: { ...refused, 200: Explanation, 404: Problem },
        detail: {
          operationId: 'explainRatedBucket',
          summary: 'From quantity and price version to the amount of an estimate',
        },
      },
    )

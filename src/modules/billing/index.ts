import { Elysia } from 'elysia'
import { csvResponse } from '../../platform/csv.ts'
import { object, Problem, Uuid } from '../../platform/schema.ts'
import { Explanation } from '../invoices/explain-model.ts'
import type { Mount } from '../mount.ts'
import { BucketPath, ExplainedFigure, ExplainQuery } from './explain-model.ts'
import { explainBucket, explainFigure } from './explain.ts'
import * as model from './model.ts'
import * as runs from './runs.ts'
import { summaryCsv } from './summary-csv.ts'
import * as summaryModel from './summary-model.ts'
import * as summary from './summary.ts'
import { WaterfallPage, WaterfallQuery } from './waterfall-model.ts'
import { getWaterfall } from './waterfall.ts'

const IdPath = object({ id: Uuid })
const refused = { 401: Problem, 403: Problem, 422: Problem } as const
const done = { ...refused, 202: model.RunAccepted, 404: Problem, 409: Problem } as const

type Answering = { headers: Record<string, string | number> }

/** Says where the work can be followed. */
function accepted<T extends { jobId: string }>(set: Answering, answer: T): T {
  set.headers['location'] = `/api/v1/jobs/${answer.jobId}`
  set.headers['retry-after'] = '1'
  return answer
}

/** What is owed before and after documents. */
export const summaryRoutes = (mount: Mount) =>
  new Elysia({ name: 'summary-routes', prefix: '/billing', tags: ['billing'] })
    .use(mount.auth)
    .get('/summary', ({ actor, query, request }) => summary.getSummary(mount.ctx(actor, request), query), {
      can: 'billing:read',
      query: summaryModel.SummaryQuery,
      response: { ...refused, 200: summaryModel.SummaryPage },
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
        query: summaryModel.SummaryQuery,
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
    .get('/waterfall', ({ actor, query, request }) => getWaterfall(mount.ctx(actor, request), query), {
      can: 'billing:read',
      query: WaterfallQuery,
      response: { ...refused, 200: WaterfallPage },
      detail: {
        operationId: 'getBillingWaterfall',
        summary: 'The same usage priced on every edge you see, and what each seller keeps',
      },
    })

/** Billing runs of the acting seller. */
export const billingRunRoutes = (mount: Mount) =>
  new Elysia({ name: 'billing-run-routes', prefix: '/billing/runs', tags: ['billing'] })
    .use(mount.auth)
    .get('/', ({ actor, query, request }) => runs.listRuns(mount.ctx(actor, request), query), {
      can: 'billing:read',
      query: model.RunFilters,
      response: { ...refused, 200: model.RunPage },
      detail: { operationId: 'listBillingRuns', summary: "The organization's own billing runs, newest first" },
    })
    .post(
      '/',
      async ({ actor, body, request, set, status }) =>
        status(202, accepted(set, await runs.startRun(mount.ctxOnce(actor, request, body), body))),
      {
        can: 'billing:run',
        body: model.NewRun,
        response: { ...refused, 202: model.RunAccepted, 409: Problem },
        detail: { operationId: 'startBillingRun', summary: 'Rate a period and draft its invoices' },
      },
    )
    .get('/:id', ({ actor, params, request }) => runs.getRun(mount.ctx(actor, request), params.id), {
      can: 'billing:read',
      params: IdPath,
      response: { ...refused, 200: model.Run, 404: Problem },
      detail: { operationId: 'getBillingRun', summary: 'Read one billing run' },
    })
    .post(
      '/:id/issue',
      async ({ actor, params, request, set, status }) =>
        status(202, accepted(set, await runs.issueRun(mount.ctxOnce(actor, request, null), params.id))),
      {
        can: 'invoices:issue',
        params: IdPath,
        response: done,
        detail: { operationId: 'issueBillingRun', summary: 'Number and issue the drafts of a run' },
      },
    )
    .post(
      '/:id/cancel',
      async ({ actor, params, request, set, status }) =>
        status(202, accepted(set, await runs.cancelRun(mount.ctxOnce(actor, request, null), params.id))),
      {
        can: 'billing:run',
        params: IdPath,
        response: done,
        detail: { operationId: 'cancelBillingRun', summary: 'Stop a run and discard its drafts' },
      },
    )

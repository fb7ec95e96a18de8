import { Elysia } from 'elysia'
import { accepted } from '../../../platform/request.ts'
import { changeRefused, IdPath, Problem, refused } from '../../../platform/schema.ts'
import type { Mount } from '../../mount.ts'
import * as model from './model.ts'
import * as runs from './service.ts'

const done = { ...changeRefused, 202: model.RunAccepted } as const

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
        once: true,
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
        once: true,
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
        once: true,
        params: IdPath,
        response: done,
        detail: { operationId: 'cancelBillingRun', summary: 'Stop a run and discard its drafts' },
      },
    )

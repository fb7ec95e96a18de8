import { Elysia } from 'elysia'
import { accepted, located, tagged } from '../../platform/request.ts'
import { Accepted, object, Problem, Uuid } from '../../platform/schema.ts'
import type { Mount } from '../mount.ts'
import * as earnings from './earnings.ts'
import { explainEarning } from './explain.ts'
import {
  EarningFilters,
  EarningPage,
  Explanation,
  NewRule,
  NewRun,
  Rule,
  RuleEnd,
  RuleFilters,
  RuleMade,
  RulePage,
} from './model.ts'
import * as rules from './rules.ts'
import { startRun } from './start-run.ts'
import { summarize } from './summary.ts'
import { Summary, SummaryQuery } from './summary-model.ts'

const path = object({ id: Uuid })
const refused = { 401: Problem, 403: Problem, 422: Problem } as const
const changed = { ...refused, 409: Problem } as const

/** Runs, earnings and summaries. */
export const commissionRoutes = (mount: Mount) =>
  new Elysia({ name: 'commission-routes', prefix: '/commissions', tags: ['commissions'] })
    .use(mount.auth)
    .post(
      '/runs',
      async ({ actor, body, request, set, status }) =>
        status(202, accepted(set, await startRun(mount.ctxOnce(actor, request, body), body))),
      {
        can: 'commissions:run',
        body: NewRun,
        response: { ...changed, 202: Accepted },
        detail: {
          operationId: 'runCommissions',
          summary: 'Compute what the issued documents of a month lack in earnings; may be repeated',
        },
      },
    )
    .get('/earnings', ({ actor, query, request }) => earnings.listEarnings(mount.ctx(actor, request), query), {
      can: 'commissions:read',
      query: EarningFilters,
      response: { ...refused, 200: EarningPage },
      detail: { operationId: 'listEarnings', summary: 'List earnings, as their payer or their payee' },
    })
    .get(
      '/earnings/:id/explain',
      ({ actor, params, request }) => explainEarning(mount.ctx(actor, request), params.id),
      {
        can: 'commissions:read',
        params: path,
        response: { ...refused, 200: Explanation, 404: Problem },
        detail: { operationId: 'explainEarning', summary: 'How an earning came about, computed again' },
      },
    )
    .get('/summary', ({ actor, query, request }) => summarize(mount.ctx(actor, request), query), {
      can: 'commissions:read',
      query: SummaryQuery,
      response: { ...refused, 200: Summary },
      detail: {
        operationId: 'summarizeCommissions',
        summary: 'What is estimated and earned in a month, without a run',
      },
    })

/** Rules of their payers. */
export const commissionRuleRoutes = (mount: Mount) =>
  new Elysia({ name: 'commission-rule-routes', prefix: '/commissions/rules', tags: ['commissions'] })
    .use(mount.auth)
    .get('/', ({ actor, query, request }) => rules.listRules(mount.ctx(actor, request), query), {
      can: 'commissions:read',
      query: RuleFilters,
      response: { ...refused, 200: RulePage },
      detail: { operationId: 'listCommissionRules', summary: 'List commission rules, as their payer or their payee' },
    })
    .post(
      '/',
      async ({ actor, body, request, set, status }) =>
        status(
          201,
          located(set, '/api/v1/commissions/rules', await rules.createRule(mount.ctxOnce(actor, request, body), body)),
        ),
      {
        can: 'commissions:write',
        body: NewRule,
        response: { ...changed, 201: RuleMade },
        detail: { operationId: 'createCommissionRule', summary: 'Create a rule, and see what it adds up to' },
      },
    )
    .get(
      '/:id',
      async ({ actor, params, request, set }) => tagged(set, await rules.getRule(mount.ctx(actor, request), params.id)),
      {
        can: 'commissions:read',
        params: path,
        response: { ...refused, 200: Rule, 404: Problem },
        detail: { operationId: 'getCommissionRule', summary: 'Read one commission rule' },
      },
    )
    .post(
      '/:id/end',
      async ({ actor, body, params, request, set }) =>
        tagged(set, await rules.endRule(mount.ctx(actor, request), params.id, body)),
      {
        can: 'commissions:write',
        params: path,
        body: RuleEnd,
        response: { ...changed, 200: Rule, 404: Problem },
        detail: { operationId: 'endCommissionRule', summary: 'Let a rule end earlier; what it says never changes' },
      },
    )

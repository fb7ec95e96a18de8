import { Elysia } from 'elysia'
import { located, tagged } from '../../../platform/request.ts'
import { IdPath, Problem, refused } from '../../../platform/schema.ts'
import type { Mount } from '../../mount.ts'
import { NewRule, Rule, RuleEnd, RuleFilters, RuleMade, RulePage } from './model.ts'
import * as rules from './service.ts'

const changed = { ...refused, 409: Problem } as const

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
        once: true,
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
        params: IdPath,
        response: { ...refused, 200: Rule, 404: Problem },
        detail: { operationId: 'getCommissionRule', summary: 'Read one commission rule' },
      },
    )
    .post(
      '/:id/end',
      async ({ actor, body, params, request, set }) =>
        tagged(set, await rules.endRule(mount.ctxOnce(actor, request, body), params.id, body)),
      {
        can: 'commissions:write',
        once: true,
        params: IdPath,
        body: RuleEnd,
        response: { ...changed, 200: Rule, 404: Problem },
        detail: { operationId: 'endCommissionRule', summary: 'End a rule earlier; its terms never change' },
      },
    )

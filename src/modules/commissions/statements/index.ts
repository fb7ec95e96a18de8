import { Elysia } from 'elysia'
import { tagged } from '../../../platform/request.ts'
import { changeRefused, IdPath, object, Problem, refused, Uuid } from '../../../platform/schema.ts'
import type { Mount } from '../../mount.ts'
import { Dispute, LineQuery, Review, Statement, StatementFilters, StatementLinePage, StatementPage } from './model.ts'
import * as statements from './service.ts'
import { approveStatement, reviewStatement } from './settle.ts'

const linePath = object({ id: Uuid, earningId: Uuid })
const changed = { ...changeRefused, 200: Statement } as const
const nothing = object({})

/** Statements for payer and payee to read. */
export const statementRoutes = (mount: Mount) =>
  new Elysia({ name: 'statement-routes', prefix: '/commissions/statements', tags: ['commissions'] })
    .use(mount.auth)
    .get('/', ({ actor, query, request }) => statements.listStatements(mount.ctx(actor, request), query), {
      can: 'commissions:read',
      query: StatementFilters,
      response: { ...refused, 200: StatementPage },
      detail: { operationId: 'listStatements', summary: 'List commission statements, as their payer or their payee' },
    })
    .get(
      '/:id',
      async ({ actor, params, request, set }) =>
        tagged(set, await statements.getStatement(mount.ctx(actor, request), params.id)),
      {
        can: 'commissions:read',
        params: IdPath,
        response: { ...refused, 200: Statement, 404: Problem },
        detail: { operationId: 'getStatement', summary: 'Read one commission statement' },
      },
    )
    .get(
      '/:id/lines',
      ({ actor, params, query, request }) => statements.listStatementLines(mount.ctx(actor, request), params.id, query),
      {
        can: 'commissions:read',
        params: IdPath,
        query: LineQuery,
        response: { ...refused, 200: StatementLinePage, 404: Problem },
        detail: { operationId: 'listStatementLines', summary: 'The earnings on a statement, each with how it stands' },
      },
    )

/** What the payer does to a statement. */
export const statementChangeRoutes = (mount: Mount) =>
  new Elysia({ name: 'statement-change-routes', prefix: '/commissions/statements/:id', tags: ['commissions'] })
    .use(mount.auth)
    .post(
      '/review',
      async ({ actor, body, params, request, set }) =>
        tagged(set, await reviewStatement(mount.ctxOnce(actor, request, body), params.id, body)),
      {
        can: 'commissions:write',
        once: true,
        params: IdPath,
        body: Review,
        response: changed,
        detail: {
          operationId: 'reviewStatement',
          summary: 'Send a statement to review: it is ready for its payee',
        },
      },
    )
    .post(
      '/approve',
      async ({ actor, body, params, request, set }) =>
        tagged(set, await approveStatement(mount.ctxOnce(actor, request, body), params.id)),
      {
        can: 'commissions:write',
        once: true,
        params: IdPath,
        body: nothing,
        response: changed,
        detail: {
          operationId: 'approveStatement',
          summary: 'Approve a statement, as somebody other than its reviewer',
        },
      },
    )

/** What the payee says about a statement and its lines. */
export const statementAnswerRoutes = (mount: Mount) =>
  new Elysia({ name: 'statement-answer-routes', prefix: '/commissions/statements/:id', tags: ['commissions'] })
    .use(mount.auth)
    .post(
      '/accept',
      async ({ actor, body, params, request, set }) =>
        tagged(set, await statements.acceptStatement(mount.ctxOnce(actor, request, body), params.id)),
      {
        can: 'statements:write',
        once: true,
        params: IdPath,
        body: nothing,
        response: changed,
        detail: { operationId: 'acceptStatement', summary: 'Accept a statement in review as its payee' },
      },
    )
    .post(
      '/lines/:earningId/dispute',
      async ({ actor, body, params, request, set }) =>
        tagged(
          set,
          await statements.disputeLine(mount.ctxOnce(actor, request, body), params.id, params.earningId, body),
        ),
      {
        can: 'statements:write',
        once: true,
        params: linePath,
        body: Dispute,
        response: changed,
        detail: {
          operationId: 'disputeLine',
          summary: 'Dispute a line as the payee: it is not approved with the others',
        },
      },
    )
    .post(
      '/lines/:earningId/accept',
      async ({ actor, body, params, request, set }) =>
        tagged(set, await statements.acceptLine(mount.ctxOnce(actor, request, body), params.id, params.earningId)),
      {
        can: 'statements:write',
        once: true,
        params: linePath,
        body: nothing,
        response: changed,
        detail: { operationId: 'acceptLine', summary: 'Accept a disputed line after all, as the payee' },
      },
    )

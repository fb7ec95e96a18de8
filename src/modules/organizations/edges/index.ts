import { Elysia } from 'elysia'
import { IdPath, Problem, refused } from '../../../platform/schema.ts'
import type { Mount } from '../../mount.ts'
import { PlannedChange } from '../changes/model.ts'
import * as model from './model.ts'
import * as edges from './service.ts'

/** Who sells to whom, on which terms. */
export const edgeRoutes = (mount: Mount) =>
  new Elysia({ name: 'edge-routes', prefix: '/edges', tags: ['hierarchy'] })
    .use(mount.auth)
    .get('/', ({ actor, query, request }) => edges.listEdges(mount.ctx(actor, request), query), {
      can: 'billing:read',
      query: model.EdgeFilters,
      response: { ...refused, 200: model.EdgePage },
      detail: { operationId: 'listEdges', summary: 'List the edges on which your organization sells or buys' },
    })
    .get('/:id', ({ actor, params, request }) => edges.getEdge(mount.ctx(actor, request), params.id), {
      can: 'billing:read',
      params: IdPath,
      response: { ...refused, 200: model.Edge, 404: Problem },
      detail: { operationId: 'getEdge', summary: 'Read one edge' },
    })
    .patch('/:id', ({ actor, body, params, request }) => edges.planTerms(mount.ctx(actor, request), params.id, body), {
      can: 'pricing:write',
      params: IdPath,
      body: model.TermsChange,
      response: { ...refused, 200: PlannedChange, 404: Problem, 409: Problem },
      detail: { operationId: 'changeEdgeTerms', summary: 'Plan other terms from a future month on, as the seller' },
    })

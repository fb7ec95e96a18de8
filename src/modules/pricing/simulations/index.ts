import { Elysia } from 'elysia'
import { accepted } from '../../../platform/request.ts'
import { IdPath, Problem, refused } from '../../../platform/schema.ts'
import type { Mount } from '../../mount.ts'
import * as model from './model.ts'
import * as simulations from './service.ts'

/** Trying out a price list on what was used and charged. */
export const simulationRoutes = (mount: Mount) =>
  new Elysia({ name: 'price-simulation-routes', prefix: '/pricing/simulations', tags: ['catalog'] })
    .use(mount.auth)
    .post(
      '/',
      async ({ actor, body, request, set, status }) =>
        status(202, accepted(set, await simulations.startSimulation(mount.ctxOnce(actor, request, body), body))),
      {
        can: 'pricing:write',
        once: true,
        body: model.NewSimulation,
        response: { 202: model.SimulationAccepted, ...refused, 409: Problem },
        detail: {
          operationId: 'startSimulation',
          summary: 'Replay a period with a price list of your own; it is a job and is cancelled as one',
        },
      },
    )
    .get('/', ({ actor, query, request }) => simulations.listSimulations(mount.ctx(actor, request), query), {
      can: 'pricing:read',
      query: model.SimulationFilters,
      response: { 200: model.SimulationPage, ...refused },
      detail: { operationId: 'listSimulations', summary: 'List your simulations' },
    })
    .get('/:id', ({ actor, params, request }) => simulations.getSimulation(mount.ctx(actor, request), params.id), {
      can: 'pricing:read',
      params: IdPath,
      response: { 200: model.SimulationResult, ...refused, 404: Problem },
      detail: { operationId: 'getSimulation', summary: 'Read a simulation with its totals' },
    })
    .get(
      '/:id/rows',
      ({ actor, params, query, request }) => simulations.listDifferences(mount.ctx(actor, request), params.id, query),
      {
        can: 'pricing:read',
        params: IdPath,
        query: model.DifferenceQuery,
        response: { 200: model.DifferencePage, ...refused, 404: Problem },
        detail: { operationId: 'listSimulationRows', summary: 'What differs, by distributor, partner, tenant or SKU' },
      },
    )

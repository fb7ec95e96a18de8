import { Elysia } from 'elysia'
import { accepted } from '../../../platform/request.ts'
import { IdPath, Problem, refused } from '../../../platform/schema.ts'
import type { Mount } from '../../mount.ts'
import * as model from './model.ts'
import * as simulations from './service.ts'

/** Trying out a commission rule on what was billed. */
export const commissionSimulationRoutes = (mount: Mount) =>
  new Elysia({ name: 'commission-simulation-routes', prefix: '/commissions/simulations', tags: ['commissions'] })
    .use(mount.auth)
    .post(
      '/',
      async ({ actor, body, request, set, status }) =>
        status(202, accepted(set, await simulations.startSimulation(mount.ctxOnce(actor, request, body), body))),
      {
        can: 'commissions:write',
        once: true,
        body: model.NewSimulation,
        response: { 202: model.SimulationAccepted, ...refused, 409: Problem },
        detail: {
          operationId: 'startCommissionSimulation',
          summary: 'Replay the documents of a period with a draft rule; it is a job and is cancelled as one',
        },
      },
    )
    .get('/', ({ actor, query, request }) => simulations.listSimulations(mount.ctx(actor, request), query), {
      can: 'commissions:read',
      query: model.SimulationFilters,
      response: { 200: model.SimulationPage, ...refused },
      detail: { operationId: 'listCommissionSimulations', summary: 'List your simulations of rules, newest first' },
    })
    .get('/:id', ({ actor, params, request }) => simulations.getSimulation(mount.ctx(actor, request), params.id), {
      can: 'commissions:read',
      params: IdPath,
      response: { 200: model.SimulationResult, ...refused, 404: Problem },
      detail: { operationId: 'getCommissionSimulation', summary: 'Read a simulation with its totals' },
    })
    .get(
      '/:id/rows',
      ({ actor, params, query, request }) => simulations.listDifferences(mount.ctx(actor, request), params.id, query),
      {
        can: 'commissions:read',
        params: IdPath,
        query: model.DifferenceQuery,
        response: { 200: model.DifferencePage, ...refused, 404: Problem },
        detail: {
          operationId: 'listCommissionSimulationRows',
          summary: 'What differs, by payee, distributor, partner, tenant or SKU',
        },
      },
    )

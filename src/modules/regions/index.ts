import { Elysia } from 'elysia'
import { expectedVersion, located, tagged } from '../../platform/request.ts'
import { changeRefused, IdPath, object, Problem, refused, Uuid } from '../../platform/schema.ts'
import type { Mount } from '../mount.ts'
import * as meters from './meters.ts'
import {
  Meter,
  MeterEnd,
  MeterFilters,
  MeterPage,
  NewMeter,
  NewRegion,
  Region,
  RegionChange,
  RegionFilters,
  RegionPage,
  Watermark,
} from './model.ts'
import * as regions from './service.ts'

/** Regions: the sources of usage, their meters and watermarks. */
export const regionRoutes = (mount: Mount) =>
  new Elysia({ name: 'region-routes', prefix: '/regions', tags: ['usage'] })
    .use(mount.auth)
    .get('/', ({ actor, query, request }) => regions.listRegions(mount.ctx(actor, request), query), {
      can: 'usage:read',
      query: RegionFilters,
      response: { ...refused, 200: RegionPage },
      detail: { operationId: 'listRegions', summary: 'List the sources of usage' },
    })
    .post(
      '/',
      async ({ actor, body, request, set, status }) =>
        status(
          201,
          located(set, '/api/v1/regions', await regions.createRegion(mount.ctxOnce(actor, request, body), body)),
        ),
      {
        can: 'regions:write',
        once: true,
        body: NewRegion,
        response: { ...refused, 201: Region, 409: Problem },
        detail: { operationId: 'createRegion', summary: 'Register a source of usage' },
      },
    )
    .get(
      '/:id',
      async ({ actor, params, request, set }) =>
        tagged(set, await regions.getRegion(mount.ctx(actor, request), params.id)),
      {
        can: 'usage:read',
        params: IdPath,
        response: { ...refused, 200: Region, 404: Problem },
        detail: { operationId: 'getRegion', summary: 'Read one region with how far it has reported' },
      },
    )
    .patch(
      '/:id',
      async ({ actor, body, params, request, set }) =>
        tagged(set, await regions.updateRegion(mount.ctx(actor, request), params.id, expectedVersion(request), body)),
      {
        can: 'regions:write',
        params: IdPath,
        body: RegionChange,
        response: { ...changeRefused, 200: Region, 412: Problem, 428: Problem },
        detail: { operationId: 'updateRegion', summary: 'Change a region as it was read (If-Match)' },
      },
    )
    .use(regionActionRoutes(mount))
    .use(meterRoutes(mount))

const regionActionRoutes = (mount: Mount) =>
  new Elysia({ name: 'region-action-routes', tags: ['usage'] })
    .use(mount.auth)
    .post(
      '/:id/pause',
      async ({ actor, params, request, set }) =>
        tagged(set, await regions.pauseRegion(mount.ctxOnce(actor, request, null), params.id)),
      {
        can: 'regions:write',
        once: true,
        params: IdPath,
        response: { ...changeRefused, 200: Region },
        detail: {
          operationId: 'pauseRegion',
          summary: 'Pause a region: it takes no usage and no night is rated until it is resumed',
        },
      },
    )
    .post(
      '/:id/resume',
      async ({ actor, params, request, set }) =>
        tagged(set, await regions.resumeRegion(mount.ctxOnce(actor, request, null), params.id)),
      {
        can: 'regions:write',
        once: true,
        params: IdPath,
        response: { ...changeRefused, 200: Region },
        detail: { operationId: 'resumeRegion', summary: 'Resume a region' },
      },
    )
    .put(
      '/:id/complete-until',
      async ({ actor, body, params, request, set }) =>
        tagged(set, await regions.raiseWatermark(mount.ctx(actor, request), params.id, body)),
      {
        can: 'usage:write',
        params: IdPath,
        body: Watermark,
        response: { ...changeRefused, 200: Region },
        detail: { operationId: 'raiseWatermark', summary: 'Report that everything before an instant has been sent' },
      },
    )

const meterRoutes = (mount: Mount) =>
  new Elysia({ name: 'meter-routes', tags: ['usage'] })
    .use(mount.auth)
    .get(
      '/:id/meters',
      ({ actor, params, query, request }) => meters.listMeters(mount.ctx(actor, request), params.id, query),
      {
        can: 'quarantine:read',
        params: IdPath,
        query: MeterFilters,
        response: { ...refused, 200: MeterPage, 404: Problem },
        detail: { operationId: 'listMeters', summary: 'What the meters of a region stand for' },
      },
    )
    .post(
      '/:id/meters',
      async ({ actor, body, params, request, status }) =>
        status(201, await meters.createMeter(mount.ctxOnce(actor, request, body), params.id, body)),
      {
        can: 'regions:write',
        once: true,
        params: IdPath,
        body: NewMeter,
        response: { ...changeRefused, 201: Meter },
        detail: { operationId: 'createMeter', summary: 'Map a meter of the region to a SKU, for a span of days' },
      },
    )
    .post(
      '/:id/meters/:meterId/end',
      ({ actor, body, params, request }) =>
        meters.endMeter(mount.ctxOnce(actor, request, body), params.id, params.meterId, body),
      {
        can: 'regions:write',
        once: true,
        params: object({ id: Uuid, meterId: Uuid }),
        body: MeterEnd,
        response: { ...changeRefused, 200: Meter },
        detail: { operationId: 'endMeter', summary: 'End a mapping before a day' },
      },
    )

import { Elysia } from 'elysia'
import { IdPath, Problem, refused } from '../../platform/schema.ts'
import type { Mount } from '../mount.ts'
import * as model from './model.ts'
import * as corrections from './service.ts'

/** Corrections of what is billed, along a tenant's chain. */
export const correctionRoutes = (mount: Mount) =>
  new Elysia({ name: 'correction-routes', prefix: '/billing/corrections', tags: ['billing'] })
    .use(mount.auth)
    .get('/', ({ actor, query, request }) => corrections.listCorrections(mount.ctx(actor, request), query), {
      can: 'credits:write',
      query: model.CorrectionFilters,
      response: { ...refused, 200: model.CorrectionPage },
      detail: { operationId: 'listCorrections', summary: 'Your corrections, newest first' },
    })
    .post(
      '/',
      async ({ actor, body, request, set, status }) => {
        const made = await corrections.previewCorrection(mount.ctxOnce(actor, request, body), body)
        set.headers['location'] = `/api/v1/billing/corrections/${made.id}`
        return status(201, made)
      },
      {
        can: 'credits:write',
        once: true,
        body: model.NewCorrection,
        response: { ...refused, 201: model.Correction, 409: Problem },
        detail: {
          operationId: 'previewCorrection',
          summary: "Preview what a wrong price or quantity changes on every edge of a tenant's chain",
        },
      },
    )
    .get('/:id', ({ actor, params, request }) => corrections.getCorrection(mount.ctx(actor, request), params.id), {
      can: 'credits:write',
      params: IdPath,
      response: { ...refused, 200: model.Correction, 404: Problem },
      detail: { operationId: 'getCorrection', summary: 'Read one correction' },
    })
    .post(
      '/:id/apply',
      ({ actor, params, request }) => corrections.applyCorrection(mount.ctxOnce(actor, request, null), params.id),
      {
        can: 'credits:write',
        once: true,
        params: IdPath,
        response: { ...refused, 200: model.Correction, 404: Problem, 409: Problem },
        detail: {
          operationId: 'applyCorrection',
          summary: 'Credit notes, documents and earnings of a correction, all at once, as they were previewed',
        },
      },
    )

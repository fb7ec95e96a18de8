import { Elysia } from 'elysia'
import { DomainError } from '../../platform/errors.ts'
import { bearerOf } from '../../platform/request.ts'
import { Problem, t } from '../../platform/schema.ts'
import type { Mount } from '../mount.ts'
import { Live, Ready, Version } from './model.ts'
import { readiness, type SystemCtx, version } from './service.ts'

/** Health, version and metrics, outside `/api/v1`. */
export const systemRoutes = (mount: Mount, system: SystemCtx) =>
  new Elysia({ name: 'system-routes', tags: ['system'] })
    .use(mount.auth)
    .get('/health/live', () => ({ status: 'ok' as const }), {
      open: true,
      response: { 200: Live },
      detail: { operationId: 'isLive', summary: 'Whether the process is alive' },
    })
    .get(
      '/health/ready',
      async ({ status }) => {
        const ready = await readiness(system)
        return ready.status === 'ok' ? ready : status(503, ready)
      },
      {
        open: true,
        response: { 200: Ready, 503: Ready },
        detail: { operationId: 'isReady', summary: 'Whether the process can do its work, and on which transport' },
      },
    )
    .get('/version', () => version, {
      open: true,
      response: { 200: Version },
      detail: { operationId: 'getVersion', summary: 'Which version runs' },
    })
    .get(
      '/metrics',
      async ({ request }) => {
        if (system.metricsToken && bearerOf(request) !== system.metricsToken) throw noMetrics()
        return new Response(await system.metrics.render(), { headers: { 'content-type': system.metrics.contentType } })
      },
      {
        open: true,
        response: { 200: t.String(), 401: Problem },
        detail: { operationId: 'getMetrics', summary: 'Metrics of the process, in the Prometheus text format' },
      },
    )

const noMetrics = () => new DomainError('unauthenticated', 'metrics.token_required', 'send the metrics token as bearer')

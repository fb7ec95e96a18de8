import { Elysia } from 'elysia'
import { IdPath, Problem, refused, t } from '../../platform/schema.ts'
import type { Mount } from '../mount.ts'
import { Job, JobFilters, JobPage, JobWait } from './model.ts'
import * as jobs from './service.ts'
import { streamJob } from './stream.ts'
import { readJob } from './watch.ts'

const missed = { ...refused, 404: Problem } as const

type Answering = { headers: Record<string, string | number>; status?: number | string | undefined }

/** Shows which reading this is, and while the job goes on, when to come back. */
function shown(set: Answering, { job, etag, hasEnded }: jobs.SeenJob): Job {
  set.headers['etag'] = etag
  set.headers['cache-control'] = 'no-cache'
  if (!hasEnded) set.headers['retry-after'] = '1'
  return job
}

/** `stopping` ends waits and streams when the process is asked to stop. */
export const jobRoutes = (mount: Mount, stopping: AbortSignal) =>
  new Elysia({ name: 'job-routes', prefix: '/jobs', tags: ['jobs'] })
    .use(mount.auth)
    .get('/', ({ actor, query, request }) => jobs.listJobs(mount.ctx(actor, request), query), {
      can: 'jobs:read',
      query: JobFilters,
      response: { ...refused, 200: JobPage },
      detail: { operationId: 'listJobs', summary: "The organization's own jobs, newest first" },
    })
    .get(
      '/:id',
      async ({ actor, params, query, request, set, status }) => {
        const knownEtag = request.headers.get('if-none-match') ?? undefined
        const wait = { knownEtag, seconds: query.wait ?? 0, leaving: [request.signal, stopping] }
        const seen = await readJob(mount.ctx(actor, request), params.id, wait)
        const job = shown(set, seen)
        return seen.etag === knownEtag ? status(304, undefined) : job
      },
      {
        can: 'jobs:read',
        params: IdPath,
        query: JobWait,
        response: { ...missed, 200: Job, 304: t.Undefined() },
        detail: { operationId: 'getJob', summary: 'Read one job, at once or (wait) when it has changed or ended' },
      },
    )
    .get(
      '/:id/events',
      ({ actor, params, request, server }) => {
        server?.timeout(request, 0)
        return streamJob(mount.ctx(actor, request), params.id, [request.signal, stopping])
      },
      {
        can: 'jobs:read',
        params: IdPath,
        response: missed,
        detail: {
          operationId: 'watchJob',
          summary: 'Server-sent events: the job at every change, until it has ended',
          responses: {
            200: { description: 'events', content: { 'text/event-stream': { schema: { type: 'string' } } } },
          },
        },
      },
    )
    .post(
      '/:id/cancel',
      async ({ actor, params, request, set, status }) =>
        status(202, shown(set, await jobs.cancelJob(mount.ctxOnce(actor, request, null), params.id))),
      {
        can: 'jobs:write',
        once: true,
        params: IdPath,
        response: { ...missed, 202: Job, 409: Problem },
        detail: { operationId: 'cancelJob', summary: 'Stop a job: one that runs stops before its next chunk' },
      },
    )
    .post(
      '/:id/retry',
      async ({ actor, params, request, set, status }) =>
        status(202, shown(set, await jobs.retryJob(mount.ctxOnce(actor, request, null), params.id))),
      {
        can: 'jobs:write',
        once: true,
        params: IdPath,
        response: { ...missed, 202: Job, 409: Problem },
        detail: { operationId: 'retryJob', summary: 'Retry a parked job' },
      },
    )

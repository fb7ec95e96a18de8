import { Elysia } from 'elysia'
import type { Actor } from '../../platform/context.ts'
import { accepted } from '../../platform/request.ts'
import { IdPath, Problem, refused } from '../../platform/schema.ts'
import type { Mount } from '../mount.ts'
import { readBody } from './envelope.ts'
import {
  AcceptedBatch,
  Batch,
  BatchFilters,
  BatchPage,
  BatchRecordFilters,
  BatchRecordPage,
  Dismissal,
  PostedUsage,
  QuarantinedRecord,
  QuarantineFilters,
  QuarantinePage,
  UsageFilters,
  UsagePage,
} from './model.ts'
import { postedRecord } from './posted-record.ts'
import * as quarantine from './quarantine/service.ts'
import { reportUsage } from './reports/service.ts'
import * as usage from './service.ts'

/** The bytes are read here and by nobody before: packed bodies must come through untouched. */
async function receive(mount: Mount, actor: Actor, request: Request, query: PostedUsage): Promise<AcceptedBatch> {
  const body = await readBody(request)
  const contentType = request.headers.get('content-type')
  const contentEncoding = request.headers.get('content-encoding')
  return usage.acceptBatch(mount.ctxOnce(actor, request, body), query, { body, contentType, contentEncoding })
}

const records = { type: 'array', items: postedRecord } as const
const bodies = {
  requestBody: {
    required: true,
    description:
      'Up to 50,000 records or 32 MB, before and after inflating (Content-Encoding gzip or zstd). NDJSON has a record a line. CSV has the fields as columns, or those of FOCUS 1.x.',
    content: {
      'application/json': { schema: records },
      'application/x-ndjson': { schema: { type: 'string' } },
      'text/csv': { schema: { type: 'string' } },
    },
  },
} as const

/** Batches of usage, their receipts, the quarantine and reports. */
export const usageRoutes = (mount: Mount) =>
  new Elysia({ name: 'usage-routes', prefix: '/usage', tags: ['usage'] })
    .use(mount.auth)
    .post(
      '/',
      async ({ actor, query, request, set, status }) =>
        status(202, accepted(set, await receive(mount, actor, request, query))),
      {
        can: 'usage:write',
        once: true,
        query: PostedUsage,
        response: {
          ...refused,
          202: AcceptedBatch,
          400: Problem,
          409: Problem,
          413: Problem,
          415: Problem,
        },
        detail: { operationId: 'postUsage', summary: 'Send a batch of usage of one region', ...bodies },
      },
    )
    .get('/', ({ actor, query, request }) => reportUsage(mount.ctx(actor, request), query), {
      can: 'usage:read',
      query: UsageFilters,
      response: { ...refused, 200: UsagePage },
      detail: { operationId: 'reportUsage', summary: 'Usage by day or month per subscription, SKU and region' },
    })
    .get('/batches', ({ actor, query, request }) => usage.listBatches(mount.ctx(actor, request), query), {
      can: 'usage:read',
      query: BatchFilters,
      response: { ...refused, 200: BatchPage },
      detail: { operationId: 'listUsageBatches', summary: 'Receipts of batches, newest first' },
    })
    .get('/batches/:id', ({ actor, params, request }) => usage.getBatch(mount.ctx(actor, request), params.id), {
      can: 'usage:read',
      params: IdPath,
      response: { ...refused, 200: Batch, 404: Problem },
      detail: { operationId: 'getUsageBatch', summary: 'The receipt of a batch' },
    })
    .get(
      '/batches/:id/records',
      ({ actor, params, query, request }) => usage.listBatchRecords(mount.ctx(actor, request), params.id, query),
      {
        can: 'usage:read',
        params: IdPath,
        query: BatchRecordFilters,
        response: { ...refused, 200: BatchRecordPage, 404: Problem },
        detail: { operationId: 'listUsageBatchRecords', summary: 'Records of a batch that were not accepted, and why' },
      },
    )
    .use(quarantineRoutes(mount))

const quarantineRoutes = (mount: Mount) =>
  new Elysia({ name: 'quarantine-routes', tags: ['usage'] })
    .use(mount.auth)
    .get('/quarantine', ({ actor, query, request }) => quarantine.listQuarantine(mount.ctx(actor, request), query), {
      can: 'quarantine:read',
      query: QuarantineFilters,
      response: { ...refused, 200: QuarantinePage },
      detail: { operationId: 'listQuarantine', summary: 'List quarantined records: they name something unknown' },
    })
    .post(
      '/quarantine/:id/dismiss',
      ({ actor, body, params, request }) =>
        quarantine.dismissRecord(mount.ctxOnce(actor, request, body), params.id, body),
      {
        can: 'quarantine:write',
        once: true,
        params: IdPath,
        body: Dismissal,
        response: { ...refused, 200: QuarantinedRecord, 404: Problem, 409: Problem },
        detail: { operationId: 'dismissRecord', summary: 'Waive a record: it is never billed and holds up no close' },
      },
    )

import { ingestBatch } from '../../../jobs/usage.ts'
import { type Ctx, inTx, inTxOnce } from '../../platform/context.ts'
import { notFound, unknownReference } from '../../platform/errors.ts'
import { newId } from '../../platform/ids.ts'
import { enqueue } from '../../platform/jobs.ts'
import { idPageRequest, type Page, pageOf, pageRequest, placeIn } from '../../platform/page.ts'
import { recordAudit } from '../audit/service.ts'
import { refuseAhead } from '../regions/service.ts'
import { inspect } from './envelope.ts'
import { regionPaused } from './errors.ts'
import { packBody } from './ingest/stored-body.ts'
import type { SentBody } from './intake/decode.ts'
import type { AcceptedBatch, Batch, BatchFilters, BatchRecord, BatchRecordFilters, PostedUsage } from './model.ts'
import * as queries from './queries.ts'

/**
 * Accepts a batch of usage: keeps its body and enqueues its intake, in one transaction. Once per Idempotency-Key; without
 * one a repeated batch is accepted again and all its records are duplicates.
 * @throws unknownReference, regionPaused, watermarkAhead, and what `inspect` finds wrong with the envelope
 */
export async function acceptBatch(ctx: Ctx, input: PostedUsage, sent: SentBody): Promise<AcceptedBatch> {
  const strict = input.strict ?? false
  const completeUntil = input.completeUntil ?? null
  if (completeUntil !== null) refuseAhead(ctx, completeUntil, '/query/completeUntil')
  const region = await inTx(ctx, (tx) => queries.findIntakeRegion(tx, input.region))
  if (!region) throw unknownReference('/query/region')
  if (region.state === 'paused') throw regionPaused()
  const envelope = await inspect(sent, { ...region, strict })
  const body = await packBody(sent.body)
  return inTxOnce(ctx, async (tx) => {
    const id = newId()
    const job = await enqueue(tx, ctx.actor, ingestBatch, { batchId: id }, { dedupeKey: id })
    const { id: regionId, receivedAt } = region
    const askedBy = ctx.actor.accountId
    const batch = { ...envelope, id, jobId: job.id, regionId, askedBy, body, strict, completeUntil, receivedAt }
    const details = { regionId, sent: envelope.sent }
    const entry = { action: 'usage.posted', objectType: 'usage_batch', objectId: id, details }
    await Promise.all([queries.insertBatch(tx, batch), recordAudit(tx, ctx.actor, entry, ctx.requestId)])
    return { jobId: job.id, batchId: id, sent: envelope.sent }
  })
}

/** Receipts, newest first; they are the platform's. */
export async function listBatches(ctx: Ctx, filters: BatchFilters): Promise<Page<Batch>> {
  const page = idPageRequest('batches', filters)
  if (ctx.actor.level !== 'platform') return { data: [], page: { nextCursor: null, hasMore: false } }
  const rows = await inTx(ctx, (tx) => queries.listBatches(tx, ctx.actor, filters, page))
  return pageOf(
    'batches',
    page,
    rows,
    (row) => row.id,
    (row) => row,
  )
}

/** One receipt. @throws notFound */
export async function getBatch(ctx: Ctx, id: string): Promise<Batch> {
  if (ctx.actor.level !== 'platform') throw notFound()
  const row = await inTx(ctx, (tx) => queries.findBatch(tx, ctx.actor, id))
  if (!row) throw notFound()
  return row
}

/** The records of a batch that were not accepted, in the order of the batch. @throws notFound */
export async function listBatchRecords(ctx: Ctx, id: string, filters: BatchRecordFilters): Promise<Page<BatchRecord>> {
  const page = pageRequest('batch-records', filters)
  if (page.after !== undefined) placeIn(page.after, /^\d{1,9}$/)
  await getBatch(ctx, id)
  const rows = await inTx(ctx, (tx) => queries.listBatchRecords(tx, id, filters, page))
  return pageOf(
    'batch-records',
    page,
    rows,
    (row) => String(row.index),
    (row) => row,
  )
}

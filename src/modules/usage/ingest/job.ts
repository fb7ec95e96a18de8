import type { Tx } from '../../../platform/db.ts'
import { invariant } from '../../../platform/errors.ts'
import { type JobResult, type WorkCtx, workScope } from '../../../platform/work.ts'
import { raiseWatermarkTo } from '../../regions/service.ts'
import { type Happening, raiseEvents } from '../../webhooks/events.ts'
import { type ParsedBatch, parseBatch } from '../intake/parse.ts'
import { partLate } from './late.ts'
import { type Counts, countsOf, outcomesOf } from './outcomes.ts'
import * as queries from './queries.ts'
import { type Slice, slicesOf } from './slices.ts'
import { storedBody } from './stored-body.ts'
import { take } from './take.ts'

/**
 * Takes an accepted batch in: every record ends as one of the receipt's outcomes. A retry skips the chunks that are done;
 * running it again after the end changes nothing.
 */
export async function ingestBatch(ctx: WorkCtx, { batchId }: { batchId: string }): Promise<JobResult> {
  const scope = workScope(ctx.job.owner, 'weir_ingest')
  const batch = await ctx.transaction(scope, (tx) => queries.findBatchToIngest(tx, batchId))
  invariant(batch, 'the batch of a job is there')
  const href = `/api/v1/usage/batches/${batchId}`
  if (!batch.body) return { href, sent: batch.sent }
  const parsed = await parseBatch({ ...storedBody(batch.format, batch.body), now: new Date(batch.receivedAt) })
  invariant(parsed.sent === batch.sent, 'a stored batch is read as it was when it came')
  const slices = slicesOf(parsed)
  const counts: Counts[] = []
  let done = 0
  for (const [index, slice] of slices.entries()) {
    ctx.progress(done, parsed.sent, 'records')
    counts.push(
      await ctx.chunk(index + 1, scope, async (tx) => {
        const taken = await takeSlice(tx, batch, slice)
        if (index + 1 === slices.length) await finish(ctx, tx, batch, parsed)
        return taken
      }),
    )
    done += slice.records.length + slice.rejected.length
  }
  ctx.progress(parsed.sent, parsed.sent, 'records')
  return { href, sent: parsed.sent, ...totalOf(counts) }
}

/** Ends the batch of a job that was cancelled or refused: its remaining records are rejected. May run twice. */
export const abandonBatch = async (ctx: WorkCtx, { batchId }: { batchId: string }): Promise<void> => {
  await ctx.transaction(workScope(ctx.job.owner, 'weir_ingest'), (tx) => queries.abandonBatch(tx, batchId))
}

async function takeSlice(tx: Tx, batch: queries.BatchToIngest, { records, rejected }: Slice): Promise<Counts> {
  const { timely, late } = partLate(records, batch)
  const taken = await take(tx, { ...batch, batchId: batch.id }, timely)
  const outcomes = outcomesOf(taken, [...rejected, ...late])
  const counts = countsOf(records.length + rejected.length, outcomes)
  const kept = outcomes.length > 0 ? queries.insertOutcomes(tx, batch.id, outcomes) : undefined
  await Promise.all([kept, queries.addCounts(tx, batch.id, counts)])
  return counts
}

async function finish(ctx: WorkCtx, tx: Tx, batch: queries.BatchToIngest, parsed: ParsedBatch): Promise<void> {
  const finished = await queries.finishBatch(tx, batch.id, spanOf(parsed))
  invariant(finished, 'a batch that is taken in is there')
  if (batch.completeUntil !== null) await raiseWatermarkTo(tx, batch.regionId, batch.completeUntil)
  const data = { batchId: batch.id, jobId: ctx.job.id, region: batch.region, ...finished }
  const about = { objectId: batch.id, receivers: [ctx.job.owner.organizationId] }
  const happenings: Happening[] = [{ type: 'usage.batch.completed', ...about, data }]
  if (finished.quarantined > 0) {
    const { batchId, region, quarantined } = data
    happenings.push({ type: 'usage.quarantined', ...about, data: { batchId, region, quarantined } })
  }
  await raiseEvents(tx, happenings)
}

/** Instants in their normal form compare as text, but for fractions of the same second. */
function spanOf({ records }: ParsedBatch): { firstStart: string | null; lastEnd: string | null } {
  let firstStart: string | null = null
  let lastEnd: string | null = null
  for (const { start, end } of records) {
    if (firstStart === null || start < firstStart) firstStart = start
    if (lastEnd === null || end > lastEnd) lastEnd = end
  }
  return { firstStart, lastEnd }
}

const totalOf = (counts: readonly Counts[]): Counts => ({
  accepted: counts.reduce((total, one) => total + one.accepted, 0),
  duplicate: counts.reduce((total, one) => total + one.duplicate, 0),
  conflict: counts.reduce((total, one) => total + one.conflict, 0),
  quarantined: counts.reduce((total, one) => total + one.quarantined, 0),
  rejected: counts.reduce((total, one) => total + one.rejected, 0),
})

import { regionNight } from '../../../jobs/regions.ts'
import { daysAfter } from '../../billing/days.ts'
import type { Tx } from '../../platform/db.ts'
import { enqueue, type JobOwner } from '../../platform/jobs.ts'
import { type JobResult, type WorkCtx, workScope } from '../../platform/work.ts'
import { refreshDue } from '../billing/rating/refresh.ts'
import { nightOf } from './nights.ts'
import * as queries from './queries-nightly.ts'

const regionsPerTurn = 50

/**
 * Raises the nightly rating of every region whose local day has ended long enough ago, exactly once per region and local
 * day: the day moves on in the transaction that enqueues, and the job's key is the day. Nights that were missed come one by
 * one. Runs as weir_relay in the platform's name, in any number of processes.
 */
export async function enqueueDueNights(tx: Tx, platform: JobOwner): Promise<number> {
  const due = await queries.lockDueRegions(tx, regionsPerTurn)
  for (const region of due) {
    const day = region.nextNight
    await enqueue(tx, platform, regionNight, { regionId: region.id, day }, { dedupeKey: `${region.id}:${day}` })
    await queries.updateNextNight(tx, region.id, nightOf(daysAfter(day, 1), region))
  }
  return due.length
}

/** Rates what is due, of whichever region, and notes on the region that its night is done. May run twice. */
export async function runNight(ctx: WorkCtx, { regionId, day }: { regionId: string; day: string }): Promise<JobResult> {
  const result = await refreshDue(ctx)
  await ctx.transaction(workScope(ctx.job.owner, 'weir_relay'), (tx) => queries.updateLastNight(tx, regionId, day))
  return { ...result, href: `/api/v1/regions/${regionId}` }
}

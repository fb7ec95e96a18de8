import { beginMonth } from '../../../../jobs/rating.ts'
import { periodEnd, periodStart } from '../../../billing/period.ts'
import type { Tx } from '../../../platform/db.ts'
import { enqueue, type JobOwner } from '../../../platform/jobs.ts'
import { type JobResult, type WorkCtx, workScope } from '../../../platform/work.ts'
import { findCurrentPeriod } from '../runs/queries.ts'
import { markStandingDue } from './due.ts'
import * as queries from './queries-refresh.ts'
import { sellerOf } from './refresh.ts'

/**
 * Raises the beginning of the present month by the database's clock, once for ever: the month is the job's key. Runs as
 * weir_relay in the platform's name, in any number of processes.
 */
export async function enqueueMonth(tx: Tx, platform: JobOwner): Promise<void> {
  const period = await findCurrentPeriod(tx)
  await enqueue(tx, platform, beginMonth, { period }, { dedupeKey: period })
}

/**
 * Marks what every seller is owed in a month whether anything is used or not, so that estimates hold it from the first day
 * on. May run twice: a mark is a mark.
 */
export async function runBeginMonth(ctx: WorkCtx, { period }: { readonly period: string }): Promise<JobResult> {
  const { owner } = ctx.job
  const days = { from: periodStart(period), to: periodEnd(period) }
  const sellers = await ctx.transaction(workScope(owner, 'weir_relay'), (tx) => queries.listSellers(tx, days))
  for (const [index, one] of sellers.entries()) {
    const scope = workScope({ ...sellerOf(one, owner), accountId: null }, 'weir_seller')
    await ctx.transaction(scope, (tx) => markStandingDue(tx, one.sellerId, period))
    ctx.progress(index + 1, sellers.length, 'sellers')
  }
  return { sellers: sellers.length }
}

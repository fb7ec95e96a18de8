import type { Tx } from './db.ts'
import { type JobResult, type WorkCtx, workScope } from './work.ts'

/** A client that repeats a request does so within minutes; a week also covers a long outage of its own. */
const answerDays = 7
const jobDays = 7
const rowsPerChunk = 5_000

/**
 * Deletes answers of old Idempotency-Keys and finished jobs of the kinds that the house asks of itself, in chunks.
 * May run twice.
 */
export async function forget(ctx: WorkCtx, passingKinds: readonly string[]): Promise<JobResult> {
  const answers = await untilNone(ctx, deleteOldAnswers)
  const jobs = await untilNone(ctx, (tx) => deleteOldJobs(tx, passingKinds))
  return { answers, jobs }
}

async function untilNone(ctx: WorkCtx, deleteSome: (tx: Tx) => Promise<number>): Promise<number> {
  const scope = workScope(ctx.job.owner, 'weir_relay')
  for (let deleted = 0; ;) {
    const some = await ctx.transaction(scope, deleteSome)
    deleted += some
    if (some < rowsPerChunk) return deleted
  }
}

async function deleteOldAnswers(tx: Tx): Promise<number> {
  const gone = await tx`
    delete from idempotency_key where (org_id, account_id, key) in (
      select org_id, account_id, key from idempotency_key
      where created_at < clock_timestamp() - make_interval(days => ${answerDays})
      order by created_at limit ${rowsPerChunk})`
  return gone.count
}

async function deleteOldJobs(tx: Tx, kinds: readonly string[]): Promise<number> {
  const gone = await tx`
    delete from job where id in (
      select id from job
      where kind = any(${[...kinds]}::text[]) and state = 'done'
        and finished_at < clock_timestamp() - make_interval(days => ${jobDays})
      limit ${rowsPerChunk})`
  return gone.count
}

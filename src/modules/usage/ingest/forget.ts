import { type WorkCtx, workScope } from '../../../platform/work.ts'
import { deleteOldOutcomes } from './queries.ts'

/** Long enough for a sender to look at any month that can still be put right; receipts keep their counts for ever. */
const outcomeDays = 90
const rowsPerChunk = 5_000

/** Deletes what was said of single records in receipts of long ago, in chunks; answers how many. May run twice. */
export async function forgetOutcomes(ctx: WorkCtx): Promise<number> {
  const scope = workScope(ctx.job.owner, 'weir_ingest')
  const old = { days: outcomeDays, limit: rowsPerChunk }
  for (let deleted = 0; ;) {
    const some = await ctx.transaction(scope, (tx) => deleteOldOutcomes(tx, old))
    deleted += some
    if (some < rowsPerChunk) return deleted
  }
}

import { followPrices } from '../../../../jobs/pricing.ts'
import { enterScope, type Tx } from '../../../platform/db.ts'
import { invariant } from '../../../platform/errors.ts'
import { newId, nilId } from '../../../platform/ids.ts'
import { enqueue, type JobOwner } from '../../../platform/jobs.ts'
import { relayScope } from '../../../platform/scopes.ts'
import type { JobResult, WorkCtx } from '../../../platform/work.ts'
import { keeperScope } from './derive-base.ts'
import { followBase } from './derive.ts'
import * as queries from './queries-derivations.ts'
import { lockPrices } from './queries.ts'

/**
 * Turns changes of prices into marks of what follows them, and raises a job per seller that has marks, in its own name. One
 * is on its way at a time; a parked one waits for a person. Runs as weir_relay in the platform's name.
 */
export async function enqueueDueFollowing(tx: Tx, platform: JobOwner): Promise<void> {
  await queries.spreadChanges(tx)
  for (const { sellerId, ...branch } of await queries.listFollowingSellers(tx, followPrices.kind)) {
    const owner = {
      accountId: null,
      organizationId: sellerId,
      platformId: platform.platformId,
      tenantId: nilId,
      ...branch,
    }
    await enterScope(tx, relayScope(sellerId))
    await enqueue(tx, owner, followPrices, {}, { dedupeKey: newId() })
  }
  await enterScope(tx, relayScope(platform.organizationId))
}

/** Brings the marked derived lists of the job's owner up to date, one transaction each. May run twice. */
export async function followDue(ctx: WorkCtx): Promise<JobResult> {
  const keeper = { ...ctx.job.owner, sellerOfRecordId: nilId }
  for (let followed = 0; ;) {
    const isDone = await ctx.transaction(keeperScope(keeper, nilId), async (tx) => {
      await lockPrices(tx, keeper.organizationId)
      const id = await queries.takeDue(tx, keeper.organizationId)
      if (id === undefined) return true
      const derivation = await queries.findDerivation(tx, keeper.organizationId, id)
      invariant(derivation, 'a mark belongs to a derivation')
      await followBase(tx, keeper, derivation)
      return false
    })
    if (isDone) return { followed }
    followed += 1
  }
}

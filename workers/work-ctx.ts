import type { Database, Scope, Tx } from '../src/platform/db.ts'
import { enterScope, switchRole } from '../src/platform/db.ts'
import {
  beat,
  beginChunk,
  type Claim,
  insertChunk,
  type JobProgress,
  levelOf,
  renewLease,
} from '../src/platform/job-queries.ts'
import type { JobOwner } from '../src/platform/jobs.ts'
import type { Log } from '../src/platform/log.ts'
import { relayScope } from '../src/platform/scopes.ts'
import type { JobResult, WorkCtx } from '../src/platform/work.ts'
import { CancelAsked, FenceLost, WorkerLeaves } from './stops.ts'

/** What an attempt is made of. `isLeaving` turns true when the process is asked to stop. */
type Hand = {
  readonly db: Database
  readonly log: Log
  readonly now: () => Date
  readonly claim: Claim
  readonly leaseSeconds: number
  readonly isLeaving: () => boolean
}

/** One attempt's context, with what only the runner may do. */
export type Attempt = {
  readonly ctx: WorkCtx
  /** How far the work said it is. */
  readonly reached: () => JobProgress | undefined
  /** From now on the job ends: a wish to cancel has been heard. */
  readonly startEnding: () => void
  /** Renews the lease while the work does something else than transactions. */
  readonly beat: () => Promise<void>
}

/** For whom a claimed job runs. */
const ownerOf = (claim: Claim): JobOwner => ({
  accountId: claim.accountId,
  organizationId: claim.organizationId,
  level: levelOf(claim),
  platformId: claim.platformId,
  distributorId: claim.distributorId,
  partnerId: claim.partnerId,
  tenantId: claim.tenantId,
})

/** Makes the context of a claimed job. Each of its transactions is refused once somebody else has the job. */
export function openAttempt(hand: Hand): Attempt {
  const { db, claim, leaseSeconds } = hand
  const scope = relayScope(claim.organizationId)
  let reached: JobProgress | undefined
  let isEnding = false
  const stopIfLeaving = (): void => {
    if (hand.isLeaving() && !isEnding) throw new WorkerLeaves()
  }
  const transaction = <T>(into: Scope, work: (tx: Tx) => Promise<T>): Promise<T> => {
    stopIfLeaving()
    return db.transaction(scope, async (tx) => {
      // Sent together: the lease as the relay, then the caller's scope.
      const [isOurs] = await Promise.all([renewLease(tx, claim, leaseSeconds, reached), enterScope(tx, into)])
      if (!isOurs) throw new FenceLost()
      return work(tx)
    })
  }
  const chunk = <R extends JobResult>(number: number, into: Scope, work: (tx: Tx) => Promise<R>): Promise<R> => {
    stopIfLeaving()
    return db.transaction(scope, async (tx) => {
      const found = beginChunk(tx, claim, { number, leaseSeconds, progress: reached })
      const [start] = await Promise.all([found, enterScope(tx, into)])
      if (!start) throw new FenceLost()
      if (start.result) return start.result as R
      if (start.isCancelAsked && !isEnding) throw new CancelAsked()
      const result = await work(tx)
      await Promise.all([switchRole(tx, 'weir_relay'), insertChunk(tx, claim.id, number, result)])
      return result
    })
  }
  const ctx: WorkCtx = {
    db,
    log: hand.log,
    now: hand.now,
    job: { id: claim.id, kind: claim.kind, attempt: claim.attempt, owner: ownerOf(claim) },
    transaction,
    chunk,
    progress: (done, total, unit) => void (reached = { done, total, unit }),
  }
  return {
    ctx,
    reached: () => reached,
    startEnding: () => void (isEnding = true),
    beat: () => db.transaction(scope, async (tx) => void (await beat(tx, claim, leaseSeconds, reached))),
  }
}

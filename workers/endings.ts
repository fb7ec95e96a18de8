import { raiseEvents } from '../src/modules/webhooks/events.ts'
import type { Tx } from '../src/platform/db.ts'
import { DomainError } from '../src/platform/errors.ts'
import { type Claim, endJob, parkJob, requeueJob } from '../src/platform/job-queries.ts'
import { problemOf } from '../src/platform/problem.ts'
import { relayScope } from '../src/platform/scopes.ts'
import type { Attempt } from './work-ctx.ts'

/** What became of an attempt. */
export type Outcome = 'done' | 'failed' | 'cancelled' | 'parked' | 'requeued' | 'given_back' | 'fence_lost'

const longestPauseSeconds = 300

/** 1 s, 2 s, 4 s … with a little chance in it, so that what failed together does not come back together. */
const pauseSeconds = (attempt: number): number =>
  Math.min(2 ** (attempt - 1), longestPauseSeconds) * (0.75 + Math.random() / 2)

const asRelay = (attempt: Attempt, claim: Claim, work: (tx: Tx) => Promise<Outcome>): Promise<Outcome> =>
  attempt.ctx.db.transaction(relayScope(claim.organizationId), work)

const problemAt = (claim: Claim, error: DomainError) =>
  problemOf(error, { instance: `/api/v1/jobs/${claim.id}`, requestId: claim.id })

const tell = (tx: Tx, claim: Claim, type: 'job.failed' | 'job.parked', code: string): Promise<void> =>
  raiseEvents(tx, [
    {
      type,
      objectId: claim.id,
      sequence: claim.attempt,
      receivers: [claim.organizationId],
      data: { jobId: claim.id, kind: claim.kind, attempt: claim.attempt, code },
    },
  ])

/** Ends the job because a rule refused it. The organization that asked is told. */
export const refuse = (attempt: Attempt, claim: Claim, error: DomainError): Promise<Outcome> =>
  asRelay(attempt, claim, async (tx) => {
    const problem = problemAt(claim, error)
    if (!(await endJob(tx, claim, { state: 'failed', problem, progress: attempt.reached() }))) return 'fence_lost'
    await tell(tx, claim, 'job.failed', error.code)
    return 'failed'
  })

/** Sets the job aside for a person. The organization that asked is told, and the log says it loudly. */
export const park = (attempt: Attempt, claim: Claim, error: DomainError): Promise<Outcome> =>
  asRelay(attempt, claim, async (tx) => {
    if (!(await parkJob(tx, claim, problemAt(claim, error)))) return 'fence_lost'
    await tell(tx, claim, 'job.parked', error.code)
    attempt.ctx.log.error('job.needs_a_person', { code: error.code, error: error.cause ?? error })
    return 'parked'
  })

/** Puts the job back for another attempt after a while, or aside when the attempts are used up. */
export function tryAgain(attempt: Attempt, claim: Claim, error: unknown): Promise<Outcome> {
  if (claim.attempt >= claim.maxAttempt) return park(attempt, claim, usedUp(error))
  attempt.ctx.log.warn('job.attempt_failed', { error })
  return asRelay(attempt, claim, async (tx) =>
    (await requeueJob(tx, claim, pauseSeconds(claim.attempt))) ? 'requeued' : 'fence_lost',
  )
}

const usedUp = (cause: unknown): DomainError =>
  new DomainError('unavailable', 'job.attempts_used_up', 'every attempt failed; the log of the workers says why', {
    cause,
  })

/** Puts the job back at once: this process ends, another goes on. */
export const giveBack = (attempt: Attempt, claim: Claim): Promise<Outcome> =>
  asRelay(attempt, claim, async (tx) => ((await requeueJob(tx, claim, 0)) ? 'given_back' : 'fence_lost'))

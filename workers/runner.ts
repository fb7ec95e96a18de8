import { BillingError } from '../src/billing/errors.ts'
import { faultOf } from '../src/modules/billing-errors.ts'
import type { Database } from '../src/platform/db.ts'
import { DomainError, invalidFields } from '../src/platform/errors.ts'
import { type Claim, claimJob, endJob } from '../src/platform/job-queries.ts'
import type { Log } from '../src/platform/log.ts'
import type { Metrics } from '../src/platform/metrics.ts'
import { checked } from '../src/platform/schema.ts'
import { relayScope } from '../src/platform/scopes.ts'
import type { Handler } from '../src/platform/work.ts'
import { giveBack, type Outcome, park, refuse, tryAgain } from './endings.ts'
import { throttledErrors } from './report.ts'
import { CancelAsked, FenceLost, WorkerLeaves } from './stops.ts'
import { type Attempt, openAttempt } from './work-ctx.ts'

/** How long a claim lasts without a word, and how often the word is given. */
export type LeasePace = { readonly leaseSeconds: number; readonly heartbeatMs: number }

/** A worker that dies gives its job back after the lease; between chunks it says that it lives. */
export const leasePace: LeasePace = { leaseSeconds: 10, heartbeatMs: 3_000 }

type RunnerParts = {
  readonly db: Database
  readonly log: Log
  readonly metrics: Metrics
  readonly now: () => Date
  readonly handlers: readonly Handler[]
  readonly pace: LeasePace
}

/** Runs jobs by id. */
export type Runner = {
  /** Claims the job and brings it to an end, or back to the queue. `not_ours`: somebody else has it, or it is not due. */
  run(jobId: string): Promise<Outcome | 'not_ours'>
  /** Makes running work stop before its next transaction; another worker goes on with it. */
  leave(): void
}

/** What surrounds every job, whatever it does. A crash between any two statements is repaired by the sweeper. */
export function createRunner(parts: RunnerParts): Runner {
  const handlers = new Map(parts.handlers.map((handler) => [handler.job.kind, handler]))
  let isLeaving = false
  const run = async (jobId: string): Promise<Outcome | 'not_ours'> => {
    const { db, pace, metrics } = parts
    const claim = await db.transaction(relayScope(), (tx) => claimJob(tx, jobId, pace.leaseSeconds))
    if (!claim) return 'not_ours'
    const started = performance.now()
    const log = parts.log.child({ jobId, kind: claim.kind, attempt: claim.attempt })
    const hand = { db, log, now: parts.now, claim, leaseSeconds: pace.leaseSeconds, isLeaving: () => isLeaving }
    const outcome = await bringToEnd(claim, handlers.get(claim.kind), openAttempt(hand), pace)
    const seconds = (performance.now() - started) / 1000
    metrics.jobEnded({ kind: handlers.has(claim.kind) ? claim.kind : 'unknown', outcome, seconds })
    log.info('job.attempt_ended', { outcome, milliseconds: Math.round(seconds * 1000) })
    return outcome
  }
  return { run, leave: () => void (isLeaving = true) }
}

async function bringToEnd(
  claim: Claim,
  handler: Handler | undefined,
  attempt: Attempt,
  pace: LeasePace,
): Promise<Outcome> {
  const unreadable = findUnreadable(claim, handler)
  if (unreadable || !handler) return park(attempt, claim, unreadable ?? unknownKind())
  const stopBeating = startBeating(attempt, pace.heartbeatMs)
  try {
    return await attemptOnce(claim, handler, attempt)
  } catch (error) {
    if (error instanceof FenceLost) return 'fence_lost'
    if (error instanceof WorkerLeaves) return giveBack(attempt, claim)
    return tryAgain(attempt, claim, error)
  } finally {
    stopBeating()
  }
}

/** Runs the code once. Throws what another attempt may heal. */
async function attemptOnce(claim: Claim, handler: Handler, attempt: Attempt): Promise<Outcome> {
  const { ctx } = attempt
  const payload = claim.payload as never
  try {
    if (claim.isCancelAsked) throw new CancelAsked()
    const result = await handler.run(ctx, payload)
    return await finish(attempt, claim, { state: 'done', result, progress: attempt.reached() })
  } catch (error) {
    const refusal = refusalOf(error)
    if (!refusal && !(error instanceof CancelAsked)) throw error
    attempt.startEnding()
    await handler.onEnded?.(ctx, payload, refusal ? 'failed' : 'cancelled')
    return refusal ? refuse(attempt, claim, refusal) : finish(attempt, claim, { state: 'cancelled' })
  }
}

const finish = (attempt: Attempt, claim: Claim, end: Parameters<typeof endJob>[2]): Promise<Outcome> =>
  attempt.ctx.db.transaction(relayScope(claim.organizationId), async (tx) =>
    (await endJob(tx, claim, end)) ? end.state : 'fence_lost',
  )

/** A rule said no: another attempt would hear the same. */
function refusalOf(error: unknown): DomainError | undefined {
  if (error instanceof BillingError) return invalidFields([faultOf(error)])
  return error instanceof DomainError && error.kind !== 'unavailable' ? error : undefined
}

const unknownKind = (): DomainError =>
  new DomainError('invalid', 'job.kind_unknown', 'no worker of this version knows this kind of job')

/** A payload that this version can't read waits for a person: running it on a guess could do harm. */
function findUnreadable(claim: Claim, handler: Handler | undefined): DomainError | undefined {
  if (!handler) return unknownKind()
  if (claim.schemaVersion !== handler.job.version) {
    return new DomainError('invalid', 'job.version_unknown', 'the payload was written by another version')
  }
  try {
    checked(handler.job.payload, claim.payload)
    return undefined
  } catch (error) {
    if (error instanceof DomainError) return error
    throw error
  }
}

function startBeating(attempt: Attempt, everyMs: number): () => void {
  const report = throttledErrors(attempt.ctx.log, 'job.heartbeat_failed')
  const timer = setInterval(() => void attempt.beat().catch(report), everyMs)
  return () => clearInterval(timer)
}

import { setTimeout as delay } from 'node:timers/promises'
import type { Ctx } from '../../platform/context.ts'
import { getJob, type SeenJob } from './service.ts'

/** A change is looked for often at first: most jobs are short. */
const firstPauseMs = 50
const longestPauseMs = 500

/** Until the time is over or the signal comes, whichever is first; never throws. */
const pause = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  delay(milliseconds, undefined, { signal }).catch(() => undefined)

/**
 * Reads the job, and again until it differs from `knownEtag` (or from the first reading) or has ended, at most until the
 * signal. Answers the last reading. @throws notFound
 */
async function awaitChange(
  ctx: Ctx,
  id: string,
  wait: { knownEtag: string | undefined; signal: AbortSignal },
): Promise<SeenJob> {
  let last = await getJob(ctx, id)
  const known = wait.knownEtag ?? last.etag
  for (let pauseMs = firstPauseMs; last.etag === known && !last.hasEnded && !wait.signal.aborted;) {
    await pause(pauseMs, wait.signal)
    pauseMs = Math.min(pauseMs * 1.5, longestPauseMs)
    last = await getJob(ctx, id)
  }
  return last
}

/** How long a caller waits for a change, and what else ends the wait. */
type Wait = {
  readonly knownEtag: string | undefined
  readonly seconds: number
  readonly leaving: readonly AbortSignal[]
}

/** Reads the job at once, or waits for a change as `awaitChange` does. @throws notFound */
export const readJob = (ctx: Ctx, id: string, { knownEtag, seconds, leaving }: Wait): Promise<SeenJob> =>
  seconds === 0
    ? getJob(ctx, id)
    : awaitChange(ctx, id, { knownEtag, signal: AbortSignal.any([...leaving, AbortSignal.timeout(seconds * 1000)]) })

/** Gives every new reading of the job, from the present one to the one that has ended or until the signal. */
export async function* changesOf(ctx: Ctx, first: SeenJob, signal: AbortSignal): AsyncGenerator<SeenJob> {
  let last = first
  yield last
  while (!last.hasEnded && !signal.aborted) {
    const next = await awaitChange(ctx, first.job.id, { knownEtag: last.etag, signal })
    if (next.etag !== last.etag) yield next
    last = next
  }
}

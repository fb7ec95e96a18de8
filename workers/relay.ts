import type { Database } from '../src/platform/db.ts'
import { type Ring, takeUnanswered, takeUnrung } from '../src/platform/job-queries.ts'
import type { Log } from '../src/platform/log.ts'
import { relayScope } from '../src/platform/scopes.ts'
import { type Loop, startLoop } from './loop.ts'
import type { Queues } from './queues.ts'
import { throttledErrors } from './report.ts'

/** How eager the relay is. Milliseconds, but for the last. */
export type RelayPace = {
  readonly busyMs: number
  readonly idleMs: number
  readonly troubledMs: number
  /** A job that was rung for and not claimed for so long is rung for again. */
  readonly ringAgainSeconds: number
}

/** How often the relay looks for due jobs, and when it rings again for one that nobody claimed. */
export const relayPace: RelayPace = { busyMs: 50, idleMs: 250, troubledMs: 1_000, ringAgainSeconds: 5 }

const batchSize = 500
const askAgainMs = 1_000

/**
 * Rings for due jobs: Postgres is asked what is due, the transport is told the ids. Any number may run side by side;
 * ringing twice is harmless, and a ring that is lost is repeated.
 */
export function startRelay(parts: { db: Database; queues: Queues; log: Log; pace: RelayPace }): Loop {
  const { pace } = parts
  const report = throttledErrors(parts.log, 'relay.failed')
  let pauseMs = pace.busyMs
  let askedAgainAt = 0
  return startLoop(async () => {
    try {
      const isTimeToAsk = performance.now() - askedAgainAt >= askAgainMs
      const rings = await take(parts, isTimeToAsk)
      if (isTimeToAsk) askedAgainAt = performance.now()
      await ring(parts.queues, rings)
      if (rings.length >= batchSize) return 0
      pauseMs = rings.length > 0 ? pace.busyMs : Math.min(pauseMs * 1.5, pace.idleMs)
      return pauseMs
    } catch (error) {
      report(error)
      return pace.troubledMs
    }
  })
}

const take = ({ db, pace }: { db: Database; pace: RelayPace }, isTimeToAsk: boolean): Promise<readonly Ring[]> =>
  db.transaction(relayScope(), async (tx) => {
    const fresh = await takeUnrung(tx, batchSize)
    if (!isTimeToAsk) return fresh
    return [...fresh, ...(await takeUnanswered(tx, pace.ringAgainSeconds, batchSize))]
  })

/** One call per queue, so that a batch of jobs is one notification. */
async function ring(queues: Queues, rings: readonly Ring[]): Promise<void> {
  const byQueue = Map.groupBy(rings, (one) => one.queue)
  const bellOf = ({ id, attempt }: Ring) => ({ id, name: bellName(id, attempt) })
  await Promise.all([...byQueue].map(([queue, due]) => queues.ring(queue, due.map(bellOf))))
}

/** No digits alone and no colon: the transport refuses such names. */
const bellName = (jobId: string, attempt: number): string => `j-${jobId}-${attempt}`

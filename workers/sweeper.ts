import { raiseEvents } from '../src/modules/webhooks/events.ts'
import type { Database, Tx } from '../src/platform/db.ts'
import { DomainError } from '../src/platform/errors.ts'
import { nilId } from '../src/platform/ids.ts'
import {
  findPlatformId,
  type Lost,
  releaseLost,
  tryTickLock,
  wakeCancelled,
  wakeRetried,
} from '../src/platform/job-queries.ts'
import type { JobOwner } from '../src/platform/jobs.ts'
import type { Log } from '../src/platform/log.ts'
import { problemOf } from '../src/platform/problem.ts'
import { relayScope } from '../src/platform/scopes.ts'
import { type Loop, startLoop } from './loop.ts'
import { throttledErrors } from './report.ts'
import type { Tick } from './ticks.ts'

const batchSize = 100

const lostProblem = problemOf(
  new DomainError('unavailable', 'job.attempts_used_up', 'every attempt ended without a word from its worker'),
  { instance: '', requestId: '' },
)

/**
 * Repairs what a crash left behind: jobs whose lease ran out are tried again or parked, wishes about jobs that nobody
 * works on are fulfilled. Any number may run side by side.
 */
export function startSweeper(parts: { db: Database; log: Log; everyMs: number; onWork: () => void }): Loop {
  const { db, log, everyMs, onWork } = parts
  const report = throttledErrors(log, 'sweeper.failed')
  return startLoop(async () => {
    try {
      const lost = await db.transaction(relayScope(), sweep)
      for (const job of lost) logLost(log, job)
      if (lost.length > 0) onWork()
      return lost.length >= batchSize ? 0 : everyMs
    } catch (error) {
      report(error)
      return everyMs
    }
  })
}

async function sweep(tx: Tx): Promise<readonly Lost[]> {
  await wakeCancelled(tx)
  await wakeRetried(tx)
  const lost = await releaseLost(tx, lostProblem, batchSize)
  const parked = lost.filter((job) => job.state === 'parked')
  await raiseEvents(
    tx,
    parked.map(({ id, kind, attempt, organizationId }) => ({
      type: 'job.parked',
      objectId: id,
      sequence: attempt,
      receivers: [organizationId],
      data: { jobId: id, kind, attempt, code: lostProblem.code },
    })),
  )
  return lost
}

const logLost = (log: Log, { id, kind, attempt, state }: Lost): void => {
  if (state === 'parked') log.error('job.parked', { jobId: id, kind, attempt, code: lostProblem.code })
  else log.warn('job.lease_lost', { jobId: id, kind, attempt })
}

/** Runs each tick at its pace. A tick that fails is logged and comes again; it keeps no other from running. */
export function startTicks(parts: { db: Database; log: Log; ticks: readonly Tick[] }): Loop[] {
  const { db, log, ticks } = parts
  let platform: JobOwner | undefined
  const owner = async (): Promise<JobOwner | undefined> => (platform ??= await findPlatform(db))
  return ticks.map((tick) => {
    const report = throttledErrors(log, 'tick.failed', { tick: tick.name })
    return startLoop(async () => {
      try {
        const found = await owner()
        if (found) await runTick(db, tick, found)
      } catch (error) {
        report(error)
      }
      return tick.everyMs
    })
  })
}

const runTick = (db: Database, tick: Tick, platform: JobOwner): Promise<void> =>
  db.transaction(relayScope(platform.organizationId), async (tx) => {
    if (await tryTickLock(tx, tick.name)) await tick.run(tx, platform)
  })

async function findPlatform(db: Database): Promise<JobOwner | undefined> {
  const id = await db.transaction(relayScope(), findPlatformId)
  if (id === undefined) return undefined
  return {
    accountId: null,
    organizationId: id,
    level: 'platform',
    platformId: id,
    distributorId: nilId,
    partnerId: nilId,
    tenantId: nilId,
  }
}

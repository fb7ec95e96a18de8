import { deliverDue } from '../src/modules/webhooks/deliver.ts'
import type { WebhookSettings } from '../src/modules/webhooks/service.ts'
import type { Database, Tx } from '../src/platform/db.ts'
import { countWaiting } from '../src/platform/job-queries.ts'
import type { QueueName } from '../src/platform/jobs.ts'
import { stopList } from '../src/platform/lifecycle.ts'
import type { Log } from '../src/platform/log.ts'
import type { Metrics } from '../src/platform/metrics.ts'
import { relayScope } from '../src/platform/scopes.ts'
import type { Handler } from '../src/platform/work.ts'
import type { Loop } from './loop.ts'
import { openQueues, type QueueConnection, type Queues } from './queues.ts'
import { relayPace, type RelayPace, startRelay } from './relay.ts'
import { createRunner, leasePace, type LeasePace } from './runner.ts'
import { startSweeper, startTicks } from './sweeper.ts'
import type { Tick } from './ticks.ts'
import { postEveryMs, startPostOffice, webhookConcurrency } from './webhooks.ts'

/** What workers are started with. Paces are for tests; production keeps the defaults. */
export type WorkersParts = {
  readonly db: Database
  readonly queueConnection: QueueConnection
  readonly log: Log
  readonly metrics: Metrics
  readonly now: () => Date
  /** Jobs at work at the same time, per queue. */
  readonly concurrency: number
  readonly handlers: readonly Handler[]
  readonly ticks: readonly Tick[]
  /** Absent: this process sends no webhooks. */
  readonly webhooks?: WebhookSettings
  readonly pace?: Partial<WorkersPace>
}

type WorkersPace = {
  readonly relay: RelayPace
  readonly lease: LeasePace
  readonly sweepMs: number
  readonly postMs: number
}

const sweepMs = 2_000

/** Running workers. */
export type Workers = {
  /** Takes no new work, lets running work go on until its next transaction, and closes the transport. Not the database. */
  stop(): Promise<void>
}

/** Starts relay, sweeper, ticks and a listener per queue that a handler belongs to. */
export function startWorkers(parts: WorkersParts): Workers {
  const { db, log, metrics, handlers, concurrency } = parts
  const pace: WorkersPace = { relay: relayPace, lease: leasePace, sweepMs, postMs: postEveryMs, ...parts.pace }
  const queues = openQueues(parts.queueConnection, log)
  const runner = createRunner({ db, log, metrics, now: parts.now, handlers, pace: pace.lease })
  metrics.onQueueDepth(() => db.transaction(relayScope(), readDepths))
  const answer = async (jobId: string): Promise<void> => void (await runner.run(jobId))
  for (const queue of queuesOf(handlers)) queues.listen(queue, concurrency, answer)
  const relay = startRelay({ db, queues, log, pace: pace.relay })
  const sweeper = startSweeper({ db, log, everyMs: pace.sweepMs, onWork: relay.wake })
  const ticking = startTicks({ db, log, ticks: parts.ticks })
  const posting = parts.webhooks ? [startPosting(parts, parts.webhooks, queues, pace.postMs)] : []
  const stops = stopList(log)
  stops.add('queues', () => queues.close())
  stops.add('listeners', async () => {
    runner.leave()
    await queues.hush()
  })
  stops.add(
    'loops',
    async () => void (await Promise.all([relay, sweeper, ...ticking, ...posting].map((loop) => loop.stop()))),
  )
  return { stop: () => stops.close() }
}

function startPosting(parts: WorkersParts, settings: WebhookSettings, queues: Queues, everyMs: number): Loop {
  const ctx = { db: parts.db, log: parts.log, now: parts.now, settings }
  queues.listen('webhooks', webhookConcurrency, (endpointId) => deliverDue(ctx, endpointId))
  return startPostOffice({ ctx, queues, everyMs })
}

const queuesOf = (handlers: readonly Handler[]): ReadonlySet<QueueName> =>
  new Set(handlers.map((handler) => handler.job.queue))

const readDepths = async (tx: Tx): Promise<Record<string, number>> =>
  Object.fromEntries((await countWaiting(tx)).map(({ queue, waiting }) => [queue, waiting]))

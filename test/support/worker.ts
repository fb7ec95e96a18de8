import { webhookSealKey } from '../../src/modules/webhooks/service.ts'
import { openDatabase } from '../../src/platform/db.ts'
import { openLog } from '../../src/platform/log.ts'
import { createMetrics } from '../../src/platform/metrics.ts'
import type { Handler } from '../../src/platform/work.ts'
import type { QueueConnection } from '../../workers/queues.ts'
import { startWorkers, type Workers, type WorkersParts } from '../../workers/start.ts'
import { localTargets } from './api.ts'
import { type TestDatabase, testSecret } from './database.ts'

/** Redis where the environment names one, else the test database's own queue schema. */
export const redisUrl = process.env['TEST_REDIS_URL'] || process.env['REDIS_URL'] || undefined

/** The test database's own queue schema. */
export const overPostgres = (database: TestDatabase): QueueConnection => ({ kind: 'postgres', url: database.queueUrl })

/** Redis, with the keys of one test database apart from another's; undefined with a message where there is none. */
export function overRedis(database: TestDatabase): QueueConnection | undefined {
  if (redisUrl) return { kind: 'redis', url: redisUrl, prefix: database.name }
  console.warn('skipped on Redis: set TEST_REDIS_URL')
  return undefined
}

const queueConnectionOf = (database: TestDatabase): QueueConnection =>
  (redisUrl ? overRedis(database) : undefined) ?? overPostgres(database)

/** Webhooks of the test installation, to receivers on this machine: give it to `testWorker` where they are to be sent. */
export const testWebhooks = { sealKey: webhookSealKey(testSecret), allow: localTargets }

/** Production's code at a faster pace. */
export const fastPace = {
  relay: { busyMs: 10, idleMs: 30, troubledMs: 100, ringAgainSeconds: 1 },
  lease: { leaseSeconds: 10, heartbeatMs: 1_000 },
  sweepMs: 200,
  postMs: 30,
}

type TestWorkerOptions = Partial<Pick<WorkersParts, 'ticks' | 'pace' | 'concurrency' | 'queueConnection' | 'webhooks'>>

/**
 * Runs relay, sweeper and the listeners of these handlers in the test's own process, on the real transport.
 * Stops before the database is dropped; a test may stop it sooner.
 */
export function testWorker(
  database: TestDatabase,
  handlers: readonly Handler[],
  options: TestWorkerOptions = {},
): Workers {
  const db = openDatabase({ url: database.workerUrl, name: 'test-worker', poolMax: 8, statementTimeoutMs: 30_000 })
  const workers = startWorkers({
    db,
    queueConnection: options.queueConnection ?? queueConnectionOf(database),
    log: openLog({ level: process.env['WEIR_TEST_LOG'] === 'on' ? 'debug' : 'silent', process: 'test-worker' }),
    metrics: createMetrics(),
    now: () => new Date(),
    concurrency: options.concurrency ?? 4,
    handlers,
    ticks: options.ticks ?? [],
    ...(options.webhooks ? { webhooks: options.webhooks } : {}),
    pace: { ...fastPace, ...options.pace },
  })
  let stopped: Promise<void> | undefined
  const stop = (): Promise<void> => (stopped ??= workers.stop().then(() => db.close()))
  database.beforeDrop(stop)
  return { stop }
}

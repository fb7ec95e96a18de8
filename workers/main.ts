import { webhookSealKey } from '../src/modules/webhooks/service.ts'
import { readWorkerConfig, type WorkerConfig } from '../src/platform/config.ts'
import { openDatabase } from '../src/platform/db.ts'
import { findPlatformId } from '../src/platform/job-queries.ts'
import { stopList, untilSignal } from '../src/platform/lifecycle.ts'
import { openLog } from '../src/platform/log.ts'
import { createMetrics } from '../src/platform/metrics.ts'
import { yieldToOthers } from '../src/platform/priority.ts'
import { serveProbe } from '../src/platform/probe.ts'
import { relayScope } from '../src/platform/scopes.ts'
import { handlers } from './handlers.ts'
import type { QueueConnection } from './queues.ts'
import { startWorkers } from './start.ts'
import { ticks } from './ticks.ts'

const config = readWorkerConfig(process.env)
const log = openLog({ level: config.logLevel, process: 'worker' })
const stops = stopList(log)
const metrics = createMetrics()
// With the API on the same machine, its callers wait for an answer.
await yieldToOthers()

const db = openDatabase({
  url: config.databaseUrl,
  name: 'weir-worker',
  poolMax: config.poolMax,
  statementTimeoutMs: config.statementTimeoutMs,
})
stops.add('database', () => db.close())

const queueConnectionOf = ({ redisUrl, queueDatabaseUrl = '' }: WorkerConfig): QueueConnection =>
  redisUrl ? { kind: 'redis', url: redisUrl, prefix: 'weir' } : { kind: 'postgres', url: queueDatabaseUrl }
const queueConnection = queueConnectionOf(config)

const workers = startWorkers({
  db,
  queueConnection,
  log,
  metrics,
  now: () => new Date(),
  concurrency: config.workerConcurrency,
  handlers,
  ticks,
  webhooks: { sealKey: webhookSealKey(config.secret), allow: config.webhookAllowedTargets },
})
stops.add('workers', () => workers.stop())

const probe = serveProbe({
  host: config.httpHost,
  port: config.httpPort,
  isReady: async () => (await db.transaction(relayScope(), findPlatformId)) !== undefined,
  metrics,
  metricsToken: config.metricsToken,
})
stops.add('probe', () => probe.stop())

log.info('worker.started', { host: config.httpHost, port: probe.port, queue: queueConnection.kind })
await untilSignal(() => stops.close(), { graceMs: config.shutdownGraceMs, log })

import { createApp } from './app.ts'
import { readApiConfig } from './platform/config.ts'
import { openDatabase } from './platform/db.ts'
import { stopList, untilSignal } from './platform/lifecycle.ts'
import { openLog } from './platform/log.ts'
import { createMetrics } from './platform/metrics.ts'

const config = readApiConfig(process.env)
const log = openLog({ level: config.logLevel, process: 'api', busy: true })
const stops = stopList(log)

const db = openDatabase({
  url: config.databaseUrl,
  name: 'weir-api',
  poolMax: config.poolMax,
  statementTimeoutMs: config.statementTimeoutMs,
})
stops.add('database', () => db.close())

const stopping = new AbortController()
const app = createApp({ config, db, log, metrics: createMetrics(), now: () => new Date(), stopping: stopping.signal })
const maxRequestBodySize = 33 * 1024 * 1024
app.listen({ hostname: config.httpHost, port: config.httpPort, maxRequestBodySize })
stops.add('http', async () => void (await app.stop()))
stops.add('waits', () => stopping.abort())

log.info('api.listening', {
  host: config.httpHost,
  port: app.server?.port,
  queue: config.redisUrl ? 'redis' : 'postgres',
})
await untilSignal(() => stops.close(), { graceMs: config.shutdownGraceMs, log })

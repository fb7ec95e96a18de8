import postgres from 'postgres'
import { createApp } from '../src/app.ts'
import { readApiConfig } from '../src/platform/config.ts'
import { type Database, poolOptions, type Tx } from '../src/platform/db.ts'
import { stopList, untilSignal } from '../src/platform/lifecycle.ts'
import { openLog } from '../src/platform/log.ts'
import { createMetrics } from '../src/platform/metrics.ts'
import { hostOf } from '../src/platform/postgres-url.ts'

// The yardstick of isolation, as a process of its own: the API with all that it does, but for the second lock. It connects
// as a superuser, whom no policy binds, and its transactions switch no role and carry no context.

/** The transaction wrapper without a scope. */
function openPlainDatabase(options: Parameters<typeof poolOptions>[0] & { readonly url: string }): Database {
  const sql = postgres(options.url, { ...hostOf(options.url), ...poolOptions(options) })
  return {
    transaction: <T>(_scope: unknown, work: (tx: Tx) => Promise<T>) => sql.begin((tx) => work(tx)) as Promise<T>,
    close: () => sql.end({ timeout: 5 }),
  }
}

const config = readApiConfig(process.env)
const log = openLog({ level: config.logLevel, process: 'plain-api', busy: true })
const stops = stopList(log)
const { databaseUrl: url, poolMax, statementTimeoutMs } = config
const db = openPlainDatabase({ url, name: 'weir-plain-api', poolMax, statementTimeoutMs })
stops.add('database', () => db.close())
const stopping = new AbortController().signal
const app = createApp({ config, db, log, metrics: createMetrics(), now: () => new Date(), stopping })
app.listen({ hostname: config.httpHost, port: config.httpPort })
stops.add('http', async () => void (await app.stop()))
await untilSignal(() => stops.close(), { graceMs: config.shutdownGraceMs, log })

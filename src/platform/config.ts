import { envReader, type Env, type EnvReader } from './config-reader.ts'
import { type AllowedTarget, readAllowedTargets } from './config-targets.ts'

/** How much is logged; `silent` is for tests. */
const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

type Common = {
  readonly databaseUrl: string
  /** Set: BullMQ rings through Redis. Not set: through the same Postgres. */
  readonly redisUrl: string | undefined
  /** The one secret that keys and login passwords are derived from, at least 32 characters. */
  readonly secret: string
  readonly httpHost: string
  /** 0 lets the system choose a free port. */
  readonly httpPort: number
  /** Where clients reach the API, without a slash at the end. */
  readonly publicUrl: string
  readonly logLevel: LogLevel
  readonly poolMax: number
  readonly statementTimeoutMs: number
  readonly shutdownGraceMs: number
  /** When set, `/metrics` wants it as bearer token. */
  readonly metricsToken: string | undefined
  /** Where webhooks may be sent although the egress guard would refuse it. */
  readonly webhookAllowedTargets: readonly AllowedTarget[]
}

/** What the API process is told, complete and checked. */
export type ApiConfig = Common & {
  readonly accessTokenSeconds: number
  /** Of one account of a tenant; higher tiers have more. 0: no limit. */
  readonly requestsPerMinute: number
}

/** What a worker process is told, complete and checked. Its HTTP port serves health and metrics only. */
export type WorkerConfig = Common & {
  /** The queue's own login on the same Postgres; set exactly when `redisUrl` is not. */
  readonly queueDatabaseUrl: string | undefined
  readonly workerConcurrency: number
}

const postgresSchemes = ['postgres:', 'postgresql:']
const redisSchemes = ['redis:', 'rediss:']

const readCommon = (env: EnvReader, port: { name: string; fallback: number }): Common => {
  const httpHost = env.text('WEIR_HTTP_HOST', '127.0.0.1')
  const httpPort = env.whole(port.name, { fallback: port.fallback, min: 0, max: 65_535 })
  return {
    databaseUrl: env.url('DATABASE_URL', postgresSchemes) ?? env.missing('DATABASE_URL'),
    redisUrl: env.url('REDIS_URL', redisSchemes),
    secret: env.secret('WEIR_SECRET', 32) ?? env.missing('WEIR_SECRET'),
    httpHost,
    httpPort,
    publicUrl: (env.url('WEIR_PUBLIC_URL', ['http:', 'https:']) ?? `http://localhost:${httpPort}`).replace(/\/+$/, ''),
    logLevel: env.oneOf('WEIR_LOG_LEVEL', logLevels, 'info'),
    poolMax: env.whole('WEIR_POOL_MAX', { fallback: 10, min: 1, max: 500 }),
    statementTimeoutMs: env.whole('WEIR_STATEMENT_TIMEOUT_MS', { fallback: 30_000, min: 100, max: 3_600_000 }),
    shutdownGraceMs: env.whole('WEIR_SHUTDOWN_GRACE_MS', { fallback: 10_000, min: 100, max: 600_000 }),
    metricsToken: env.secret('WEIR_METRICS_TOKEN', 16),
    webhookAllowedTargets: readAllowedTargets(env, 'WEIR_WEBHOOK_ALLOW'),
  }
}

/** Reads the API's configuration. Empty means missing. @throws one Error that lists every mistake and no value. */
export function readApiConfig(variables: Env): ApiConfig {
  const env = envReader(variables)
  const config: ApiConfig = {
    ...readCommon(env, { name: 'WEIR_HTTP_PORT', fallback: 8080 }),
    accessTokenSeconds: env.whole('WEIR_ACCESS_TOKEN_SECONDS', { fallback: 900, min: 30, max: 3600 }),
    requestsPerMinute: env.whole('WEIR_REQUESTS_PER_MINUTE', { fallback: 600, min: 0, max: 1_000_000 }),
  }
  env.complain()
  return Object.freeze(config)
}

/** Reads a worker's configuration. Empty means missing. @throws one Error that lists every mistake and no value. */
export function readWorkerConfig(variables: Env): WorkerConfig {
  const env = envReader(variables)
  const common = readCommon(env, { name: 'WEIR_WORKER_HTTP_PORT', fallback: 0 })
  const queueUrl = env.url('QUEUE_DATABASE_URL', postgresSchemes)
  if (!common.redisUrl && !queueUrl) env.wrong('one of REDIS_URL and QUEUE_DATABASE_URL is required')
  const config: WorkerConfig = {
    ...common,
    queueDatabaseUrl: common.redisUrl ? undefined : queueUrl,
    workerConcurrency: env.whole('WEIR_WORKER_CONCURRENCY', { fallback: 4, min: 1, max: 64 }),
  }
  env.complain()
  return Object.freeze(config)
}

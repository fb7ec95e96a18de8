import { describe, expect, test } from 'bun:test'
import { readApiConfig, readWorkerConfig } from '../../src/platform/config.ts'

const secret = 'a secret of at least thirty-two characters'
const enough = { DATABASE_URL: 'postgres://weir_api:hidden@db:5432/weir', WEIR_SECRET: secret }
const complaint = (read: () => unknown): string => {
  try {
    read()
  } catch (error) {
    return (error as Error).message
  }
  return ''
}

describe('configuration of the API', () => {
  test('the database and the secret are enough; everything else has a default', () => {
    expect(readApiConfig(enough)).toEqual({
      databaseUrl: enough.DATABASE_URL,
      redisUrl: undefined,
      secret,
      httpHost: '127.0.0.1',
      httpPort: 8080,
      publicUrl: 'http://localhost:8080',
      logLevel: 'info',
      poolMax: 10,
      statementTimeoutMs: 30_000,
      shutdownGraceMs: 10_000,
      metricsToken: undefined,
      webhookAllowedTargets: [],
      accessTokenSeconds: 900,
      requestsPerMinute: 600,
    })
  })

  test('empty means missing, as compose files pass it', () => {
    const empty = { ...enough, REDIS_URL: '', WEIR_HTTP_PORT: '', WEIR_LOG_LEVEL: ' ', WEIR_METRICS_TOKEN: '' }
    expect(readApiConfig(empty)).toEqual(readApiConfig(enough))
    expect(complaint(() => readApiConfig({ DATABASE_URL: '', WEIR_SECRET: '' }))).toContain('DATABASE_URL is required')
  })

  test('every mistake is reported at once, and none shows a value', () => {
    const message = complaint(() =>
      readApiConfig({
        DATABASE_URL: 'mysql://root:hunter2@db/weir',
        REDIS_URL: 'not a url hunter2',
        WEIR_SECRET: 'hunter2',
        WEIR_HTTP_PORT: '65536',
        WEIR_LOG_LEVEL: 'hunter2',
        WEIR_POOL_MAX: '1e3',
        WEIR_PUBLIC_URL: 'ftp://hunter2',
        WEIR_METRICS_TOKEN: 'hunter2',
        WEIR_ACCESS_TOKEN_SECONDS: '-5',
      }),
    )
    expect(
      message
        .split('\n')
        .slice(1)
        .map((line) => line.trim().split(' ')[0]),
    ).toEqual([
      'WEIR_HTTP_PORT',
      'DATABASE_URL',
      'REDIS_URL',
      'WEIR_SECRET',
      'WEIR_PUBLIC_URL',
      'WEIR_LOG_LEVEL',
      'WEIR_POOL_MAX',
      'WEIR_METRICS_TOKEN',
      'WEIR_ACCESS_TOKEN_SECONDS',
    ])
    expect(message).not.toContain('hunter2')
  })

  test('port 0 is allowed, and the public URL loses its slash', () => {
    const config = readApiConfig({ ...enough, WEIR_HTTP_PORT: '0', WEIR_PUBLIC_URL: 'https://weir.example/' })
    expect([config.httpPort, config.publicUrl]).toEqual([0, 'https://weir.example'])
  })

  test('the result cannot be changed', () => {
    expect(Object.isFrozen(readApiConfig(enough))).toBe(true)
  })
})

describe('configuration of a worker', () => {
  const queue = 'postgres://weir_queue:hidden@db:5432/weir'

  test('needs a transport: Redis, or the queue login on Postgres', () => {
    expect(complaint(() => readWorkerConfig(enough))).toContain('one of REDIS_URL and QUEUE_DATABASE_URL is required')
    expect(readWorkerConfig({ ...enough, QUEUE_DATABASE_URL: queue }).queueDatabaseUrl).toBe(queue)
  })

  test('with Redis the queue login is not used', () => {
    const config = readWorkerConfig({ ...enough, QUEUE_DATABASE_URL: queue, REDIS_URL: 'redis://localhost:6379' })
    expect([config.redisUrl, config.queueDatabaseUrl]).toEqual(['redis://localhost:6379', undefined])
  })

  test('webhook targets let through are hosts with a port, or ranges; nothing by default', () => {
    const read = (allow: string) =>
      readWorkerConfig({ ...enough, QUEUE_DATABASE_URL: queue, WEIR_WEBHOOK_ALLOW: allow }).webhookAllowedTargets
    expect(read('')).toEqual([])
    expect(read('LocalHost:9000, [::1]:9000 ,10.0.0.0/8')).toEqual([
      { host: 'localhost', port: 9000 },
      { host: '::1', port: 9000 },
      { range: '10.0.0.0/8' },
    ])
    for (const wrong of ['localhost', 'localhost:0', 'localhost:65536', '10.0.0.0/33', 'http://x:1']) {
      expect(complaint(() => read(wrong))).toContain('WEIR_WEBHOOK_ALLOW must be')
    }
  })
})

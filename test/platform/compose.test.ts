import { describe, expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readApiConfig, readWorkerConfig } from '../../src/platform/config.ts'

const root = join(import.meta.dir, '../..')
const text = (path: string): string => readFileSync(join(root, path), 'utf8')

type Service = {
  command: string[]
  environment?: Record<string, string>
  depends_on?: Record<string, { condition: string }>
  healthcheck?: { test: string[] }
  container_name?: string
}
const { services } = Bun.YAML.parse(text('docker-compose.yml')) as { services: Record<string, Service> }
const service = (name: string): Service => services[name]!
const ours = ['migrate', 'api', 'worker']

/** What compose makes of `${NAME}`, `${NAME:-default}` and `${NAME:?message}`. */
const filled = ({ environment = {} }: Service, env: Record<string, string>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [
      name,
      value.replaceAll(/\$\{(\w+)(?::([-?])([^}]*))?\}/g, (_, key: string, kind: string, more: string) => {
        if (env[key]) return env[key]
        if (kind === '?') throw new Error(`${key}: ${more}`)
        return more ?? ''
      }),
    ]),
  )

/** Names that the sources read: by quoted name in the configuration and the command line. */
const sources = ['src/platform/config*.ts', 'cli/*.ts']
  .flatMap((pattern) => [...new Bun.Glob(pattern).scanSync({ cwd: root })])
  .map(text)
  .join('\n')
const isRead = (name: string): boolean => sources.includes(`'${name}'`)

const secrets = {
  WEIR_SECRET: 'x'.repeat(32),
  WEIR_POSTGRES_PASSWORD: 'owner',
  WEIR_API_PASSWORD: 'api',
  WEIR_WORKER_PASSWORD: 'worker',
  WEIR_QUEUE_PASSWORD: 'queue',
  WEIR_ADMIN_EMAIL: 'admin@example.com',
  WEIR_ADMIN_PASSWORD: 'long enough for this',
}

describe('docker-compose.yml', () => {
  test('has Postgres, Redis, a migration, the API and workers', () => {
    expect(Object.keys(services)).toEqual(['postgres', 'redis', ...ours])
  })

  test('gives the API and the workers a complete and valid configuration', () => {
    const api = readApiConfig(filled(service('api'), secrets))
    const worker = readWorkerConfig(filled(service('worker'), secrets))
    expect(new URL(api.databaseUrl).username).toBe('weir_api')
    expect(new URL(worker.databaseUrl).username).toBe('weir_worker')
    expect([api.httpPort, worker.httpPort, worker.redisUrl]).toEqual([8080, 8081, 'redis://redis:6379'])
  })

  test.each(Object.keys(secrets))('does not start without %s', (name) => {
    const without: Record<string, string> = { ...secrets, [name]: '' }
    expect(() => Object.values(services).map((one) => filled(one, without))).toThrow(name)
  })

  test('sets nothing that nobody reads', () => {
    const names = ours.flatMap((name) => Object.keys(service(name).environment ?? {})).filter((name) => name !== 'TZ')
    expect(names.filter((name) => !isRead(name))).toEqual([])
  })

  test('runs programs that exist, without .env files, and computes months in UTC', () => {
    for (const name of ours) {
      const { command, environment } = service(name)
      expect(command.slice(0, 2)).toEqual(['bun', '--no-env-file'])
      expect([command[2], existsSync(join(root, command[2]!))]).toEqual([command[2], true])
      expect(environment?.['TZ']).toBe('UTC')
    }
  })

  test('starts in order: database, migration, then whoever uses it', () => {
    expect(service('migrate').depends_on).toEqual({ postgres: { condition: 'service_healthy' } })
    for (const name of ['api', 'worker']) {
      expect(service(name).depends_on).toEqual({
        migrate: { condition: 'service_completed_successfully' },
        redis: { condition: 'service_healthy' },
      })
    }
  })

  test('every lasting service has a health check, and workers may be many', () => {
    for (const name of ['postgres', 'redis', 'api', 'worker']) expect(service(name).healthcheck?.test[0]).toBe('CMD')
    expect(service('worker').container_name).toBeUndefined()
  })

  test('Redis evicts nothing and writes down every ring', () => {
    const words = service('redis').command.join(' ')
    expect(words).toContain('--maxmemory-policy noeviction')
    expect(words).toContain('--appendonly yes')
  })
})

test('the image pins the Bun of package.json and runs as nobody special', () => {
  const { packageManager } = JSON.parse(text('package.json')) as { packageManager: string }
  const dockerfile = text('Dockerfile')
  const images = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map((match) => match[1])
  expect(new Set(images)).toEqual(new Set([`oven/${packageManager.replace('@', ':')}-slim`]))
  expect(dockerfile).toMatch(/^USER bun$/m)
})

test('.env.example explains what compose and the sources read, and nothing else', () => {
  const explained = [...text('.env.example').matchAll(/^([A-Z_]+)=/gm)].map((match) => match[1]!)
  const wanted = [...text('docker-compose.yml').matchAll(/\$\{([A-Z_]+)/g)].map((match) => match[1]!)
  expect(wanted.filter((name) => !explained.includes(name))).toEqual([])
  expect(explained.filter((name) => !isRead(name) && !wanted.includes(name))).toEqual([])
})

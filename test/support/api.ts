import { afterAll } from 'bun:test'
import { createApp } from '../../src/app.ts'
import { type Database, openDatabase } from '../../src/platform/db.ts'
import { openLog } from '../../src/platform/log.ts'
import { createMetrics } from '../../src/platform/metrics.ts'
import { admin, type TestDatabase, testSecret } from './database.ts'
import { keyed } from './keyed.ts'

/** Receivers of the tests listen on this machine. */
export const localTargets = [{ range: '127.0.0.0/8' }]

export type Answer<T = any> = { status: number; body: T; headers: Headers }
export type CallOptions = { token?: string; body?: unknown; headers?: Record<string, string> }
export type Call = (method: string, path: string, options?: CallOptions) => Promise<Answer>

/**
 * The app on a test database: `call` sends a request through every layer but the socket. `through` may change how the
 * app reaches it.
 */
export function testApi(database: TestDatabase, through = (db: Database): Database => db) {
  const url = database.apiUrl
  const db = through(openDatabase({ url, name: 'test-api', poolMax: 5, statementTimeoutMs: 30_000 }))
  const app = createApp({
    config: {
      secret: testSecret,
      accessTokenSeconds: 900,
      requestsPerMinute: 0,
      redisUrl: undefined,
      metricsToken: undefined,
      webhookAllowedTargets: localTargets,
    },
    db,
    log: openLog({ level: process.env['WEIR_TEST_LOG'] === 'on' ? 'debug' : 'silent', process: 'test' }),
    metrics: createMetrics(),
    now: () => new Date(),
    stopping: new AbortController().signal,
  })
  afterAll(() => db.close())
  const call: Call = keyed(async (method, path, options = {}) =>
    answerOf(await app.handle(requestOf(method, path, options))),
  )
  /** Signs in and answers the access token. */
  const signIn = async (who: { email: string; password: string } = admin): Promise<string> => {
    const { status, body } = await call('POST', '/api/v1/auth/login', { body: who })
    if (status !== 200) throw new Error(`sign-in answered ${status} ${JSON.stringify(body)}`)
    return body.accessToken as string
  }
  return { app, db, call, signIn }
}

/** A request to the app; bodies that are not text or bytes are sent as JSON. */
export function requestOf(method: string, path: string, options: CallOptions): Request {
  const headers = new Headers(options.headers)
  if (options.token) headers.set('authorization', `Bearer ${options.token}`)
  const isRaw = typeof options.body === 'string' || options.body instanceof Uint8Array
  if (options.body !== undefined && !isRaw) headers.set('content-type', 'application/json')
  const body = options.body === undefined ? null : isRaw ? (options.body as string) : JSON.stringify(options.body)
  return new Request(`http://localhost${path}`, { method, headers, body })
}

/** An answer with its body read. */
export async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text()
  const isJson = (response.headers.get('content-type') ?? '').includes('json')
  return { status: response.status, body: isJson && text !== '' ? JSON.parse(text) : text, headers: response.headers }
}

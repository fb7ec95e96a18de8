import { describe, expect, test } from 'bun:test'
import { permissions } from '../../src/modules/roles/permissions.ts'
import { testApi } from '../support/api.ts'
import { testDatabase } from '../support/database.ts'

const { app, call, signIn } = testApi(await testDatabase())

const named = app.routes.filter((route) => !route.path.startsWith('/swagger'))
const detailOf = (route: (typeof named)[number]) => (route.hooks as { detail?: Record<string, unknown> }).detail ?? {}

test('every route says who may call it, with a permission of the table', () => {
  const known = new Set<unknown>(['none', 'signed-in', ...permissions])
  const silent = named.filter((route) => !known.has(detailOf(route)['x-permission']))
  expect(silent.map((route) => `${route.method} ${route.path}`)).toEqual([])
})

test('only sign-in and the system routes are open', () => {
  const open = named.filter((route) => detailOf(route)['x-permission'] === 'none').map((route) => route.path)
  expect([...new Set(open)].sort()).toEqual([
    '/api/v1/auth/login',
    '/api/v1/auth/logout',
    '/api/v1/auth/refresh',
    '/health/live',
    '/health/ready',
    '/metrics',
    '/version',
  ])
})

test('no two routes share method and path, no two operations a name', () => {
  const places = named.map((route) => `${route.method} ${route.path}`)
  expect(new Set(places).size).toBe(places.length)
  const names = named.map((route) => detailOf(route)['operationId'])
  expect(names.filter((name, index) => !name || names.indexOf(name) !== index)).toEqual([])
})

test('a stranger gets 401 from every closed route, whatever the body: 401 comes before 422', async () => {
  const closed = named.filter((route) => detailOf(route)['x-permission'] !== 'none')
  for (const route of closed) {
    const path = route.path.replace(/:[a-zA-Z]+/g, 'nonsense')
    const body = route.method === 'GET' || route.method === 'DELETE' ? undefined : { unknown: true }
    const answer = await call(route.method, path, body ? { body } : {})
    expect({ route: `${route.method} ${route.path}`, status: answer.status }).toEqual({
      route: `${route.method} ${route.path}`,
      status: 401,
    })
  }
})

describe('manners', () => {
  test('405 with Allow for a wrong method', async () => {
    const answer = await call('PUT', '/api/v1/auth/login', { body: {} })
    expect([answer.status, answer.body.code, answer.headers.get('allow')]).toEqual([
      405,
      'route.method_not_allowed',
      'POST',
    ])
    const ofList = await call('DELETE', '/api/v1/payments')
    expect([ofList.status, ofList.headers.get('allow')]).toEqual([405, 'GET, POST'])
  })

  test('415 for a body that is not JSON', async () => {
    const answer = await call('POST', '/api/v1/auth/login', { body: 'a=b', headers: { 'content-type': 'text/plain' } })
    expect([answer.status, answer.body.code]).toEqual([415, 'body.media_type'])
  })

  test('413 for a JSON body over 1 MiB', async () => {
    const body = { email: 'a@b.example', password: 'x'.repeat(1024 * 1024) }
    const answer = await call('POST', '/api/v1/auth/login', { body, headers: { 'content-length': '1100000' } })
    expect([answer.status, answer.body.code]).toEqual([413, 'body.too_large'])
  })

  test('every answer carries a request id', async () => {
    const answer = await call('GET', '/health/live')
    expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
  })

  test('readiness names Postgres and the queue transport', async () => {
    const answer = await call('GET', '/health/ready')
    expect(answer.status).toBe(200)
    expect(answer.body.queue.transport).toBe('postgres')
    expect(answer.body.postgres.version).toMatch(/^\d+/)
  })

  test('metrics are text for a scraper and name no organization', async () => {
    const answer = await call('GET', '/metrics')
    expect(answer.headers.get('content-type')).toContain('text/plain')
    expect(answer.body).toContain('weir_http_request_duration_seconds')
  })

  test('the docs page loads nothing from elsewhere', async () => {
    const page = await call('GET', '/swagger')
    expect(page.body).not.toMatch(/https?:\/\//)
    expect((await call('GET', '/swagger/assets/swagger-ui.css')).status).toBe(200)
    expect((await call('GET', '/swagger/assets/package.json')).status).toBe(404)
    expect((await call('GET', '/swagger/json')).headers.get('location')).toBe('/swagger.json')
  })

  test('a signed-in call works with every header there', async () => {
    expect((await call('GET', '/api/v1/auth/me', { token: await signIn() })).status).toBe(200)
  })
})

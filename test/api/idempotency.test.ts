import { describe, expect, test } from 'bun:test'
import { newId } from '../../src/platform/ids.ts'
import { testApi } from '../support/api.ts'
import { refusalOf } from '../support/catalog.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { unkeyed } from '../support/keyed.ts'
import { buildWorld } from '../support/world.ts'

const database = await testDatabase()
const api = testApi(database)
const { app, call } = api
const sql = lookInto(database)
const token = await api.signIn()
const world = await buildWorld(api, [['agent', null]])
const tenant = world.tenant('agent/-')

type Operation = {
  operationId: string
  parameters?: { $ref?: string }[]
  responses: Record<string, { headers?: object }>
}
const document = (await call('GET', '/swagger.json')).body as { paths: Record<string, Record<string, Operation>> }
const operations = Object.values(document.paths).flatMap((item) => Object.entries(item))
const posts = operations.flatMap(([method, operation]) => (method === 'post' ? [operation] : []))
const takesKey = ({ parameters = [] }: Operation) =>
  parameters.some(({ $ref }) => $ref === '#/components/parameters/IdempotencyKey')

describe('the registry', () => {
  test('every POST takes an Idempotency-Key, or stands in a list with its reason', () => {
    const without = posts.filter((operation) => !takesKey(operation)).map(({ operationId }) => operationId)
    expect(without.sort()).toEqual(Object.keys(unkeyed).sort())
  })

  test('nothing but a POST takes one', () => {
    expect(operations.filter(([method, operation]) => method !== 'post' && takesKey(operation))).toEqual([])
    const declared = app.routes.filter(({ hooks }) => hooks?.detail?.['x-idempotency-key'])
    expect(declared.map(({ method }) => method).filter((method) => method !== 'POST')).toEqual([])
  })

  test('who takes one says how it answers: 409 in flight, 422 for another body, and the header of a repetition', () => {
    const silent = posts.filter(takesKey).filter(({ responses }) => {
      const done = Object.entries(responses).filter(([status]) => Number(status) < 300)
      return !responses['409'] || !responses['422'] || done.some(([, { headers }]) => headers === undefined)
    })
    expect(silent.map(({ operationId }) => operationId)).toEqual([])
  })
})

describe('a repeated POST', () => {
  const twice = async (path: string, body?: unknown) => {
    const options = { token, headers: { 'idempotency-key': newId() }, ...(body === undefined ? {} : { body }) }
    const [first, second] = [await call('POST', path, options), await call('POST', path, options)]
    const told = [first, second].map(({ headers }) => headers.get('idempotency-replayed'))
    const other = await call('POST', path, { ...options, body: { ...(body as object | undefined), name: 'Another' } })
    return { first, second, told, other }
  }
  const person = () => ({ email: `${newId()}@once.example`, name: 'Once', password: 'a password for once' })

  test.each([
    ['a user', '/api/v1/users', { role: 'PlatformReader' }],
    ['an administrator of a tenant', `/api/v1/tenants/${tenant.id}/admins`, {}],
  ])('makes %s once, and answers as the first time', async (_, path, more) => {
    const { first, second, told, other } = await twice(path, { ...person(), ...more })
    expect([first.status, second.status, ...told]).toEqual([201, 201, 'false', 'true'])
    expect(second.body).toEqual(first.body)
    expect([second.headers.get('location'), second.headers.get('etag')]).toEqual([
      first.headers.get('location'),
      first.headers.get('etag'),
    ])
    expect(refusalOf(other)).toEqual({
      status: 422,
      code: 'idempotency.key_reused',
      pointers: ['/headers/idempotency-key'],
    })
    const kept =
      await sql`select response::text as text from idempotency_key where response::text like ${`%${first.body.id}%`}`
    expect(kept).toHaveLength(1)
    expect(kept[0]!['text']).not.toContain('password')
  })

  test('makes a webhook once, and keeps its secret nowhere: the repeated answer has none', async () => {
    const body = { url: 'https://finance.example/once', events: ['invoice.issued'] }
    const { first, second, told } = await twice('/api/v1/webhooks', body)
    expect([first.status, second.status, ...told]).toEqual([201, 201, 'false', 'true'])
    expect(first.body.secret).toStartWith('whsec_')
    expect(second.body).toEqual({ ...first.body, secret: null })
    expect(await sql`select from webhook_endpoint where url = ${body.url}`).toHaveLength(1)
    const rotated = await twice(`/api/v1/webhooks/${first.body.id}/rotate-secret`)
    expect(rotated.second.body).toEqual({ ...rotated.first.body, secret: null })
    expect(rotated.first.body.secret).not.toBe(first.body.secret)
    expect(await sql`select from idempotency_key where response::text like '%whsec_%'`).toHaveLength(0)
  })

  test('of a change of state answers as the first time, where the change itself would be refused twice', async () => {
    const { id } = (await call('POST', '/api/v1/users', { token, body: { ...person(), role: 'PlatformReader' } })).body
    const { first, second, told } = await twice(`/api/v1/users/${id}/suspend`)
    expect([first.status, second.status, ...told]).toEqual([200, 200, 'false', 'true'])
    expect(second.body).toEqual(first.body)
    expect((await call('POST', `/api/v1/users/${id}/suspend`, { token })).status).toBe(409)
  })
})

test('what is refused is not kept: the same key may be tried again', async () => {
  const headers = { 'idempotency-key': newId() }
  const body = { email: 'later@once.example', name: 'Later', password: 'a password for later', role: 'TenantUser' }
  expect((await call('POST', '/api/v1/users', { token, headers, body })).status).toBe(422)
  const sound = { ...body, role: 'PlatformReader' }
  expect((await call('POST', '/api/v1/users', { token, headers, body: sound })).status).toBe(201)
})

test('409 while the first request with the key is at work', async () => {
  const headers = { 'idempotency-key': newId() }
  const body = { email: 'race@once.example', name: 'Race', password: 'a password for races', role: 'PlatformReader' }
  const answers = await Promise.all(
    Array.from({ length: 5 }, () => call('POST', '/api/v1/users', { token, headers, body })),
  )
  const refused = answers.filter(({ status }) => status !== 201)
  for (const answer of refused) {
    expect(refusalOf(answer)).toEqual({
      status: 409,
      code: 'idempotency.in_flight',
      pointers: ['/headers/idempotency-key'],
    })
  }
  expect(await sql`select from account where email = ${body.email}`).toHaveLength(1)
})

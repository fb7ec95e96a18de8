import { describe, expect, test } from 'bun:test'
import { newId } from '../../src/platform/ids.ts'
import { testApi } from '../support/api.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { buildWorld } from '../support/world.ts'

const database = await testDatabase()
const api = testApi(database)
const { call } = api
const sql = lookInto(database)
const token = await api.signIn()
const world = await buildWorld(api, [['agent', null]])
const stranger = await world.token(world.distributors.agent)
const url = 'https://finance.example/hook'
const sound = { url, events: ['invoice.issued', 'job.failed'] }

const create = (body: unknown = sound, as = token) => call('POST', '/api/v1/webhooks', { token: as, body })
const path = (id: string, rest = '') => `/api/v1/webhooks/${id}${rest}`

describe('POST /webhooks', () => {
  test('201 with the secret, which is never shown again and not stored in plain', async () => {
    const { status, body, headers } = await create()
    expect(status).toBe(201)
    expect(body).toMatchObject({ url, events: sound.events, state: 'active', disabledFor: null, failingSince: null })
    expect(body.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
    expect(headers.get('location')).toBe(path(body.id))
    expect((await call('GET', path(body.id), { token })).body.secret).toBeUndefined()
    const [row] =
      await sql`select row_to_json(webhook_endpoint)::text as text from webhook_endpoint where id = ${body.id}`
    const bytes = Buffer.from(body.secret.slice(6), 'base64')
    expect(row?.['text']).not.toContain(body.secret.slice(6))
    expect(row?.['text']).not.toContain(bytes.toString('hex'))
  })

  test.each([
    ['an unknown event', { url, events: ['invoice.eaten'] }, '/events/0'],
    ['no event', { url, events: [] }, '/events'],
    ['plain HTTP', { ...sound, url: 'http://finance.example/hook' }, '/url'],
    ['an inside address', { ...sound, url: 'https://169.254.169.254/latest' }, '/url'],
    ['a secret of the caller', { ...sound, secret: 'whsec_mine' }, '/secret'],
  ])('422 for %s', async (_, body, pointer) => {
    const answer = await create(body)
    expect(answer.status).toBe(422)
    expect(answer.body.errors[0].pointer).toBe(pointer)
  })

  test('403 for a role that may not', async () => {
    const reader = { email: 'reader@platform.example', password: 'a password for reading' }
    await call('POST', '/api/v1/users', { token, body: { ...reader, name: 'Reader', role: 'PlatformReader' } })
    expect((await create(sound, await api.signIn(reader))).status).toBe(403)
  })

  test('409 for one more than an organization may have', async () => {
    const partnerToken = await world.token(world.tenant('agent/-'))
    await sql`
      insert into webhook_endpoint (id, org_id, url, secret_sealed, events)
      select gen_random_uuid(), ${world.tenant('agent/-').id}, ${url}, '\\x00', '{job.failed}' from generate_series(1, 50)`
    expect((await create(sound, partnerToken)).body.code).toBe('webhook.too_many')
  })
})

describe('a webhook', () => {
  test('is seen by its own organization only: 404 alike elsewhere, for every verb', async () => {
    const { id } = (await create()).body
    const headers = { 'if-match': '"1"' }
    const asStranger = [
      call('GET', path(id), { token: stranger }),
      call('PATCH', path(id), { token: stranger, body: { state: 'disabled' }, headers }),
      call('POST', path(id, '/rotate-secret'), { token: stranger }),
      call('DELETE', path(id), { token: stranger }),
      call('GET', path(newId()), { token }),
    ]
    const codes = (await Promise.all(asStranger)).map((answer) => [answer.status, answer.body.code])
    expect(codes).toEqual(asStranger.map(() => [404, 'resource.not_found']))
    expect((await call('GET', '/api/v1/webhooks', { token: stranger })).body.data).toEqual([])
  })

  test('is changed as it was read: 428 without If-Match, 412 for another version', async () => {
    const { id } = (await create()).body
    const change = { events: ['job.parked'], state: 'disabled' }
    const patch = (headers: Record<string, string>) => call('PATCH', path(id), { token, body: change, headers })
    expect((await patch({})).status).toBe(428)
    expect((await patch({ 'if-match': '"7"' })).status).toBe(412)
    const changed = await patch({ 'if-match': '"1"' })
    expect(changed.body).toMatchObject({ events: ['job.parked'], state: 'disabled', disabledFor: 'owner' })
    expect(changed.headers.get('etag')).toBe('"2"')
    const on = await call('PATCH', path(id), { token, body: { state: 'active' }, headers: { 'if-match': '"2"' } })
    expect(on.body).toMatchObject({ state: 'active', disabledFor: null })
  })

  test('keeps inside addresses out of a change, and refuses an empty one', async () => {
    const { id } = (await create()).body
    const patch = (body: unknown) => call('PATCH', path(id), { token, body, headers: { 'if-match': '"1"' } })
    expect((await patch({ url: 'https://10.0.0.1/hook' })).body.errors[0].pointer).toBe('/url')
    expect((await patch({})).body.code).toBe('body.empty')
  })

  test('gets a new secret, shown once', async () => {
    const first = (await create()).body
    const second = await call('POST', path(first.id, '/rotate-secret'), { token })
    expect(second.status).toBe(200)
    expect(second.body.secret).not.toBe(first.secret)
  })

  test('is deleted with its deliveries; every change is in the audit', async () => {
    const { id } = (await create()).body
    const eventId = newId()
    await sql`
      insert into event (id, org_id, type, object_id, data)
      values (${eventId}, ${world.platform.id}, 'job.failed', ${newId()}, '{}')`
    await sql`
      insert into webhook_delivery (id, org_id, endpoint_id, event_id)
      values (${newId()}, ${world.platform.id}, ${id}, ${eventId})`
    expect((await call('DELETE', path(id), { token })).status).toBe(204)
    expect((await call('GET', path(id), { token })).status).toBe(404)
    expect(await sql`select from webhook_delivery where endpoint_id = ${id}`).toHaveLength(0)
    const actions = await sql`select action from audit where object_id = ${id} order by id`
    expect(actions.map((row) => row['action'])).toEqual(['webhook.created', 'webhook.deleted'])
  })
})

test('events and deliveries list the own ones, by their filters', async () => {
  const { id: webhookId } = (await create()).body
  const objectId = newId()
  for (const organizationId of [world.platform.id, world.distributors.agent.id]) {
    await sql`
      insert into event (id, org_id, type, object_id, data)
      values (${newId()}, ${organizationId}, 'invoice.issued', ${objectId}, ${sql.json({ to: organizationId })})`
  }
  const events = await call('GET', `/api/v1/events?objectId=${objectId}&type=invoice.issued`, { token: stranger })
  expect(events.body.data).toHaveLength(1)
  expect(events.body.data[0]).toMatchObject({ objectId, sequence: 1, data: { to: world.distributors.agent.id } })
  const [event] = await sql`select id from event where object_id = ${objectId} and org_id = ${world.platform.id}`
  const deliveryId = newId()
  await sql`
    insert into webhook_delivery (id, org_id, endpoint_id, event_id, state, attempt, last_status, last_error)
    values (${deliveryId}, ${world.platform.id}, ${webhookId}, ${event?.['id']}, 'exhausted', 10, 500, 'no')`
  const find = (query: string, as = token) => call('GET', `/api/v1/webhooks/deliveries?${query}`, { token: as })
  expect((await find(`state=exhausted&webhookId=${webhookId}`)).body.data).toMatchObject([
    {
      id: deliveryId,
      webhookId,
      eventType: 'invoice.issued',
      attempt: 10,
      dueAt: null,
      lastStatus: 500,
      lastError: 'no',
    },
  ])
  expect((await find('state=pending')).body.data).toEqual([])
  expect((await find('', stranger)).body.data).toEqual([])

  const replay = (as: string) => call('POST', `/api/v1/webhooks/deliveries/${deliveryId}/replay`, { token: as })
  expect((await replay(stranger)).status).toBe(404)
  const replayed = await replay(token)
  expect([replayed.status, replayed.body.state, replayed.body.attempt]).toEqual([202, 'pending', 0])
  expect((await replay(token)).body.code).toBe('webhook.delivery_pending')
})

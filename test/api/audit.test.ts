import { describe, expect, test } from 'bun:test'
import { testApi } from '../support/api.ts'
import { testDatabase } from '../support/database.ts'
import { buildWorld } from '../support/world.ts'

const api = testApi(await testDatabase())
const { call, signIn } = api
const world = await buildWorld(api, [['reseller', 'agent']])
const admin = await signIn()
const distributor = world.distributors.reseller
const partner = world.partner('reseller/agent')
const tenant = world.tenant('reseller/agent')

const audit = async (query: string, token: string) => (await call('GET', `/api/v1/audit?${query}`, { token })).body.data

describe('GET /audit', () => {
  test('says who did what to what, in which request; newest first', async () => {
    const token = await world.token(distributor)
    const answer = await call('POST', `/api/v1/tenants/${tenant.id}/suspend`, { token })
    await call('POST', `/api/v1/tenants/${tenant.id}/resume`, { token })
    const me = await call('GET', '/api/v1/auth/me', { token })
    const [resumed, suspended] = await audit(`objectId=${tenant.id}`, token)
    expect(resumed.action).toBe('organization.resumed')
    expect(suspended).toEqual({
      id: suspended.id,
      at: suspended.at,
      organizationId: distributor.id,
      accountId: me.body.accountId,
      action: 'organization.suspended',
      objectType: 'organization',
      objectId: tenant.id,
      details: {},
      requestId: answer.headers.get('x-request-id'),
    })
  })

  test('a change names the fields that changed, never their values', async () => {
    const token = await world.token(partner)
    const headers = { 'if-match': '"1"' }
    await call('PATCH', `/api/v1/partners/${partner.id}`, { token, headers, body: { name: 'A secret name' } })
    const [entry] = await audit('action=organization.updated', token)
    expect(entry.details).toEqual({ name: true })
  })

  test('filters by action and by who acted, and pages without gap or twin', async () => {
    const all = await audit('limit=200', admin)
    const created = await audit('action=organization.created&limit=200', admin)
    expect(created.length).toBe(all.filter((one: any) => one.action === 'organization.created').length)
    const own = await audit(`organizationId=${partner.id}`, admin)
    expect(own.every((one: any) => one.organizationId === partner.id)).toBe(true)
    expect(own.length).toBeGreaterThan(0)

    const paged: string[] = []
    let cursor = ''
    do {
      const { body } = await call('GET', `/api/v1/audit?limit=3${cursor}`, { token: admin })
      paged.push(...body.data.map((one: any) => one.id))
      cursor = body.page.hasMore ? `&cursor=${body.page.nextCursor}` : ''
    } while (cursor)
    expect(paged).toEqual(all.map((one: any) => one.id))
  })

  test('what was refused leaves no line', async () => {
    const before = await audit('limit=200', admin)
    await call('POST', '/api/v1/tenants', { token: admin, body: { name: 'X', parentId: tenant.id } })
    await call('POST', `/api/v1/partners/${partner.id}/resume`, { token: admin })
    expect(await audit('limit=200', admin)).toEqual(before)
  })

  test('403 for a tenant’s user without the permission', async () => {
    const person = { email: 'u@t.example', password: 'long enough to do' }
    const body = { ...person, name: 'U', role: 'TenantUser', organizationId: tenant.id }
    await call('POST', '/api/v1/users', { token: admin, body })
    expect((await call('GET', '/api/v1/audit', { token: await signIn(person) })).status).toBe(403)
  })
})

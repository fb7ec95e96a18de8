import { beforeAll, describe, expect, test } from 'bun:test'
import { tierRole } from '../../src/platform/context.ts'
import { newId } from '../../src/platform/ids.ts'
import { testApi } from '../support/api.ts'
import { catalogOf, refusalOf } from '../support/catalog.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { buildWorld, type Member } from '../support/world.ts'

const database = await testDatabase()
const api = testApi(database)
const { call, signIn } = api
const sql = lookInto(database)
const world = await buildWorld(api, [
  ['reseller', 'agent'],
  ['reseller', null],
  ['agent', 'agent'],
])
const catalog = catalogOf(call, world)
const { as } = catalog
const { platform } = world
const distributor = world.distributors.reseller
const partner = world.partner('reseller/agent')
const [tenant, sibling] = [world.tenant('reseller/agent'), world.tenant('reseller/-')]
const path = (id = tenant.id) => `/tenants/${id}/switches`

type Person = { email: string; password: string }
const personOf = async (member: Member, role: string): Promise<Person> => {
  const person = { email: `${newId()}@switch.example`, password: 'a password for switches' }
  const body = { ...person, name: 'Ada', role, organizationId: member.id }
  if ((await as(platform, 'POST', '/users', body)).status !== 201) throw new Error('no user was made')
  return person
}
const session = async (person: Person) => (await call('POST', '/api/v1/auth/login', { body: person })).body
const renewed = async (refreshToken: string) =>
  (await call('POST', '/api/v1/auth/refresh', { body: { refreshToken } })).body
const put = (by: Member, switches: object, id = tenant.id) =>
  as(by, 'PUT', path(id), { selfProvisioning: false, userBilling: false, ...switches })

let planVersionId = ''
const order = async (token: string, tenantId = tenant.id) =>
  call('POST', '/api/v1/subscriptions', {
    token,
    body: { tenantId, name: 'Own', planVersionId, startDate: '2026-01-01' },
  })
const bills = async (token: string) => (await call('GET', '/api/v1/invoices', { token })).status

const people = {
  administrator: await personOf(tenant, 'TenantAdministrator'),
  user: await personOf(tenant, 'TenantUser'),
  beside: await personOf(sibling, 'TenantAdministrator'),
  userBeside: await personOf(sibling, 'TenantUser'),
}

beforeAll(async () => {
  const { code } = await catalog.sku()
  for (const seller of [platform, distributor]) {
    const list = await catalog.list(seller, { [code]: '10' })
    await as(seller, 'POST', `/pricing/price-lists/${list.id}/activate`)
  }
  const { body } = await as(distributor, 'POST', '/plans', {
    code: 'switched',
    name: 'Switched',
    items: [{ sku: code, kind: 'recurring' }],
  })
  const published = await as(distributor, 'POST', `/plans/${body.id}/publish`)
  planVersionId = published.body.versions[0].id
})

test('off while nobody says anything: 403 for an order by the tenant, and for its bills to its users', async () => {
  expect((await as(tenant, 'GET', path())).body).toEqual({
    selfProvisioning: false,
    userBilling: false,
    updatedAt: null,
  })
  expect((await order(await signIn(people.administrator))).status).toBe(403)
  expect(await bills(await signIn(people.user))).toBe(403)
})

describe('switched on by the partner', () => {
  const before = { token: '', refreshToken: '' }

  beforeAll(async () => {
    const { accessToken, refreshToken } = await session(people.administrator)
    Object.assign(before, { token: accessToken, refreshToken })
    const said = await put(partner, { selfProvisioning: true, userBilling: true })
    expect([said.status, said.body.selfProvisioning, said.body.userBilling]).toEqual([200, true, true])
  })

  test('it holds from the next token on, by sign-in and by renewal', async () => {
    expect((await order(before.token)).status).toBe(403)
    const { accessToken } = await renewed(before.refreshToken)
    const made = await order(accessToken)
    expect([made.status, made.body.tenantId]).toEqual([201, tenant.id])
    expect(await bills(await signIn(people.user))).toBe(200)
    const me = await call('GET', '/api/v1/auth/me', { token: await signIn(people.administrator) })
    expect(me.body.permissions).toContain('subscriptions:write')
  })

  test('each switch adds one right to one role: users order nothing, and administrators write nothing else', async () => {
    expect((await order(await signIn(people.user))).status).toBe(403)
    const { permissions } = (await call('GET', '/api/v1/auth/me', { token: await signIn(people.administrator) })).body
    for (const other of ['organizations:write', 'billing:run', 'pricing:write', 'credits:write']) {
      expect(permissions).not.toContain(other)
    }
  })

  test('a change is ordered and previewed by the tenant, which sees its own edge and no other', async () => {
    const token = await signIn(people.administrator)
    const { id } = (await order(token)).body
    const change = { quantity: '3', effectiveOn: '2026-11-10' }
    const preview = await call('POST', `/api/v1/subscriptions/${id}/change/preview`, { token, body: change })
    expect(preview.body.data.map(({ buyerId }: { buyerId: string }) => buyerId)).toEqual([tenant.id])
    const above = await as(distributor, 'POST', `/subscriptions/${id}/change/preview`, change)
    expect(above.body.data).toHaveLength(2)
    expect((await call('POST', `/api/v1/subscriptions/${id}/change`, { token, body: change })).status).toBe(200)
  })

  test('it is no right of another tenant, nor at one', async () => {
    expect((await order(await signIn(people.beside), sibling.id)).status).toBe(403)
    expect(await bills(await signIn(people.userBeside))).toBe(403)
    const token = await signIn(people.administrator)
    const answers = [await order(token, sibling.id), await order(token, newId())].map(refusalOf)
    expect(answers[0]).toEqual({ status: 422, code: 'reference.unknown', pointers: ['/tenantId'] })
    expect(answers[1]).toEqual(answers[0])
  })

  test('switched off, the token in hand ends by itself and the next one has it no more', async () => {
    const { accessToken, refreshToken } = await session(people.administrator)
    expect((await put(distributor, {})).body).toMatchObject({ selfProvisioning: false, userBilling: false })
    expect((await order(accessToken)).status).toBe(201)
    expect((await order((await renewed(refreshToken)).accessToken)).status).toBe(403)
    expect(await bills(await signIn(people.user))).toBe(403)
  })
})

describe('who says it', () => {
  test('403 for the tenant itself, 404 alike for one of another branch, one that is none, and nothing', async () => {
    expect((await put(tenant, { selfProvisioning: true })).status).toBe(403)
    for (const id of [world.tenant('agent/agent').id, partner.id, newId()]) {
      const answers = [await put(partner, { selfProvisioning: true }, id), await as(partner, 'GET', path(id))]
      expect(answers.map(({ status, body }) => [status, body.code])).toEqual([
        [404, 'resource.not_found'],
        [404, 'resource.not_found'],
      ])
    }
    expect((await as(sibling, 'GET', path())).status).toBe(404)
  })

  test.each([
    ['a switch that is missing', { selfProvisioning: true }, '/userBilling'],
    ['one that there is not', { selfProvisioning: true, userBilling: true, all: true }, '/all'],
    ['a word for a switch', { selfProvisioning: 'yes', userBilling: true }, '/selfProvisioning'],
  ])('422 for %s, and nothing is said', async (_, body, pointer) => {
    const before = await sql`select * from tenant_switch`
    expect(refusalOf(await as(partner, 'PUT', path(), body))).toMatchObject({ status: 422, pointers: [pointer] })
    expect(await sql`select * from tenant_switch`).toEqual(before)
  })

  test('each change is in the audit, with what it says', async () => {
    const { data } = (await as(distributor, 'GET', `/audit?objectId=${tenant.id}`)).body
    const said = data.filter(({ action }: { action: string }) => action === 'tenant_switches.changed')
    expect(said.map(({ details }: { details: object }) => details)).toEqual([
      { selfProvisioning: false, userBilling: false },
      { selfProvisioning: true, userBilling: true },
    ])
  })

  test('the second lock: the database lets no tenant write it, and nobody beside read it', async () => {
    const within = (member: Member, work: (tx: any) => Promise<any>) =>
      api.db.transaction(
        {
          role: tierRole(member.level),
          organizationId: member.id,
          accountId: null,
          sellerOfRecordId: platform.id,
          line: member.line,
        },
        async (tx) => work(tx),
      )
    const forged = within(tenant, (tx) => tx`update tenant_switch set self_provisioning = true`)
    expect(forged).rejects.toThrow('permission denied')
    const seen = async (member: Member) =>
      (await within(member, (tx) => tx`select tenant_id from tenant_switch`)).length
    expect(await Promise.all([tenant, partner, distributor, sibling].map(seen))).toEqual([1, 1, 1, 0])
    expect(await seen(world.partner('agent/agent'))).toBe(0)
  })

  test('GET /roles says which right a switch adds to which role', async () => {
    const { data } = (await as(tenant, 'GET', '/roles')).body
    const switched = data.flatMap((role: any) =>
      role.switched.map((one: any) => `${role.name} ${one.switch} ${one.permission}`),
    )
    expect(switched).toEqual([
      'TenantAdministrator selfProvisioning subscriptions:write',
      'TenantUser userBilling billing:read',
    ])
  })
})

test('a tenant that moves takes its switches along, out of the sight of who stood above it', async () => {
  const to = world.partner('agent/agent')
  const above = world.distributors.agent
  await put(partner, { userBilling: true })
  await sql`
    update organization set parent_id = ${to.id}, partner_id = ${to.id}, distributor_id = ${above.id} where id = ${tenant.id}`
  expect((await as(to, 'GET', path())).body).toMatchObject({ selfProvisioning: false, userBilling: true })
  expect((await as(partner, 'GET', path())).status).toBe(404)
})

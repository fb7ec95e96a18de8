import { describe, expect, test } from 'bun:test'
import { testApi } from '../support/api.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { buildWorld, type Member, personOf } from '../support/world.ts'

const database = await testDatabase()
const api = testApi(database)
const { call, signIn } = api
const sql = lookInto(database)
const world = await buildWorld(api, [
  ['reseller', 'agent'],
  ['agent', 'agent'],
  ['reseller', null],
])
const admin = await signIn()
const password = 'long enough to do'

const distributor = world.distributors.reseller
const partner = world.partner('reseller/agent')
const tenant = world.tenant('reseller/agent')
const sibling = world.tenant('reseller/-')

let people = 0
const newPerson = () => ({ email: `person-${(people += 1)}@users.example`, name: 'Ada', password })
const create = async (token: string, body: object) => call('POST', '/api/v1/users', { token, body })
const post = (path: string, token: string, body?: unknown) => call('POST', `/api/v1${path}`, { token, body })

/** A user of an organization with one role, made by the platform. */
async function userOf(member: Member, role: string) {
  const person = newPerson()
  const { status, body } = await create(admin, { ...person, role, organizationId: member.id })
  if (status !== 201) throw new Error(`creating a user answered ${status} ${JSON.stringify(body)}`)
  return { id: body.id as string, email: person.email, credentials: { email: person.email, password } }
}

describe('POST /users', () => {
  test('201: the user signs in with the role’s permissions; the password is argon2id and in no answer', async () => {
    const person = newPerson()
    const answer = await create(await world.token(partner), {
      ...person,
      email: 'Mixed@Users.Example',
      role: 'PartnerReader',
    })
    expect(answer.status).toBe(201)
    expect(answer.body).toMatchObject({
      organizationId: partner.id,
      email: 'mixed@users.example',
      state: 'active',
      roles: [{ organizationId: partner.id, role: 'PartnerReader' }],
    })
    expect(JSON.stringify(answer.body)).not.toContain('assword')
    const token = await signIn({ email: 'mixed@users.example', password })
    const me = await call('GET', '/api/v1/auth/me', { token })
    expect(me.body.permissions).toContain('billing:read')
    expect(me.body.permissions).not.toContain('users:write')
    const [row] = await sql`select password_hash from account where id = ${answer.body.id}`
    expect(row?.['password_hash']).toStartWith('$argon2id$')
  })

  test('409 for an address of the same organization, whatever its case; another organization may use it', async () => {
    const person = newPerson()
    const token = await world.token(distributor)
    expect((await create(token, { ...person, role: 'DistributorReader' })).status).toBe(201)
    const again = await create(token, { ...person, email: person.email.toUpperCase(), role: 'DistributorReader' })
    expect([again.status, again.body.code]).toEqual([409, 'user.email_taken'])
    const other = await create(await world.token(world.distributors.agent), { ...person, role: 'DistributorReader' })
    expect(other.status).toBe(201)
  })

  test.each([
    ['a role of another level', () => ({ role: 'PlatformAdministrator' }), '/role'],
    ['a role of another level below', () => ({ role: 'PartnerReader', organizationId: tenant.id }), '/role'],
    ['an organization above', () => ({ role: 'DistributorReader', organizationId: distributor.id }), '/organizationId'],
    ['an organization beside', () => ({ role: 'TenantUser', organizationId: sibling.id }), '/organizationId'],
    ['no organization', () => ({ role: 'TenantUser', organizationId: Bun.randomUUIDv7() }), '/organizationId'],
    ['no role of ours', () => ({ role: 'Root' }), '/role'],
  ])('422 for %s', async (_, fields, pointer) => {
    const answer = await create(await world.token(partner), { ...newPerson(), ...fields() })
    expect([answer.status, answer.body.errors[0].pointer]).toEqual([422, pointer])
  })

  test('403 for a reader, in the same words for a good and a bad body', async () => {
    const token = await signIn((await userOf(partner, 'PartnerReader')).credentials)
    expect((await create(token, { ...newPerson(), role: 'PartnerReader' })).status).toBe(403)
    expect((await create(token, {})).status).toBe(403)
  })
})

describe('roles', () => {
  test('granted and revoked at the next sign-in; granting twice is granting once', async () => {
    const user = await userOf(partner, 'PartnerReader')
    const token = await world.token(distributor)
    const first = await post(`/users/${user.id}/roles`, token, { role: 'PartnerAdministrator' })
    const again = await post(`/users/${user.id}/roles`, token, { role: 'PartnerAdministrator' })
    expect([first.status, again.status, again.body.roles.length]).toEqual([200, 200, 2])
    const noted = await sql`select id from audit where action = 'user.role_granted' and object_id = ${user.id}`
    expect(noted).toHaveLength(1)
    const me = await call('GET', '/api/v1/auth/me', { token: await signIn(user.credentials) })
    expect(me.body.permissions).toContain('users:write')

    const path = `/api/v1/users/${user.id}/roles/PartnerReader`
    expect((await call('DELETE', path, { token })).status).toBe(204)
    expect((await call('DELETE', path, { token })).status).toBe(404)
    const read = await call('GET', `/api/v1/users/${user.id}`, { token })
    expect(read.body.roles).toEqual([{ organizationId: partner.id, role: 'PartnerAdministrator' }])
  })

  test('a role reaches down the own branch: then the account chooses for whom it acts', async () => {
    const user = await userOf(distributor, 'DistributorReader')
    const token = await world.token(distributor)
    const granted = await post(`/users/${user.id}/roles`, token, {
      role: 'PartnerAdministrator',
      organizationId: partner.id,
    })
    expect(granted.status).toBe(200)
    const own = await signIn(user.credentials)
    expect((await call('GET', '/api/v1/auth/me', { token: own })).status).toBe(409)
    const headers = { 'weir-organization': partner.id }
    const me = await call('GET', '/api/v1/auth/me', { token: own, headers })
    expect([me.body.organizationId, me.body.level]).toEqual([partner.id, 'partner'])
  })

  test.each([
    [
      'above the user',
      () => ({ role: 'DistributorAdministrator', organizationId: distributor.id }),
      '/organizationId',
      'role.across_branches',
    ],
    [
      'in a branch beside the user',
      () => ({ role: 'TenantUser', organizationId: sibling.id }),
      '/organizationId',
      'role.across_branches',
    ],
    [
      'of a level that the organization does not have',
      () => ({ role: 'DistributorAdministrator' }),
      '/role',
      'role.level',
    ],
    [
      'in a foreign branch',
      () => ({ role: 'TenantUser', organizationId: world.tenant('agent/agent').id }),
      '/organizationId',
      'reference.unknown',
    ],
  ])('422 for a role %s', async (_, body, pointer, code) => {
    const user = await userOf(partner, 'PartnerReader')
    const answer = await post(`/users/${user.id}/roles`, await world.token(distributor), body())
    expect([answer.status, answer.body.errors[0].pointer, answer.body.code]).toEqual([422, pointer, code])
  })

  test('404 for a user above, beside and nowhere', async () => {
    const token = await world.token(partner)
    const strangers = [(await userOf(distributor, 'DistributorReader')).id, (await userOf(sibling, 'TenantUser')).id]
    for (const id of [...strangers, Bun.randomUUIDv7()]) {
      expect((await post(`/users/${id}/roles`, token, { role: 'PartnerAdministrator' })).status).toBe(404)
      expect((await post(`/users/${id}/suspend`, token)).status).toBe(404)
    }
  })

  test('GET /roles: the nine, with level and permissions, for everybody who is signed in', async () => {
    const answer = await call('GET', '/api/v1/roles', { token: await world.token(tenant) })
    expect(answer.status).toBe(200)
    expect(answer.body.data).toHaveLength(9)
    expect(answer.body.data.at(-1)).toEqual({
      name: 'TenantUser',
      level: 'tenant',
      permissions: ['organizations:read', 'subscriptions:read', 'usage:read', 'plans:read', 'jobs:read'],
      switched: [{ switch: 'userBilling', permission: 'billing:read' }],
    })
  })
})

describe('the last administrator of an organization', () => {
  const fresh = async () => {
    const { body } = await post('/tenants', admin, { name: 'Fresh', admins: [newPerson(), newPerson()] })
    return body.adminIds as [string, string]
  }
  const suspend = (id: string) => post(`/users/${id}/suspend`, admin)
  const revoke = (id: string) => call('DELETE', `/api/v1/users/${id}/roles/TenantAdministrator`, { token: admin })

  test('can neither be suspended nor lose the role', async () => {
    const [one, two] = await fresh()
    expect((await suspend(one)).status).toBe(200)
    for (const answer of [await suspend(two), await revoke(two)]) {
      expect([answer.status, answer.body.code]).toEqual([409, 'user.last_administrator'])
    }
    expect((await post(`/users/${one}/resume`, admin)).body.state).toBe('active')
    expect((await revoke(two)).status).toBe(204)
  })

  test('stays when two administrators shut each other out at the same time', async () => {
    for (let round = 0; round < 6; round += 1) {
      const [one, two] = await fresh()
      const answers = await Promise.all([round % 2 === 0 ? suspend(one) : revoke(one), suspend(two)])
      const statuses = answers.map(({ status }) => (status < 300 ? 200 : status)).sort()
      expect(statuses).toEqual([200, 409])
    }
  })
})

describe('a suspended user', () => {
  test('neither signs in nor renews; resumed, it does', async () => {
    const user = await userOf(partner, 'PartnerReader')
    const session = (await call('POST', '/api/v1/auth/login', { body: user.credentials })).body
    expect((await post(`/users/${user.id}/suspend`, admin)).body.state).toBe('suspended')
    expect((await post(`/users/${user.id}/suspend`, admin)).status).toBe(409)
    const refused = [
      await call('POST', '/api/v1/auth/login', { body: user.credentials }),
      await call('POST', '/api/v1/auth/refresh', { body: { refreshToken: session.refreshToken } }),
    ]
    expect(refused.map(({ status }) => status)).toEqual([401, 401])
    expect((await post(`/users/${user.id}/resume`, admin)).status).toBe(200)
    await signIn(user.credentials)
  })
})

describe('tenants/{id}/admins', () => {
  test('POST makes an administrator, GET lists them and nobody else', async () => {
    const token = await world.token(partner)
    const { id } = (await post('/tenants', token, { name: 'Led' })).body
    await create(token, { ...newPerson(), role: 'TenantUser', organizationId: id })
    const made = await post(`/tenants/${id}/admins`, token, newPerson())
    expect([made.status, made.body.roles]).toEqual([201, [{ organizationId: id, role: 'TenantAdministrator' }]])
    const listed = await call('GET', `/api/v1/tenants/${id}/admins`, { token })
    expect(listed.body.data.map(({ id }: { id: string }) => id)).toEqual([made.body.id])
  })

  test('404 for a tenant beside, for what is no tenant, and for nothing, alike', async () => {
    const token = await world.token(partner)
    for (const id of [sibling.id, partner.id, Bun.randomUUIDv7()]) {
      expect((await call('GET', `/api/v1/tenants/${id}/admins`, { token })).status).toBe(404)
      expect((await post(`/tenants/${id}/admins`, token, newPerson())).status).toBe(404)
    }
  })
})

test('GET /users filters by organization, address and state; PATCH changes the name as it was read', async () => {
  const user = await userOf(tenant, 'TenantUser')
  const token = await world.token(tenant)
  const list = async (query: string) =>
    (await call('GET', `/api/v1/users?${query}`, { token })).body.data.map(({ id }: { id: string }) => id)
  expect(await list(`email=${user.email.toUpperCase()}`)).toEqual([user.id])
  expect(await list(`organizationId=${tenant.id}&state=active`)).toContain(user.id)
  expect(await list('state=suspended')).toEqual([])
  expect(await list(`email=${personOf(partner).email}`)).toEqual([])

  const read = await call('GET', `/api/v1/users/${user.id}`, { token })
  const headers = { 'if-match': read.headers.get('etag') ?? '' }
  const change = () => call('PATCH', `/api/v1/users/${user.id}`, { token, headers, body: { name: 'Countess' } })
  const changed = await change()
  expect([changed.status, changed.body.name]).toEqual([200, 'Countess'])
  expect((await change()).status).toBe(412)
})

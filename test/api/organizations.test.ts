import { describe, expect, test } from 'bun:test'
import { testApi } from '../support/api.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { buildWorld } from '../support/world.ts'

const database = await testDatabase()
const api = testApi(database)
const { call, signIn } = api
const sql = lookInto(database)
const world = await buildWorld(api)
const admin = await signIn()
const absent = Bun.randomUUIDv7()

describe('POST', () => {
  test('201 with Location, ETag and the fields that are promised', async () => {
    const contact = { name: 'Grace', email: 'grace@acme.example', phone: '+49 30 1' }
    const body = { name: 'Acme', externalId: 'acme-1', timeZone: 'Europe/Berlin', contact }
    const answer = await call('POST', '/api/v1/tenants', { token: admin, body })
    expect(answer.status).toBe(201)
    expect(answer.headers.get('location')).toBe(`/api/v1/tenants/${answer.body.id}`)
    expect(answer.headers.get('etag')).toBe('"1"')
    const read = await call('GET', `/api/v1/tenants/${answer.body.id}`, { token: admin })
    expect(read.body).toEqual({
      id: answer.body.id,
      name: 'Acme',
      level: 'tenant',
      parentId: world.platform.id,
      externalId: 'acme-1',
      commercialModel: null,
      confidential: false,
      currency: 'EUR',
      timeZone: 'Europe/Berlin',
      contact,
      state: 'active',
      createdAt: read.body.createdAt,
      updatedAt: read.body.updatedAt,
    })
  })

  test('the administrators of the body can sign in at once', async () => {
    const people = ['one', 'two'].map((name) => ({ email: `${name}@new.example`, name, password: 'long enough to do' }))
    const answer = await call('POST', '/api/v1/partners', { token: admin, body: { name: 'New', admins: people } })
    expect([answer.status, answer.body.adminIds.length, answer.body.commercialModel]).toEqual([201, 2, 'agent'])
    const token = await signIn({ email: 'two@new.example', password: 'long enough to do' })
    const me = await call('GET', '/api/v1/auth/me', { token })
    expect([me.body.organizationId, me.body.level]).toEqual([answer.body.id, 'partner'])
    expect(JSON.stringify(answer.body)).not.toContain('long enough')
  })

  test.each([
    ['a partner makes a distributor', () => world.partner('reseller/agent'), '/distributors'],
    ['a distributor makes a distributor', () => world.distributors.agent, '/distributors'],
    ['a partner makes a partner', () => world.partner('reseller/agent'), '/partners'],
    ['a tenant makes a tenant', () => world.tenant('reseller/agent'), '/tenants'],
  ])('403 when %s', async (_, actor, path) => {
    const answer = await call('POST', `/api/v1${path}`, { token: await world.token(actor()), body: { name: 'X' } })
    expect(answer.status).toBe(403)
  })

  test('422 alike for a parent above, beside and nowhere', async () => {
    const token = await world.token(world.partner('reseller/agent'))
    const parents = [world.distributors.reseller.id, world.partner('agent/agent').id, absent]
    for (const parentId of parents) {
      const answer = await call('POST', '/api/v1/tenants', { token, body: { name: 'X', parentId } })
      expect([answer.status, answer.body.errors]).toEqual([
        422,
        [{ pointer: '/parentId', code: 'reference.unknown', message: expect.any(String) }],
      ])
    }
  })

  test.each([
    ['a tenant as parent', '/tenants', { parentId: 'tenant' }, '/parentId'],
    ['an unknown field', '/tenants', { nmae: 'X' }, '/nmae'],
    ['a commercial model on a tenant', '/tenants', { commercialModel: 'agent' }, '/commercialModel'],
    ['no such time zone', '/tenants', { timeZone: 'Europe/Atlantis' }, '/timeZone'],
    ['an offset as time zone', '/tenants', { timeZone: '+02:00' }, '/timeZone'],
    ['no such currency', '/tenants', { currency: 'XYZ' }, '/currency'],
    ['a line break in the name', '/tenants', { name: 'a\nb' }, '/name'],
    ['a NUL byte in the name', '/tenants', { name: 'a\u0000b' }, '/name'],
    [
      'a short password',
      '/tenants',
      { admins: [{ email: 'a@b.example', name: 'A', password: 'short' }] },
      '/admins/0/password',
    ],
    [
      'no address',
      '/tenants',
      { admins: [{ email: 'a b', name: 'A', password: 'long enough to do' }] },
      '/admins/0/email',
    ],
    [
      'the same person twice',
      '/tenants',
      { admins: ['a@b.example', 'A@B.example'].map((email) => ({ email, name: 'A', password: 'long enough to do' })) },
      '/admins/1/email',
    ],
  ])('422 with a pointer for %s, and nothing stored', async (_, path, fields, pointer) => {
    const before = await sql`select count(*)::int from organization`
    const body = { name: 'X', ...fields, ...('parentId' in fields ? { parentId: world.tenant('-/-').id } : {}) }
    const answer = await call('POST', `/api/v1${path}`, { token: admin, body })
    expect([answer.status, answer.body.errors[0].pointer]).toEqual([422, pointer])
    expect(await sql`select count(*)::int from organization`).toEqual(before)
  })

  test('409 for an external id that this parent uses; another parent may use it', async () => {
    const make = (parentId: string) =>
      call('POST', '/api/v1/tenants', { token: admin, body: { name: 'X', externalId: 'same', parentId } })
    const [first, again, other] = [
      await make(world.distributors.agent.id),
      await make(world.distributors.agent.id),
      await make(world.distributors.reseller.id),
    ]
    expect([first.status, again.status, other.status]).toEqual([201, 409, 201])
    expect(again.body.errors[0].pointer).toBe('/externalId')
  })

  test('the same Idempotency-Key makes one tenant and gives its answer again; another body is refused', async () => {
    const headers = { 'idempotency-key': 'onboard-1' }
    const body = { name: 'Once', admins: [{ email: 'o@once.example', name: 'O', password: 'long enough to do' }] }
    const first = await call('POST', '/api/v1/tenants', { token: admin, body, headers })
    const second = await call('POST', '/api/v1/tenants', { token: admin, body, headers })
    expect([first.status, second.status, second.headers.get('idempotency-replayed')]).toEqual([201, 201, 'true'])
    expect(second.body).toEqual(first.body)
    const other = await call('POST', '/api/v1/tenants', { token: admin, body: { name: 'Other' }, headers })
    expect(other.status).toBe(422)
    const rows = await sql`select id from organization where name in ('Once', 'Other')`
    expect(rows).toHaveLength(1)
  })

  test('every new organization leaves a line in the audit', async () => {
    const silent = await sql`
      select name from organization where level <> 'platform' and not exists (
        select from audit where object_id = organization.id and action = 'organization.created')`
    expect(silent).toHaveLength(0)
  })
})

describe('GET', () => {
  test('a level lists newest first, page by page, each once', async () => {
    const ids: string[] = []
    let cursor = ''
    do {
      const page = await call('GET', `/api/v1/tenants?limit=4${cursor}`, { token: admin })
      expect(page.status).toBe(200)
      ids.push(...page.body.data.map(({ id }: { id: string }) => id))
      cursor = page.body.page.hasMore ? `&cursor=${page.body.page.nextCursor}` : ''
    } while (cursor)
    const rows = await sql`select id from organization where level = 'tenant' order by id desc`
    expect(ids).toEqual(rows.map(({ id }) => id as string))
  })

  test('filters: parent, state, external id, commercial model', async () => {
    const count = async (path: string) =>
      (await call('GET', `/api/v1${path}`, { token: admin })).body.data.map(({ id }: { id: string }) => id)
    const { agent, reseller } = world.distributors
    expect(await count('/distributors?commercialModel=reseller')).toContain(reseller.id)
    expect(await count('/distributors?commercialModel=reseller')).not.toContain(agent.id)
    expect(await count(`/partners?parentId=${reseller.id}&commercialModel=agent`)).toEqual([
      world.partner('reseller/agent').id,
    ])
    expect(await count('/tenants?externalId=no+such')).toEqual([])
    expect(await count('/tenants?state=closed')).toEqual([])
  })

  test.each([
    ['an unknown filter', '/tenants?color=red', '/query/color'],
    ['a limit over 200', '/tenants?limit=201', '/query/limit'],
    [
      'a cursor of another list',
      `/tenants?cursor=${Buffer.from(`users|${absent}`).toString('base64url')}`,
      '/query/cursor',
    ],
    ['a cursor that is no id', `/tenants?cursor=${Buffer.from('tenants|zzz').toString('base64url')}`, '/query/cursor'],
    ['an id that is none', '/tenants/1', '/path/id'],
  ])('422 for %s', async (_, path, pointer) => {
    const answer = await call('GET', `/api/v1${path}`, { token: admin })
    expect([answer.status, answer.body.errors[0].pointer]).toEqual([422, pointer])
  })

  test('404 for the id of another level', async () => {
    const answer = await call('GET', `/api/v1/tenants/${world.distributors.agent.id}`, { token: admin })
    expect(answer.status).toBe(404)
  })
})

describe('PATCH', () => {
  const change = (path: string, token: string, etag: string | null, body: unknown) =>
    call('PATCH', `/api/v1${path}`, { token, body, headers: etag === null ? {} : { 'if-match': etag } })
  const fresh = async () => (await call('POST', '/api/v1/tenants', { token: admin, body: { name: 'Old' } })).body.id

  test('changes what is named, raises the ETag, and the second of two writers gets 412', async () => {
    const path = `/tenants/${await fresh()}`
    const first = await change(path, admin, '"1"', { name: 'New', externalId: 'n1' })
    expect([first.status, first.headers.get('etag'), first.body.name]).toEqual([200, '"2"', 'New'])
    const second = await change(path, admin, '"1"', { name: 'Newer' })
    expect(second.status).toBe(412)
    const cleared = await change(path, admin, '"2"', { externalId: null })
    expect([cleared.body.name, cleared.body.externalId]).toEqual(['New', null])
  })

  test('428 without If-Match', async () => {
    expect((await change(`/tenants/${await fresh()}`, admin, null, { name: 'X' })).status).toBe(428)
  })

  test('a tenant’s administrator changes its own name and contact, and nothing else', async () => {
    const tenant = world.tenant('reseller/reseller')
    const token = await world.token(tenant)
    const path = `/tenants/${tenant.id}`
    const contact = { name: 'Ida', email: 'ida@t.example' }
    const own = await change(path, token, '"1"', { name: 'Renamed', contact })
    expect([own.status, own.body.name, own.body.contact]).toEqual([200, 'Renamed', contact])
    expect((await change(path, token, '"2"', { timeZone: 'Asia/Tokyo' })).status).toBe(403)
    expect((await change(path, token, '"2"', { externalId: 'mine' })).status).toBe(403)
    expect((await change(`/tenants/${world.tenant('-/-').id}`, token, '"1"', { name: 'X' })).status).toBe(404)
  })

  test('an external id is the parent’s to give: 403 for the own one, so that no sibling’s can be guessed', async () => {
    const partner = world.partner('reseller/agent')
    const token = await world.token(partner)
    expect((await change(`/partners/${partner.id}`, token, '"1"', { externalId: 'a' })).status).toBe(403)
    expect((await change(`/partners/${partner.id}`, token, '"1"', { timeZone: 'Asia/Tokyo' })).status).toBe(200)
  })

  test('409 for an external id that the parent uses', async () => {
    await call('POST', '/api/v1/tenants', { token: admin, body: { name: 'X', externalId: 'taken' } })
    const answer = await change(`/tenants/${await fresh()}`, admin, '"1"', { externalId: 'taken' })
    expect([answer.status, answer.body.code]).toEqual([409, 'organization.external_id_taken'])
  })
})

describe('suspend and resume', () => {
  const act = (path: string, token: string) => call('POST', `/api/v1${path}`, { token })

  test('nobody is onboarded below a suspended organization, however deep; resuming lets it go on', async () => {
    const distributor = (await call('POST', '/api/v1/distributors', { token: admin, body: { name: 'D' } })).body.id
    const partner = (
      await call('POST', '/api/v1/partners', { token: admin, body: { name: 'P', parentId: distributor } })
    ).body.id
    const onboard = () => call('POST', '/api/v1/tenants', { token: admin, body: { name: 'T', parentId: partner } })
    const suspended = await act(`/distributors/${distributor}/suspend`, admin)
    expect([suspended.status, suspended.body.state]).toEqual([200, 'suspended'])
    const refused = await onboard()
    expect([refused.status, refused.body.code]).toEqual([409, 'organization.not_active'])
    expect((await act(`/distributors/${distributor}/suspend`, admin)).status).toBe(409)
    expect((await act(`/distributors/${distributor}/resume`, admin)).body.state).toBe('active')
    expect((await onboard()).status).toBe(201)
  })

  test('403 for the own organization: who was suspended does not resume itself', async () => {
    const partner = world.partner('-/agent')
    const token = await world.token(partner)
    expect((await act(`/partners/${partner.id}/suspend`, admin)).status).toBe(200)
    expect((await act(`/partners/${partner.id}/resume`, token)).status).toBe(403)
    expect((await act(`/partners/${partner.id}/resume`, admin)).status).toBe(200)
  })

  test('404 for a branch beside', async () => {
    const token = await world.token(world.distributors.agent)
    expect((await act(`/partners/${world.partner('reseller/agent').id}/suspend`, token)).status).toBe(404)
  })
})

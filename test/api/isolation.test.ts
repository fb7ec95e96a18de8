import { describe, expect, test } from 'bun:test'
import { levels } from '../../src/platform/context.ts'
import { testApi } from '../support/api.ts'
import { testDatabase } from '../support/database.ts'
import { buildWorld, isBelow, type Member, viewersOf } from '../support/world.ts'

// Nobody sees another branch, on any list, by any id. isolation-sql.test.ts looks past our own predicates.

const database = await testDatabase()
const api = testApi(database)
const { call, signIn } = api
const world = await buildWorld(api)
const admin = await signIn()
const absent = Bun.randomUUIDv7()

const actors = viewersOf(world)
const belongsTo = (actor: Member, organizationId: string) => isBelow(world, actor, organizationId)

// Each signs in and changes something, so that it has a user and a line in the audit.
for (const actor of actors) {
  const headers = { 'if-match': '"1"' }
  const body = { name: `${actor.name} renamed` }
  const answer = await call('PATCH', `/api/v1/${actor.level}s/${actor.id}`, {
    token: await world.token(actor),
    headers,
    body,
  })
  if (answer.status !== 200) throw new Error(`a rename answered ${answer.status}`)
}

type Row = Record<string, any>

/** A list, and where each row says whose it is. A new list route is one line here. */
const lists: { path: string; ownerOf: (row: Row) => string; hasId: boolean }[] = [
  { path: '/distributors', ownerOf: (row) => row['id'], hasId: true },
  { path: '/partners', ownerOf: (row) => row['id'], hasId: true },
  { path: '/tenants', ownerOf: (row) => row['id'], hasId: true },
  { path: '/users', ownerOf: (row) => row['organizationId'], hasId: true },
  { path: '/audit', ownerOf: (row) => row['organizationId'], hasId: false },
]

/** A call with an id in its path. A new one is one line here. */
const idCalls: [method: string, path: (id: string) => string, body?: unknown][] = [
  ['PATCH', (id) => `/tenants/${id}`, { name: 'Mine' }],
  ['PATCH', (id) => `/partners/${id}`, { name: 'Mine' }],
  ['POST', (id) => `/tenants/${id}/suspend`],
  ['POST', (id) => `/partners/${id}/resume`],
  ['GET', (id) => `/tenants/${id}/admins`],
  ['PATCH', (id) => `/users/${id}`, { name: 'Mine' }],
  ['POST', (id) => `/users/${id}/suspend`],
  ['DELETE', (id) => `/users/${id}/roles/TenantUser`],
]

/** A body that names something by id. A new one is one line here. */
const references: [path: string, body: (id: string) => object][] = [
  ['/tenants', (id) => ({ name: 'X', parentId: id })],
  [
    '/users',
    (id) => ({
      email: 'x@y.example',
      name: 'X',
      password: 'long enough to do',
      role: 'TenantUser',
      organizationId: id,
    }),
  ],
]

/** A filter that names something by id, and whose a row is. A new one is one line here. */
const filters: { path: string; ownerOf: (row: Row) => string }[] = [
  { path: '/partners?parentId=', ownerOf: (row) => row['id'] },
  { path: '/tenants?parentId=', ownerOf: (row) => row['id'] },
  { path: '/users?organizationId=', ownerOf: (row) => row['organizationId'] },
  { path: '/audit?organizationId=', ownerOf: (row) => row['organizationId'] },
  { path: '/audit?objectId=', ownerOf: (row) => row['organizationId'] },
]

const rowsOf = async (path: string, token: string): Promise<Row[]> =>
  (await call('GET', `/api/v1${path}?limit=200`, { token })).body.data
/** An answer without what differs from request to request. */
const faceOf = ({ status, body }: { status: number; body: any }) => ({
  status,
  body: { ...body, instance: '', requestId: '' },
})

const platformRows = new Map(
  await Promise.all(lists.map(async ({ path }) => [path, await rowsOf(path, admin)] as const)),
)
const rowsAt = (path: string) => platformRows.get(path) ?? []

describe.each(actors.map((actor) => [actor.name, actor] as const))('%s', (_, actor) => {
  test.each(lists)('$path shows its branch, all of it and nothing else', async ({ path, ownerOf }) => {
    const expected = rowsAt(path).filter((row) => belongsTo(actor, ownerOf(row)))
    const seen = await rowsOf(path, await world.token(actor))
    expect(seen.map((row) => row['id'])).toEqual(expected.map((row) => row['id']))
  })

  test.each(lists.filter(({ hasId }) => hasId))('$path/{id}: a foreign id answers like an absent one', async (list) => {
    const token = await world.token(actor)
    const read = async (id: string) => faceOf(await call('GET', `/api/v1${list.path}/${id}`, { token }))
    const nothing = await read(absent)
    expect(nothing.status).toBe(404)
    for (const row of rowsAt(list.path)) {
      const answer = await read(row['id'])
      if (belongsTo(actor, list.ownerOf(row))) expect(answer.status).toBe(200)
      else expect(answer).toEqual(nothing)
    }
  })

  test('changes: a foreign id in the path answers like an absent one', async () => {
    const token = await world.token(actor)
    for (const [method, path, body] of idCalls) {
      const headers = { 'if-match': '"1"' }
      const say = async (id: string) =>
        faceOf(await call(method, `/api/v1${path(id)}`, { token, headers, ...(body ? { body } : {}) }))
      const nothing = await say(absent)
      expect([403, 404]).toContain(nothing.status)
      for (const id of foreignTo(actor)) expect(await say(id)).toEqual(nothing)
    }
  })

  test('a foreign id in a body answers like an absent one', async () => {
    const token = await world.token(actor)
    for (const [path, body] of references) {
      const say = async (id: string) => faceOf(await call('POST', `/api/v1${path}`, { token, body: body(id) }))
      const nothing = await say(absent)
      expect([403, 422]).toContain(nothing.status)
      for (const id of foreignTo(actor)) expect(await say(id)).toEqual(nothing)
    }
  })

  test('a foreign id in a filter shows nothing foreign, and nothing at all unless it is above', async () => {
    const token = await world.token(actor)
    for (const { path, ownerOf } of filters) {
      for (const id of foreignTo(actor)) {
        const { status, body } = await call('GET', `/api/v1${path}${id}`, { token })
        const owners = body.data.map((row: Row) => ownerOf(row))
        expect([status, owners.filter((owner: string) => !belongsTo(actor, owner))]).toEqual([200, []])
        if (!actor.line.includes(id)) expect(owners).toEqual([])
      }
    }
  })

  test('a cursor of somebody else leads to nothing foreign', async () => {
    const token = await world.token(actor)
    for (const { path, ownerOf } of lists) {
      const { body } = await call('GET', `/api/v1${path}?limit=1`, { token: admin })
      const page = await call('GET', `/api/v1${path}?limit=200&cursor=${body.page.nextCursor}`, { token })
      expect(page.status).toBe(200)
      expect(page.body.data.filter((row: Row) => !belongsTo(actor, ownerOf(row)))).toEqual([])
    }
  })

  test('a token is good for its own organization only', async () => {
    const told = async (organizationId: string) => {
      const headers = { 'weir-organization': organizationId }
      const { status, body } = await call('GET', '/api/v1/tenants', { token: await world.token(actor), headers })
      return [status, body.code, body.errors[0]?.pointer]
    }
    expect(await told(world.platform.id)).toEqual([403, 'auth.no_role_there', '/headers/weir-organization'])
    expect(await told(Bun.randomUUIDv7())).toEqual(await told(world.platform.id))
  })
})

describe('in our own predicates, without row level security', () => {
  // The same app on a database where every tier's role sees everything.
  const { call: callOpen } = testApi(database, (closed) => ({
    ...closed,
    transaction: (scope, work) => closed.transaction({ ...scope, role: 'weir_platform' }, work),
  }))

  test.each(lists)('$path shows each actor its branch and nothing else', async ({ path, ownerOf }) => {
    for (const actor of actors) {
      const { body } = await callOpen('GET', `/api/v1${path}?limit=200`, { token: await world.token(actor) })
      const expected = rowsAt(path).filter((row) => belongsTo(actor, ownerOf(row)))
      expect(body.data.map((row: Row) => row['id'])).toEqual(expected.map((row) => row['id']))
    }
  })

  test.each(lists.filter(({ hasId }) => hasId))('$path/{id}: 404 for a foreign id', async ({ path, ownerOf }) => {
    for (const actor of actors) {
      const token = await world.token(actor)
      for (const row of rowsAt(path)) {
        const { status } = await callOpen('GET', `/api/v1${path}/${row['id']}`, { token })
        expect(status).toBe(belongsTo(actor, ownerOf(row)) ? 200 : 404)
      }
    }
  })
})

/** Ids that are not the actor's to see: of an organization above and beside on each level, and of a user of another branch. */
function foreignTo(actor: Member): string[] {
  const organizations = world.all.filter((member) => !member.line.includes(actor.id))
  const above = organizations.filter((member) => actor.line.includes(member.id))
  const beside = levels.flatMap((level) =>
    organizations.filter((member) => member.level === level && !above.includes(member)).slice(0, 1),
  )
  const user = rowsAt('/users').find((row) => !belongsTo(actor, row['organizationId']))
  return [...above.map(({ id }) => id), ...beside.map(({ id }) => id), user?.['id'] as string]
}

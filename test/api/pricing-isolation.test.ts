import { afterAll, describe, expect, test } from 'bun:test'
import { tierRole } from '../../src/platform/context.ts'
import { testApi } from '../support/api.ts'
import { catalogOf, newList, perUnit, refusalOf } from '../support/catalog.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { buildWorld, type Member } from '../support/world.ts'

// Who reads which price list. What is expected is computed here from the table of chains in docs/domain.md, not from the product's code.

const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const world = await buildWorld(api)
const { as, sku, list } = catalogOf(api.call, world)
const { platform } = world
const absent = Bun.randomUUIDv7()
const one = await sku('cpu')

const members = world.all
const byId = new Map(members.map((member) => [member.id, member]))
const trades = ({ level, model }: Member) => level === 'platform' || level === 'tenant' || model === 'reseller'
const sellers = members.filter((member) => member.level !== 'tenant' && trades(member))
const buyers = members.filter((member) => member.level !== 'platform' && trades(member))
const above = (member: Member) => member.line.slice(0, -1).map((id) => byId.get(id)!)
const sellerOf = (member: Member) => above(member).findLast(trades) ?? platform

type Made = { id: string; seller: Member; buyer: Member | null; isDraft: boolean }
const made: Made[] = []
for (const seller of sellers) {
  const add = async (buyer: Member | null, change: Record<string, unknown>) => {
    const { id } = await list(seller, { cpu: '1' }, change)
    made.push({ id, seller, buyer, isDraft: change['state'] === 'draft' })
  }
  await add(null, {})
  await add(null, { state: 'draft' })
  for (const buyer of buyers.filter((buyer) => sellerOf(buyer) === seller)) {
    await add(buyer, { scope: 'buyer', targetId: buyer.id })
  }
}

/** Shared: whoever has this seller of record. For one buyer: from seller to buyer, agents between included, and the platform. */
function mayRead(member: Member, { seller, buyer, isDraft }: Made): boolean {
  if (member === seller) return true
  if (isDraft) return false
  if (buyer === null) return sellerOf(member) === seller
  return member === platform || (buyer.line.includes(member.id) && member.line.includes(seller.id))
}
const readableBy = (member: Member) =>
  made
    .filter((one) => mayRead(member, one))
    .map(({ id }) => id)
    .sort()

const shownTo = async (member: Member) => {
  const { body } = await as(member, 'GET', '/pricing/price-lists?limit=200')
  return body.data.map(({ id }: { id: string }) => id).sort()
}
const everyone = members.map((member) => [`${member.level} ${member.name}`, member] as const)

test('the world has lists of every kind', () => {
  expect(sellers.length).toBe(5)
  expect(made.filter(({ buyer }) => buyer).length).toBe(buyers.length)
  const reseller = world.distributors.reseller
  const shared = made.find(({ seller, buyer }) => seller === reseller && !buyer)!
  expect(readableBy(platform)).not.toContain(shared.id)
  expect(readableBy(world.partner('reseller/agent'))).toContain(shared.id)
  expect(readableBy(world.tenant('reseller/reseller'))).not.toContain(shared.id)
})

describe.each(everyone)('%s', (_, member) => {
  test('is shown what it may read, all of it and nothing else', async () => {
    expect(await shownTo(member)).toEqual(readableBy(member))
  })

  test('a list out of sight answers like an absent one', async () => {
    const faceOf = async (id: string) => {
      const { status, body } = await as(member, 'GET', `/pricing/price-lists/${id}`)
      return { status, body: { ...body, instance: '', requestId: '' } }
    }
    const nothing = await faceOf(absent)
    for (const one of made) {
      const answer = await faceOf(one.id)
      if (mayRead(member, one)) expect([answer.status, answer.body.rates.length]).toEqual([200, 1])
      else expect(answer).toEqual(nothing)
    }
  })

  test('sees no more in SQL, without our own predicate', async () => {
    const scope = {
      role: tierRole(member.level),
      organizationId: member.id,
      accountId: null,
      sellerOfRecordId: sellerOf(member).id,
      line: member.line,
    }
    const ids = await api.db.transaction(scope, async (tx) => ({
      lists: await tx<{ id: string }[]>`select id from price_list order by id`,
      rates: await tx<{ id: string }[]>`select price_list_id as id from price_rate order by price_list_id`,
    }))
    expect(ids.lists.map(({ id }) => id)).toEqual(readableBy(member))
    expect(ids.rates.map(({ id }) => id)).toEqual(readableBy(member))
  })
})

describe('changes', () => {
  test('403 for a list that may be read only, 404 for one out of sight; nothing changes', async () => {
    const before = await sql`select id, version from price_list order by id`
    for (const member of sellers) {
      for (const one of made.filter(({ seller }) => seller !== member)) {
        const path = `/pricing/price-lists/${one.id}`
        const expected = mayRead(member, one) ? 403 : 404
        expect((await as(member, 'PUT', `${path}/rates`, { rates: [] }, '"1"')).status).toBe(expected)
        expect((await as(member, 'POST', `${path}/end`, { validTo: '2099-01-01' })).status).toBe(expected)
        expect((await as(member, 'DELETE', path)).status).toBe(expected)
      }
    }
    expect(await sql`select id, version from price_list order by id`).toEqual(before)
  })

  test('a list is for a direct buyer: foreign, indirect, agent and absent answer alike', async () => {
    const seller = world.distributors.reseller
    const say = async (targetId: string) =>
      refusalOf(await as(seller, 'POST', '/pricing/price-lists', newList({ scope: 'buyer', targetId })))
    const others = [
      world.partner('reseller/agent'),
      world.tenant('reseller/reseller'),
      world.tenant('-/-'),
      world.partner('agent/reseller'),
      platform,
      seller,
    ]
    for (const id of [...others.map((other) => other.id), absent]) {
      expect(await say(id)).toEqual({ status: 422, code: 'reference.unknown', pointers: ['/targetId'] })
    }
  })

  test('rows can not be written for another seller in SQL', async () => {
    const member = world.distributors.reseller
    const scope = {
      role: tierRole(member.level),
      organizationId: member.id,
      accountId: null,
      sellerOfRecordId: platform.id,
      line: member.line,
    }
    const foreign = made.find(({ seller, buyer, isDraft }) => seller === platform && !buyer && !isDraft)!
    const inserted = api.db.transaction(
      scope,
      (tx) => tx`
        insert into price_list (id, seller_id, code, name, currency, scope, target_id, valid)
        select ${absent}, seller_id, 'x', name, currency, scope, target_id, '[2030-01-01,)' from price_list where id = ${foreign.id}`,
    )
    await expect(inserted).rejects.toThrow('row-level security')
    const updated = await api.db.transaction(
      scope,
      (tx) => tx`update price_list set name = 'X' where id = ${foreign.id} returning id`,
    )
    expect(updated).toHaveLength(0)
    const rates = await api.db.transaction(
      scope,
      (tx) => tx`delete from price_rate where sku_id = ${one.id} and seller_id <> ${member.id} returning id`,
    )
    expect(rates).toHaveLength(0)
  })
})

describe('in our own predicates, without row level security', () => {
  const open = (how: 'disable' | 'enable') =>
    Promise.all(
      ['price_list', 'price_rate'].map((table) => sql.unsafe(`alter table ${table} ${how} row level security`)),
    )
  afterAll(() => open('enable'))

  test('everybody is shown what it may read and nothing else', async () => {
    await open('disable')
    for (const member of members) {
      expect(await shownTo(member)).toEqual(readableBy(member))
      for (const one of made) {
        const { status } = await as(member, 'GET', `/pricing/price-lists/${one.id}`)
        expect(status).toBe(mayRead(member, one) ? 200 : 404)
      }
    }
  })

  test('a price sheet shows the price of the own side only', async () => {
    const tenant = world.tenant('reseller/reseller')
    const { body } = await as(tenant, 'GET', '/pricing?sku=cpu')
    const own = made.find(({ buyer }) => buyer === tenant)!
    expect(body.data[0]).toMatchObject({ rate: perUnit('1'), list: { id: own.id, scope: 'buyer' } })
    const above = await as(world.distributors.reseller, 'GET', `/pricing?side=sell&buyerId=${tenant.id}`)
    expect(above.status).toBe(422)
  })
})

import { describe, expect, test } from 'bun:test'
import { testApi } from '../support/api.ts'
import { catalogOf, perUnit, refusalOf } from '../support/catalog.ts'
import { testDatabase } from '../support/database.ts'
import { buildWorld, type Member } from '../support/world.ts'

const api = testApi(await testDatabase())
const world = await buildWorld(api, [
  [null, null],
  ['agent', 'agent'],
  ['agent', 'reseller'],
  ['reseller', 'agent'],
  ['reseller', 'reseller'],
])
const { as, made, sku, list, publishedPlan, region } = catalogOf(api.call, world)
const { platform } = world
const reseller = world.distributors.reseller
const absent = Bun.randomUUIDv7()
for (const member of world.all) await world.token(member)

const sheet = (member: Member, query: Record<string, string>) =>
  as(member, 'GET', `/pricing?${new URLSearchParams(query)}`)
/** The only row of a sheet that is asked for one SKU. */
const rowOf = async (member: Member, query: Record<string, string>) => {
  const { status, body } = await sheet(member, query)
  if (status !== 200) throw new Error(`the sheet answered ${status} ${JSON.stringify(body)}`)
  return body.data[0]
}

describe('which list wins', () => {
  test('subscription before buyer before plan version before region before default', async () => {
    const tenant = world.tenant('-/-')
    const one = await sku()
    const base = await list(platform, { [one.code]: '1' })
    const { versionId } = await publishedPlan(platform, [one.code])
    const { id: regionId, code: regionCode } = await region()
    const subscription = await made(platform, '/subscriptions', {
      tenantId: tenant.id,
      name: 'S',
      planVersionId: versionId,
      startDate: '2026-01-01',
    })
    const asked = { sku: one.code, subscriptionId: subscription.id, region: regionCode, day: '2026-02-01' }
    const winner = async (query: Record<string, string>) => {
      const { list: won, rate } = await rowOf(tenant, query)
      return [won.scope, rate.unitPrice]
    }
    expect((await rowOf(tenant, asked)).list).toEqual({
      id: base.id,
      code: base.code,
      scope: 'default',
      validFrom: '2026-01-01',
      validTo: null,
    })
    await list(platform, { [one.code]: '2' }, { scope: 'region', targetId: regionId })
    expect(await winner(asked)).toEqual(['region', '2'])
    await list(platform, { [one.code]: '3' }, { scope: 'plan_version', targetId: versionId })
    expect(await winner(asked)).toEqual(['plan_version', '3'])
    await list(platform, { [one.code]: '4' }, { scope: 'buyer', targetId: tenant.id })
    expect(await winner(asked)).toEqual(['buyer', '4'])
    await list(
      platform,
      { [one.code]: '5' },
      { scope: 'subscription', targetId: subscription.id, validTo: '2026-03-01' },
    )
    expect(await winner(asked)).toEqual(['subscription', '5'])
    expect(await winner({ ...asked, day: '2026-03-01' })).toEqual(['buyer', '4'])
    expect(await winner({ sku: one.code })).toEqual(['buyer', '4'])
  })

  test('no price is unknown, never 0', async () => {
    const one = await sku()
    await list(platform, { [one.code]: '1' }, { validFrom: '2026-03-01' })
    expect(await rowOf(world.tenant('-/-'), { sku: one.code, day: '2026-02-28' })).toEqual({
      skuId: one.id,
      sku: one.code,
      name: `Name of ${one.code}`,
      unit: 'hour',
      aggregation: 'sum',
      rate: null,
      rateCurrency: null,
      exchange: null,
      unknownFor: 'no_price',
      list: null,
    })
  })

  test('at one scope the currency of the edge wins; a price in the seller’s own needs a rate of exchange', async () => {
    const token = await world.token(platform)
    const body = { name: 'Dollar tenant', currency: 'USD' }
    const { id } = (await api.call('POST', '/api/v1/tenants', { token, body })).body
    const one = await sku()
    const euro = await list(platform, { [one.code]: '1' })
    const asked = { side: 'sell', buyerId: id, sku: one.code }
    const before = await sheet(platform, asked)
    expect([before.body.currency, before.body.buyerId]).toEqual(['USD', id])
    expect(before.body.data[0]).toMatchObject({ rate: null, unknownFor: 'no_fx_rate', list: { id: euro.id } })
    const dollar = await list(platform, { [one.code]: '2' }, { currency: 'USD' })
    expect(await rowOf(platform, asked)).toMatchObject({
      rate: perUnit('2'),
      unknownFor: null,
      list: { id: dollar.id },
    })
    await list(platform, { [one.code]: '3' }, { currency: 'GBP', scope: 'buyer', targetId: id })
    expect(await rowOf(platform, asked)).toMatchObject({ rate: perUnit('2') })
  })
})

describe('sides', () => {
  const price = async (member: Member, query: Record<string, string>) => (await rowOf(member, query)).rate?.unitPrice

  test('each stands where it stands: what it pays, what it charges, what its edge costs', async () => {
    const one = await sku()
    const asked = { sku: one.code }
    const below = world.partner('reseller/reseller')
    await list(platform, { [one.code]: '1' }, { kind: 'cost' })
    await list(platform, { [one.code]: '2' })
    await list(reseller, { [one.code]: '3' })
    await list(below, { [one.code]: '4' })
    expect(await price(platform, asked)).toBe('1')
    expect(await price(platform, { ...asked, side: 'sell' })).toBe('2')
    expect(await price(reseller, asked)).toBe('2')
    expect(await price(reseller, { ...asked, side: 'sell' })).toBe('3')
    expect(await price(below, asked)).toBe('3')
    expect(await price(below, { ...asked, side: 'sell' })).toBe('4')
    expect(await price(world.tenant('reseller/reseller'), asked)).toBe('4')
    expect(await price(world.tenant('reseller/agent'), asked)).toBe('3')
    expect(await price(world.tenant('agent/agent'), asked)).toBe('2')
    expect(await price(world.partner('reseller/agent'), asked)).toBe('3')
    expect(await price(world.distributors.agent, asked)).toBe('2')
    const agency = await sheet(world.partner('reseller/agent'), asked)
    expect(agency.body).toMatchObject({ side: 'agency', sellerId: reseller.id, buyerId: null, currency: 'EUR' })
  })

  test('an agent reads the price that is made for a buyer on the edge that it spans, and no other', async () => {
    const one = await sku()
    const agent = world.distributors.agent
    const spanned = world.partner('agent/reseller')
    await list(platform, { [one.code]: '2' }, { scope: 'buyer', targetId: spanned.id })
    expect(await price(agent, { sku: one.code, buyerId: spanned.id })).toBe('2')
    expect(await price(spanned, { sku: one.code })).toBe('2')
    expect(await price(world.partner('agent/agent'), { sku: one.code })).toBe(undefined)
    const beyond = world.tenant('agent/reseller').id
    const answers = [beyond, world.tenant('reseller/agent').id, absent].map((buyerId) => sheet(agent, { buyerId }))
    for (const answer of await Promise.all(answers)) {
      expect(refusalOf(answer)).toEqual({ status: 422, code: 'reference.unknown', pointers: ['/query/buyerId'] })
    }
  })

  test.each<[string, Member, string, string]>([
    ['an agent sells nothing', world.distributors.agent, 'sell', 'billing.not_a_seller'],
    ['an agent buys nothing', world.distributors.agent, 'buy', 'billing.not_a_seller'],
    ['a tenant sells nothing', world.tenant('-/-'), 'sell', 'billing.not_a_seller'],
    ['a reseller is no agent', reseller, 'agency', 'pricing.not_an_agent'],
  ])('409: %s', async (_, member, side, code) => {
    const { status, body } = await sheet(member, { side })
    expect([status, body.code]).toEqual([409, code])
  })

  test('a seller asks for its direct buyers only; foreign and absent answer alike', async () => {
    const direct = world.partner('reseller/reseller').id
    expect((await sheet(reseller, { side: 'sell', buyerId: direct })).status).toBe(200)
    const others = [
      world.tenant('reseller/reseller').id,
      world.partner('reseller/agent').id,
      world.tenant('-/-').id,
      platform.id,
      absent,
    ]
    for (const buyerId of others) {
      const answer = await sheet(reseller, { side: 'sell', buyerId })
      expect(refusalOf(answer)).toEqual({ status: 422, code: 'reference.unknown', pointers: ['/query/buyerId'] })
    }
  })

  test.each<[string, Record<string, string>, string]>([
    ['an absent subscription', { subscriptionId: absent }, '/query/subscriptionId'],
    ['an absent region', { region: 'nowhere' }, '/query/region'],
    ['a day that no calendar has', { day: '2026-02-30' }, '/query/day'],
    ['a side that is none', { side: 'middle' }, '/query/side'],
    ['an unknown filter', { colour: 'red' }, '/query/colour'],
    ['another buyer than oneself', { buyerId: absent }, '/query/buyerId'],
  ])('422 for %s', async (_, query, pointer) => {
    expect(refusalOf(await sheet(world.tenant('-/-'), query))).toMatchObject({ status: 422, pointers: [pointer] })
  })
})

test('the pages of a sheet hold every SKU once', async () => {
  const seen: string[] = []
  let cursor: Record<string, string> = {}
  for (;;) {
    const { data, page } = (await sheet(world.tenant('-/-'), { limit: '2', ...cursor })).body
    seen.push(...data.map((row: { sku: string }) => row.sku))
    if (!page.hasMore) break
    cursor = { cursor: page.nextCursor }
  }
  const all = (await as(platform, 'GET', '/pricing/skus?limit=200')).body.data.map((row: { code: string }) => row.code)
  expect(seen).toEqual(all)
})

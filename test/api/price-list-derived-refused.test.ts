import { describe, expect, test } from 'bun:test'
import { testApi } from '../support/api.ts'
import { catalogOf, refusalOf, storedPrices } from '../support/catalog.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { derivedList, derivingOf } from '../support/derive.ts'
import { buildWorld } from '../support/world.ts'

const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const world = await buildWorld(api, [
  ['reseller', 'reseller'],
  ['reseller', 'agent'],
])
const { as, sku, list, region } = catalogOf(api.call, world)
const { derive, from } = derivingOf(as, sql)
const { platform } = world
const distributor = world.distributors.reseller
const partner = world.partner('reseller/reseller')
const lists = '/pricing/price-lists'

describe('bad input changes nothing', () => {
  test.each([
    ['a margin of 100 %', { method: 'margin', percent: '100' }, {}, 'derive.margin_100', '/derivedFrom/percent'],
    ['a negative markup', { method: 'markup', percent: '-1' }, {}, 'decimal.negative', '/derivedFrom/percent'],
    ['13 digits', { method: 'amountUp', amount: '0.1234567890123' }, {}, 'decimal.too_long', '/derivedFrom/amount'],
    ['no percent', { method: 'discount' }, {}, 'field.required', '/derivedFrom/percent'],
    ['another currency', { method: 'markup', percent: '1' }, { currency: 'USD' }, 'pricing.base_currency', '/currency'],
    ['a draft', { method: 'markup', percent: '1' }, { state: 'draft' }, 'pricing.derived_draft', '/state'],
    ['rates as well', { method: 'markup', percent: '1' }, { rates: [] }, 'field.unknown', '/rates'],
    [
      'days on which the base asks nothing',
      { method: 'markup', percent: '1' },
      { validFrom: '2025-01-01', validTo: '2025-02-01' },
      'pricing.base_empty',
      '/derivedFrom',
    ],
  ])('%s', async (_, terms, change, code, pointer) => {
    const base = await list(platform, { [(await sku()).code]: '10' })
    const before = await storedPrices(sql)
    expect(refusalOf(await as(distributor, 'POST', lists, derivedList(from(base, terms), change)))).toEqual({
      status: 422,
      code,
      pointers: [pointer],
    })
    expect(await storedPrices(sql)).toEqual(before)
  })

  test("a base that is nobody's, a draft of another, or a list made for somebody else is unknown, alike", async () => {
    const one = await sku()
    const draft = await list(platform, { [one.code]: '1' }, { state: 'draft' })
    const cost = await list(platform, { [one.code]: '1' }, { kind: 'cost' })
    const absent = { id: '01980f5e-7b1c-7c3a-9f0e-2f6d1c5b4a39' }
    for (const base of [draft, cost, absent]) {
      const answer = await as(distributor, 'POST', lists, derivedList(from(base, { method: 'markup', percent: '1' })))
      expect(refusalOf(answer)).toEqual({
        status: 422,
        code: 'reference.unknown',
        pointers: ['/derivedFrom/priceListId'],
      })
    }
    const above = await list(platform, { [(await sku()).code]: '1' })
    const answer = await as(partner, 'POST', lists, derivedList(from(above, { method: 'markup', percent: '1' })))
    expect(refusalOf(answer)).toMatchObject({ status: 422, code: 'reference.unknown' })
  })

  test('a list that would be derived from itself, over another one as well', async () => {
    const one = await sku()
    const { id: target } = await region()
    const code = `loop-${one.code}`
    const base = await list(platform, { [one.code]: '1' }, { code, validTo: '2026-06-01' })
    const terms = { method: 'markup', percent: '1' }
    const middle = await derive(platform, from(base, terms), { code: `${code}-2`, scope: 'region', targetId: target })
    for (const start of [base, middle]) {
      const answer = await as(
        platform,
        'POST',
        lists,
        derivedList(from(start, terms), { code, validFrom: '2026-06-01' }),
      )
      expect(refusalOf(answer)).toEqual({ status: 422, code: 'derive.loop', pointers: ['/derivedFrom'] })
    }
  })

  test('a list of which other own lists leave nothing is an overlap', async () => {
    const one = await sku()
    const base = await list(platform, { [one.code]: '10' })
    await list(distributor, { [one.code]: '1' })
    const answer = await as(distributor, 'POST', lists, derivedList(from(base, { method: 'markup', percent: '1' })))
    expect(refusalOf(answer)).toEqual({ status: 409, code: 'pricing.overlap', pointers: ['/derivedFrom'] })
  })

  test('an agent sells nothing', async () => {
    const agent = world.partner('reseller/agent')
    const answer = await as(agent, 'POST', lists, derivedList({ basis: 'buyPrice', method: 'markup', percent: '1' }))
    expect([403, 409]).toContain(answer.status)
  })
})

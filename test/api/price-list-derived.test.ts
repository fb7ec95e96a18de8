import { describe, expect, test } from 'bun:test'
import { pricingHandlers } from '../../workers/pricing.ts'
import { testApi } from '../support/api.ts'
import { catalogOf, dayFromToday, perUnit, refusalOf } from '../support/catalog.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { derivingOf, followTick } from '../support/derive.ts'
import { until } from '../support/until.ts'
import { testWorker } from '../support/worker.ts'
import { buildWorld } from '../support/world.ts'

const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const world = await buildWorld(api, [
  ['reseller', 'reseller'],
  ['reseller', 'agent'],
])
const { as, sku, list } = catalogOf(api.call, world)
testWorker(database, pricingHandlers, { ticks: [followTick] })
const { platform } = world
const distributor = world.distributors.reseller
const partner = world.partner('reseller/reseller')
const lists = '/pricing/price-lists'

const { derive, from, pricesOf, settled } = derivingOf(as, sql)

describe('a derived list', () => {
  test('takes its rates from its base, and tells its seller alone where from', async () => {
    const one = await sku()
    const base = await list(platform, { [one.code]: '10' })
    const made = await derive(distributor, from(base, { method: 'discount', percent: '15' }), { code: `d-${one.code}` })
    expect(made.rates.map(({ sku, rate }: any) => [sku, rate])).toEqual([[one.code, perUnit('8.5')]])
    expect(made).toMatchObject({
      validFrom: '2026-01-01',
      validTo: null,
      state: 'active',
      derivedFrom: {
        basis: 'list',
        method: 'discount',
        percent: '15',
        amount: null,
        priceListId: base.id,
        leftOut: [],
      },
    })
    const seen = await as(partner, 'GET', `${lists}/${made.id}`)
    expect([seen.status, seen.body.derivedFrom]).toEqual([200, null])
    expect(JSON.stringify(seen.body)).not.toContain(base.id)
    expect((await as(distributor, 'GET', `/pricing?side=sell&sku=${one.code}`)).body.data[0].rate).toEqual(
      perUnit('8.5'),
    )
  })

  test('D8: what is paid is resolved on the own edge, link by link', async () => {
    const one = await sku()
    const days = { validFrom: '2025-01-01', validTo: '2025-02-01' }
    await list(platform, { [one.code]: '999' }, days)
    await list(platform, { [one.code]: '100.00' }, { ...days, scope: 'buyer', targetId: distributor.id })
    const change = { code: `d8-${one.code}`, ...days }
    await derive(distributor, { basis: 'buyPrice', method: 'markup', percent: '8' }, change)
    await derive(partner, { basis: 'buyPrice', method: 'markup', percent: '12' }, change)
    expect(await pricesOf(distributor, change.code, one.code)).toEqual([['2025-01-01', '2025-02-01', '108']])
    expect(await pricesOf(partner, change.code, one.code)).toEqual([['2025-01-01', '2025-02-01', '120.96']])
  })

  test('the platform buys at its cost lists', async () => {
    const one = await sku()
    await list(platform, { [one.code]: '80' }, { kind: 'cost', validTo: '2026-01-02' })
    const made = await derive(
      platform,
      { basis: 'buyPrice', method: 'margin', percent: '20' },
      { code: `m-${one.code}`, validTo: '2026-01-02' },
    )
    expect(made.rates.find(({ sku }: any) => sku === one.code).rate).toEqual(perUnit('100'))
  })
})

describe('following', () => {
  test('a new version of the base is a new version here, for the same days, down the chain', async () => {
    const one = await sku()
    const code = `follow-${one.code}`
    const base = await list(platform, { [one.code]: '10' }, { code })
    const middle = await derive(distributor, from(base, { method: 'markup', percent: '10' }), { code })
    await derive(partner, from(middle, { method: 'amountUp', amount: '1' }), { code })
    await list(platform, { [one.code]: '20' }, { code, validFrom: '2026-05-01' })
    await until(async () => (await pricesOf(partner, code, one.code)).length === 2)
    expect(await pricesOf(distributor, code, one.code)).toEqual([
      ['2026-01-01', '2026-05-01', '11'],
      ['2026-05-01', null, '22'],
    ])
    expect(await pricesOf(partner, code, one.code)).toEqual([
      ['2026-01-01', '2026-05-01', '12'],
      ['2026-05-01', null, '23'],
    ])
    const kept = await as(distributor, 'GET', `${lists}/${middle.id}`)
    expect(kept.body).toMatchObject({ id: middle.id, validTo: '2026-05-01' })
  })

  test('a draft base begins to count when it is activated; one that ends takes the list with it', async () => {
    const one = await sku()
    const code = `ends-${one.code}`
    const base = await list(platform, { [one.code]: '10' }, { code })
    await derive(distributor, from(base, { method: 'markup', percent: '10' }), { code })
    const draft = await list(platform, { [one.code]: '30' }, { code, validFrom: '2026-06-01', state: 'draft' })
    await settled()
    expect(await pricesOf(distributor, code, one.code)).toEqual([['2026-01-01', null, '11']])
    await as(platform, 'POST', `${lists}/${draft.id}/activate`)
    await until(async () => (await pricesOf(distributor, code, one.code)).length === 2)
    const end = await dayFromToday(sql, 40)
    expect((await as(platform, 'POST', `${lists}/${draft.id}/end`, { validTo: end })).status).toBe(200)
    await until(async () => (await pricesOf(distributor, code, one.code))[1]?.[1] === end)
    expect((await pricesOf(distributor, code, one.code))[1]).toEqual(['2026-06-01', end, '33'])
  })

  test('a base whose rates are replaced is followed in place; what does not change is left alone', async () => {
    const [one, two] = [await sku(), await sku()]
    const code = `replaced-${one.code}`
    const base = await list(platform, { [one.code]: '10' }, { code })
    const made = await derive(distributor, from(base, { method: 'markup', percent: '10' }), { code })
    const read = await as(platform, 'GET', `${lists}/${base.id}`)
    const rates = [one, two].map(({ code: sku }) => ({ sku, rate: perUnit('12') }))
    await as(platform, 'PUT', `${lists}/${base.id}/rates`, { rates }, read.headers.get('etag')!)
    await until(async () => (await pricesOf(distributor, code, two.code)).length === 1)
    expect(await pricesOf(distributor, code, one.code)).toEqual([['2026-01-01', null, '13.2']])
    await settled()
    const touched = (await as(distributor, 'GET', `${lists}/${made.id}`)).body.updatedAt
    await list(platform, { [(await sku()).code]: '1' })
    await settled()
    expect((await as(distributor, 'GET', `${lists}/${made.id}`)).body.updatedAt).toBe(touched)
  })

  test('a frozen version is never rewritten: it ends, and the new price goes on from tomorrow', async () => {
    const one = await sku()
    const code = `frozen-${one.code}`
    const base = await list(platform, { [one.code]: '10' }, { code })
    const made = await derive(distributor, from(base, { method: 'markup', percent: '10' }), { code })
    await sql`update price_list set state = 'used' where id = ${made.id}`
    const read = await as(platform, 'GET', `${lists}/${base.id}`)
    const body = { rates: [{ sku: one.code, rate: perUnit('20') }] }
    await as(platform, 'PUT', `${lists}/${base.id}/rates`, body, read.headers.get('etag')!)
    await until(async () => (await pricesOf(distributor, code, one.code)).length === 2)
    const tomorrow = await dayFromToday(sql, 1)
    expect(await pricesOf(distributor, code, one.code)).toEqual([
      ['2026-01-01', tomorrow, '11'],
      [tomorrow, null, '22'],
    ])
  })

  test('a SKU that the seller prices itself is left out and named, and so is one that would cost less than nothing', async () => {
    const [one, own, small] = [await sku(), await sku(), await sku()]
    const code = `gaps-${one.code}`
    const base = await list(platform, { [one.code]: '10', [small.code]: '1' }, { code })
    const made = await derive(distributor, from(base, { method: 'amountDown', amount: '2' }), { code })
    expect(made.derivedFrom.leftOut).toEqual([{ sku: small.code, reason: 'derive.negative' }])
    await list(distributor, { [own.code]: '5' })
    const change = { code: own.code, rates: [{ priceListId: base.id, rate: perUnit('9') }] }
    await sql`
      insert into price_rate (id, price_list_id, seller_id, kind, scope, target_id, currency, sku_id, valid, is_active, rate)
      select gen_random_uuid(), id, seller_id, kind, scope, target_id, currency, ${own.id}, valid, is_active, ${sql.json(perUnit('9'))}
      from price_list where id = ${change.rates[0]!.priceListId}`
    await until(async () => (await as(distributor, 'GET', `${lists}/${made.id}`)).body.derivedFrom.leftOut.length === 2)
    const { body } = await as(distributor, 'GET', `${lists}/${made.id}`)
    expect(body.derivedFrom.leftOut).toContainEqual({ sku: own.code, reason: 'pricing.overlap' })
    expect(body.rates.map(({ sku }: any) => sku)).toEqual([one.code])
  })
})

describe('changing a derived list', () => {
  test("its rates are its base's: they are not edited, a new version takes over, and then it follows no more", async () => {
    const one = await sku()
    const code = `over-${one.code}`
    const base = await list(platform, { [one.code]: '10' }, { code })
    const made = await derive(distributor, from(base, { method: 'markup', percent: '10' }), { code })
    const read = await as(distributor, 'GET', `${lists}/${made.id}`)
    const edit = await as(distributor, 'PUT', `${lists}/${made.id}/rates`, { rates: [] }, read.headers.get('etag')!)
    expect(refusalOf(edit)).toMatchObject({ status: 409, code: 'pricing.list_derived' })
    await list(distributor, { [one.code]: '7' }, { code, validFrom: '2026-03-01' })
    await list(platform, { [one.code]: '20' }, { code, validFrom: '2026-04-01' })
    await settled()
    expect(await pricesOf(distributor, code, one.code)).toEqual([
      ['2026-01-01', '2026-03-01', '11'],
      ['2026-03-01', null, '7'],
    ])
  })

  test('other terms from a day on are a derivation of the same code that begins there', async () => {
    const one = await sku()
    const code = `terms-${one.code}`
    const base = await list(platform, { [one.code]: '10' }, { code })
    await derive(distributor, from(base, { method: 'markup', percent: '10' }), { code })
    await list(platform, { [one.code]: '20' }, { code, validFrom: '2026-06-01' })
    await settled()
    await derive(distributor, from(base, { method: 'markup', percent: '50' }), { code, validFrom: '2026-05-01' })
    expect(await pricesOf(distributor, code, one.code)).toEqual([
      ['2026-01-01', '2026-05-01', '11'],
      ['2026-05-01', '2026-06-01', '15'],
      ['2026-06-01', null, '30'],
    ])
  })

  test('ending it ends its later versions', async () => {
    const one = await sku()
    const code = `end-${one.code}`
    const base = await list(platform, { [one.code]: '10' }, { code })
    const made = await derive(distributor, from(base, { method: 'markup', percent: '10' }), { code })
    const later = await dayFromToday(sql, 60)
    await list(platform, { [one.code]: '20' }, { code, validFrom: later })
    await until(async () => (await pricesOf(distributor, code, one.code)).length === 2)
    const end = await dayFromToday(sql, 30)
    const answer = await as(distributor, 'POST', `${lists}/${made.id}/end`, { validTo: end })
    expect([answer.status, answer.body.validTo]).toEqual([200, end])
    await settled()
    expect(await pricesOf(distributor, code, one.code)).toEqual([['2026-01-01', end, '11']])
  })
})

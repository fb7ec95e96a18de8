import { describe, expect, test } from 'bun:test'
import { testApi } from '../support/api.ts'
import { catalogOf, perUnit, refusalOf, storedPrices } from '../support/catalog.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { buildWorld } from '../support/world.ts'

const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const world = await buildWorld(api, [['reseller', 'reseller']])
const { as, sku, list } = catalogOf(api.call, world)
const { platform } = world
const distributor = world.distributors.reseller
const lists = '/pricing/price-lists'
const [one, two, three] = [await sku('copy-1'), await sku('copy-2'), await sku('copy-3')]
const source = await list(platform, { [one.code]: '1.05', [two.code]: '0.0149' }, { code: 'copied' })

describe('a clone', () => {
  test('is a draft with the same rates, of the same list from another day on', async () => {
    const { status, body } = await as(platform, 'POST', `${lists}/${source.id}/clone`, { validFrom: '2027-01-01' })
    expect([status, body.state, body.code, body.validFrom]).toEqual([201, 'draft', 'copied', '2027-01-01'])
    expect(body.rates.map(({ sku, rate }: any) => [sku, rate])).toEqual(
      source.rates.map(({ sku, rate }: any) => [sku, rate]),
    )
    expect(body.id).not.toBe(source.id)
  })

  test("somebody else's list is not copied, whether it is in sight or not", async () => {
    const before = await storedPrices(sql)
    const body = { validFrom: '2027-01-01' }
    const seen = await as(distributor, 'POST', `${lists}/${source.id}/clone`, body)
    expect(refusalOf(seen)).toMatchObject({ status: 403, code: 'pricing.not_your_list' })
    const other = await list(distributor, { [three.code]: '1' })
    expect((await as(world.partner('reseller/reseller'), 'POST', `${lists}/${source.id}/clone`, body)).status).toBe(404)
    expect((await as(platform, 'GET', `${lists}/${other.id}/compare?with=${source.id}`)).status).toBe(404)
    expect((await storedPrices(sql))?.['lists']).toBe(before!['lists'] + 1)
  })
})

describe('an increase', () => {
  const increase = (body: object, preview = '') =>
    as(platform, 'POST', `${lists}/${source.id}/increase${preview}`, { validFrom: '2027-02-01', ...body })

  test('previews every changed price and changes nothing', async () => {
    const before = await storedPrices(sql)
    const { status, body } = await increase({ percent: '10', digits: 2, skus: [one.code] }, '?preview=true')
    expect([status, body]).toEqual([
      200,
      {
        priceList: null,
        changed: [
          {
            skuId: one.id,
            sku: one.code,
            before: perUnit('1.05'),
            after: perUnit('1.16'),
            amounts: [{ pointer: '/unitPrice', before: '1.05', after: '1.16', percent: '10.4762' }],
          },
        ],
        unchanged: 1,
      },
    ])
    expect(await storedPrices(sql)).toEqual(before)
  })

  test('is a draft of the next version; the list itself stays', async () => {
    const { status, body } = await increase({ amount: '0.01' })
    expect([status, body.priceList.state, body.priceList.code]).toEqual([201, 'draft', 'copied'])
    expect(body.priceList.rates.map(({ rate }: any) => rate)).toEqual([perUnit('1.06'), perUnit('0.0249')])
    const kept = await as(platform, 'GET', `${lists}/${source.id}`)
    expect(kept.body.rates.map(({ rate }: any) => rate)).toEqual([perUnit('1.05'), perUnit('0.0149')])
    const compared = await as(platform, 'GET', `${lists}/${source.id}/compare?with=${body.priceList.id}`)
    expect(compared.body).toMatchObject({ added: [], removed: [], unchanged: 0 })
    expect(compared.body.changed.map(({ sku, amounts }: any) => [sku, amounts[0].percent])).toEqual([
      [one.code, '0.9524'],
      [two.code, '67.1141'],
    ])
  })

  test.each([
    ['both ways at once', { percent: '1', amount: '1' }, 'raise.one_way', ''],
    ['a price below zero', { amount: '-1' }, 'derive.negative', '/rates/1/unitPrice'],
    ['an unknown SKU', { percent: '1', skus: ['copy-1', 'nothing'] }, 'reference.unknown', '/skus/1'],
    ['13 digits', { percent: '0.0000000000001' }, 'decimal.too_long', '/percent'],
  ])('%s changes nothing', async (_, body, code, pointer) => {
    const before = await storedPrices(sql)
    expect(refusalOf(await increase(body))).toEqual({ status: 422, code, pointers: [pointer] })
    expect(await storedPrices(sql)).toEqual(before)
  })
})

test('comparing tells what is on one list alone', async () => {
  const other = await list(platform, { [two.code]: '0.0149', [three.code]: '3' }, { state: 'draft' })
  const { body } = await as(platform, 'GET', `${lists}/${source.id}/compare?with=${other.id}`)
  expect(body).toEqual({
    added: [{ skuId: three.id, sku: three.code, rate: perUnit('3') }],
    removed: [{ skuId: one.id, sku: one.code, rate: perUnit('1.05') }],
    changed: [],
    unchanged: 1,
  })
})

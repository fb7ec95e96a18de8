import { describe, expect, test } from 'bun:test'
import { testApi } from '../support/api.ts'
import { catalogOf, perUnit, refusalOf, storedPrices } from '../support/catalog.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { buildWorld } from '../support/world.ts'

const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const world = await buildWorld(api, [['agent', 'agent']])
const { as, sku, list } = catalogOf(api.call, world)
const { platform } = world
const reseller = world.distributors.reseller
const absent = Bun.randomUUIDv7()
const lists = '/pricing/price-lists'
const first = await sku('cpu')

describe('SKUs', () => {
  test('the platform makes them, everybody reads them, a code names one', async () => {
    const body = { code: 'ram', name: 'Memory', unit: 'GiB hour', aggregation: 'max' }
    const answer = await as(platform, 'POST', '/pricing/skus', body)
    expect(answer.status).toBe(201)
    expect(answer.headers.get('location')).toBe(`/api/v1/pricing/skus/${answer.body.id}`)
    expect(answer.body).toMatchObject(body)
    const read = await as(world.tenant('agent/agent'), 'GET', `/pricing/skus/${answer.body.id}`)
    expect(read.body).toEqual(answer.body)
    const found = await as(reseller, 'GET', '/pricing/skus?code=ram')
    expect(found.body.data).toEqual([answer.body])
    const again = await as(platform, 'POST', '/pricing/skus', body)
    expect(refusalOf(again)).toEqual({ status: 409, code: 'sku.code_taken', pointers: ['/code'] })
    expect((await as(platform, 'GET', `/pricing/skus/${absent}`)).status).toBe(404)
  })

  test('a reseller may price them and not make them', async () => {
    const before = await storedPrices(sql)
    const answer = await as(reseller, 'POST', '/pricing/skus', { code: 'own', name: 'Own', unit: 'piece' })
    expect([answer.status, answer.body.code]).toEqual([403, 'pricing.platform_only'])
    expect(await storedPrices(sql)).toEqual(before)
  })

  test('pages are complete, each SKU once', async () => {
    const codes: string[] = []
    let path = '/pricing/skus?limit=2'
    for (;;) {
      const { data, page } = (await as(platform, 'GET', path)).body
      codes.push(...data.map((one: { code: string }) => one.code))
      if (!page.hasMore) break
      path = `/pricing/skus?limit=2&cursor=${page.nextCursor}`
    }
    const [row] = await sql`select array_agg(code order by id desc) as codes from sku`
    expect(codes).toEqual(row!['codes'])
  })
})

describe('POST /pricing', () => {
  test('the platform makes a SKU with its rates in one call, on two lists', async () => {
    const [euro, dollar] = [await list(platform, {}), await list(platform, {}, { currency: 'USD' })]
    const rates = [euro, dollar].map(({ id }, index) => ({ priceListId: id, rate: perUnit(`${index + 1}`) }))
    const answer = await as(platform, 'POST', '/pricing', { code: 'one-call', name: 'One', unit: 'hour', rates })
    expect(answer.status).toBe(201)
    expect(answer.headers.get('location')).toBe(`/api/v1/pricing/skus/${answer.body.sku.id}`)
    const read = await as(platform, 'GET', `${lists}/${dollar.id}`)
    expect(read.body.rates).toMatchObject([{ sku: 'one-call', rate: perUnit('2') }])
  })

  test('a reseller takes a SKU up by its code', async () => {
    const { id } = await list(reseller, {})
    const body = { code: 'cpu', rates: [{ priceListId: id, rate: perUnit('5') }] }
    const answer = await as(reseller, 'POST', '/pricing', body)
    expect([answer.status, answer.body.sku.id]).toEqual([201, first.id])
    const twice = await as(reseller, 'POST', '/pricing', body)
    expect(refusalOf(twice)).toMatchObject({ status: 409, pointers: ['/rates/0/priceListId'] })
  })

  test.each<[string, () => Promise<[typeof platform, object]>, string[]]>([
    [
      'a foreign list',
      async () => {
        const foreign = await list(reseller, {})
        return [
          platform,
          { code: 'n1', name: 'N', unit: 'u', rates: [{ priceListId: foreign.id, rate: perUnit('1') }] },
        ]
      },
      ['/rates/0/priceListId'],
    ],
    [
      'an absent list',
      async () => [
        platform,
        { code: 'n2', name: 'N', unit: 'u', rates: [{ priceListId: absent, rate: perUnit('1') }] },
      ],
      ['/rates/0/priceListId'],
    ],
    [
      'a new SKU without name and unit',
      async () => [platform, { code: 'n3', rates: [{ priceListId: absent, rate: perUnit('1') }] }],
      ['/name', '/unit'],
    ],
    [
      'a SKU that the platform does not have',
      async () => [reseller, { code: 'n4', rates: [{ priceListId: absent, rate: perUnit('1') }] }],
      ['/code'],
    ],
    [
      'a reseller’s own words for a SKU',
      async () => [reseller, { code: 'cpu', name: 'Mine', rates: [{ priceListId: absent, rate: perUnit('1') }] }],
      ['/name'],
    ],
    [
      'a rate below zero',
      async () => [
        platform,
        { code: 'n5', name: 'N', unit: 'u', rates: [{ priceListId: absent, rate: perUnit('-1') }] },
      ],
      ['/rates/0/rate/unitPrice'],
    ],
  ])('422 for %s, and nothing is stored', async (_, request, pointers) => {
    const [member, body] = await request()
    const before = await storedPrices(sql)
    expect(refusalOf(await as(member, 'POST', '/pricing', body))).toMatchObject({ status: 422, pointers })
    expect(await storedPrices(sql)).toEqual(before)
  })

  test('a SKU that another list prices already is an overlap, and the new SKU is not kept', async () => {
    const one = await sku()
    await list(reseller, { [one.code]: '1' })
    const { id } = await list(reseller, {})
    const body = { code: one.code, rates: [{ priceListId: id, rate: perUnit('5') }] }
    expect(refusalOf(await as(reseller, 'POST', '/pricing', body))).toEqual({
      status: 409,
      code: 'pricing.overlap',
      pointers: ['/rates/0'],
    })
  })
})

import { describe, expect, test } from 'bun:test'
import { testApi } from '../support/api.ts'
import { catalogOf, newList, perUnit, refusalOf, storedPrices } from '../support/catalog.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { buildWorld } from '../support/world.ts'

const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const world = await buildWorld(api, [[null, null]])
const { as, made, sku, list, region } = catalogOf(api.call, world)
const { platform } = world
for (const code of ['a-seat', 'b-setup', 'c-hours']) await sku(code)
await list(platform, { 'a-seat': '4', 'b-setup': '99', 'c-hours': '0.1' })

const newPlan = (...items: object[]) => ({ code: `plan-${Bun.randomUUIDv7()}`, name: 'Plan', items })

describe('a plan with charges', () => {
  const yearly = {
    sku: 'a-seat',
    kind: 'recurring',
    timing: 'arrears',
    interval: 'year',
    anchor: 'start',
    proration: 'second',
    quantityBasis: 'one',
  }

  test('answers what it was told, and the usual terms where nothing was said', async () => {
    const plan = await made(
      platform,
      '/plans',
      newPlan({ sku: 'a-seat', kind: 'recurring' }, { sku: 'b-setup', kind: 'oneTime' }, { sku: 'c-hours' }),
    )
    expect(plan.versions[0].items.map(({ skuId: _, ...item }: { skuId: string }) => item)).toEqual([
      {
        sku: 'a-seat',
        kind: 'recurring',
        timing: 'advance',
        interval: 'month',
        anchor: 'calendar',
        proration: 'day',
        quantityBasis: 'subscription',
      },
      { sku: 'b-setup', kind: 'oneTime', quantityBasis: 'subscription' },
      { sku: 'c-hours', kind: 'usage' },
    ])
    const told = await made(platform, '/plans', newPlan(yearly))
    expect(told.versions[0].items[0]).toMatchObject(yearly)
  })

  test('hands its terms on to the next version, published or not', async () => {
    const plan = await made(platform, '/plans', newPlan(yearly))
    expect((await as(platform, 'POST', `/plans/${plan.id}/publish`)).status).toBe(200)
    const next = await as(platform, 'POST', `/plans/${plan.id}/versions`, {})
    expect(next.body.versions[0]).toMatchObject({ number: 2, state: 'draft', items: [yearly] })
    const changed = await as(
      platform,
      'PUT',
      `/plans/${plan.id}/versions/2/items`,
      { items: [{ ...yearly, interval: 'quarter' }] },
      next.headers.get('etag')!,
    )
    expect(changed.body.versions[0].items).toMatchObject([{ ...yearly, interval: 'quarter' }])
  })

  test.each<[string, object, string]>([
    ['terms of a charge on usage', { sku: 'c-hours', timing: 'advance' }, '/items/0/timing'],
    ['a quantity basis of usage', { sku: 'c-hours', quantityBasis: 'one' }, '/items/0/quantityBasis'],
    ['an interval of what comes once', { sku: 'b-setup', kind: 'oneTime', interval: 'month' }, '/items/0/interval'],
    ['an unknown interval', { sku: 'a-seat', kind: 'recurring', interval: 'week' }, '/items/0/interval'],
    ['an amount: plans hold none', { sku: 'a-seat', kind: 'recurring', amount: '4' }, '/items/0/amount'],
  ])('422 for %s', async (_, item, pointer) => {
    const [before] = await sql`select count(*)::int as plans from plan`
    const answer = await as(platform, 'POST', '/plans', newPlan(item))
    expect(refusalOf(answer)).toMatchObject({ status: 422, pointers: [pointer] })
    expect((await sql`select count(*)::int as plans from plan`)[0]).toEqual(before)
  })

  test('is published with a price for each charge; a price in a region is none for what no region uses', async () => {
    const regional = await sku()
    await list(platform, { [regional.code]: '1' }, { scope: 'region', targetId: (await region()).id })
    const plan = await made(platform, '/plans', newPlan({ sku: regional.code, kind: 'recurring' }))
    expect(refusalOf(await as(platform, 'POST', `/plans/${plan.id}/publish`))).toEqual({
      status: 422,
      code: 'plan.price_missing',
      pointers: ['/items/0'],
    })
    await list(platform, { [regional.code]: '1' })
    expect((await as(platform, 'POST', `/plans/${plan.id}/publish`)).status).toBe(200)
  })
})

test('no item has terms that its kind does not have, in SQL either', async () => {
  const plan = await made(platform, '/plans', newPlan({ sku: 'a-seat', kind: 'recurring' }))
  const broken = sql`update plan_item set anchor = null where plan_version_id = ${plan.versions[0].id}`
  await expect(broken).rejects.toThrow('plan_item_terms_of_kind')
})

describe('tiers over all of a buyer are for usage alone: charges of a buyer have no whole', () => {
  const perBuyer = (sku: string) => ({ sku, rate: { ...perUnit('1'), tierScope: 'buyer' } })
  const draft = newList({ rates: [], state: 'draft' })
  const pointers = ['/rates/0/rate/tierScope']
  const publish = (plan: { id: string }) => as(platform, 'POST', `/plans/${plan.id}/publish`)
  const put = async (list: { id: string }, body: object) => {
    const { headers } = await as(platform, 'GET', `/pricing/price-lists/${list.id}`)
    return as(platform, 'PUT', `/pricing/price-lists/${list.id}/rates`, body, headers.get('etag')!)
  }

  test('a plan is not published with a charge that such a price is for, drafts among them; as usage it is', async () => {
    const { code } = await sku()
    await list(platform, { [code]: '1' })
    const waiting = await made(platform, '/pricing/price-lists', { ...draft, code, rates: [perBuyer(code)] })
    const plan = await made(platform, '/plans', newPlan({ sku: code, kind: 'recurring' }))
    const refused = { status: 422, code: 'plan.price_per_buyer', pointers: ['/items/0'] }
    expect(refusalOf(await publish(plan))).toEqual(refused)
    expect((await publish(await made(platform, '/plans', newPlan({ sku: code })))).status).toBe(200)
    expect((await as(platform, 'DELETE', `/pricing/price-lists/${waiting.id}`)).status).toBe(204)
    expect((await publish(plan)).status).toBe(200)
  })

  test('of a SKU that a published plan charges no such price is written: new, replaced, added, copied or imported', async () => {
    const { code } = await sku()
    const plain = await list(platform, { [code]: '1' }, { state: 'draft' })
    const old = await list(platform, {}, { rates: [perBuyer(code)], validFrom: '2024-01-01', validTo: '2024-02-01' })
    await list(platform, { [code]: '1' })
    expect((await publish(await made(platform, '/plans', newPlan({ sku: code, kind: 'oneTime' })))).status).toBe(200)
    const stored = await storedPrices(sql)
    const refused = { status: 422, code: 'rate.not_per_buyer' }
    const created = await as(platform, 'POST', '/pricing/price-lists', { ...draft, rates: [perBuyer(code)] })
    expect(refusalOf(created)).toEqual({ ...refused, pointers })
    expect(refusalOf(await put(plain, { rates: [perBuyer(code)] }))).toEqual({ ...refused, pointers })
    const copied = await as(platform, 'POST', `/pricing/price-lists/${old.id}/clone`, {
      code: 'copy',
      validFrom: '2030-01-01',
    })
    expect(refusalOf(copied)).toEqual({ ...refused, pointers: [''] })
    const imported = await api.call('POST', `/api/v1/pricing/price-lists/${plain.id}/import`, {
      token: await world.token(platform),
      headers: { 'content-type': 'text/csv' },
      body: `sku,kind,tierScope,unitPrice\n${code},per_unit,buyer,1\n`,
    })
    expect(refusalOf(imported)).toEqual({ ...refused, pointers: ['/2/tierScope'] })
    expect(await storedPrices(sql)).toEqual(stored)
  })

  test("nor by a reseller for a charge of its seller's plans, nor on a cost list", async () => {
    const { code } = await sku()
    await list(platform, { [code]: '1' })
    const { reseller } = world.distributors
    const own = await list(reseller, {}, { state: 'draft' })
    const add = () => {
      const rate = { priceListId: own.id, rate: perBuyer(code).rate }
      return as(reseller, 'POST', '/pricing', { code, rates: [rate] })
    }
    await publish(await made(platform, '/plans', newPlan({ sku: code, kind: 'recurring' })))
    expect(refusalOf(await add())).toEqual({ status: 422, code: 'rate.not_per_buyer', pointers })
    const costs = await as(platform, 'POST', '/pricing/price-lists', {
      ...draft,
      kind: 'cost',
      rates: [perBuyer('c-hours')],
    })
    expect(refusalOf(costs)).toEqual({ status: 422, code: 'rate.not_per_buyer', pointers })
  })
})

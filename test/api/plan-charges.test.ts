import { describe, expect, test } from 'bun:test'
import { testApi } from '../support/api.ts'
import { catalogOf, refusalOf } from '../support/catalog.ts'
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

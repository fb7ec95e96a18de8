import { describe, expect, test } from 'bun:test'
import { testApi } from '../support/api.ts'
import { billingWorld, moneyHandlers, refreshTick } from '../support/billing.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { testWorker } from '../support/worker.ts'
import { buildWorld } from '../support/world.ts'

const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const world = await buildWorld(api, [
  ['reseller', 'agent'],
  ['agent', null],
])
const money = await billingWorld(api, sql, world)
testWorker(database, moneyHandlers, { ticks: [refreshTick] })

const { platform } = world
const { reseller, agent } = world.distributors
const agentPartner = world.partner('reseller/agent')
const [below, direct] = [world.tenant('reseller/agent'), world.tenant('agent/-')]
const period = '2024-09'

await money.region('eu')
await money.sellingSku('vm.hours')
await money.sellingSku('disk.gb')
await money.list(platform, { 'vm.hours': '1', 'disk.gb': '0.1' }, { validFrom: '2024-01-01' })
await money.list(reseller, { 'vm.hours': '1.5', 'disk.gb': '0.2' }, { validFrom: '2024-01-01' })
await money.subscription(below.id, [{ region: 'eu', externalId: 'below' }])
await money.subscription(direct.id, [{ region: 'eu', externalId: 'direct' }])
for (const who of ['below', 'direct']) {
  await money.use(who, 'vm.hours', '10')
  await money.use(who, 'disk.gb', '50')
}
await money.rated()

const estimate = (rows: any[]) => rows.map((row) => [row.groupId, row.side, row.unbilled.total])

describe('GET /billing/summary shows the edges of the caller and nothing else', () => {
  test('a tenant buys: its own price, never what its seller pays', async () => {
    expect(estimate(await money.summary(below, `period=${period}&groupBy=tenant`))).toEqual([
      [below.id, 'buy', '25.00'],
    ])
    expect(estimate(await money.summary(direct, `period=${period}&groupBy=tenant`))).toEqual([
      [direct.id, 'buy', '15.00'],
    ])
  })

  test('a reseller sells, and buys where it asks for it: both per tenant, so that it sees its margin', async () => {
    expect(estimate(await money.summary(reseller, `period=${period}&groupBy=tenant`))).toEqual([
      [below.id, 'sell', '25.00'],
    ])
    const bought = await money.summary(reseller, `period=${period}&groupBy=tenant&side=buy`)
    expect(estimate(bought)).toEqual([[below.id, 'buy', '15.00']])
  })

  test('an agent stands between: it sees the edge that spans it, not what its seller pays above', async () => {
    expect(estimate(await money.summary(agentPartner, `period=${period}&groupBy=tenant`))).toEqual([
      [below.id, 'agency', '25.00'],
    ])
    expect(estimate(await money.summary(agent, `period=${period}&groupBy=tenant`))).toEqual([
      [direct.id, 'agency', '15.00'],
    ])
  })

  test('the platform sells to its direct buyers: what a reseller asks from its tenants is not in it', async () => {
    const rows = estimate(await money.summary(platform, `period=${period}&groupBy=tenant`))
    expect(rows.sort()).toEqual(
      [
        [below.id, 'sell', '15.00'],
        [direct.id, 'sell', '15.00'],
      ].sort(),
    )
  })

  test.each([
    ['a tenant sells', below, 'sell'],
    ['a tenant is between', below, 'agency'],
    ['a tenant sees cost', below, 'cost'],
    ['an agent sells', agent, 'sell'],
    ['an agent buys', agentPartner, 'buy'],
    ['a reseller is between its own edges', reseller, 'agency'],
    ['a reseller sees cost', reseller, 'cost'],
    ['the platform buys', platform, 'buy'],
    ['the platform is between', platform, 'agency'],
  ] as const)('nothing where %s', async (_, member, side) => {
    for (const groupBy of ['tenant', 'region']) {
      expect(await money.summary(member, `period=${period}&groupBy=${groupBy}&side=${side}`)).toEqual([])
    }
  })
})

describe('what a row says', () => {
  test('by SKU, subscription, partner and distributor, with names; a skipped level is null', async () => {
    const skus = await money.summary(below, `period=${period}&groupBy=sku`)
    expect(skus.map((row) => [row.name, row.quantityBySku, row.unbilled.net])).toEqual([
      ['vm.hours', { 'vm.hours': '10' }, '15.00'],
      ['disk.gb', { 'disk.gb': '50' }, '10.00'],
    ])
    const [subscription] = await money.summary(below, `period=${period}`)
    expect([subscription.groupBy, subscription.name, subscription.quantityBySku]).toEqual([
      'subscription',
      'Subscription',
      { 'vm.hours': '10', 'disk.gb': '50' },
    ])
    const partners = await money.summary(platform, `period=${period}&groupBy=partner`)
    expect(partners.map((row) => [row.groupId, row.name])).toEqual([
      [null, null],
      [agentPartner.id, agentPartner.name],
    ])
    const distributors = await money.summary(platform, `period=${period}&groupBy=distributor`)
    expect(distributors.map((row) => row.groupId).sort()).toEqual([agent.id, reseller.id].sort())
  })

  test('by region there are quantities, and the amounts are unknown: tiers are reached by all regions together', async () => {
    const [row] = await money.summary(below, `period=${period}&groupBy=region`)
    expect(row).toMatchObject({
      name: 'eu',
      quantityBySku: { 'vm.hours': '10', 'disk.gb': '50' },
      currency: null,
      unbilled: null,
      draft: null,
      billed: null,
      credited: null,
    })
  })

  test("a draft is its seller's; for the buyer the same amount is not billed yet", async () => {
    const { jobId } = (await money.as(reseller, 'POST', '/billing/runs', { body: { period } })).body
    await money.job(reseller, jobId)
    const [sold] = await money.summary(reseller, `period=${period}&groupBy=tenant`)
    expect([sold.unbilled.net, sold.draft.net, sold.billed.net]).toEqual(['0.00', '25.00', '0.00'])
    for (const [member, query] of [
      [below, ''],
      [agentPartner, ''],
    ] as const) {
      const [row] = await money.summary(member, `period=${period}&groupBy=tenant${query}`)
      expect([row.unbilled.net, row.draft.net, row.billed.net]).toEqual(['25.00', '0.00', '0.00'])
    }
  })

  test('pages go on behind the last row, in a stable order', async () => {
    const all = await money.summary(platform, `period=${period}&groupBy=tenant`)
    const first = await money.read(platform, `/billing/summary?period=${period}&groupBy=tenant&limit=1`)
    expect([first.data, first.page.hasMore]).toEqual([[all[0]], true])
    const cursor = encodeURIComponent(first.page.nextCursor)
    const second = await money.read(
      platform,
      `/billing/summary?period=${period}&groupBy=tenant&limit=1&cursor=${cursor}`,
    )
    expect([second.data, second.page.hasMore]).toEqual([[all[1]], false])
    const foreign = await money.as(platform, 'GET', `/billing/summary?period=2024-08&groupBy=tenant&cursor=${cursor}`)
    expect([foreign.status, foreign.body.code]).toEqual([422, 'cursor.invalid'])
  })
})

test.each([
  ['without a period', 'groupBy=tenant'],
  ['with a month that does not exist', 'period=2024-13'],
  ['with an unknown grouping', `period=${period}&groupBy=moon`],
  ['with an unknown field', `period=${period}&color=red`],
])('422 %s', async (_, query) => {
  expect((await money.as(below, 'GET', `/billing/summary?${query}`)).status).toBe(422)
})

test('401 without a token', async () => {
  expect((await api.call('GET', `/api/v1/billing/summary?period=${period}`)).status).toBe(401)
})

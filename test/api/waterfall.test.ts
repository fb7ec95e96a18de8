import { describe, expect, test } from 'bun:test'
import { testApi } from '../support/api.ts'
import { billingWorld, moneyHandlers, refreshTick } from '../support/billing.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { testWorker } from '../support/worker.ts'
import { buildWorld, type Member } from '../support/world.ts'

const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const world = await buildWorld(api, [
  [null, 'reseller'],
  ['agent', 'agent'],
  ['reseller', 'reseller'],
])
const money = await billingWorld(api, sql, world)
testWorker(database, moneyHandlers, { ticks: [refreshTick] })

const { platform } = world
const { reseller, agent } = world.distributors
const [partner, direct, agentPartner] = [
  world.partner('reseller/reseller'),
  world.partner('-/reseller'),
  world.partner('agent/agent'),
]
const [deep, skipped, ofAgents] = [
  world.tenant('reseller/reseller'),
  world.tenant('-/reseller'),
  world.tenant('agent/agent'),
]
const period = '2024-09'

const graduated = (first: string, then: string) => ({
  kind: 'graduated',
  tiers: [
    { upTo: '1000', unitPrice: first },
    { upTo: null, unitPrice: then },
  ],
})
const perUnit = (unitPrice: string) => ({ kind: 'per_unit', unitPrice })
const list = (seller: Member, rates: Record<string, object>, change: Record<string, unknown> = {}) =>
  money.list(
    seller,
    {},
    {
      rates: Object.entries(rates).map(([sku, rate]) => ({ sku, rate })),
      validFrom: '2024-01-01',
      ...change,
    },
  )

await money.region('eu')
for (const code of ['d9', 'd10', 'd13', 'free']) await money.sellingSku(code)
await list(platform, { d9: graduated('0.055', '0.044'), d10: perUnit('0.00894'), d13: perUnit('60') }, { kind: 'cost' })
await list(platform, {
  d9: graduated('0.075', '0.06'),
  d10: perUnit('0.01192'),
  d13: perUnit('85'),
  free: perUnit('2'),
})
await list(reseller, { d9: graduated('0.085', '0.068'), d10: perUnit('0.013112') })
await list(partner, { d9: graduated('0.1', '0.08'), d10: perUnit('0.0149') })
await list(direct, { d13: perUnit('100') })
await money.subscription(deep.id, [{ region: 'eu', externalId: 'deep' }])
await money.subscription(skipped.id, [{ region: 'eu', externalId: 'skipped' }])
await money.subscription(ofAgents.id, [{ region: 'eu', externalId: 'of-agents' }])
await money.use('deep', 'd9', '1200')
await money.use('deep', 'd10', '333')
await money.use('skipped', 'd13', '1')
await money.use('of-agents', 'd13', '2')
await money.use('of-agents', 'free', '5', '2024-08-10')
/** Cost, wholesale and selling price of case D2. */
const belowCost = {
  'd2.a': ['10', '13', '15'],
  'd2.b': ['10', '13', '11'],
  'd2.c': ['10', '8', '10'],
  'd2.d': ['10', '8', '8'],
} as const
const priced = (level: 0 | 1 | 2) =>
  Object.fromEntries(Object.entries(belowCost).map(([sku, prices]) => [sku, perUnit(prices[level])]))
for (const code of Object.keys(belowCost)) await money.sellingSku(code)
await list(platform, priced(0), { kind: 'cost', validFrom: '2024-07-01', validTo: '2024-08-01', code: 'cost-d2' })
await list(platform, priced(1), { validFrom: '2024-07-01', validTo: '2024-08-01' })
await list(direct, priced(2), { validFrom: '2024-07-01', validTo: '2024-08-01' })
for (const code of Object.keys(belowCost)) await money.use('skipped', code, '1', '2024-07-10')
await money.rated()

const waterfall = async (member: Member, query: string): Promise<any[]> =>
  (await money.read(member, `/billing/waterfall?${query}`)).data
const sellersOf = (row: any) => row.sellers.map((one: any) => [one.sellerId, one.bought, one.sold, one.margin])

describe('the platform sees the whole way of the money', () => {
  test('D9: a discount off list on every edge', async () => {
    const [row] = await waterfall(platform, `period=${period}&groupBy=sku&sku=d9`)
    expect(row).toMatchObject({ platformCost: '63.80', tenantTotal: '116.00', sum: '52.20', gap: '0.00', missing: [] })
    expect(sellersOf(row)).toEqual([
      [platform.id, '63.80', '87.00', '23.20'],
      [reseller.id, '87.00', '98.60', '11.60'],
      [partner.id, '98.60', '116.00', '17.40'],
    ])
  })

  test('D2: what is sold below its cost is a margin below zero, at whichever level, and none is hidden', async () => {
    const rows = await waterfall(platform, 'period=2024-07&groupBy=sku')
    const margins = rows.map((row) => [row.name, row.gap, ...sellersOf(row).map(([, , , margin]: string[]) => margin)])
    expect(margins.sort()).toEqual([
      ['d2.a', '0.00', '3.00', '2.00'],
      ['d2.b', '0.00', '3.00', '-2.00'],
      ['d2.c', '0.00', '-2.00', '2.00'],
      ['d2.d', '0.00', '-2.00', '0.00'],
    ])
  })

  test('D10: rounding down the chain loses nothing', async () => {
    const [row] = await waterfall(platform, `period=${period}&groupBy=sku&sku=d10`)
    expect(row).toMatchObject({ platformCost: '2.98', tenantTotal: '4.96', sum: '1.98', gap: '0.00' })
    expect(sellersOf(row).map(([, , , margin]: string[]) => margin)).toEqual(['0.99', '0.40', '0.59'])
  })

  test('D13: a skipped level has no edge and no row', async () => {
    const [row] = await waterfall(platform, `period=${period}&groupBy=tenant&tenantId=${skipped.id}`)
    expect(sellersOf(row)).toEqual([
      [platform.id, '60.00', '85.00', '25.00'],
      [direct.id, '85.00', '100.00', '15.00'],
    ])
  })

  test('chains of all shapes add up together, by distributor, partner, SKU, subscription and month alike', async () => {
    for (const groupBy of ['distributor', 'partner', 'sku', 'subscription', 'tenant', 'month']) {
      const rows = await waterfall(platform, `period=${period}&groupBy=${groupBy}`)
      expect(rows.map(({ gap, missing }) => [gap, missing])).toEqual(rows.map(() => ['0.00', []]))
      const cents = (pick: (row: any) => string) =>
        rows.reduce((sum, row) => sum + Math.round(Number(pick(row)) * 100), 0)
      expect([groupBy, cents((row) => row.platformCost), cents((row) => row.tenantTotal)]).toEqual([
        groupBy,
        24_678,
        39_096,
      ])
    }
  })

  test('an agent level leaves no trace in the margins: the whole difference is the platform’s', async () => {
    const [row] = await waterfall(platform, `period=${period}&tenantId=${ofAgents.id}`)
    expect(sellersOf(row)).toEqual([[platform.id, '120.00', '170.00', '50.00']])
  })

  test('without a cost the margin is unknown and says so, and is never 0', async () => {
    const [row] = await waterfall(platform, 'period=2024-08')
    expect(row).toMatchObject({ platformCost: null, tenantTotal: '10.00', sum: null, gap: null, missing: ['cost'] })
    expect(sellersOf(row)).toEqual([[platform.id, null, '10.00', null]])
    const both = await waterfall(platform, `period[gte]=2024-08&period[lte]=2024-09&tenantId=${ofAgents.id}`)
    expect(both[0]).toMatchObject({
      platformCost: null,
      tenantTotal: '180.00',
      period: '2024-08',
      lastPeriod: '2024-09',
    })
  })

  test('in a currency that nothing is told in, everything is unknown', async () => {
    const [row] = await waterfall(platform, `period=${period}&groupBy=sku&sku=d9&currency=ISK`)
    expect(row).toMatchObject({ currency: 'ISK', tenantTotal: null, sum: null, missing: ['rate_of_exchange'] })
  })
})

describe('each role sees its own slice only', () => {
  test('a reseller: its purchase, its sale, its margin; nothing of the seller above and the one below', async () => {
    const [row] = await waterfall(reseller, `period=${period}&groupBy=sku&sku=d9`)
    expect(row).toMatchObject({ platformCost: null, tenantTotal: null, sum: null, gap: null, missing: [] })
    expect(sellersOf(row)).toEqual([
      [platform.id, null, '87.00', null],
      [reseller.id, '87.00', '98.60', '11.60'],
    ])
  })

  test('the last reseller: also what its tenants pay', async () => {
    const [row] = await waterfall(partner, `period=${period}&groupBy=sku&sku=d9`)
    expect(row).toMatchObject({ platformCost: null, tenantTotal: '116.00', sum: null })
    expect(sellersOf(row)).toEqual([
      [reseller.id, null, '98.60', null],
      [partner.id, '98.60', '116.00', '17.40'],
    ])
  })

  test('a tenant: its own purchase, no margin', async () => {
    const rows = await waterfall(deep, `period=${period}&groupBy=sku`)
    expect(rows.map(sellersOf)).toEqual([[[partner.id, null, '116.00', null]], [[partner.id, null, '4.96', null]]])
  })

  test('agents: the edge that spans them, no margin, no cost, also where the cost is known', async () => {
    for (const member of [agent, agentPartner]) {
      const [row] = await waterfall(member, `period=${period}`)
      expect([row.platformCost, row.sum, row.missing, sellersOf(row)]).toEqual([
        null,
        null,
        [],
        [[platform.id, null, '170.00', null]],
      ])
    }
  })

  test('another branch is nothing, alike for a foreign tenant and an absent one', async () => {
    for (const id of [skipped.id, Bun.randomUUIDv7()]) {
      expect(await waterfall(reseller, `period=${period}&tenantId=${id}`)).toEqual([])
    }
    expect((await waterfall(direct, `period=${period}`)).map(({ groupId }) => groupId)).toEqual([skipped.id])
  })
})

test('pages go on behind the last group', async () => {
  const first = await money.read(platform, `/billing/waterfall?period=${period}&limit=2`)
  const rest = await money.read(platform, `/billing/waterfall?period=${period}&cursor=${first.page.nextCursor}`)
  const ids = [...first.data, ...rest.data].map(({ groupId }) => groupId)
  expect([ids, rest.page.hasMore]).toEqual([[deep.id, skipped.id, ofAgents.id].sort(), false])
})

test.each([
  ['without a period', 'groupBy=sku', 'period.required'],
  ['with a currency that does not exist', `period=${period}&currency=XXQ`, 'currency.unknown'],
])('422 %s', async (_, query, code) => {
  const { status, body } = await money.as(platform, 'GET', `/billing/waterfall?${query}`)
  expect([status, body.code]).toEqual([422, code])
})

test('401 without a token', async () => {
  expect((await api.call('GET', `/api/v1/billing/waterfall?period=${period}`)).status).toBe(401)
})

import { describe, expect, test } from 'bun:test'
import { testApi } from '../support/api.ts'
import { billingWorld, moneyHandlers, refreshTick } from '../support/billing.ts'
import { chargingWorld } from '../support/charging.ts'
import { correctingWorld } from '../support/correcting.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { usageRecord } from '../support/usage.ts'
import { brokenLaws } from '../support/verify.ts'
import { testWorker } from '../support/worker.ts'
import { buildWorld } from '../support/world.ts'

const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const world = await buildWorld(api, [
  ['reseller', null],
  [null, null],
])
const money = await billingWorld(api, sql, world)
const { platform } = world
const { reseller } = world.distributors
const [below, direct] = [world.tenant('reseller/-'), world.tenant('-/-')]
const { plan, prices, order, bill, billed } = chargingWorld(money, platform)
testWorker(database, moneyHandlers, { ticks: [refreshTick] })

await money.region('eu')
const aggregations = { hour: 'sum', peak: 'max', gauge: 'last', people: 'unique', level: 'weighted' } as const
for (const [sku, aggregation] of Object.entries(aggregations))
  await money.sellingSku(sku, { aggregation, ...(sku === 'people' && { uniqueBy: 'resource' }) })
const one = { hour: '1', peak: '1', gauge: '1', people: '1', level: '1' }
await prices(platform, one)
await prices(reseller, { hour: '1.5' })
const items = Object.keys(aggregations).map((sku) => ({ sku, kind: 'usage' }))
const usage = await plan(...items)
const [mine, other] = [await order(below, usage, '2025-01-01'), await order(direct, usage, '2025-01-01')]
const record = (id: string, sku: string, quantity: string, change: object = {}) =>
  usageRecord(id, {
    subscription: other,
    sku,
    quantity,
    start: '2025-01-16T00:00:00Z',
    end: '2025-01-16T00:00:00Z',
    ...change,
  })
await money.settle('eu', [
  record('p', 'peak', '40'),
  record('g', 'gauge', '30'),
  record('l', 'level', '62'),
  ...['ann', 'bob'].map((value) => record(value, 'people', '1', { resource: value })),
])
await money.use(mine, 'hour', '100', '2025-01-10')
await bill('2025-01', [platform, reseller])

const correct = async (tenantId: string) => {
  const { post, apply, onEdges } = correctingWorld(money, sql, { platform, subscriptionId: mine, tenantId })
  const { status, body } = await post(platform, { tenantId, period: '2025-01', reason: 'a wrong price' })
  if (status !== 201) return [status, body.code]
  return onEdges((await apply(platform, body.id)).body)
}
const priced = (seller: typeof platform, targetId: string, rates: Record<string, string>) =>
  money.list(seller, rates, { scope: 'buyer', targetId, validFrom: '2025-01-01', validTo: '2025-02-01' })

test('a price of what does not add up is corrected: maxima, last figures, distinct values, levels over time', async () => {
  expect(
    (await billed(platform, '2025-01', other)).map((line) => line.split(' ').slice(3).join(' ')).toSorted(),
  ).toEqual(['x2 2.00', 'x30 30.00', 'x32 32.00', 'x40 40.00'])
  await priced(platform, direct.id, { peak: '0.5', gauge: '2', people: '4', level: '0.25' })
  // Half of 40, three quarters of 32; 30 and 6 besides.
  expect(await correct(direct.id)).toEqual(['platform: -44.00 +36.00'])
  expect(await correct(direct.id)).toEqual([409, 'correction.nothing_wrong'])
})

describe('a price that is corrected once its month is billed', () => {
  test('changes no document, and is not on the next bill: late usage alone has it', async () => {
    await priced(platform, reseller.id, { hour: '0.8' })
    await money.rated()
    const summary = await money.summary(platform, 'period=2025-01&groupBy=sku&side=sell')
    expect(summary.map(({ unbilled }) => unbilled?.net ?? '0.00').every((net) => net === '0.00')).toBe(true)
    await money.use(mine, 'hour', '10', '2025-01-20')
    await bill('2025-02', [platform, reseller])
    const lines = async (seller: typeof platform) =>
      (await billed(seller, '2025-02', mine)).map((line) =>
        line.split(' ').slice(0, 1).concat(line.split(' ').slice(3)).join(' '),
      )
    expect([await lines(platform), await lines(reseller)]).toEqual([['late x10 8.00'], ['late x10 15.00']])
  })

  test('is not lost either: a correction settles it on each edge whose price was wrong, once', async () => {
    expect(await correct(below.id)).toEqual(['platform: -20.00 +0'])
    await priced(reseller, below.id, { hour: '1.2' })
    expect(await correct(below.id)).toEqual(['reseller: -30.00 +0'])
    expect(await correct(below.id)).toEqual([409, 'correction.nothing_wrong'])
  })
})

test('the live check finds nothing', async () => {
  await money.rated()
  expect(await brokenLaws(database)).toEqual([])
})

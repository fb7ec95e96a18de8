import { expect, test } from 'bun:test'
import { testApi } from '../support/api.ts'
import { billingWorld, moneyHandlers, refreshTick } from '../support/billing.ts'
import { perUnit } from '../support/catalog.ts'
import { chargingWorld } from '../support/charging.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { brokenLaws } from '../support/verify.ts'
import { testWorker } from '../support/worker.ts'
import { buildWorld } from '../support/world.ts'

// Suppliers ask for their own currency: what the platform pays is converted at the rate of the month, or waits and says for what.

const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const world = await buildWorld(api, [[null, null]])
const money = await billingWorld(api, sql, world)
const worker = testWorker(database, moneyHandlers, { ticks: [refreshTick] })
const { platform } = world
const tenant = world.tenant('-/-')
const { plan, order } = chargingWorld(money, platform)

const list = (prices: Record<string, string>, change: object) =>
  money.list(
    platform,
    {},
    {
      validFrom: '2024-01-01',
      rates: Object.entries(prices).map(([sku, price]) => ({ sku, rate: perUnit(price) })),
      ...change,
    },
  )
await money.region('eu')
for (const sku of ['hours', 'seat']) await money.sellingSku(sku)
await list({ hours: '2', seat: '50' }, {})
await list({ hours: '1', seat: '30' }, { kind: 'cost', currency: 'USD' })
const version = await plan({ sku: 'hours' }, { sku: 'seat', kind: 'recurring' })
await order(tenant, version, '2024-09-01', { externalIds: [{ region: 'eu', externalId: 'sub' }] })
await money.use('sub', 'hours', '10')
await money.rated()

const waterfall = async (): Promise<any> => {
  const { data } = await money.read(platform, '/billing/waterfall?period=2024-09')
  const [{ platformCost, tenantTotal, sum, gap, missing }] = data
  return { platformCost, tenantTotal, sum, gap, missing }
}
const cost = async (): Promise<any> => (await money.summary(platform, 'period=2024-09&side=cost&groupBy=month'))[0]

test('without a rate of exchange the margin is unknown, and both figures say that it is the rate that is missing', async () => {
  const unknown = { platformCost: null, sum: null, gap: null }
  expect(await waterfall()).toEqual({ ...unknown, tenantTotal: '70.00', missing: ['rate_of_exchange'] })
  expect(await cost()).toMatchObject({ unbilled: null, parked: { lines: 2, reasons: ['fx.missing'] } })
})

test('a rate of the month converts usage and charges, once and exactly, and what waited is rated by itself', async () => {
  const rate = { from: 'USD', to: 'EUR', rate: '0.905', validFrom: '2024-09-30', source: 'test bank' }
  expect((await money.as(platform, 'POST', '/pricing/fx-rates', { body: rate })).status).toBe(201)
  await money.rated()
  expect(await waterfall()).toEqual({
    platformCost: '36.20',
    tenantTotal: '70.00',
    sum: '33.80',
    gap: '0.00',
    missing: [],
  })
  expect(await cost()).toMatchObject({ unbilled: { net: '36.20' }, parked: { lines: 0 } })
})

test('a cost in the platform’s own currency goes before one that is converted', async () => {
  await list({ hours: '0.5' }, { kind: 'cost' })
  await money.rated()
  expect((await waterfall()).platformCost).toBe('32.15')
})

test('prices of sale in a third currency still wait for one that can be billed', async () => {
  await money.sellingSku('abroad')
  await list({ abroad: '1' }, { currency: 'USD' })
  await money.use('sub', 'abroad', '1')
  await money.rated()
  const [row] = await money.summary(platform, 'period=2024-09&groupBy=sku&sku=abroad')
  expect([row.unbilled, row.parked]).toEqual([null, { lines: 1, reasons: ['price.missing'] }])
})

test('every law holds of what was converted', async () => {
  await money.close('2024-09')
  await money.run(platform, '2024-09')
  await worker.stop()
  await api.db.close()
  expect(await brokenLaws(database)).toEqual([])
})

import { expect, test } from 'bun:test'
import { testApi } from '../support/api.ts'
import { billingWorld, moneyHandlers, refreshTick } from '../support/billing.ts'
import { chargingWorld } from '../support/charging.ts'
import { correctingWorld } from '../support/correcting.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { discountingWorld } from '../support/discounting.ts'
import { brokenLaws } from '../support/verify.ts'
import { testWorker } from '../support/worker.ts'
import { buildWorld } from '../support/world.ts'

const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const world = await buildWorld(api, [['reseller', null]])
const money = await billingWorld(api, sql, world)
const { platform } = world
const { reseller } = world.distributors
const one = world.tenant('reseller/-')
const two = await money.tenant({ name: 'Two', parentId: reseller.id })
const { bill } = chargingWorld(money, platform)
const { give, usedOf } = discountingWorld(money, platform)
testWorker(database, moneyHandlers, { ticks: [refreshTick] })

await money.region('eu')
await money.sellingSku('units')
const priced = (low: string, high: string) => [
  {
    sku: 'units',
    rate: {
      kind: 'graduated',
      tiers: [
        { upTo: '100', unitPrice: low },
        { upTo: null, unitPrice: high },
      ],
      tierScope: 'buyer',
    },
  },
]
await money.list(platform, {}, { validFrom: '2024-01-01', rates: priced('1', '0.5') })
await money.list(reseller, {}, { validFrom: '2024-01-01', rates: priced('2', '1') })
const subscriptions = {
  one: await money.subscription(one.id, [{ region: 'eu', externalId: 'one' }]),
  two: await money.subscription(two.id, [{ region: 'eu', externalId: 'two' }]),
}
await money.use('one', 'units', '80', '2025-01-10')
await money.use('two', 'units', '40', '2025-01-10')
await bill('2025-01', [platform, reseller])

const correct = async (name: 'one' | 'two', quantity?: string) => {
  const [tenantId, subscriptionId] = [name === 'one' ? one.id : two.id, subscriptions[name]]
  const { post, apply, counted, wrong, onEdges } = correctingWorld(money, sql, { platform, subscriptionId, tenantId })
  const asked =
    quantity === undefined
      ? { tenantId, period: '2025-01', reason: 'a wrong price' }
      : wrong(counted(quantity, 'units'))
  const { status, body } = await post(platform, asked)
  if (status !== 201) return [status, body.code]
  return onEdges((await apply(platform, body.id)).body)
}

test('where tiers count over all of a buyer a quantity moves the shares of others on that edge, and of nobody on another one', async () => {
  // 120 units were 110.00, two thirds and one third of it; 80 are 80.00, half and half.
  expect(await correct('one', '-40')).toEqual(['platform: -33.33 +3.33', 'reseller: -80.00 +0'])
  // 40 of the first as corrected and 60: 100.00.
  expect(await correct('two', '20')).toEqual(['platform: -0 +20.00', 'reseller: -0 +40.00'])
  expect(await correct('one')).toEqual([409, 'correction.nothing_wrong'])
})

test('a price of a whole is corrected for all of its buyer at once', async () => {
  await money.list(
    platform,
    {},
    {
      rates: priced('0.9', '0.5'),
      scope: 'buyer',
      targetId: reseller.id,
      validFrom: '2025-01-01',
      validTo: '2025-02-01',
    },
  )
  expect(await correct('two')).toEqual(['platform: -10.00 +0'])
  expect(await correct('one')).toEqual([409, 'correction.nothing_wrong'])
})

test('under a discount the shares are what is right before it', async () => {
  await money.use('one', 'units', '80', '2025-02-10')
  await money.use('two', 'units', '40', '2025-02-10')
  const tenth = await give(reseller.id, { validFrom: '2025-02-01' })
  await bill('2025-02', [platform, reseller])
  const { post, apply, onEdges } = correctingWorld(money, sql, {
    platform,
    subscriptionId: subscriptions.one,
    tenantId: one.id,
  })
  const quantities = [{ subscriptionId: subscriptions.one, sku: 'units', day: '2025-02-10', quantity: '-40' }]
  const { body } = await post(platform, { tenantId: one.id, period: '2025-02', reason: 'counted twice', quantities })
  expect(onEdges((await apply(platform, body.id)).body)).toEqual(['platform: -30.00 +3.00', 'reseller: -80.00 +0'])
  expect(await usedOf(tenth)).toEqual(['8.00', 1, null])
})

test('the live check finds nothing', async () => {
  await money.rated()
  expect(await brokenLaws(database)).toEqual([])
})

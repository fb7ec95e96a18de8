import { expect, test } from 'bun:test'
import { testApi } from '../support/api.ts'
import { billingWorld, moneyHandlers, refreshTick } from '../support/billing.ts'
import { refusalOf } from '../support/catalog.ts'
import { chargingWorld } from '../support/charging.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { testWorker } from '../support/worker.ts'
import { buildWorld } from '../support/world.ts'

// What is the most and the earliest that may be asked for, and that it is billed right.

const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const world = await buildWorld(api, [[null, null]])
const money = await billingWorld(api, sql, world)
const { plan, prices, order, bill, billed } = chargingWorld(money, world.platform)
testWorker(database, moneyHandlers, { ticks: [refreshTick] })

const { platform } = world
const tenant = world.tenant('-/-')
const most = '9'.repeat(26)

await money.sellingSku('most')
await money.sellingSku('seat')
await prices(platform, { most: `${most}.999999999999`, seat: '10' })
const dear = await plan({ sku: 'most', kind: 'recurring' })
const plain = await plan({ sku: 'seat', kind: 'recurring' })

test('the largest quantity at the largest price is billed to the cent', async () => {
  const id = await order(tenant, dear, '2024-09-01', { quantity: most })
  await bill('2024-09')
  const exact = BigInt(most) * BigInt(`${most}999999999999`)
  const cents = (exact + 5_000_000_000n) / 10_000_000_000n
  const net = `${cents / 100n}.${String(cents % 100n).padStart(2, '0')}`
  expect(await billed(platform, '2024-09', id)).toEqual([`recurring 2024-09-01 2024-10-01 x${most} ${net}`])
})

test('a subscription that started long ago owes this bill its own month, and those before it nothing', async () => {
  const id = await order(tenant, plain, '2001-05-01')
  await bill('2024-10')
  expect(await billed(platform, '2024-10', id)).toEqual([
    'recurring 2024-09-01 2024-10-01 x1 10.00',
    'recurring 2024-10-01 2024-11-01 x1 10.00',
  ])
})

test.each([
  ['a digit more before the point', { quantity: `1${'0'.repeat(26)}` }, '/quantity'],
  ['a digit more after it', { quantity: `1.${'1'.repeat(13)}` }, '/quantity'],
  ['a day before the year 2000', { startDate: '1999-12-31' }, '/startDate'],
  ['a day of the year 1', { startDate: '0001-01-01' }, '/startDate'],
  ['a day that there is not', { startDate: '2025-02-29' }, '/startDate'],
])('422 for %s', async (_, change, pointer) => {
  const body = { tenantId: tenant.id, name: 'X', planVersionId: plain, startDate: '2024-11-01', ...change }
  const answer = await money.as(platform, 'POST', '/subscriptions', { body })
  expect(refusalOf(answer)).toMatchObject({ status: 422, pointers: [pointer] })
})

import { expect, test } from 'bun:test'
import { testApi } from '../support/api.ts'
import { billingWorld, moneyHandlers, refreshTick } from '../support/billing.ts'
import { chargingWorld } from '../support/charging.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { discountingWorld } from '../support/discounting.ts'
import { usageRecord } from '../support/usage.ts'
import { brokenLaws } from '../support/verify.ts'
import { testWorker } from '../support/worker.ts'
import { buildWorld } from '../support/world.ts'

const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const world = await buildWorld(api, [[null, null]])
const money = await billingWorld(api, sql, world)
testWorker(database, moneyHandlers, { ticks: [refreshTick] })
const { platform } = world
const { plan, order, act, bill } = chargingWorld(money, platform)
const { give, usedOf, documentOf } = discountingWorld(money, platform)

await money.region('eu')
for (const [sku, price] of Object.entries({ fifty: '50', twenty: '20', ten: '10', seat: '31' })) {
  await money.sellingSku(sku)
  await money.list(platform, { [sku]: price }, { validFrom: '2024-01-01' })
}
const buyerOf = async (name: string) => {
  const { id } = await money.tenant({ name })
  return { id, subscriptionId: await money.subscription(id, [{ region: 'eu', externalId: name }]) }
}
const [late, free, resource] = [await buyerOf('late'), await buyerOf('free'), await buyerOf('resource')]
const leaving = await money.tenant({ name: 'Leaving' })
const seats = await plan({ sku: 'seat', kind: 'recurring' })
const seat = await order({ ...world.tenant('-/-'), ...leaving }, seats, '2025-04-01', { quantity: '2' })
const onResource = (id: string, name: string, quantity: string, day: string) => {
  const [start, end] = [`2025-04-${day}T10:00:00Z`, `2025-04-${day}T11:00:00Z`]
  return usageRecord(id, { subscription: 'resource', sku: 'ten', resource: name, quantity, start, end })
}

const given = {
  amount: await give(late.id, { scope: 'sku', sku: 'fifty', kind: 'amount', value: '20', limitAmount: '30' }),
  units: await give(free.id, { scope: 'sku', sku: 'twenty', kind: 'free_quantity', value: '3', limitPeriods: 1 }),
  month: await give(leaving.id, { name: 'First month free', value: '100', limitPeriods: 1 }),
  resource: await give(resource.id, {
    scope: 'resource',
    subscriptionId: resource.subscriptionId,
    sku: 'ten',
    resource: 'vm-1',
    value: '50',
    validTo: '2025-05-01',
  }),
}
await money.use('late', 'fifty', '4', '2025-04-10')
await money.use('free', 'twenty', '10', '2025-04-10')
await money.settle('eu', [onResource('r1', 'vm-1', '10', '10'), onResource('r2', 'vm-2', '10', '11')])
await bill('2025-04')

test('what a limit or months bound is on the first document, and used', async () => {
  expect(await documentOf(late.id, '2025-04')).toMatchObject({ net: '180.00' })
  expect(await usedOf(given.amount)).toEqual(['20.00', 1, '10.00'])
  expect(await documentOf(free.id, '2025-04')).toMatchObject({ net: '140.00' })
  expect(await documentOf(leaving.id, '2025-04')).toMatchObject({ net: '0.00' })
  expect(await documentOf(resource.id, '2025-04')).toMatchObject({ net: '150.00' })
})

test('late usage below zero and unused time give back their share of what was paid, by discounts of every kind', async () => {
  await money.use('late', 'fifty', '-2', '2025-04-11')
  await money.use('late', 'fifty', '1', '2025-05-10')
  await money.use('late', 'twenty', '10', '2025-05-10')
  await money.use('free', 'twenty', '-10', '2025-04-11')
  await money.use('free', 'twenty', '20', '2025-05-10')
  await money.settle('eu', [onResource('r3', 'vm-1', '-4', '20'), onResource('r4', 'vm-2', '-1', '21')])
  await money.use('resource', 'fifty', '9', '2025-05-10')
  await act(seat, 'change', { quantity: '1', effectiveOn: '2025-04-16' })
  await bill('2025-05')
  // 200.00 less 20.00 was paid for 4: 2 of them were 90.00. In May there are 10.00 left of the limit.
  expect(await documentOf(late.id, '2025-05')).toMatchObject({
    net: '150.00',
    lines: ['late fifty -100.00 10.00', 'usage fifty 50.00 -10.00', 'usage twenty 200.00'],
  })
  expect(await usedOf(given.amount)).toEqual(['20.00', 2, '10.00'])
  // Whoever paid 140.00 of 200.00 has 140.00 back, though the months of the discount are used up.
  expect(await documentOf(free.id, '2025-05')).toMatchObject({
    net: '260.00',
    lines: ['late twenty -200.00 60.00', 'usage twenty 400.00'],
  })
  expect(await usedOf(given.units)).toEqual(['0.00', 1, null])
  // vm-1 had half off its 10 units, vm-2 nothing: 4 x 5.00 and 1 x 10.00.
  expect((await documentOf(resource.id, '2025-05')).lines).toContain('late ten -50.00 20.00')
  // Of a free month nothing is given back; the second month is not free.
  const { lines } = await documentOf(leaving.id, '2025-05')
  expect(lines).toEqual(['credit seat -31.00 31.00', 'recurring seat 15.50', 'recurring seat 31.00'])
})

test('the live check finds nothing', async () => {
  await money.rated()
  expect(await brokenLaws(database)).toEqual([])
})

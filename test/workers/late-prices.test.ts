import { expect, test } from 'bun:test'
import { testApi } from '../support/api.ts'
import { billingWorld, moneyHandlers, refreshTick } from '../support/billing.ts'
import { chargingWorld } from '../support/charging.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { testWorker } from '../support/worker.ts'
import { buildWorld } from '../support/world.ts'

// What had no price when its month was billed, and has one when the month is billed once more.

const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const world = await buildWorld(api, [[null, 'reseller']])
const money = await billingWorld(api, sql, world)
testWorker(database, moneyHandlers, { ticks: [refreshTick] })
const { platform } = world
const dealer = world.partner('-/reseller')
const tenant = world.tenant('-/reseller')
const { act, bill, billed, order, plan, prices } = chargingWorld(money, platform)

await money.region('eu')
for (const sku of ['hours', 'seat', 'late.seat', 'setup']) await money.sellingSku(sku)
const all = { hours: '1', seat: '31', 'late.seat': '62', setup: '5' }
await prices(platform, all)
await prices(dealer, { seat: '31' })
const version = await plan(
  { sku: 'hours' },
  { sku: 'seat', kind: 'recurring' },
  { sku: 'late.seat', kind: 'recurring', timing: 'arrears' },
  { sku: 'setup', kind: 'oneTime' },
)
const subscription = await order(tenant, version, '2024-08-01', {
  externalIds: [{ region: 'eu', externalId: 'sub' }],
})
await money.use('sub', 'hours', '10', '2024-08-10')

const august = ['recurring 2024-08-01 2024-09-01 x1 31.00']
const late = [
  'oneTime 2024-08-01 2024-08-02 x1 5.00',
  'recurring 2024-08-01 2024-09-01 x1 62.00',
  'usage 2024-08-01 2024-09-01 x10 10.00',
]
const seconds = async (): Promise<string[]> => {
  const rows = await sql<{ says: string }[]>`
    select concat_ws(' ', sku.code, lower(period)::date, upper(period)::date) as says
    from billed_service join sku on sku.id = charge_id where seller_id = ${dealer.id} order by 1`
  return rows.map(({ says }) => says)
}

test('a second run of a closed month bills all that waited for a price: usage, and charges that come again or once', async () => {
  await money.close('2024-08')
  expect(await money.run(dealer, '2024-08')).toMatchObject({ lines: 1, waiting: 3, waitingFor: ['price.missing'] })
  expect(await billed(dealer, '2024-08', subscription)).toEqual(august)
  await prices(dealer, { hours: '1', 'late.seat': '62', setup: '5' })
  await money.rated()
  const [row] = await money.summary(dealer, 'period=2024-08&side=sell')
  expect([row.unbilled.net, row.parked.lines]).toEqual(['77.00', 0])
  expect(await money.run(dealer, '2024-08')).toMatchObject({ state: 'done', invoices: 1, lines: 3, waiting: 0 })
  expect((await billed(dealer, '2024-08', subscription)).toSorted()).toEqual([...august, ...late].toSorted())
})

test('each second once: a third run of the month adds nothing, nor does the next month bill it again', async () => {
  expect(await money.run(dealer, '2024-08')).toMatchObject({ state: 'done', invoices: 0 })
  await bill('2024-09', [dealer])
  expect((await billed(dealer, '2024-09', subscription)).toSorted()).toEqual([
    'recurring 2024-09-01 2024-10-01 x1 31.00',
    'recurring 2024-09-01 2024-10-01 x1 62.00',
  ])
  expect(await seconds()).toEqual([
    'late.seat 2024-08-01 2024-09-01',
    'late.seat 2024-09-01 2024-10-01',
    'seat 2024-08-01 2024-09-01',
    'seat 2024-09-01 2024-10-01',
    'setup 2024-08-01 2024-08-02',
  ])
})

test('what is known only after the month was billed is still the next bill’s', async () => {
  await act(subscription, 'change', { quantity: '2', effectiveOn: '2024-09-16' })
  await money.rated()
  expect(await money.run(dealer, '2024-09')).toMatchObject({ state: 'done', invoices: 0 })
  await bill('2024-10', [dealer])
  const lines = await billed(dealer, '2024-10', subscription)
  expect(lines.filter((line) => line.includes('2024-09-16')).toSorted()).toEqual([
    'credit 2024-09-16 2024-10-01 x-1 -15.50',
    'credit 2024-09-16 2024-10-01 x-1 -31.00',
    'recurring 2024-09-16 2024-10-01 x2 31.00',
    'recurring 2024-09-16 2024-10-01 x2 62.00',
  ])
})

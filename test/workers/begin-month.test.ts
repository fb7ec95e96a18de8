import { expect, test } from 'bun:test'
import { enqueueMonth } from '../../src/modules/billing/rating/begin-month.ts'
import { testApi } from '../support/api.ts'
import { billingWorld, moneyHandlers, refreshTick } from '../support/billing.ts'
import { perUnit } from '../support/catalog.ts'
import { chargingWorld } from '../support/charging.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { until } from '../support/until.ts'
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
const { plan, prices, order } = chargingWorld(money, platform)
testWorker(database, moneyHandlers, {
  ticks: [refreshTick, { name: 'rating.month', everyMs: 100, run: enqueueMonth }],
})

await money.region('eu')
for (const code of ['seat', 'committed', 'plain']) await money.sellingSku(code)
await prices(platform, { seat: '10', plain: '1', committed: '1' })
await prices(reseller, { seat: '12', plain: '1', committed: '1' })
const usageOnly = await plan({ sku: 'committed' }, { sku: 'plain' })
await order(below, await plan({ sku: 'seat', kind: 'recurring' }), '2024-01-01')
const committed = await order(direct, usageOnly, '2024-01-01')

const [{ month } = { month: '' }] = await sql<{ month: string }[]>`
  select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM') as month`
const monthJobs = () => sql<{ state: string }[]>`select state from job where kind = 'rating.begin_month'`
const rated = async (): Promise<void> => {
  await until(async () => (await monthJobs()).every(({ state }) => state === 'done'))
  await money.rated()
}
const estimates = async (): Promise<string[]> => {
  const mine = await money.summary(platform, `period=${month}&groupBy=tenant`)
  const theirs = await money.summary(reseller, `period=${month}&groupBy=tenant`)
  return [...mine, ...theirs].map((row) => `${row.name} ${row.unbilled.net}`).toSorted()
}

test('a price with a minimum counts in the present month at once, though nothing was ever used', async () => {
  await rated()
  const before = await estimates()
  expect(before).toEqual([`${below.name} 10.00`, `${below.name} 12.00`])
  const minimum = { sku: 'committed', rate: { ...perUnit('1'), minimum: '50' } }
  await money.list(platform, {}, { scope: 'buyer', targetId: direct.id, validFrom: `${month}-01`, rates: [minimum] })
  await money.rated()
  expect(await estimates()).toEqual([...before, `${direct.name} 50.00`].toSorted())
})

test('a month that begins owes charges and minimums on every edge before anything is used', async () => {
  await rated()
  const before = await estimates()
  await sql`delete from rated_bucket where period = ${month}`
  await sql`delete from job_chunk where job_id in (select id from job where kind = 'rating.begin_month')`
  await sql`delete from job where kind = 'rating.begin_month'`
  await until(async () => (await monthJobs()).some(({ state }) => state === 'done'))
  await money.rated()
  expect(await estimates()).toEqual(before)
})

test('it begins once, however often it is looked for, and marks nobody who owes nothing', async () => {
  expect((await monthJobs()).length).toBe(1)
  const [row] = await sql`select count(*)::int as count from rated_bucket
    where period = ${month} and subscription_id = ${committed} and kind <> 'minimum'`
  expect(row!['count']).toBe(0)
})

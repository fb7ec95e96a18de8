import { expect, test } from 'bun:test'
import { lookInto, testDatabase } from '../support/database.ts'
import { liveHouse } from '../support/house.ts'
import { until } from '../support/until.ts'
import { alias, usageRecord, usageWorld } from '../support/usage.ts'

// The region that runs by night: its usage comes in at any hour, its night is rated once, and it says when it is complete.

const database = await testDatabase()
const house = await liveHouse(database)
const sql = lookInto(database)
const world = await usageWorld(house, sql)
const tenant = await world.tenant()
const tokyo = await world.region('tokyo', { timeZone: 'Asia/Tokyo', cutOff: '03:30' })
await world.sku('vm.hours')
const subscriptionId = await world.subscription(tenant.id, [{ region: 'tokyo', externalId: 'sub-1' }])
const token = world.token
await Promise.all([house.startWorker(), house.startWorker()])

const nights = () => sql<{ state: string; day: string }[]>`
  select state, payload->>'day' as day from job where kind = 'regions.nightly' order by day`

test('the next night is a local one: 03:30 in Tokyo is 18:30 UTC', async () => {
  const [region] = await sql<{ due: string }[]>`
    select to_char(nightly_due_at at time zone 'UTC', 'HH24:MI') as due from region where code = 'tokyo'`
  expect(region?.due).toBe('18:30')
})

test('two workers raise a night that is due once, and the next one is tomorrow', async () => {
  await sql`update region set nightly_due_at = clock_timestamp() - interval '1 minute' where code = 'tokyo'`
  await until(async () => (await nights()).some((night) => night.state === 'done'), 30_000)
  expect((await nights()).map((night) => night.state)).toEqual(['done'])
  const [region] = await sql<{ later: boolean }[]>`
    select nightly_due_at > clock_timestamp() as later from region where code = 'tokyo'`
  expect(region?.later).toBe(true)
}, 60_000)

test('usage of an unknown subscription waits, and counts by itself once the subscription is known', async () => {
  const receipt = await world.settle('tokyo', [usageRecord('known'), usageRecord('early', { subscription: 'sub-2' })])
  expect(receipt).toMatchObject({ sent: 2, accepted: 1, quarantined: 1 })
  const waiting = await house.call('GET', '/api/v1/usage/quarantine', { token })
  expect(waiting.body.data).toMatchObject([{ recordId: 'early', subscription: 'sub-2' }])

  await alias(sql, subscriptionId, 'tokyo', 'sub-2')
  await until(async () => (await sql`select from usage_quarantine where state = 'accepted'`).length === 1, 30_000)
  const usage = await sql`select sum(records)::int as records from usage_daily`
  expect(usage[0]?.['records']).toBe(2)
}, 60_000)

test('the month closes when the region has said that it is complete, and not before', async () => {
  const close = () => house.call('POST', '/api/v1/billing/periods/2024-09/close', { token })
  const silent = await close()
  expect([silent.status, silent.body.code]).toEqual([409, 'billing.region_silent'])
  await world.settle('tokyo', [usageRecord('last')], { query: '&completeUntil=2024-10-01T00:00:00Z' })
  const { body: region } = await house.call('GET', `/api/v1/regions/${tokyo.id}`, { token })
  expect(region.completeUntil).toBe('2024-10-01T00:00:00.000Z')
  const closed = await close()
  expect([closed.status, closed.body.state]).toEqual([200, 'closed'])
  const late = await world.settle('tokyo', [usageRecord('late')])
  expect(late.accepted).toBe(1)
  const [posted] = await sql`select posting_period from usage_event where record_id = 'late'`
  expect(posted?.['posting_period']).not.toBe('2024-09')
}, 60_000)

import { afterAll, describe, expect, test } from 'bun:test'
import { testApi } from '../support/api.ts'
import { billingWorld, moneyHandlers, refreshTick } from '../support/billing.ts'
import { lookInto, testDatabase } from '../support/database.ts'
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
const tenant = world.tenant('-/-')
await money.region('eu')
await money.subscription(tenant.id, [{ region: 'eu', externalId: 'sub-1' }])
await money.subscription(tenant.id, [{ region: 'eu', externalId: 'ends' }], { end: '2024-09-21' })

const newSku = async (code: string): Promise<void> => {
  const body = { code, name: code, unit: 'GB', aggregation: 'weighted' }
  const { status } = await money.as(platform, 'POST', '/pricing/skus', { body })
  expect(status).toBe(201)
}
let records = 0
const level = (sku: string, start: string, quantity: string, change: Record<string, unknown> = {}) =>
  usageRecord(`l-${(records += 1)}`, { sku, start, end: start, quantity, ...change })
const midnight = (day: string) => `2024-09-${day}T00:00:00Z`
const bucketsOf = async (sku: string, period = '2024-09'): Promise<string[][]> => {
  await money.rated()
  const rows = await sql`
    select service_start::text as start, trim_scale(quantity)::text as quantity, trim_scale(quantity_before)::text as before,
           coalesce(trim_scale(unrounded)::text, parked_for) as amount
    from rated_bucket bucket join sku on sku.id = bucket.sku_id
    where sku.code = ${sku} and period = ${period} and buyer_id <> seller_id order by subscription_id, service_start`
  return rows.map(({ start, quantity, before, amount }) => [start, quantity, before, amount])
}

describe('a level weighed by its time', () => {
  test('changes and intervals add up over batches and repetitions, in any order', async () => {
    await newSku('disk')
    await money.list(platform, { disk: '2' }, { validFrom: '2024-01-01' })
    const later = [level('disk', midnight('16'), '10'), level('disk', midnight('01'), '30', { end: midnight('02') })]
    await money.settle('eu', later)
    const again = await money.settle('eu', later)
    expect([again.accepted, again.duplicate]).toEqual([0, 2])
    await money.settle('eu', [level('disk', midnight('07'), '-5')])
    // 10 for half of the month, 30 for a day, 5 less for 24 days.
    expect(await bucketsOf('disk')).toEqual([['2024-09-01', '2', '0', '4']])
    const [row] = await money.summary(tenant, 'period=2024-09&groupBy=tenant')
    expect(row.quantityBySku.disk).toBe('2')
    const report = async (query: string) =>
      (await money.read(tenant, `/usage?sku=disk&${query}`)).data.map((one: any) => [one.date, one.quantity])
    expect(await report('period=2024-09&groupBy=month')).toEqual([['2024-09', '2']])
    expect(await report('period=2024-09&groupBy=month&timeZone=UTC')).toEqual([['2024-09', '2']])
    expect(await report('period=2024-09')).toEqual([
      ['2024-09-01', '1'],
      ['2024-09-07', '-4'],
      ['2024-09-16', '5'],
    ])
    const days = await money.summary(tenant, 'period=2024-09&groupBy=day')
    const accrued = days.map(({ groupId, accrued: some }) => [groupId, some?.[0]?.amount])
    expect(accrued).toContainEqual(['2024-09-16', '10'])
  })

  test('has each price for its time, also where nothing changes in it; an interval over midnight is parted', async () => {
    await newSku('split')
    await money.list(platform, { split: '3' }, { validFrom: '2024-01-01', validTo: '2024-09-11' })
    await money.list(platform, { split: '6' }, { validFrom: '2024-09-11', validTo: '2024-09-21' })
    await money.list(platform, { split: '9' }, { validFrom: '2024-09-21' })
    await money.settle('eu', [level('split', midnight('01'), '9')])
    await money.settle('eu', [level('split', '2024-09-20T12:00:00Z', '30', { end: '2024-09-21T12:00:00Z' })])
    expect(await bucketsOf('split')).toEqual([
      ['2024-09-01', '3', '0', '9'],
      ['2024-09-11', '3.5', '0', '21'],
      ['2024-09-21', '3.5', '0', '31.5'],
    ])
  })

  test('days without a price park the line as long as the level lasts in them', async () => {
    await newSku('gap')
    await money.list(platform, { gap: '3' }, { validFrom: '2024-01-01', validTo: '2024-09-16' })
    await money.settle('eu', [level('gap', midnight('01'), '4', { end: midnight('16') })])
    expect(await bucketsOf('gap')).toEqual([['2024-09-01', '2', '0', '6']])
    await money.settle('eu', [level('gap', midnight('01'), '4')])
    expect(await bucketsOf('gap')).toEqual([['2024-09-01', '6', '0', 'price.missing']])
  })

  test('ends with its subscription', async () => {
    await newSku('ended')
    await money.list(platform, { ended: '1' }, { validFrom: '2024-01-01' })
    await money.settle('eu', [level('ended', midnight('11'), '3', { subscription: 'ends' })])
    expect(await bucketsOf('ended')).toEqual([['2024-09-01', '1', '0', '1']])
  })

  test('late records cost what the month costs now less what was billed', async () => {
    await newSku('late')
    await money.list(platform, { late: '3' }, { validFrom: '2024-01-01' })
    await money.settle('eu', [level('late', midnight('01'), '10')])
    expect(await bucketsOf('late')).toEqual([['2024-09-01', '10', '0', '30']])
    await money.close('2024-09')
    await money.settle('eu', [
      level('late', midnight('21'), '-10'),
      level('late', midnight('01'), '6', { end: midnight('06') }),
    ])
    expect(await bucketsOf('late', '2024-10')).toEqual([['2024-09-01', '-2.333333333333', '10', '-6.999999999999']])
  })
})

describe('./weir verify', () => {
  test('weighs the events again and finds every row right', async () => {
    expect(await brokenLaws(database)).toEqual([])
  })

  test('names a day that holds other unit-seconds than its events', async () => {
    const [row] = await sql`
      update usage_daily set held_seconds = held_seconds + 1
      where ctid = (select max(ctid) from usage_daily where held_seconds is not null) returning subscription_id, day::text as day`
    const broken = (await brokenLaws(database)).filter((law) => law.startsWith('I2: '))
    expect(broken).toHaveLength(1)
    expect(broken[0]).toContain(`daily usage of subscription ${row!['subscription_id']}`)
  })
})

test('usage that is not weighed has no unit-seconds', async () => {
  await money.sellingSku('sums')
  await money.use('sub-1', 'sums', '2', '2024-10-03')
  const [row] = await sql`
    select count(*)::int as count from usage_daily join sku on sku.id = sku_id
    where (aggregation = 'weighted') <> (held_seconds is not null)`
  expect(row!['count']).toBe(0)
})

afterAll(() => sql.end({ timeout: 5 }))

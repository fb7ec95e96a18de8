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
const usRegion = await money.region('us')
const subscriptionId = await money.subscription(tenant.id, [
  { region: 'eu', externalId: 'sub-1' },
  { region: 'us', externalId: 'sub-1' },
])

const newSku = async (code: string, change: Record<string, unknown> = {}) => {
  const body = { code, name: code, unit: 'user', aggregation: 'unique', ...change }
  return money.as(platform, 'POST', '/pricing/skus', { body })
}
let records = 0
/** Says who was met on a day of September. */
const met = (sku: string, user: string, day: string, change: Record<string, unknown> = {}) => {
  const at = `2024-09-${day}T10:00:00Z`
  const places = { start: at, end: at, quantity: '1', sku, dimensions: { user } }
  return usageRecord(`m-${(records += 1)}`, { ...places, ...change })
}
const bucketsOf = async (sku: string, period = '2024-09'): Promise<string[][]> => {
  await money.rated()
  const rows = await sql`
    select service_start::text as start, trim_scale(quantity)::text as quantity, trim_scale(quantity_before)::text as before,
           coalesce(trim_scale(unrounded)::text, parked_for) as amount
    from rated_bucket bucket join sku on sku.id = bucket.sku_id
    where sku.code = ${sku} and period = ${period} and buyer_id <> seller_id order by region_id, service_start`
  return rows.map(({ start, quantity, before, amount }) => [start, quantity, before, amount])
}
const byUser = { uniqueBy: 'dimensions.user' }

describe('a SKU that counts distinct values', () => {
  test('says what it counts: the resource, where nothing else is said', async () => {
    expect((await newSku('hosts')).body).toMatchObject({ aggregation: 'unique', uniqueBy: 'resource' })
    expect((await newSku('users', byUser)).body.uniqueBy).toBe('dimensions.user')
    expect((await newSku('sums', { aggregation: 'sum' })).body.uniqueBy).toBe(null)
  })

  test.each([
    ['what it counts is said of a sum', { aggregation: 'sum', ...byUser }, '/uniqueBy'],
    ['it counts a field that records do not have', { uniqueBy: 'quantity' }, '/uniqueBy'],
    ['it counts a dimension without a name', { uniqueBy: 'dimensions.' }, '/uniqueBy'],
  ])('422 where %s', async (_, change, pointer) => {
    const { status, body } = await newSku('refused', change)
    expect([status, body.errors[0].pointer]).toEqual([422, pointer])
  })
})

describe('a month of distinct values', () => {
  test('counts each once: over days, batches, regions and repetitions, in any order', async () => {
    await newSku('active', byUser)
    await money.list(platform, { active: '2' }, { validFrom: '2024-01-01' })
    const days = [met('active', 'ann', '12'), met('active', 'bob', '03'), met('active', 'ann', '03')]
    await money.settle('eu', days)
    const again = await money.settle('eu', days)
    expect([again.accepted, again.duplicate]).toEqual([0, 3])
    await money.settle('us', [met('active', 'ann', '01'), met('active', 'cid', '01')])
    expect(await bucketsOf('active')).toEqual([['2024-09-01', '3', '0', '6']])
    const query = 'figure=unbilled&currency=EUR&period=2024-09&groupBy=sku'
    const [sku] = (await money.read(platform, '/pricing/skus?code=active')).data
    const [line] = (await money.read(tenant, `/billing/summary/explain?${query}&groupId=${sku.id}`)).data
    const explained = await money.read(tenant, line.explanation.replace('/api/v1', ''))
    expect([explained.quantity.counted, explained.net]).toEqual([
      'distinct values of dimensions.user, each once a month',
      '6.00',
    ])
    const [row] = await money.summary(tenant, 'period=2024-09&groupBy=tenant&region=eu')
    expect(row.quantityBySku.active).toBe('2')
    const report = (query: string) => money.read(tenant, `/usage?sku=active&${query}`)
    const rows = async (query: string) =>
      (await report(query)).data.map((one: any) => [one.date, one.region, one.quantity])
    expect(await rows('period=2024-09&groupBy=month')).toEqual([
      ['2024-09', 'eu', '2'],
      ['2024-09', 'us', '2'],
    ])
    const local = 'day[gte]=2024-09-03&day[lt]=2024-09-13&groupBy=month&timeZone=Europe/Berlin'
    expect(await rows(local)).toEqual([['2024-09', 'eu', '2']])
    expect(await rows('day[gte]=2024-09-03&day[lt]=2024-09-05')).toEqual([['2024-09-03', 'eu', '2']])
  })

  test('has the price of the day on which a value was first met, whatever came first', async () => {
    await newSku('split', byUser)
    await money.list(platform, { split: '2' }, { validFrom: '2024-01-01', validTo: '2024-09-16' })
    await money.list(platform, { split: '5' }, { validFrom: '2024-09-16' })
    await money.settle('eu', [met('split', 'ann', '20'), met('split', 'bob', '17')])
    expect(await bucketsOf('split')).toEqual([['2024-09-16', '2', '0', '10']])
    await money.settle('eu', [met('split', 'ann', '02')])
    expect(await bucketsOf('split')).toEqual([
      ['2024-09-01', '1', '0', '2'],
      ['2024-09-16', '1', '0', '5'],
    ])
    const rows = await money.summary(tenant, 'period=2024-09&groupBy=day&limit=200')
    expect(rows.find(({ groupId }) => groupId === '2024-09-02').quantityBySku.split).toBe('1')
    expect(rows.some(({ accrued }) => accrued?.length > 0)).toBe(true)
  })

  test('counts by region where a region has a price of its own', async () => {
    await newSku('regional', byUser)
    await money.list(platform, { regional: '1' }, { validFrom: '2024-01-01' })
    await money.list(platform, { regional: '3' }, { validFrom: '2024-01-01', scope: 'region', targetId: usRegion.id })
    await money.settle('eu', [met('regional', 'ann', '05'), met('regional', 'bob', '05')])
    await money.settle('us', [met('regional', 'ann', '06')])
    expect((await bucketsOf('regional')).map(([, quantity, , amount]) => [quantity, amount])).toEqual([
      ['2', '2'],
      ['1', '3'],
    ])
  })

  test('what names no value, or would take one back, waits for a person', async () => {
    await newSku('named', byUser)
    const sent = [
      met('named', '', '05'),
      met('named', 'ann', '05', { dimensions: {} }),
      met('hosts', 'ann', '05'),
      met('named', 'ann', '05', { quantity: '-1' }),
    ]
    expect(await money.settle('eu', sent)).toMatchObject({ accepted: 0, quarantined: 4 })
    const held = await sql`select reason, count(*)::int as count from usage_quarantine group by reason order by reason`
    expect(held.map(({ reason, count }) => [reason, count])).toEqual([
      ['dimension.missing', 2],
      ['quantity.not_countable', 1],
      ['resource.missing', 1],
    ])
    await sql`update usage_quarantine set state = 'dismissed', waiver = 'test', decided_at = now()`
  })

  test('late usage adds the values that the month had not met, and no others', async () => {
    await newSku('late', byUser)
    await money.list(platform, { late: '1.5' }, { validFrom: '2024-01-01' })
    await money.settle('eu', [met('late', 'ann', '05'), met('late', 'bob', '06')])
    expect(await bucketsOf('late')).toEqual([['2024-09-01', '2', '0', '3']])
    await money.close('2024-09')
    await money.settle('eu', [met('late', 'ann', '07'), met('late', 'cid', '08'), met('late', 'cid', '09')])
    expect(await bucketsOf('late', '2024-10')).toEqual([['2024-09-01', '1', '2', '1.5']])
    const [row] = await money.summary(tenant, 'period=2024-10&groupBy=tenant')
    expect(row.quantityBySku.late).toBe('1')
  })
})

describe('./weir verify', () => {
  test('counts the values of the events again and finds every row right', async () => {
    expect(await brokenLaws(database)).toEqual([])
  })

  test.each([
    ['is gone', sql`delete from usage_value where ctid = (select max(ctid) from usage_value) returning *`],
    [
      'no event has',
      sql`insert into usage_value select tenant_id, subscription_id, sku_id, day, gen_random_uuid(), region_id, posting_period,
          partner_id, distributor_id from usage_value limit 1 returning *`,
    ],
  ])('names a value that %s', async (_, harm) => {
    const [row] = await harm
    expect((await brokenLaws(database)).filter((law) => law.startsWith('I2: value')).join()).toContain(row!['value'])
  })

  test('names a value that stands in another branch', async () => {
    const [row] = await sql`
      update usage_value set partner_id = gen_random_uuid() where ctid = (select min(ctid) from usage_value) returning value`
    expect((await brokenLaws(database)).filter((law) => law.startsWith('I5: ')).join()).toContain(row!['value'])
  })
})

test('usage that is not counted so writes no value', async () => {
  await money.use('sub-1', 'sums', '2', '2024-10-03')
  const [row] = await sql`
    select count(*)::int as count from usage_value join sku on sku.id = sku_id where aggregation <> 'unique'
      or subscription_id <> ${subscriptionId}`
  expect(row!['count']).toBe(0)
})

afterAll(() => sql.end({ timeout: 5 }))

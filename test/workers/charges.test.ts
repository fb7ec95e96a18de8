import { describe, expect, test } from 'bun:test'
import { verify } from '../../src/modules/verify/service.ts'
import { openDatabase } from '../../src/platform/db.ts'
import { testApi } from '../support/api.ts'
import { billingWorld, moneyHandlers, refreshTick } from '../support/billing.ts'
import { refusalOf } from '../support/catalog.ts'
import { chargingWorld } from '../support/charging.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { breakIn } from '../support/harms.ts'
import { testWorker } from '../support/worker.ts'
import { buildWorld } from '../support/world.ts'

const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const world = await buildWorld(api, [
  [null, null],
  ['reseller', 'reseller'],
])
const money = await billingWorld(api, sql, world)
const { plan, prices, order, act, bill, billed } = chargingWorld(money, world.platform)
testWorker(database, moneyHandlers, { ticks: [refreshTick] })

const { platform, distributors } = world
const partner = world.partner('reseller/reseller')
const [tenant, deepTenant] = [world.tenant('-/-'), world.tenant('reseller/reseller')]
const sellers = [platform, distributors.reseller, partner]
for (const sku of ['seat', 'setup', 'year', 'late-fee']) await money.sellingSku(sku)
await prices(platform, { seat: '4', setup: '99', year: '36.5', 'late-fee': '28' })
await prices(distributors.reseller, { seat: '5', setup: '99', year: '365' })
await prices(partner, { seat: '6.5', setup: '120', year: '400' })
const seats = await plan(
  { sku: 'seat', kind: 'recurring', anchor: 'start' },
  { sku: 'setup', kind: 'oneTime', quantityBasis: 'one' },
)
const yearly = await plan({ sku: 'year', kind: 'recurring', interval: 'year' })
const monthly = await plan({ sku: 'late-fee', kind: 'recurring' })

const b2 = await order(tenant, seats, '2025-01-13')
const deep = await order(deepTenant, seats, '2025-01-13')
const paused = await order(tenant, yearly, '2025-01-01')
const lonely = await money.tenant()
const parked = await order({ ...tenant, id: lonely.id }, yearly, '2025-01-01')
await bill('2025-01', sellers)
const change = { quantity: '2', effectiveOn: '2025-02-01' }
const previews = {
  platform: await act(deep, 'change/preview', change),
  partner: await money.as(partner, 'POST', `/subscriptions/${deep}/change/preview`, { body: change }),
  tenant: await money.as(tenant, 'POST', `/subscriptions/${b2}/change/preview`, { body: change }),
}
await act(b2, 'change', change)
await act(deep, 'change', change)
const late = await order(tenant, monthly, '2025-01-22')
await bill('2025-02', sellers)
await act(paused, 'suspend', { effectiveOn: '2025-03-11' })
await act(parked, 'suspend', { effectiveOn: '2025-03-11' })
await bill('2025-03', sellers)

describe('a billing run charges subscriptions', () => {
  test('B2: a second seat inside the period gives back the unused part and charges two: net 9.55', async () => {
    expect(await billed(platform, '2025-01', b2)).toEqual([
      'recurring 2025-01-13 2025-02-13 x1 4.00',
      'oneTime 2025-01-13 2025-01-14 x1 99.00',
    ])
    expect((await billed(platform, '2025-02', b2)).sort()).toEqual([
      'credit 2025-02-01 2025-02-13 x-1 -1.55',
      'recurring 2025-02-01 2025-02-13 x2 3.10',
      'recurring 2025-02-13 2025-03-13 x2 8.00',
    ])
  })

  test('on every edge of the chain from the same spans, each with its own price', async () => {
    expect(await billed(platform, '2025-01', deep)).toContain('recurring 2025-01-13 2025-02-13 x1 4.00')
    expect(await billed(distributors.reseller, '2025-01', deep)).toContain('recurring 2025-01-13 2025-02-13 x1 5.00')
    expect(await billed(partner, '2025-01', deep)).toContain('recurring 2025-01-13 2025-02-13 x1 6.50')
    expect((await billed(partner, '2025-02', deep)).sort()).toEqual([
      'credit 2025-02-01 2025-02-13 x-1 -2.52',
      'recurring 2025-02-01 2025-02-13 x2 5.03',
      'recurring 2025-02-13 2025-03-13 x2 13.00',
    ])
  })

  test('gives back the rest of a year from the day it is suspended', async () => {
    expect(await billed(platform, '2025-01', paused)).toEqual(['recurring 2025-01-01 2026-01-01 x1 36.50'])
    expect(await billed(platform, '2025-03', paused)).toEqual(['credit 2025-03-11 2026-01-01 x-1 -29.60'])
  })

  test('puts what it learns too late on the next bill, with its true days', async () => {
    expect((await billed(platform, '2025-02', late)).sort()).toEqual([
      'recurring 2025-01-22 2025-02-01 x1 9.03',
      'recurring 2025-02-01 2025-03-01 x1 28.00',
    ])
  })

  test('adds nothing when it runs again', async () => {
    const before = await sql`select count(*)::int as lines from invoice_line`
    await money.run(platform, '2025-02')
    await money.run(platform, '2025-03')
    expect([...(await sql`select count(*)::int as lines from invoice_line`)]).toEqual([...before])
  })

  test('leaves the seconds free that a discarded draft would have billed', async () => {
    await money.close('2025-04')
    const { id } = await money.run(platform, '2025-04', false)
    const draft = () =>
      sql`select count(*)::int as buckets from rated_bucket where period = '2025-04' and state = 'drafted'`
    expect((await draft())[0]!['buckets']).toBeGreaterThan(0)
    const { body } = await money.as(platform, 'POST', `/billing/runs/${id}/cancel`)
    await money.job(platform, body.jobId)
    await money.run(platform, '2025-04')
    expect(await billed(platform, '2025-04', b2)).toEqual(['recurring 2025-04-13 2025-05-13 x2 8.00'])
  })
})

test('what a parked draft gives back is not given back again by the next month', async () => {
  await money.rated()
  const credits = await sql`
    select bucket.period, bucket.state, invoice.state as paper from rated_bucket bucket join invoice on invoice.id = invoice_id
    where subscription_id = ${parked} and kind = 'credit'`
  expect([...credits]).toEqual([{ period: '2025-03', state: 'drafted', paper: 'parked' }])
  const [open] = await sql`
    select count(*)::int as count from rated_bucket where subscription_id = ${parked} and period > '2025-03'`
  expect(open!['count']).toBe(0)
})

describe('a previewed change', () => {
  const shown = ({ lines }: { lines: Record<string, string>[] }) =>
    lines
      .map(
        (line) => `${line['kind']} ${line['serviceStart']} ${line['serviceEnd']} x${line['quantity']} ${line['net']}`,
      )
      .sort()

  test('is what the run then bills, on every edge', async () => {
    const { effectiveOn, data } = previews.platform
    expect([effectiveOn, data.length]).toEqual(['2025-02-01', 3])
    for (const edge of data) {
      const seller = sellers.find(({ id }) => id === edge.sellerId)!
      expect(edge.period).toBe('2025-02')
      expect(shown(edge)).toEqual((await billed(seller, '2025-02', deep)).sort())
    }
    expect(data.map(({ net }: { net: string }) => net)).toEqual(['9.55', '11.93', '15.51'])
  })

  test('shows a partner its own two edges only, and a tenant without the right nothing', () => {
    expect(previews.partner.status).toBe(200)
    expect(previews.partner.body.data.map(({ sellerId }: { sellerId: string }) => sellerId)).toEqual([
      distributors.reseller.id,
      partner.id,
    ])
    expect(previews.tenant.status).toBe(403)
  })
})

describe('a second of a subscription', () => {
  test('is billed once per charge and seller: direct SQL is refused', async () => {
    const again = sql`
      insert into billed_service select seller_id, edge_id, tenant_id, subscription_id, charge_id, kind,
        tstzrange(lower(period) + interval '1 day', upper(period) + interval '1 day'), plan_version_id, quantity,
        price_rate_id, fx_rate_id, tax_category, details, invoice_id
      from billed_service where kind = 'recurring' limit 1`
    await expect(again).rejects.toThrow('billed_service_once')
    const endless = sql`update billed_service set period = tstzrange(lower(period), 'infinity') where kind = 'recurring'`
    await expect(endless).rejects.toThrow('billed_service_period_form')
  })

  test('is free again once it was given back', async () => {
    const spans = await sql`
      select lower(period)::date::text as from, upper(period)::date::text as to from billed_service
      where subscription_id = ${paused}`
    expect([...spans]).toEqual([{ from: '2025-01-01', to: '2025-03-11' }])
  })

  test('set up once, is not set up again by any means', async () => {
    const twice = sql`
      update billed_service
      set subscription_id = ${b2}, period = tstzrange(lower(period) + interval '9 days', upper(period) + interval '9 days')
      where subscription_id = ${deep} and kind = 'oneTime' and seller_id = ${platform.id}`
    await expect(twice).rejects.toThrow('billed_service_one_time')
  })
})

test('every charge and credit explains itself to the same amount', async () => {
  const invoices = (await money.invoices(platform, 'period=2025-02&limit=200')).filter(
    ({ state }) => state === 'issued',
  )
  const explained = []
  for (const { id } of invoices) {
    for (const { line, kind, net, unrounded } of await money.lines(platform, id)) {
      const told = await money.read(platform, `/invoices/${id}/lines/${line}/explain`)
      expect([told.kind, told.net, told.unrounded]).toEqual([kind, net, unrounded])
      explained.push(told)
    }
  }
  const credit = explained.find(({ kind, net }) => kind === 'credit' && net === '-1.55')
  expect(credit.proration).toEqual({
    from: '2025-02-01T00:00:00Z',
    to: '2025-02-13T00:00:00Z',
    periodFrom: '2025-01-13T00:00:00Z',
    periodTo: '2025-02-13T00:00:00Z',
    unit: 'day',
    numerator: 12,
    denominator: 31,
    fullAmount: '4',
  })
  expect(credit.says).toContain(
    'Given back: 12 of 31 days of 2025-01-13T00:00:00Z to 2025-02-13T00:00:00Z, at 4 for all.',
  )
})

describe('the live check', () => {
  const found = async () => {
    const db = openDatabase({
      url: database.adminUrl,
      name: 'test-verify',
      poolMax: 1,
      statementTimeoutMs: 0,
      readsSnapshots: true,
    })
    const broken: string[] = []
    const options = { signal: new AbortController().signal, onProgress: () => {} }
    for await (const report of verify(db, options))
      broken.push(...report.broken.first.map(({ row, says }) => `${row}: ${says}`))
    await db.close()
    return broken
  }

  test('finds nothing, and names a charge that costs other than its price and span, and a second that is billed on no line', async () => {
    await money.rated()
    expect(await found()).toEqual([])
    await breakIn(
      database,
      (tx) => tx`
      update rated_bucket set unrounded = unrounded + 1 where subscription_id = ${deep} and kind = 'credit' and seller_id = ${partner.id}`,
    )
    await breakIn(
      database,
      (tx) => tx`
      update billed_service set period = tstzrange(lower(period), upper(period) + interval '1 second')
      where subscription_id = ${late} and upper(period) = (select max(upper(period)) from billed_service where subscription_id = ${late})`,
    )
    const broken = await found()
    expect(
      broken.some((row) => row.startsWith(`credit of subscription ${deep}`) && row.includes('its price and span give')),
    ).toBe(true)
    expect(
      broken.some((row) => row.includes(`of subscription ${late} by seller`) && row.includes('seconds are billed')),
    ).toBe(true)
  })
})

describe('a change that can not be', () => {
  const post = (id: string, verb: string, body: object, member = platform) =>
    money.as(member, 'POST', `/subscriptions/${id}/${verb}`, { body })

  test.each<[string, object, number, string]>([
    ['a quantity of 0', { quantity: '0' }, 422, '/quantity'],
    ['a negative quantity', { quantity: '-1' }, 422, '/quantity'],
    ['nothing new', { quantity: '2', effectiveOn: '2025-09-01' }, 422, ''],
    ['a plan that is not there', { planVersionId: Bun.randomUUIDv7() }, 422, '/planVersionId'],
    ['a day before the start', { quantity: '3', effectiveOn: '2025-01-12' }, 422, '/effectiveOn'],
    ['a day before a planned change', { quantity: '3', effectiveOn: '2025-01-20' }, 409, '/effectiveOn'],
    ['two days', { quantity: '3', effectiveOn: '2025-09-01', atPeriodEnd: true }, 422, '/atPeriodEnd'],
    ['an unknown field', { quantity: '3', price: '1' }, 422, '/price'],
  ])('%s is refused, and nothing changes', async (_, body, status, pointer) => {
    const before = await sql`select * from subscription_change order by 1, 5`
    expect(refusalOf(await post(b2, 'change', body))).toMatchObject({ status, pointers: [pointer] })
    expect([...(await sql`select * from subscription_change order by 1, 5`)]).toEqual([...before])
  })

  test('a closed month is only the platform’s to change; a foreign subscription is not there', async () => {
    const body = { quantity: '5', effectiveOn: '2025-03-20' }
    expect((await post(deep, 'change', body, partner)).body.code).toBe('subscription.month_closed')
    expect((await post(b2, 'change', body, partner)).status).toBe(404)
  })

  test('an ended subscription stays as it is', async () => {
    const id = await order(tenant, monthly, '2026-01-01')
    await sql`update subscription set end_date = '2026-02-01' where id = ${id}`
    for (const [verb, body] of [
      ['change', { quantity: '2' }],
      ['suspend', {}],
      ['resume', {}],
    ] as const) {
      expect((await post(id, verb, body)).body.code).toBe('subscription.state')
    }
  })

  test('the timeline tells what is so from which day on', async () => {
    const { data } = await money.read(platform, `/subscriptions/${b2}/timeline`)
    expect(data).toEqual([
      { effectiveOn: '2025-01-13', planVersionId: seats, quantity: '1', isSuspended: false },
      { effectiveOn: '2025-02-01', planVersionId: seats, quantity: '2', isSuspended: false },
    ])
    expect((await money.as(partner, 'GET', `/subscriptions/${b2}/timeline`)).status).toBe(404)
  })
})

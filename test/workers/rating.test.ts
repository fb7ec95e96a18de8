import { describe, expect, test } from 'bun:test'
import { testApi } from '../support/api.ts'
import { billingWorld, moneyHandlers, refreshTick } from '../support/billing.ts'
import { lookInto, testDatabase } from '../support/database.ts'
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
const euRegion = await money.region('eu')
const subscriptionId = await money.subscription(tenant.id, [{ region: 'eu', externalId: 'sub-1' }])
await money.region('us')

const rate = (sku: string, shape: unknown) => ({ rates: [{ sku, rate: shape }] })
const graduated = (...tiers: [string | null, string][]) => ({
  kind: 'graduated',
  tiers: tiers.map(([upTo, unitPrice]) => ({ upTo, unitPrice })),
})
const volume = (...tiers: [string | null, string][]) => ({ ...graduated(...tiers), kind: 'volume' })

/** The tenant's row of one SKU, once everything is rated. */
const rowOf = async (sku: string, period: string): Promise<any> => {
  await money.rated()
  const skus = await sql<{ id: string }[]>`select id from sku where code = ${sku}`
  const rows = await money.summary(tenant, `period=${period}&groupBy=sku&limit=200`)
  return rows.find((row) => row.groupId === skus[0]!.id)
}
const bucketsOf = (sku: string, period: string) => sql`
  select service_period, service_start::text as start, service_end::text as end, trim_scale(quantity)::text as quantity,
         trim_scale(quantity_before)::text as before, trim_scale(unrounded)::text as amount, state, parked_for
  from rated_bucket bucket join sku on sku.id = bucket.sku_id
  where sku.code = ${sku} and period = ${period} and buyer_id <> seller_id order by region_id, service_start`

describe('an estimate', () => {
  test('follows usage and prices by itself, and is rounded once per line', async () => {
    await money.sellingSku('round')
    await money.list(platform, { round: '0.004' }, { validFrom: '2024-01-01' })
    await money.use('sub-1', 'round', '1000')
    expect((await rowOf('round', '2024-09')).unbilled.net).toBe('4.00')
    await money.use('sub-1', 'round', '1')
    const row = await rowOf('round', '2024-09')
    expect([row.quantityBySku, row.unbilled.net]).toEqual([{ round: '1001' }, '4.00'])
  })

  test('a corrected price list reaches what is not billed', async () => {
    await money.sellingSku('later-price')
    await money.use('sub-1', 'later-price', '10')
    const before = await rowOf('later-price', '2024-09')
    expect([before.unbilled, before.parked]).toEqual([null, { lines: 1, reasons: ['price.missing'] }])
    await money.list(platform, { 'later-price': '2.5' }, { validFrom: '2024-01-01' })
    const after = await rowOf('later-price', '2024-09')
    expect([after.unbilled.net, after.parked.lines]).toEqual(['25.00', 0])
  })

  test('usage that two days and two batches bring is one bucket, computed from all of it', async () => {
    await money.sellingSku('grows')
    await money.list(
      platform,
      {},
      { validFrom: '2024-01-01', ...rate('grows', graduated(['100', '1'], [null, '0.5'])) },
    )
    await money.use('sub-1', 'grows', '80', '2024-09-02')
    await money.use('sub-1', 'grows', '40', '2024-09-20')
    await money.rated()
    expect([...(await bucketsOf('grows', '2024-09'))]).toEqual([
      {
        service_period: '2024-09',
        start: '2024-09-01',
        end: '2024-10-01',
        quantity: '120',
        before: '0',
        amount: '110',
        state: 'fresh',
        parked_for: null,
      },
    ])
  })
})

describe('a list that changes inside a period', () => {
  test('splits the bucket in time order: the running total goes on, each part at its own version', async () => {
    await money.sellingSku('split')
    const old = graduated(['100', '1'], [null, '0.5'])
    const next = graduated(['100', '2'], [null, '0.8'])
    await money.list(platform, {}, { validFrom: '2024-01-01', validTo: '2024-09-16', ...rate('split', old) })
    await money.list(platform, {}, { validFrom: '2024-09-16', ...rate('split', next) })
    await money.use('sub-1', 'split', '90', '2024-09-10')
    await money.use('sub-1', 'split', '30', '2024-09-16')
    await money.rated()
    // 90 x 1.00, then from 90 to 120 on the new version: 10 x 2.00 + 20 x 0.80.
    expect(
      (await bucketsOf('split', '2024-09')).map(({ start, end, quantity, amount }) => [start, end, quantity, amount]),
    ).toEqual([
      ['2024-09-01', '2024-09-16', '90', '90'],
      ['2024-09-16', '2024-10-01', '30', '36'],
    ])
  })

  test("volume: each part at its version's price for the whole period's quantity", async () => {
    await money.sellingSku('volume')
    const [old, next] = [volume(['100', '1'], [null, '0.5']), volume(['100', '2'], [null, '0.8'])]
    await money.list(platform, {}, { validFrom: '2024-01-01', validTo: '2024-09-16', ...rate('volume', old) })
    await money.list(platform, {}, { validFrom: '2024-09-16', ...rate('volume', next) })
    await money.use('sub-1', 'volume', '90', '2024-09-15')
    await money.use('sub-1', 'volume', '30', '2024-09-16')
    await money.rated()
    expect((await bucketsOf('volume', '2024-09')).map(({ amount }) => amount)).toEqual(['45', '24'])
  })

  test('days without usage need no price; a day with usage and without price parks the whole line', async () => {
    await money.sellingSku('gap')
    await money.list(platform, { gap: '1' }, { validFrom: '2024-09-05', validTo: '2024-09-20' })
    await money.use('sub-1', 'gap', '3', '2024-09-10')
    expect((await rowOf('gap', '2024-09')).unbilled.net).toBe('3.00')
    await money.use('sub-1', 'gap', '4', '2024-09-25')
    await money.rated()
    expect(
      (await bucketsOf('gap', '2024-09')).map(({ quantity, state, parked_for }) => [quantity, state, parked_for]),
    ).toEqual([['7', 'parked', 'price.missing']])
  })
})

describe('how a SKU adds up', () => {
  test('max: the largest day of the month', async () => {
    await money.sellingSku('peak', { aggregation: 'max' })
    await money.list(platform, { peak: '2' }, { validFrom: '2024-01-01' })
    for (const [day, quantity] of [
      ['03', '5'],
      ['04', '9'],
      ['20', '7'],
    ]) {
      await money.use('sub-1', 'peak', quantity!, `2024-09-${day}`)
    }
    expect((await rowOf('peak', '2024-09')).unbilled.net).toBe('18.00')
  })

  test('last: the figure that came last, at the price of its day', async () => {
    await money.sellingSku('level', { aggregation: 'last' })
    await money.list(platform, { level: '2' }, { validFrom: '2024-01-01', validTo: '2024-09-16' })
    await money.list(platform, { level: '3' }, { validFrom: '2024-09-16' })
    await money.use('sub-1', 'level', '50', '2024-09-20')
    await money.use('sub-1', 'level', '80', '2024-09-02')
    expect((await rowOf('level', '2024-09')).unbilled.net).toBe('150.00')
  })
})

describe('which price', () => {
  test('the narrowest scope that has one wins: subscription, buyer, plan version, region, default', async () => {
    await money.sellingSku('scoped')
    const prices: [string, string, Record<string, unknown>][] = [
      ['6', 'default', {}],
      ['5', 'region', { targetId: euRegion.id }],
      ['4', 'plan_version', { targetId: money.planVersionId }],
      ['3', 'buyer', { targetId: tenant.id }],
      ['2', 'subscription', { targetId: subscriptionId }],
    ]
    await money.use('sub-1', 'scoped', '1')
    for (const [price, scope, target] of prices) {
      await money.list(platform, { scoped: price }, { validFrom: '2024-01-01', scope, ...target })
      expect((await rowOf('scoped', '2024-09')).unbilled.net).toBe(`${price}.00`)
    }
  })

  test('a region with a price of its own is a line of its own', async () => {
    await money.sellingSku('regional')
    await money.list(
      platform,
      {},
      { validFrom: '2024-01-01', ...rate('regional', graduated(['10', '1'], [null, '0.5'])) },
    )
    await money.list(platform, { regional: '3' }, { validFrom: '2024-01-01', scope: 'region', targetId: euRegion.id })
    await money.use('sub-1', 'regional', '4')
    await sql`insert into subscription_alias (subscription_id, tenant_id, partner_id, distributor_id, region_id, external_id)
      select subscription.id, tenant_id, partner_id, distributor_id, region.id, 'us-1' from subscription, region
      where subscription.id = ${subscriptionId} and region.code = 'us'`
    const record = {
      id: 'us-record',
      subscription: 'us-1',
      sku: 'regional',
      start: '2024-09-10T10:00:00Z',
      end: '2024-09-10T11:00:00Z',
    }
    await money.settle('us', [{ ...record, quantity: '20' }])
    await money.rated()
    expect((await bucketsOf('regional', '2024-09')).map(({ quantity, amount }) => [quantity, amount])).toEqual([
      ['20', '15'],
      ['4', '12'],
    ])
  })

  test("a price in the seller's own currency waits for an exchange rate; in a third one it does not count", async () => {
    await money.sellingSku('foreign')
    const abroad = await money.tenant({ name: 'Abroad', currency: 'USD' })
    await money.subscription(abroad.id, [{ region: 'eu', externalId: 'abroad' }])
    await money.use('abroad', 'foreign', '1')
    const reasons = async () => {
      await money.rated()
      const rows = await money.summary(platform, 'period=2024-09&groupBy=tenant')
      return rows
        .filter((row) => row.groupId === abroad.id)
        .map(({ currency, parked }) => [currency, ...parked.reasons])
    }
    await money.list(platform, { foreign: '1' }, { validFrom: '2024-01-01', currency: 'CHF' })
    expect(await reasons()).toEqual([['USD', 'price.missing']])
    await money.list(platform, { foreign: '1' }, { validFrom: '2024-01-01' })
    expect(await reasons()).toEqual([['USD', 'fx.missing']])
    const given = { from: 'EUR', to: 'USD', rate: '1.0849', validFrom: '2024-09-30', source: 'ECB' }
    await money.as(platform, 'POST', '/pricing/fx-rates', { body: given })
    expect(await reasons()).toEqual([['USD']])
    const rows = await money.summary(platform, 'period=2024-09&groupBy=tenant')
    expect(rows.find((row) => row.groupId === abroad.id).unbilled.net).toBe('1.08')
  })

  test('without any cost list the cost is unknown; with one, what it lacks is parked', async () => {
    await money.rated()
    expect(await money.summary(platform, 'period=2024-09&side=cost')).toEqual([])
    await money.list(platform, { round: '0.002' }, { validFrom: '2024-01-01', kind: 'cost' })
    await money.rated()
    const rows = await money.summary(platform, 'period=2024-09&side=cost&groupBy=tenant')
    const row = rows.find(({ groupId }) => groupId === tenant.id)
    expect([row.unbilled.net, row.parked.reasons]).toEqual(['2.00', ['price.missing']])
    expect(await money.summary(tenant, 'period=2024-09&side=cost')).toEqual([])
  })
})

describe('late usage', () => {
  test('F6: becomes a line of the next open period with its own days and the price of its time', async () => {
    await money.sellingSku('late')
    await money.list(platform, { late: '1.00' }, { validFrom: '2024-01-01', validTo: '2024-10-01' })
    await money.list(platform, { late: '1.20' }, { validFrom: '2024-10-01' })
    await money.sellingSku('late-tier')
    await money.list(
      platform,
      {},
      { validFrom: '2024-01-01', ...rate('late-tier', graduated(['100', '1'], [null, '0.5'])) },
    )
    await money.use('sub-1', 'late-tier', '95')
    await money.rated()
    await money.close('2024-09')
    await money.use('sub-1', 'late', '10', '2024-09-30')
    await money.rated()
    expect([...(await bucketsOf('late', '2024-10'))]).toEqual([
      {
        service_period: '2024-09',
        start: '2024-09-01',
        end: '2024-10-01',
        quantity: '10',
        before: '0',
        amount: '10',
        state: 'fresh',
        parked_for: null,
      },
    ])
  })

  test('F7: pays what it adds to the tiers that its month had reached', async () => {
    await money.use('sub-1', 'late-tier', '10', '2024-09-12')
    await money.rated()
    const late = await bucketsOf('late-tier', '2024-10')
    expect(late.map(({ quantity, before, amount }) => [quantity, before, amount])).toEqual([['10', '95', '7.5']])
    expect((await bucketsOf('late-tier', '2024-09')).map(({ amount }) => amount)).toEqual(['95'])
  })

  test('across a change of list the running total of its month goes on, part by part', async () => {
    await money.use('sub-1', 'split', '20', '2024-09-11')
    await money.rated()
    // Before: 90 | 30. After: 110 | 30, so 100 x 1 + 10 x 0.5, and 30 x 0.8 of the second version.
    const late = await bucketsOf('split', '2024-10')
    expect(late.map(({ start, quantity, before, amount }) => [start, quantity, before, amount])).toEqual([
      ['2024-09-01', '20', '90', '15'],
      ['2024-09-16', '0', '30', '-12'],
    ])
  })
})

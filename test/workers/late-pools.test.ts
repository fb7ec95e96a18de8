import { describe, expect, test } from 'bun:test'
import { pricingHandlers } from '../../workers/pricing.ts'
import { testApi } from '../support/api.ts'
import { billingWorld, moneyHandlers, refreshTick } from '../support/billing.ts'
import { perUnit } from '../support/catalog.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { breakIn, first } from '../support/harms.ts'
import { until } from '../support/until.ts'
import { brokenLaws } from '../support/verify.ts'
import { testWorker } from '../support/worker.ts'
import { buildWorld, type Member } from '../support/world.ts'

const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const world = await buildWorld(api, [['reseller', null]])
const money = await billingWorld(api, sql, world)
testWorker(database, [...moneyHandlers, ...pricingHandlers], { ticks: [refreshTick] })

const { platform } = world
const { reseller } = world.distributors
const tenants = [
  world.tenant('reseller/-').id,
  (await money.tenant({ name: 'Two', parentId: reseller.id })).id,
] as const
const priced = (low: string, high: string, hours = '1') => {
  const tiers = [
    { upTo: '100', unitPrice: low },
    { upTo: null, unitPrice: high },
  ]
  const units = { sku: 'units', rate: { kind: 'graduated', tiers, tierScope: 'buyer' } }
  return [units, { sku: 'hours', rate: perUnit(hours) }]
}
await money.region('eu')
for (const sku of ['units', 'hours', 'gaps']) await money.sellingSku(sku)
await money.list(platform, {}, { code: 'units', validFrom: '2024-01-01', rates: priced('1', '0.5') })
await money.list(reseller, {}, { validFrom: '2024-01-01', rates: priced('2', '1', '2') })
const nameOf = new Map<string, string>()
for (const [name, tenantId] of [
  ['a', tenants[0]],
  ['b', tenants[0]],
  ['c', tenants[1]],
] as const)
  nameOf.set(await money.subscription(tenantId, [{ region: 'eu', externalId: name }]), name)

/** What a month has of a SKU on the edges of a seller: subscription, amount or why it waits, in the order of both. */
const bucketsOf = async (seller: { id: string }, period: string, sku = 'units'): Promise<string[][]> => {
  await money.rated()
  const rows = await sql`
    select subscription_id, coalesce(trim_scale(unrounded)::text, parked_for) as amount
    from rated_bucket bucket join sku on sku.id = bucket.sku_id
    where sku.code = ${sku} and period = ${period} and seller_id = ${seller.id} and buyer_id <> seller_id`
  return rows.map(({ subscription_id: id, amount }) => [nameOf.get(id) ?? '', amount]).sort()
}
const bill = async (period: string): Promise<void> => {
  await money.close(period)
  for (const seller of [reseller, platform]) await money.run(seller, period)
}
const linesOf = async (buyer: Member, invoice: { id: string }): Promise<any[][]> =>
  (await money.lines(buyer, invoice.id)).map((line) => [line.kind, nameOf.get(line.subscriptionId), line.net]).sort()
const boughtIn = async (period: string) => (await money.invoices(reseller, `side=buy&period=${period}`))[0]

describe('late usage of a price whose tiers count over all of a buyer', () => {
  test('waits while what it comes on top of is to be rated again, and is rated as soon as that is', async () => {
    await money.use('a', 'units', '30')
    await money.use('b', 'units', '25')
    await money.use('c', 'units', '40')
    await money.close('2024-09')
    await money.rated()
    const { id } = await money.run(platform, '2024-09', false)
    await sql`
      insert into rating_due (seller_id, edge_id, tenant_id, period)
      select seller_id, edge_id, tenant_id, period from rated_bucket where seller_id = ${platform.id} and buyer_id <> seller_id limit 1`
    await money.use('a', 'units', '6', '2024-09-20')
    const late = () =>
      sql`select parked_for from rated_bucket where seller_id = ${platform.id} and buyer_id <> seller_id and period = '2024-10'`
    const [waits] = await until(async () => ((await late()).length > 0 ? await late() : undefined))
    expect(waits?.['parked_for']).toBe('tier_scope.buyer')
    expect((await money.as(platform, 'POST', `/billing/runs/${id}/cancel`)).status).toBe(202)
    expect(await bucketsOf(platform, '2024-10')).toEqual([['a', '5.5']])
  })

  test('F7 with two buyers: ten late units are 7.50 to the distributor, shared by quantity, and each of its tenants has its own whole', async () => {
    await money.use('c', 'units', '4', '2024-09-21')
    for (const seller of [reseller, platform]) await money.run(seller, '2024-09')
    expect((await boughtIn('2024-09')).net).toBe('95.00')
    await money.use('b', 'units', '10', '2024-10-10')
    await money.use('b', 'hours', '3', '2024-10-10')
    await bill('2024-10')
    const bought = await boughtIn('2024-10')
    expect([bought.net, await linesOf(reseller, bought)]).toEqual([
      '20.50',
      [
        ['late', 'a', '4.50'],
        ['late', 'c', '3.00'],
        ['usage', 'b', '10.00'],
        ['usage', 'b', '3.00'],
      ],
    ])
    const sold = await money.invoices(reseller, 'side=sell&period=2024-10')
    expect(sold.map(({ net }) => net).sort()).toEqual(['38.00', '8.00'])
  })

  test('explain tells the whole, what was rated of it before, and comes to the same amount', async () => {
    const bought = await boughtIn('2024-10')
    const lines = await money.lines(reseller, bought.id)
    const { line } = lines.find((one) => one.kind === 'late' && nameOf.get(one.subscriptionId) === 'a')
    const told = await money.read(reseller, `/invoices/${bought.id}/lines/${line}/explain`)
    expect(told.pool).toEqual({ quantity: '10', quantityBefore: '95', unrounded: '7.5' })
    const amounts = (steps: any[]) => steps.map(({ amount }) => amount)
    expect([amounts(told.after), amounts(told.before), told.net]).toEqual([['100', '2.5'], ['95'], '4.50'])
    expect(told.says).toContain(
      "Counted over all of the buyer: 10 hour, after 95 that were counted before, for 7.5; 6 of them are this line's.",
    )
  })

  test('a later batch counts what the late one before was billed for, takes back what is corrected, and rates to the same again', async () => {
    await money.use('b', 'units', '50', '2024-09-22')
    await money.use('a', 'units', '-1', '2024-09-23')
    const expected = [
      ['a', '-0.5'],
      ['b', '25'],
    ]
    expect(await bucketsOf(platform, '2024-11')).toEqual(expected)
    // 61 to 110 units at 2 up to 100 and 1 above, by 50 and -1 of the 49.
    expect(await bucketsOf(reseller, '2024-11')).toEqual([
      ['a', '-1.8'],
      ['b', '89.8'],
    ])
    await sql`
      insert into rating_due (seller_id, edge_id, tenant_id, period)
      select distinct seller_id, edge_id, tenant_id, period from rated_bucket where period = '2024-11'`
    expect(await bucketsOf(platform, '2024-11')).toEqual(expected)
    await bill('2024-11')
    const bought = await Promise.all(['2024-09', '2024-10', '2024-11'].map(boughtIn))
    // F(154) = 127.00, beside the 13.00 of October.
    expect(bought.map(({ net }) => net)).toEqual(['95.00', '20.50', '24.50'])
  })

  test('a correction leaves late shares as they were billed, and prices the whole of its month again', async () => {
    const correct = (sku: string, of = 'b') => {
      const subscriptionId = [...nameOf].find(([, name]) => name === of)?.[0]
      const quantities = [{ subscriptionId, sku, day: '2024-10-10', quantity: '-1' }]
      const body = { tenantId: tenants[0], period: '2024-10', reason: 'counted twice', quantities }
      return money.as(platform, 'POST', '/billing/corrections', { body })
    }
    for (const sku of ['hours', 'units']) {
      const { status, body } = await correct(sku)
      const differences = body.edges.flatMap(({ lines }: any) => lines.map((one: any) => one.difference))
      expect([status, differences.sort()]).toEqual([201, ['-1.00', '-2.00']])
    }
    const refused = await correct('units', 'a')
    expect([refused.status, refused.body.code]).toEqual([409, 'correction.not_left'])
  })

  test('a price list is tried out on it: unchanged prices differ by nothing, others by what they make of the late usage', async () => {
    const tried = async (low: string, high: string) => {
      const change = { code: 'units', validFrom: '2030-01-01', rates: priced(low, high), state: 'draft' }
      const body = { period: '2024-11', priceListId: (await money.list(platform, {}, change)).id }
      const { body: asked } = await money.as(platform, 'POST', '/pricing/simulations', { body })
      await money.job(platform, asked.jobId)
      return (await money.read(platform, `/pricing/simulations/${asked.simulationId}`)).totals
    }
    const known = { currency: 'EUR', lines: 2, before: '24.50', parkedBefore: 0, parkedAfter: 0 }
    expect(await tried('1', '0.5')).toEqual([{ ...known, after: '24.50', difference: '0.00' }])
    expect(await tried('1', '2')).toEqual([{ ...known, after: '98.00', difference: '73.50' }])
  })

  test('a whole of which some has no price waits, what is late of it too, and all is rated once it has one', async () => {
    const rate = {
      kind: 'graduated',
      tiers: [
        { upTo: '10', unitPrice: '1' },
        { upTo: null, unitPrice: '0' },
      ],
      tierScope: 'buyer',
    }
    const rates = [{ sku: 'gaps', rate }]
    await money.list(platform, {}, { validFrom: '2024-12-05', rates })
    await money.use('a', 'gaps', '4', '2024-12-03')
    await money.use('b', 'gaps', '4', '2024-12-10')
    expect(await bucketsOf(platform, '2024-12', 'gaps')).toEqual([
      ['a', 'price.missing'],
      ['b', 'tier_scope.buyer'],
    ])
    await money.close('2024-12')
    await money.use('c', 'gaps', '8', '2024-12-11')
    expect(await bucketsOf(platform, '2025-01', 'gaps')).toEqual([['c', 'tier_scope.buyer']])
    await money.list(platform, {}, { validFrom: '2024-12-01', validTo: '2024-12-05', rates })
    expect(await bucketsOf(platform, '2024-12', 'gaps')).toEqual([
      ['a', '4'],
      ['b', '4'],
    ])
    expect(await bucketsOf(platform, '2025-01', 'gaps')).toEqual([['c', '2']])
    expect(await brokenLaws(database)).toEqual([])
  })

  test('verify names a share of a late whole that does not follow from what was rated before', async () => {
    const bucket = await breakIn(database, (tx) =>
      first(tx`
        update rated_bucket set unrounded = unrounded + 1, details = jsonb_set(details, '{pool,unrounded}', '"25.5"')
        where seller_id = ${platform.id} and period = '2024-11' and unrounded = 25 returning *`),
    )
    const { subscription_id: subscription, sku_id: sku, edge_id: edge } = bucket
    const name = `I3: bucket of subscription ${subscription}, SKU ${sku} from 2024-09-01 on edge ${edge} posted to 2024-11`
    expect(await brokenLaws(database)).toContain(name)
  })
})

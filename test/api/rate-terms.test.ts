import { describe, expect, test } from 'bun:test'
import { testApi } from '../support/api.ts'
import { billingWorld, moneyHandlers, refreshTick } from '../support/billing.ts'
import { refusalOf } from '../support/catalog.ts'
import { copyDatabase, lookInto, testDatabase } from '../support/database.ts'
import { breakIn, first } from '../support/harms.ts'
import { brokenIn, reportsOn } from '../support/verify.ts'
import { testWorker } from '../support/worker.ts'
import { buildWorld } from '../support/world.ts'

const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const world = await buildWorld(api, [[null, null]])
const money = await billingWorld(api, sql, world)
const worker = testWorker(database, moneyHandlers, { ticks: [refreshTick] })

const { platform } = world
const tenant = world.tenant('-/-')
const list = (rates: Record<string, object>, change: object = {}) =>
  money.list(
    platform,
    {},
    { validFrom: '2024-01-01', rates: Object.entries(rates).map(([sku, rate]) => ({ sku, rate })), ...change },
  )

describe('a rate that can not be', () => {
  const perUnit = { kind: 'per_unit', unitPrice: '1' }
  test.each([
    [{ ...perUnit, includedQuantity: '-1' }, 'decimal.negative', '/rates/0/rate/includedQuantity'],
    [{ ...perUnit, minimum: '2', maximum: '1' }, 'rate.minimum_above_maximum', '/rates/0/rate/minimum'],
    [{ ...perUnit, maximum: '1.0000000000001' }, 'decimal.too_long', '/rates/0/rate/maximum'],
    [{ ...perUnit, minimum: '5', tierScope: 'buyer' }, 'rate.not_per_buyer', '/rates/0/rate/minimum'],
    [{ kind: 'percentage', percent: '-2' }, 'decimal.negative', '/rates/0/rate/percent'],
    [
      { kind: 'percentage', percent: '1', eventMinimum: '3', eventMaximum: '2' },
      'rate.event_minimum_above_maximum',
      '/rates/0/rate/eventMinimum',
    ],
    [
      {
        kind: 'graduated_percentage',
        tiers: [
          { upTo: '10', percent: '1' },
          { from: '9', upTo: null, percent: '2' },
        ],
      },
      'tiers.overlap',
      '/rates/0/rate/tiers/1/from',
    ],
  ])('%j is refused with its pointer, and nothing is stored', async (rate, code, pointer) => {
    const sku = await money.sku()
    const body = { code: 'bad', name: 'Bad', currency: 'EUR', scope: 'default', validFrom: '2024-01-01' }
    const answer = await money.as(platform, 'POST', '/pricing/price-lists', {
      body: { ...body, rates: [{ sku: sku.code, rate }] },
    })
    expect(refusalOf(answer)).toEqual({ status: 422, code, pointers: [pointer] })
    expect((await sql`select 1 from price_list where code = 'bad'`).length).toBe(0)
  })
})

await money.region('eu')
for (const sku of ['capped', 'committed', 'unused', 'halfway', 'changing', 'card', 'entry', 'left', 'joined', 'again'])
  await money.sellingSku(sku)
const perUnit = (terms: object) => ({ kind: 'per_unit', unitPrice: '1', ...terms })
await list({
  capped: perUnit({ includedQuantity: '10', maximum: '100' }),
  committed: perUnit({ minimum: '50' }),
  unused: perUnit({ minimum: '31' }),
  halfway: perUnit({ minimum: '90' }),
  left: perUnit({ minimum: '30' }),
  joined: perUnit({ minimum: '60' }),
  again: perUnit({ minimum: '30' }),
  card: { kind: 'percentage', percent: '1.5', feePerEvent: '0.25', eventMinimum: '1', eventMaximum: '10' },
  entry: { kind: 'volume', feeAtZero: true, tiers: [{ upTo: null, unitPrice: '0.1', flatFee: '7' }] },
})
await list({ changing: perUnit({ includedQuantity: '99' }) }, { validTo: '2024-09-16' })
await list({ changing: perUnit({ unitPrice: '2', includedQuantity: '10' }) }, { validFrom: '2024-09-16' })
const plan = (skus: string[]) => money.publishedPlan(platform, skus)
const subscribe = async (skus: string[], name: string, dates: object): Promise<string> => {
  const { versionId } = await plan(skus)
  const body = { tenantId: tenant.id, name, planVersionId: versionId, startDate: '2024-01-01', ...dates }
  const answer = await money.as(platform, 'POST', '/subscriptions', {
    body: { ...body, externalIds: [{ region: 'eu', externalId: name }] },
  })
  if (answer.status !== 201) throw new Error(JSON.stringify(answer.body))
  return answer.body.id
}
await subscribe(['capped', 'committed', 'unused', 'card', 'entry', 'changing'], 'main', {})
await subscribe(['halfway'], 'half', { startDate: '2024-09-16' })
await subscribe(['entry'], 'later', { startDate: '2024-10-01' })
const change = async (id: string, planVersionId: string, effectiveOn: string): Promise<void> => {
  const answer = await money.as(platform, 'POST', `/subscriptions/${id}/change`, {
    body: { planVersionId, effectiveOn },
  })
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body))
}
const [joining, returning] = [await plan(['joined']), await plan(['again'])]
await change(await subscribe(['left'], 'mover', {}), joining.versionId, '2024-09-11')
const returned = await subscribe(['again'], 'returner', {})
await change(returned, joining.versionId, '2024-09-05')
await change(returned, returning.versionId, '2024-09-21')
await money.use('main', 'capped', '200')
await money.use('main', 'committed', '30')
await money.use('main', 'changing', '15', '2024-09-03')
for (const value of ['10', '100', '10000', '-10']) await money.use('main', 'card', value)
await money.rated()
await money.close('2024-09')
await money.run(platform, '2024-09')

const linesOf = async (period: string) => {
  const [invoice] = await money.invoices(platform, `period=${period}`)
  const lines = await money.lines(platform, invoice.id)
  const bySku = (sku: string) =>
    lines.filter((line) => line.sku === sku).map(({ kind, quantity, net }) => [kind, quantity, net])
  const explain = async (sku: string, kind: string) => {
    const { line } = lines.find((one) => one.sku === sku && one.kind === kind)
    return money.read(platform, `/invoices/${invoice.id}/lines/${line}/explain`)
  }
  return { bySku, explain, lines }
}
const september = await linesOf('2024-09')

describe('through a billing run', () => {
  test('units are included first, and the cap holds the rest', async () => {
    expect(september.bySku('capped')).toEqual([['usage', '200', '100.00']])
    const { after, terms } = await september.explain('capped', 'usage')
    expect(after.map((step: any) => [step.kind, step.quantity, step.amount])).toEqual([
      ['included', '10', '0'],
      ['per_unit', '190', '190'],
      ['maximum', '0', '-90'],
    ])
    expect(terms).toMatchObject({ includedQuantity: '10', minimum: null, maximum: '100' })
  })

  test('what is missing to a minimum is a line of its own, used or not', async () => {
    expect(september.bySku('committed')).toEqual([
      ['minimum', '0', '20.00'],
      ['usage', '30', '30.00'],
    ])
    expect(september.bySku('unused')).toEqual([['minimum', '0', '31.00']])
    const { commitment, net } = await september.explain('committed', 'minimum')
    expect([commitment, net]).toEqual([
      { minimum: '50', daysInForce: 30, daysInPeriod: 30, daysNotListed: 0, cameTo: '30', cameToBefore: null },
      '20.00',
    ])
  })

  test('a minimum is prorated by the days that the subscription was in force', async () => {
    expect(september.bySku('halfway')).toEqual([['minimum', '0', '45.00']])
    const line = september.lines.find((one) => one.sku === 'halfway')
    expect([line.serviceStart, line.serviceEnd]).toEqual(['2024-09-16', '2024-10-01'])
  })

  test('a minimum is that of the plan versions that were in force in the month, each for its own days', async () => {
    expect(september.bySku('left')).toEqual([['minimum', '0', '10.00']])
    expect(september.bySku('joined')).toEqual([
      ['minimum', '0', '40.00'],
      ['minimum', '0', '32.00'],
    ])
    expect(september.bySku('again')).toEqual([['minimum', '0', '14.00']])
    const line = september.lines.find(({ sku }) => sku === 'left')
    expect([line.serviceStart, line.serviceEnd]).toEqual(['2024-09-01', '2024-09-11'])
    const { commitment } = await september.explain('again', 'minimum')
    expect(commitment).toMatchObject({ daysInForce: 14, daysNotListed: 16, daysInPeriod: 30 })
  })

  test('what has not begun yet owes no minimum and no fee', () => {
    expect(september.lines.filter(({ sku }) => sku === 'entry').length).toBe(1)
  })

  test("the first tier's fee is due though nothing was used, where the price says so", () => {
    expect(september.bySku('entry')).toEqual([['usage', '0', '7.00']])
  })

  test('the included quantity is that of the version at period end, whenever it was used', async () => {
    expect(september.bySku('changing')).toEqual([['usage', '15', '5.00']])
    const { terms, price } = await september.explain('changing', 'usage')
    expect([terms.includedQuantity, terms.priceVersionId === price.priceVersionId]).toEqual(['10', false])
  })

  test('a percentage looks at every event: its share within the bounds, and its fee', async () => {
    expect(september.bySku('card')).toEqual([['usage', '10100', '12.00']])
    const { after } = await september.explain('card', 'usage')
    expect(after.map((step: any) => [step.kind, step.quantity, step.amount]).sort()).toEqual([
      ['event_fee', '2', '0.5'],
      ['event_maximum', '1', '10'],
      ['percentage', '100', '1.5'],
    ])
  })

  test('late usage counts against what the minimum and the included quantity had billed', async () => {
    await money.use('main', 'committed', '15', '2024-09-20')
    await money.use('main', 'capped', '1', '2024-09-20')
    await money.use('main', 'card', '200', '2024-09-20')
    await money.use('main', 'entry', '10', '2024-09-20')
    await money.rated()
    await money.close('2024-10')
    await money.run(platform, '2024-10')
    const october = await linesOf('2024-10')
    const late = (sku: string) =>
      october.bySku(sku).filter(([kind, , net]) => kind === 'late' || `${net}`.startsWith('-'))
    expect(late('committed')).toEqual([
      ['minimum', '0', '-15.00'],
      ['late', '15', '15.00'],
    ])
    expect(late('capped')).toEqual([['late', '1', '0.00']])
    expect(late('card')).toEqual([['late', '200', '3.25']])
    expect(late('entry')).toEqual([['late', '10', '1.00']])
    const { commitment, before, after } = await october.explain('committed', 'minimum')
    expect([commitment.cameTo, commitment.cameToBefore, before.length, after.length]).toEqual(['45', '30', 1, 1])
  })
})

describe('verify', () => {
  test('rates everything again to the same amounts', async () => {
    await worker.stop()
    await api.db.close()
    await sql.end({ timeout: 5 })
    expect(brokenIn(await reportsOn(database))).toEqual([])
  })

  test.each([
    ['cameTo', '29'],
    ['minimum', '49'],
    ['daysInForce', '29'],
    ['daysNotListed', '1'],
  ])('names a minimum that says another %s', async (key, value) => {
    const copy = await copyDatabase(database)
    const bucket = await breakIn(copy, (tx) =>
      first(tx`
        update rated_bucket set details = details || jsonb_build_object(${key}::text, ${value}::text)
        where kind = 'minimum' and quantity_before = 0 and details ->> 'cameTo' = '30' returning *`),
    )
    const name = `minimum of subscription ${bucket['subscription_id']}, SKU ${bucket['sku_id']} from 2024-09-01`
    expect(brokenIn(await reportsOn(copy)).filter((row) => row.includes(name))).not.toEqual([])
  })

  test('names a line whose included quantity is said to be of another price', async () => {
    const copy = await copyDatabase(database)
    const bucket = await breakIn(copy, (tx) =>
      first(
        tx`update rated_bucket set details = null where details ? 'termsRateId' and period = '2024-09' returning *`,
      ),
    )
    const broken = brokenIn(await reportsOn(copy))
    expect(broken.filter((row) => row.includes(bucket['sku_id']))).not.toEqual([])
  })
})

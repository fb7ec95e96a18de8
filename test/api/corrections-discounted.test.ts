import { describe, expect, test } from 'bun:test'
import { commissionsHandlers } from '../../workers/commissions.ts'
import { testApi } from '../support/api.ts'
import { billingWorld, moneyHandlers, refreshTick } from '../support/billing.ts'
import { chargingWorld } from '../support/charging.ts'
import { correctingWorld } from '../support/correcting.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { discountingWorld } from '../support/discounting.ts'
import { brokenLaws } from '../support/verify.ts'
import { testWorker } from '../support/worker.ts'
import { buildWorld } from '../support/world.ts'

const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const world = await buildWorld(api, [
  ['reseller', 'agent'],
  [null, null],
])
const money = await billingWorld(api, sql, world)
const { platform } = world
const { reseller } = world.distributors
const agent = world.partner('reseller/agent')
const [below, direct] = [world.tenant('reseller/agent'), world.tenant('-/-')]
const { plan, prices, order, act, ask, bill, billed } = chargingWorld(money, platform)
testWorker(database, [...moneyHandlers, ...commissionsHandlers], { ticks: [refreshTick] })
const [byPlatform, byReseller] = [discountingWorld(money, platform), discountingWorld(money, reseller)]

await money.region('eu')
for (const sku of ['hour', 'disk', 'seat']) await money.sellingSku(sku)
await prices(platform, { hour: '1', disk: '0.5', seat: '31' })
await prices(reseller, { hour: '1.5', disk: '1' })
const usage = await plan({ sku: 'hour', kind: 'usage' }, { sku: 'disk', kind: 'usage' })
const seats = await plan({ sku: 'seat', kind: 'recurring' })
const mine = await order(below, usage, '2025-01-01')
const [alone, shared, seated, anew] = [
  await money.tenant({ name: 'Alone' }),
  await money.tenant({ name: 'Shared' }),
  await money.tenant({ name: 'Seated' }),
  await money.tenant({ name: 'Anew' }),
]
const own = await order({ ...direct, ...alone }, usage, '2025-01-01')
const two = await order({ ...direct, ...shared }, usage, '2025-01-01')
const replaced = await order({ ...direct, ...anew }, usage, '2025-01-01')
const seat = await order({ ...direct, ...seated }, seats, '2025-01-01')
for (const id of [mine, own, two, replaced]) await money.use(id, 'hour', '100', '2025-01-10')
await money.use(two, 'disk', '100', '2025-01-10')
const given = {
  tenth: await byPlatform.give(reseller.id, { value: '10' }),
  amount: await byReseller.give(below.id, {
    scope: 'sku',
    sku: 'hour',
    kind: 'amount',
    value: '20',
    limitAmount: '100',
  }),
  limited: await byPlatform.give(alone.id, { value: '50', limitAmount: '60' }),
  disks: await byPlatform.give(alone.id, { scope: 'sku', sku: 'disk', value: '20' }),
  whole: await byPlatform.give(shared.id, { kind: 'amount', value: '60' }),
  anew: await byPlatform.give(anew.id, {}),
  seats: await byPlatform.give(seated.id, { kind: 'amount', value: '10', validTo: '2025-02-01' }),
}
await ask(reseller, '/commissions/rules', {
  payeeId: agent.id,
  basis: 'net',
  scope: 'line',
  tiers: [{ to: null, percent: '10' }],
  inheritable: false,
  validFrom: '2025-01-01',
})
await bill('2025-01', [platform, reseller])
const { jobId } = await ask(reseller, '/commissions/runs', { period: '2025-01' })
await money.job(reseller, jobId)

const of = (subscriptionId: string, tenantId: string) => {
  const correcting = correctingWorld(money, sql, { platform, subscriptionId, tenantId })
  const correct = async (...quantities: object[]) => {
    const { status, body } = await correcting.post(
      platform,
      quantities.length > 0
        ? correcting.wrong(...quantities)
        : { tenantId, period: '2025-01', reason: 'a wrong price' },
    )
    if (status !== 201) return [status, body.code]
    const applied = await correcting.apply(platform, body.id)
    if (applied.status !== 200) throw new Error(JSON.stringify(applied.body))
    expect(correcting.onEdges(applied.body)).toEqual(correcting.onEdges(body))
    return correcting.onEdges(applied.body)
  }
  return { ...correcting, correct }
}

describe('a correction of lines under discounts', () => {
  const { correct, counted, earnings } = of(mine, below.id)

  test('credits what was paid too much: a percent of what is right, an amount as it was', async () => {
    // The reseller paid 100 less 10 %, the tenant 150 less 20.
    expect(await correct(counted('-20'))).toEqual(['platform: -18.00 +0', 'reseller: -30.00 +0'])
    expect([await byPlatform.usedOf(given.tenth), await byReseller.usedOf(given.amount)]).toEqual([
      ['8.00', 1, null],
      ['20.00', 1, '80.00'],
    ])
    expect(await earnings()).toEqual(['earned 13.00', 'retier -3.00'])
  })

  test('charges what was paid too little, with its discounts, and explains it', async () => {
    expect(await correct(counted('40'))).toEqual(['platform: -0 +36.00', 'reseller: -0 +60.00'])
    const invoice = (await money.invoices(platform, `buyerId=${reseller.id}&period=2025-01`)).find(
      ({ amends }) => amends,
    )
    const lines = await money.lines(platform, invoice.id)
    expect(lines.map(({ kind, net }) => `${kind} ${net}`)).toEqual(['usage 40.00', 'discount -4.00'])
    const [line, reduction] = await Promise.all(
      [1, 2].map((one) => money.read(platform, `/invoices/${invoice.id}/lines/${one}/explain`)),
    )
    expect([line.corrected.from, line.corrected.to, reduction.says.at(-1)]).toEqual([
      '80.00',
      '120.00',
      'Welcome (10 %) takes -4.00 EUR off, its share of the document.',
    ])
    expect([await byPlatform.usedOf(given.tenth), await byReseller.usedOf(given.amount)]).toEqual([
      ['12.00', 1, null],
      ['20.00', 1, '80.00'],
    ])
  })

  test('takes all of it back from both documents, and of a limit all is left again', async () => {
    expect(await correct(counted('-120'))).toEqual(['platform: -72.00-36.00 +0', 'reseller: -100.00-60.00 +0'])
    expect([await byPlatform.usedOf(given.tenth), await byReseller.usedOf(given.amount)]).toEqual([
      ['0.00', 0, null],
      ['0.00', 0, '100.00'],
    ])
    const nothing = await correct()
    expect(nothing).toEqual([409, 'correction.nothing_wrong'])
  })

  test('takes no more than its limit, and gives what it is for to a line that is new', async () => {
    const { correct, counted } = of(own, alone.id)
    // 50.00 of 60.00 are off 100.00: of 140.00 no more than 60.00 are; 50 disks are 25.00 less 5.00.
    expect(await correct(counted('40'))).toEqual(['platform: -0 +30.00'])
    expect(await byPlatform.usedOf(given.limited)).toEqual(['60.00', 1, '0.00'])
    expect(await correct(counted('50', 'disk'))).toEqual(['platform: -0 +20.00'])
    expect(await byPlatform.usedOf(given.disks)).toEqual(['5.00', 1, null])
    // Without the hours the limit has room for half of the disks.
    expect(await correct(counted('-140'))).toEqual(['platform: -50.00-30.00-10.00 +0'])
    expect(await byPlatform.usedOf(given.limited)).toEqual(['10.00', 1, '50.00'])
  })

  test('moves an amount off the document to its other lines where the corrected one has no room for it', async () => {
    const { correct, counted } = of(two, shared.id)
    // 100.00 and 50.00 less 60.00: without the hours all of the disks are free.
    expect(await correct(counted('-100'))).toEqual(['platform: -90.00 +0'])
    expect(await byPlatform.usedOf(given.whole)).toEqual(['50.00', 1, null])
  })

  test('is refused on a document that was issued anew, and nothing is changed', async () => {
    const { correct, counted, documents } = of(replaced, anew.id)
    const [{ id }] = await money.invoices(platform, `buyerId=${anew.id}&period=2025-01`)
    await ask(platform, `/invoices/${id}/reissue`, { reason: 'a name' })
    const before = await documents()
    expect(await correct(counted('-10'))).toEqual([409, 'correction.discounted'])
    expect([await documents(), await byPlatform.usedOf(given.anew)]).toEqual([before, ['10.00', 1, null]])
  })

  test('of a charge leaves later bills a part of what is right', async () => {
    const { correct } = of(seat, seated.id)
    await money.list(
      platform,
      { seat: '15.5' },
      { scope: 'buyer', targetId: seated.id, validFrom: '2025-01-01', validTo: '2025-02-01' },
    )
    expect(await correct()).toEqual(['platform: -15.50 +0'])
    expect(await byPlatform.usedOf(given.seats)).toEqual(['10.00', 1, null])
    await act(seat, 'change', { quantity: '2', effectiveOn: '2025-01-31' })
    await bill('2025-02')
    // 5.50 of 15.50 were paid for the month: 0.18 for its last day.
    expect(await billed(platform, '2025-02', seat)).toContain('credit 2025-01-31 2025-02-01 x-1 -0.50')
    expect(await billed(platform, '2025-02', seat)).toContain('discount 2025-01-31 2025-02-01 x0 0.32')
  })
})

test('the live check finds nothing', async () => {
  await money.rated()
  expect(await brokenLaws(database)).toEqual([])
})

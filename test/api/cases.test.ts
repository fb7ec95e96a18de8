import { describe, expect, test } from 'bun:test'
import { commissionsHandlers } from '../../workers/commissions.ts'
import { testApi } from '../support/api.ts'
import { billingWorld, moneyHandlers, refreshTick } from '../support/billing.ts'
import { chargingWorld } from '../support/charging.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { tiersOf } from '../support/rates.ts'
import { usageRecord } from '../support/usage.ts'
import { brokenIn, reportsOn } from '../support/verify.ts'
import { testWorker } from '../support/worker.ts'
import { buildWorld, type Member } from '../support/world.ts'

const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const world = await buildWorld(api, [[null, null]])
const money = await billingWorld(api, sql, world)
const { ask, plan, prices, order, act, bill, billed } = chargingWorld(money, world.platform)
const worker = testWorker(database, [...moneyHandlers, ...commissionsHandlers], { ticks: [refreshTick] })
const { platform } = world
const tenant = world.tenant('-/-')

await money.region('eu')
const blocks = (price: string, size: string, then: string) => [
  { upTo: '1000', unitPrice: price, size },
  { upTo: null, unitPrice: then, size },
]
const used = {
  minutes: { kind: 'graduated', tiers: blocks('1', '10', '0.5') },
  top: { kind: 'volume', tiers: blocks('1', '10', '0.5') },
  cheaper: { kind: 'volume', tiers: tiersOf(['100', '1'], [null, '0.5']) },
  packed: { kind: 'package', size: '100', price: '5' },
  support: {
    kind: 'graduated_percentage',
    minimum: '100',
    tiers: [
      { upTo: '10000', percent: '10' },
      { upTo: null, percent: '7' },
    ],
  },
  boundary: { kind: 'per_unit', unitPrice: '1' },
}
const sold = { seats: { kind: 'graduated', tiers: tiersOf(['10', '1000'], ['50', '800'], [null, '600']) } }
for (const sku of [...Object.keys(used), ...Object.keys(sold), 'monthly', 'yearly']) await money.sellingSku(sku)
await prices(platform, { monthly: '31', yearly: '366' })
const rates = Object.entries({ ...used, ...sold }).map(([sku, rate]) => ({ sku, rate }))
await money.list(platform, {}, { code: 'tables', validFrom: '2024-01-01', rates })
const anchored = await plan({ sku: 'monthly', kind: 'recurring', anchor: 'start' })
const calendar = await plan({ sku: 'monthly', kind: 'recurring' })
const everyYear = await plan({ sku: 'yearly', kind: 'recurring', interval: 'year', anchor: 'start' })
const perSeat = await plan({ sku: 'seats', kind: 'recurring' })
const metered = await plan(...Object.keys(used).map((sku) => ({ sku })))

const [lastDay, leapDay, seats, restless, left] = [
  await order(tenant, anchored, '2025-01-31'),
  await order(tenant, everyYear, '2024-02-29'),
  await order(tenant, perSeat, '2025-01-01', { quantity: '15' }),
  await order(tenant, calendar, '2025-01-01'),
  await order(tenant, calendar, '2025-01-01'),
]
const usage = await order(tenant, metered, '2025-01-16', { externalIds: [{ region: 'eu', externalId: 'metered' }] })

/** A reseller of another currency with an agent and a tenant below it, a tax, a discount of 5 % and a commission of 3.3 %. */
async function abroad(currency: string, price: string, fxRate: string, percent: string) {
  const made = async (
    path: string,
    level: Member['level'],
    above: readonly string[],
    body: object,
  ): Promise<Member> => {
    const { id, name } = await ask(platform, path, { name: `${level} ${currency}`, ...body })
    return { id, level, name, model: null, line: [...above, id] }
  }
  const seller = await made('/distributors', 'distributor', platform.line, { commercialModel: 'reseller', currency })
  const below = { parentId: seller.id, commercialModel: 'agent' }
  const agent = await made('/partners', 'partner', seller.line, below)
  const buyer = await made('/tenants', 'tenant', agent.line, { parentId: agent.id })
  const rate = { from: 'EUR', to: currency, rate: fxRate, source: 'bank', validFrom: '2024-01-01' }
  await ask(platform, '/pricing/fx-rates', rate)
  await money.list(seller, { boundary: price }, { currency, validFrom: '2024-01-01' })
  const profile = await money.as(seller, 'PUT', '/settings/tax/profile', { body: { country: 'DE' } })
  if (profile.status !== 200) throw new Error(JSON.stringify(profile.body))
  const from = { validFrom: '2024-01-01' }
  await ask(seller, '/settings/tax/rates', { country: 'DE', percent, ...from })
  const discount = { buyerId: buyer.id, name: 'Welcome', scope: 'buyer', kind: 'percent', value: '5' }
  await ask(seller, '/billing/discounts', { ...discount, ...from })
  const tiers = [{ to: null, percent: '3.3' }]
  await ask(seller, '/commissions/rules', { payeeId: agent.id, basis: 'net', scope: 'line', tiers, ...from })
  await money.subscription(buyer.id, [{ region: 'eu', externalId: currency }])
  await money.use(currency, 'boundary', '1234.5', '2025-01-20')
  return { seller, agent, buyer }
}
const [yen, dinar] = [await abroad('JPY', '1', '162.345', '10'), await abroad('KWD', '0.0015', '0.3351', '5')]

let records = 0
const send = async (...sent: [sku: string, quantity: string, start: string, end?: string][]) => {
  const given = sent.map(([sku, quantity, start, end = start]) =>
    usageRecord(`case-${(records += 1)}`, { subscription: 'metered', sku, quantity, start, end }),
  )
  const receipt = await money.settle('eu', given)
  if (receipt.accepted !== given.length) throw new Error(`not accepted: ${JSON.stringify(receipt)}`)
}
const noon = '2025-01-20T12:00:00Z'
await send(['minutes', '1501', noon], ['top', '1501', noon], ['cheaper', '95', noon], ['packed', '95', noon])
await send(['support', '300', noon], ['boundary', '1', '2025-01-31T23:00:00Z', '2025-02-01T00:00:00Z'])
await send(['boundary', '10', '2025-02-01T00:00:00Z'], ['boundary', '100', '2025-02-01T00:30:00+01:00'])
const netOf = (sku: string, lines: any[]) =>
  lines.filter((line) => line.sku === sku).map(({ kind, net }) => `${kind} ${net}`)
const linesOf = async (period: string): Promise<any[]> => {
  const [invoice] = await money.invoices(platform, `period=${period}&buyerId=${tenant.id}`)
  return (await money.lines(platform, invoice.id)).filter(({ subscriptionId }) => subscriptionId === usage)
}
await money.rated()
await bill('2024-02')
await bill('2025-01', [platform, yen.seller, dinar.seller])
const january = await linesOf('2025-01')

await send(['minutes', '11', noon], ['cheaper', '10', noon], ['packed', '10', noon], ['support', '500', noon])
await act(restless, 'change', { quantity: '3', effectiveOn: '2025-02-15' })
await act(restless, 'change', { quantity: '2', effectiveOn: '2025-02-15' })
await act(seats, 'change', { quantity: '55', effectiveOn: '2025-02-15' })
await money.rated()
await bill('2025-02')
const february = await linesOf('2025-02')
await act(left, 'cancel', { endDate: '2025-02-11' })
await act(lastDay, 'cancel', { endDate: '2025-03-31' })
await money.rated()
await bill('2025-03')

describe('usage', () => {
  test('of tiers in blocks of 10: 1501 minutes are 100 + 25.50, or 75.50 at the price that is reached', () => {
    expect(netOf('minutes', january)).toEqual(['usage 125.50'])
    expect(netOf('top', january)).toEqual(['usage 75.50'])
  })

  test('that comes late starts only the blocks and packages that were not started', () => {
    expect(netOf('minutes', february)).toEqual(['late 0.50'])
    expect(netOf('packed', [...january, ...february])).toEqual(['usage 5.00', 'late 5.00'])
  })

  test('that reaches a cheaper price for all of it late gives money back: 105 x 0.50 less 95.00', () => {
    expect(netOf('cheaper', february)).toEqual(['late -42.50'])
  })

  test('belongs to the month in which it began, in UTC: up to midnight, at midnight, and half past it in Berlin', () => {
    expect(netOf('boundary', january)).toEqual(['usage 101.00'])
    expect(netOf('boundary', february)).toEqual(['usage 10.00'])
  })

  test('of a share with a minimum of 100.00: 16 of 31 days owe 51.61, and what comes late takes the rest of it back', () => {
    expect(netOf('support', january).sort()).toEqual(['minimum 21.61', 'usage 30.00'])
    const late = february.filter(({ serviceStart }) => serviceStart < '2025-02-01')
    expect(netOf('support', late).sort()).toEqual(['late 50.00', 'minimum -21.61'])
  })
})

describe('charges', () => {
  const ofAll = async (id: string, ...periods: string[]) =>
    (await Promise.all(periods.map((period) => billed(platform, period, id)))).flat()

  test('from the 31st come on the last day of shorter months and return to the 31st', async () => {
    expect(await ofAll(lastDay, '2025-01', '2025-02', '2025-03')).toEqual([
      'recurring 2025-01-31 2025-02-28 x1 31.00',
      'recurring 2025-02-28 2025-03-31 x1 31.00',
    ])
  })

  test('from 29 February come on the 28th of other years', async () => {
    expect(await ofAll(leapDay, '2024-02', '2025-02')).toEqual([
      'recurring 2024-02-29 2025-02-28 x1 366.00',
      'recurring 2025-02-28 2026-02-28 x1 366.00',
    ])
  })

  test('of 15 seats in tiers cost 14000.00, and from the middle of the month on half of what 55 cost', async () => {
    expect(await ofAll(seats, '2025-01', '2025-02', '2025-03')).toEqual([
      'recurring 2025-01-01 2025-02-01 x15 14000.00',
      'recurring 2025-02-01 2025-02-15 x15 7000.00',
      'recurring 2025-02-15 2025-03-01 x55 22500.00',
      'recurring 2025-03-01 2025-04-01 x55 45000.00',
    ])
  })

  test('of two changes on one day the last counts', async () => {
    expect(await ofAll(restless, '2025-02')).toEqual([
      'recurring 2025-02-01 2025-02-15 x1 15.50',
      'recurring 2025-02-15 2025-03-01 x2 31.00',
    ])
  })

  test('of a subscription that was cancelled late are given back from its last day on', async () => {
    expect(await ofAll(left, '2025-02', '2025-03')).toEqual([
      'recurring 2025-02-01 2025-03-01 x1 31.00',
      'credit 2025-02-11 2025-03-01 x-1 -19.93',
    ])
    const answer = await ask(platform, `/subscriptions/${left}/cancel`, { endDate: '2025-02-12' }).catch(String)
    expect(answer).toContain('subscription.state')
  })
})

describe('a currency', () => {
  test.each([
    [
      'of no digits',
      yen,
      ['200415', '1235 -62', '1173 117 1290', '39'],
      '617',
      ['617 62', '556 55'],
      ['-18', '-21', '39'],
    ],
    [
      'of three digits',
      dinar,
      ['413.681', '1.852 -0.093', '1.759 0.088 1.847', '0.058'],
      '0.617',
      ['0.617 0.031', '1.142 0.057'],
      ['-0.038', '-0.020', '0.058'],
    ],
  ])(
    '%s: bought, used, discounted, taxed, earned on and taken back in two notes',
    async (_, who, bought, part, notes, earned) => {
      const { seller, agent, buyer } = who
      const commission = async (): Promise<string[]> => {
        const { jobId } = await ask(seller, '/commissions/runs', { period: '2025-01' })
        await money.job(seller, jobId)
        return (await money.read(agent, '/commissions/earnings?period=2025-01')).data.map(({ amount }: any) => amount)
      }
      const [bill] = await money.invoices(seller, `period=2025-01&buyerId=${seller.id}`)
      const [sale] = await money.invoices(buyer, 'period=2025-01')
      const nets = (await money.lines(buyer, sale.id)).map(({ net }) => net).join(' ')
      expect([bill.net, nets, `${sale.net} ${sale.tax} ${sale.total}`, ...(await commission())]).toEqual(bought)
      const note = (wish: object) =>
        ask(seller, '/credit-notes', { invoiceId: sale.id, reason: 'a test', issue: true, ...wish })
      const [first, rest] = [await note({ lines: [{ line: 1, net: part }] }), await note({})]
      expect([first, rest].map(({ net, tax }) => `${net} ${tax}`)).toEqual(notes)
      expect(await commission()).toEqual(earned)
    },
  )
})

test('verify computes all of it again to the same amounts', async () => {
  await worker.stop()
  await api.db.close()
  await sql.end({ timeout: 5 })
  expect(brokenIn(await reportsOn(database))).toEqual([])
})

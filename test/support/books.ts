import type postgres from 'postgres'
import { enqueueDueRedrives } from '../../src/modules/usage/quarantine/redrive.ts'
import { commissionsHandlers } from '../../workers/commissions.ts'
import { testApi } from './api.ts'
import { billingWorld, moneyHandlers, refreshTick } from './billing.ts'
import type { Shape } from './chains.ts'
import type { TestDatabase } from './database.ts'
import { until } from './until.ts'
import { alias } from './usage.ts'
import { testWebhooks, testWorker } from './worker.ts'
import { buildWorld, type Member } from './world.ts'

const graduated = (...tiers: readonly (readonly [string | null, string])[]) => ({
  kind: 'graduated',
  tiers: tiers.map(([upTo, unitPrice]) => ({ upTo, unitPrice })),
})
const perUnit = (unitPrice: string) => ({ kind: 'per_unit', unitPrice })
const listOf = (rates: Record<string, object>) => Object.entries(rates).map(([sku, rate]) => ({ sku, rate }))

const shapes: readonly Shape[] = [
  [null, null],
  [null, 'agent'],
  ['agent', 'agent'],
  ['agent', 'reseller'],
  ['reseller', 'agent'],
  ['reseller', 'reseller'],
]

/**
 * Fills a database through the API and the workers with two billed months of everything that can happen: chains of agents and resellers,
 * sums, maxima and last figures, prices that change inside a month and by region, records that last over midnight and
 * month, corrections, duplicates, conflicts, quarantine and redrive, late usage, buckets without a price, a draft that
 * waits, and earnings by line and by period. Stops what it started, so that the database can be copied.
 */
export async function fillBooks(database: TestDatabase, sql: postgres.Sql): Promise<void> {
  const api = testApi(database)
  const world = await buildWorld(api, shapes)
  const money = await billingWorld(api, sql, world)
  const redriveTick = { name: 'usage.redrive', everyMs: 100, run: enqueueDueRedrives }
  const worker = testWorker(database, [...moneyHandlers, ...commissionsHandlers], {
    ticks: [refreshTick, redriveTick],
    webhooks: testWebhooks,
  })
  const { platform, distributors, partners } = world
  const resellers = [distributors.reseller, ...Object.values(partners).filter((one) => one.model === 'reseller')]
  const sellers: Member[] = [platform, ...resellers]

  await money.region('eu')
  const { id: farRegion } = await money.region('us')
  await money.sellingSku('vm.hours')
  await money.sellingSku('disk.peak', { unit: 'GB', aggregation: 'max' })
  await money.sellingSku('seats', { unit: 'seat', aggregation: 'last' })
  await money.sellingSku('unpriced')
  const prices = {
    'vm.hours': graduated(['100', '0.0149'], [null, '0.0101']),
    'disk.peak': perUnit('0.13'),
    seats: perUnit('7.05'),
  }
  const list = (seller: Member, change: Record<string, unknown>) =>
    money.list(seller, {}, { validFrom: '2024-01-01', ...change })
  await list(platform, { rates: listOf({ ...prices, 'vm.hours': perUnit('0.00894') }), kind: 'cost' })
  for (const seller of sellers) {
    await list(seller, { rates: listOf(prices), validTo: '2024-09-16' })
    const raised = { ...prices, 'vm.hours': graduated(['50', '0.0171'], [null, '0.0109']) }
    await list(seller, { rates: listOf(raised), validFrom: '2024-09-16' })
  }
  await list(platform, { rates: listOf({ 'disk.peak': perUnit('0.19') }), scope: 'region', targetId: farRegion })
  // Follows from a year on in which nothing is used.
  const [base] = (await money.read(platform, '/pricing/price-lists?scope=default&kind=sale')).data
  const { status } = await money.as(platform, 'POST', '/pricing/price-lists', {
    body: {
      code: 'derived',
      name: 'Derived',
      currency: 'EUR',
      scope: 'region',
      targetId: farRegion,
      validFrom: '2027-01-01',
      derivedFrom: { basis: 'list', priceListId: base.id, method: 'margin', percent: '30' },
    },
  })
  if (status !== 201) throw new Error(`deriving answered ${status}`)
  await addRules(money.as, world)
  await chargeTax(money.as, world.partner('agent/reseller'))
  await giveDiscounts(money.as, world.partner('agent/reseller'), world.tenant('agent/reseller'))
  await grantCredits(money.as, world.partner('agent/reseller'), world.tenant('agent/reseller'))
  const abroad = await money.tenant({ name: 'Abroad', currency: 'USD' })
  const exchange = { from: 'EUR', to: 'USD', rate: '1.0849', validFrom: '2024-01-01', source: 'ECB' }
  await money.as(platform, 'POST', '/pricing/fx-rates', { body: exchange })

  const post = async (region: string, records: readonly object[]) => money.settle(region, records)
  const tenants: [string, { id: string }][] = [...Object.entries(world.tenants), ['abroad', abroad]]
  for (const [key, tenant] of tenants) {
    const id = await money.subscription(tenant.id, [
      { region: 'eu', externalId: key },
      { region: 'us', externalId: key },
    ])
    if (key === 'agent/reseller') await discountResource(money.as, world.partner(key), { buyerId: tenant.id, id })
  }
  for (const region of ['eu', 'us'])
    await post(
      region,
      tenants.flatMap(([key]) => september(key)),
    )
  await post('eu', [...september('-/-').slice(0, 2), { ...record('-/-', 'vm.hours', 0), quantity: '99' }])
  const held = await post('eu', [{ ...record('nobody-knows', 'vm.hours', 40), subscription: 'comes-later' }])
  await alias(sql, await money.subscription(world.tenant('-/agent').id, []), 'eu', 'comes-later')
  await until(async () => (await money.receipt(held.id)).accepted === 1)
  await money.rated()
  await money.close('2024-09')
  await Promise.all(sellers.map((seller) => money.run(seller, '2024-09')))
  await earn('2024-09')
  await settleSome(money.as, platform)
  await post(
    'us',
    tenants.flatMap(([key]) => [...late(key), ...october(key)]),
  )
  await money.close('2024-10')
  await Promise.all(sellers.map((seller) => money.run(seller, '2024-10')))
  await earn('2024-10')
  await post(
    'eu',
    tenants.map(([key]) => record(key, 'vm.hours', 70, { start: '2024-11-03T00:00:00Z', end: '2024-11-03T01:00:00Z' })),
  )
  await money.run(distributors.reseller, '2024-11', false)
  await money.rated()
  await until(async () => (await sql`select 1 from event where fanned_at is null limit 1`).length === 0)
  await worker.stop()
  await api.db.close()

  async function earn(period: string): Promise<void> {
    for (const payer of [platform, distributors.reseller]) {
      const { status, body } = await money.as(payer, 'POST', '/commissions/runs', { body: { period } })
      if (status !== 202) throw new Error(`POST commission runs answered ${status} ${JSON.stringify(body)}`)
      await money.job(payer, body.jobId)
    }
  }
}

/** One invoice is paid too much and credited in two notes, one in a part and written off, one from the credit; one payment is taken back. */
async function settleSome(as: As, seller: Member): Promise<void> {
  const done = async (path: string, body: object): Promise<{ id: string }> => {
    const answer = await as(seller, 'POST', path, { body })
    if (answer.status >= 300) throw new Error(`POST ${path} answered ${answer.status} ${JSON.stringify(answer.body)}`)
    return answer.body
  }
  const { body } = await as(seller, 'GET', '/invoices?side=sell&state=issued')
  const [first, second] = body.data.filter((one: { total: string }) => one.total !== '0.00')
  const pay = (reference: string, amount: string, { id: invoiceId, currency }: { id: string; currency: string }) => {
    const payment = { amount, currency, receivedOn: '2024-10-10', reference }
    return done('/payments', { ...payment, allocations: [{ invoiceId }] })
  }
  await pay('one', '1000', first)
  await done(`/invoices/${second.id}/write-off`, { reason: 'goodwill', amount: '0.01' })
  const { id } = await pay('two', '0.02', second)
  await done(`/payments/${id}/reverse`, { reason: 'bounced' })
  await done('/credit-notes', {
    invoiceId: first.id,
    reason: 'a refund',
    lines: [{ line: 1, net: '0.01' }],
    issue: true,
  })
  await done('/credit-notes', { invoiceId: first.id, reason: 'all of it', issue: true })
}

type As = Awaited<ReturnType<typeof billingWorld>>['as']
type World = Awaited<ReturnType<typeof buildWorld>>

/** What this seller sells is taxed twice over, at a rate that changes between the two months. */
async function chargeTax(as: As, seller: Member): Promise<void> {
  await as(seller, 'PUT', '/settings/tax/profile', { body: { country: 'CA' } })
  for (const change of [
    { name: 'GST', percent: '5' },
    { name: 'QST', percent: '9.975', validTo: '2024-10-01' },
    { name: 'QST', percent: '10', validFrom: '2024-10-01' },
  ]) {
    const body = { country: 'CA', validFrom: '2024-01-01', ...change }
    const { status } = await as(seller, 'POST', '/settings/tax/rates', { body })
    if (status !== 201) throw new Error(`POST tax rates answered ${status}`)
  }
}

/** Both months have something off: a percentage of one SKU, and of the whole until its limit is used. */
async function giveDiscounts(as: As, seller: Member, buyer: Member): Promise<void> {
  for (const change of [
    { scope: 'sku', sku: 'seats', kind: 'percent', value: '12.5' },
    { scope: 'buyer', kind: 'amount', value: '3.01', limitAmount: '5' },
  ]) {
    const body = { buyerId: buyer.id, name: 'Off', validFrom: '2024-01-01', ...change }
    const { status } = await as(seller, 'POST', '/billing/discounts', { body })
    if (status !== 201) throw new Error(`POST discounts answered ${status}`)
  }
}

/** What one resource used has something off, also on the days of records that last over midnight and month. */
async function discountResource(as: As, seller: Member, subscription: { buyerId: string; id: string }): Promise<void> {
  const { buyerId, id: subscriptionId } = subscription
  const named = { buyerId, subscriptionId, name: 'Off', scope: 'resource', sku: 'vm.hours', resource: 'vm-1' }
  const body = { ...named, kind: 'percent', value: '30', validFrom: '2024-01-01' }
  const { status } = await as(seller, 'POST', '/billing/discounts', { body })
  if (status !== 201) throw new Error(`POST discounts answered ${status}`)
}

/** The older gift is used up before the newer one, and a third is taken back. */
async function grantCredits(as: As, seller: Member, buyer: Member): Promise<void> {
  const ids: string[] = []
  for (const amount of ['0.50', '1000', '7']) {
    const grant = { buyerId: buyer.id, amount, currency: 'EUR', purpose: 'goodwill', reason: 'An outage' }
    const { status, body } = await as(seller, 'POST', '/billing/credits', {
      body: { ...grant, validFrom: '2024-01-01' },
    })
    if (status !== 201) throw new Error(`POST credits answered ${status} ${JSON.stringify(body)}`)
    ids.push(body.id)
  }
  const { status } = await as(seller, 'POST', `/billing/credits/${ids[2]}/void`, { body: { reason: 'A mistake' } })
  if (status !== 200) throw new Error(`voiding answered ${status}`)
}

/** One rule counts each line, the next begins inside the month, the others count the period to date. */
async function addRules(as: As, { platform, distributors, partner }: World): Promise<void> {
  const rule = async (payer: Member, payee: Member, body: object): Promise<void> => {
    const answer = await as(payer, 'POST', '/commissions/rules', {
      body: { payeeId: payee.id, basis: 'net', validFrom: '2024-01-01', ...body },
    })
    if (answer.status !== 201) throw new Error(`POST rules answered ${answer.status} ${JSON.stringify(answer.body)}`)
  }
  const tiers = [
    { to: '1', percent: '5' },
    { to: null, percent: '8' },
  ]
  await rule(platform, partner('-/agent'), { scope: 'line', tiers: [{ to: null, percent: '10' }] })
  await rule(platform, partner('-/agent'), {
    scope: 'line',
    tiers: [{ to: null, percent: '12.5' }],
    validFrom: '2024-09-11',
  })
  await rule(platform, distributors.agent, { scope: 'period', tiers })
  await rule(distributors.reseller, partner('reseller/agent'), { scope: 'period', tiers })
}

const record = (key: string, sku: string, number: number, change: object = {}) => ({
  id: `${key}-${number}`,
  subscription: key,
  sku,
  start: '2024-09-10T10:00:00Z',
  end: '2024-09-10T11:00:00Z',
  quantity: '1.5',
  ...change,
})

const at = (start: string, end = start) => ({ start, end })

const september = (key: string) => [
  record(key, 'vm.hours', 0, { quantity: '333.125' }),
  record(key, 'vm.hours', 1, { quantity: '-0.5' }),
  record(key, 'vm.hours', 2, {
    quantity: '10',
    resource: 'vm-1',
    ...at('2024-09-19T21:30:00.123456Z', '2024-09-21T02:00:00Z'),
  }),
  record(key, 'vm.hours', 3, {
    quantity: '7.000000000001',
    resource: 'vm-1',
    ...at('2024-09-29T12:00:00Z', '2024-10-02T00:00:00Z'),
  }),
  record(key, 'disk.peak', 4, { quantity: '20', ...at('2024-09-02T00:00:00Z') }),
  record(key, 'disk.peak', 5, { quantity: '31.5', ...at('2024-09-20T00:00:00Z', '2024-09-22T00:00:00Z') }),
  record(key, 'seats', 6, { quantity: '12', ...at('2024-09-05T00:00:00Z') }),
  record(key, 'seats', 7, { quantity: '9', ...at('2024-09-25T00:00:00Z') }),
  record(key, 'unpriced', 8),
]

/** Comes after September was closed; the second one reaches into October, which is open then. */
const late = (key: string) => [
  record(key, 'vm.hours', 20, { quantity: '44' }),
  record(key, 'vm.hours', 21, { quantity: '6', ...at('2024-09-30T18:00:00Z', '2024-10-01T06:00:00Z') }),
  record(key, 'disk.peak', 22, { quantity: '50', ...at('2024-09-17T00:00:00Z') }),
  record(key, 'seats', 23, { quantity: '15', ...at('2024-09-28T00:00:00Z') }),
]

const october = (key: string) => [
  record(key, 'vm.hours', 30, { quantity: '12.25', ...at('2024-10-05T00:00:00Z', '2024-10-05T01:00:00Z') }),
  record(key, 'disk.peak', 31, { quantity: '3', ...at('2024-10-05T00:00:00Z') }),
]

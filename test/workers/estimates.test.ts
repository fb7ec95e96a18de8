import { expect, test } from 'bun:test'
import { testApi } from '../support/api.ts'
import { billingWorld, moneyHandlers, refreshTick } from '../support/billing.ts'
import { perUnit } from '../support/catalog.ts'
import { chargingWorld } from '../support/charging.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { usageRecord } from '../support/usage.ts'
import { testWorker } from '../support/worker.ts'
import { buildWorld, type Member } from '../support/world.ts'
import { commissionsHandlers } from '../../workers/commissions.ts'

// An estimate is what the next draft comes to: rated, reduced and taxed as a run does it.

const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const world = await buildWorld(api, [
  [null, null],
  ['agent', 'reseller'],
])
const money = await billingWorld(api, sql, world)
testWorker(database, [...moneyHandlers, ...commissionsHandlers], { ticks: [refreshTick] })
const { platform } = world
const direct = world.tenant('-/-')
const [dealer, resold] = [world.partner('agent/reseller'), world.tenant('agent/reseller')]
const { act, ask, order, plan } = chargingWorld(money, platform)
const sellers: readonly Member[] = [platform, dealer]

const tiers = (first: string, second: string) => [
  { upTo: '100', unitPrice: first },
  { upTo: null, unitPrice: second },
]
const rates = [
  { sku: 'graduated', rate: { kind: 'graduated', tiers: tiers('0.333', '0.111') } },
  { sku: 'volume', rate: { kind: 'volume', tiers: tiers('0.5', '0.2') } },
  { sku: 'minimum', rate: { ...perUnit('0.07'), minimum: '12.345' } },
  { sku: 'back', rate: perUnit('0.999') },
  { sku: 'seat', rate: perUnit('10.01') },
  { sku: 'shared', rate: { kind: 'volume', tierScope: 'buyer', tiers: tiers('1', '0.3') } },
]
await money.region('eu')
for (const { sku } of rates) await money.sellingSku(sku)
for (const seller of sellers) await money.list(seller, {}, { validFrom: '2024-01-01', rates })
const version = await plan(...rates.map(({ sku }) => ({ sku, ...(sku === 'seat' && { kind: 'recurring' }) })))
const subscriptionOf = async (tenant: Member, externalId: string): Promise<string> =>
  order(tenant, version, '2024-01-16', { externalIds: [{ region: 'eu', externalId }] })
await subscriptionOf(direct, 'direct')
const second = await subscriptionOf(direct, 'direct-2')
const resoldId = await subscriptionOf(resold, 'resold')

const put = async (seller: Member, path: string, body: object, method = 'PUT'): Promise<any> => {
  const answer = await money.as(seller, method, path, { body })
  if (answer.status >= 300) throw new Error(`${path} answered ${answer.status} ${JSON.stringify(answer.body)}`)
  return answer.body
}
const taxed = async (seller: Member): Promise<void> => {
  await put(seller, '/settings/tax/profile', { country: 'DE' })
  await put(seller, '/settings/tax/rates', { country: 'DE', percent: '19', validFrom: '2020-01-01' }, 'POST')
  const other = { country: 'DE', percent: '7', validFrom: '2020-01-01', code: 'low' }
  await put(seller, '/settings/tax/rates', other, 'POST')
  await put(seller, '/settings/tax/skus', { skus: [{ sku: 'seat', code: 'low' }] })
}
const discount = (seller: Member, buyer: Member, change: object) =>
  ask(seller, '/billing/discounts', { buyerId: buyer.id, name: 'Off', validFrom: '2024-01-01', ...change })

const figure = async (member: Member, period: string, name: string, query = 'groupBy=month'): Promise<any> => {
  const rows = await money.summary(member, `period=${period}&${query}`)
  return rows.map((row) => [row.groupId, row[name]])
}
const useMonth = async (month: string): Promise<void> => {
  for (const externalId of ['direct', 'direct-2', 'resold']) {
    await money.use(externalId, 'graduated', '123.4', `${month}-20`)
    await money.use(externalId, 'volume', '150.5', `${month}-20`)
    await money.use(externalId, 'shared', '60.1', `${month}-20`)
    await money.use(externalId, 'minimum', '9', `${month}-21`)
    await money.use(externalId, 'back', '-3.3', `${month}-21`)
  }
}
/** What buyers and sellers are told of a month that is not billed, by month, subscription and SKU. */
const sides: [Member, string][] = [
  [platform, 'sell'],
  [dealer, 'sell'],
  [dealer, 'buy'],
  [direct, 'buy'],
  [resold, 'buy'],
  [world.distributors.agent, 'agency'],
]
const told = async (month: string, nameOf: (member: Member, side: string) => string) => {
  const all: Record<string, unknown> = {}
  for (const [member, side] of sides) {
    for (const groupBy of ['month', 'subscription', 'sku']) {
      const query = `groupBy=${groupBy}&side=${side}`
      all[`${member.name} ${query}`] = await figure(member, month, nameOf(member, side), query)
    }
  }
  return all
}

const { agent } = world.distributors
const commission = async (member: Member, figure: string): Promise<unknown[]> =>
  (await money.read(member, '/commissions/summary?period=2024-01')).data.map((row: any) => [row.payeeId, row[figure]])

const margins = async (): Promise<unknown[]> =>
  (await money.read(dealer, '/billing/waterfall?period=2024-01')).data.map((row: any) => row.sellers)

test('before the run, on drafts, and billed, everybody is told the same net, tax and total', async () => {
  for (const seller of sellers) await taxed(seller)
  await ask(platform, '/commissions/rules', {
    payeeId: agent.id,
    basis: 'net',
    scope: 'period',
    tiers: [
      { to: '40', percent: '3' },
      { to: null, percent: '11.1', mode: 'whole' },
    ],
    inheritable: false,
    validFrom: '2024-01-01',
    validTo: '2024-02-01',
  })
  await discount(platform, direct, { scope: 'buyer', kind: 'percent', value: '7.5' })
  await discount(platform, direct, { scope: 'buyer', kind: 'amount', value: '3.33' })
  await discount(platform, direct, { scope: 'subscription', subscriptionId: second, kind: 'percent', value: '11' })
  await discount(platform, dealer, { scope: 'sku', sku: 'volume', kind: 'free_quantity', value: '40' })
  await discount(dealer, resold, { scope: 'sku', sku: 'graduated', kind: 'amount', value: '5', limitAmount: '7' })
  await useMonth('2024-01')
  await money.rated()
  const before = await told('2024-01', () => 'unbilled')
  const toEarn = await commission(platform, 'estimated')
  const toKeep = await margins()
  expect(await commission(agent, 'estimated')).toEqual(toEarn)
  await money.close('2024-01')
  const runs = [await money.run(platform, '2024-01', false), await money.run(dealer, '2024-01', false)]
  expect(runs.map(({ invoices, parked }) => [invoices, parked])).toEqual([
    [2, 0],
    [1, 0],
  ])
  const drafted = await told('2024-01', (_, side) => (side === 'sell' ? 'draft' : 'unbilled'))
  expect(drafted).toEqual(before)
  expect(await margins()).toEqual(toKeep)
  for (const member of [platform, agent]) expect(await commission(member, 'estimated')).toEqual(toEarn)
  for (const [index, seller] of sellers.entries()) {
    const { body } = await money.as(seller, 'POST', `/billing/runs/${runs[index]!.id}/issue`)
    expect((await money.job(seller, body.jobId)).state).toBe('done')
  }
  expect(await told('2024-01', () => 'billed')).toEqual(before)
  expect(await margins()).toEqual(toKeep)
  const { body } = await money.as(platform, 'POST', '/commissions/runs', { body: { period: '2024-01' } })
  expect((await money.job(platform, body.jobId)).state).toBe('done')
  for (const member of [platform, agent]) expect(await commission(member, 'earned')).toEqual(toEarn)
  const [invoice] = await money.invoices(platform, `period=2024-01&buyerId=${direct.id}`)
  const { net, tax, total } = invoice
  expect(await figure(direct, '2024-01', 'billed')).toEqual([['2024-01', { net, tax, total }]])
  expect(tax).not.toBe('0.00')
  await money.rated()
  const nothing = { net: '0.00', tax: '0.00', total: '0.00' }
  for (const [member] of sides) expect((await figure(member, '2024-01', 'unbilled'))[0][1]).toEqual(nothing)
  const left = await sql`select count(*)::int as lines from estimate_line where period = '2024-01'`
  expect([...left]).toEqual([{ lines: 0 }])
})

const explained = (member: Member, month: string) =>
  money.read(
    member,
    `/billing/summary/explain?period=${month}&figure=unbilled&currency=EUR&groupBy=month&side=buy&limit=200`,
  )

test('what a limit has left counts, and the lines of an estimate with its reductions add up to it', async () => {
  await useMonth('2024-02')
  await money.rated()
  const { net, tax } = (await figure(resold, '2024-02', 'unbilled'))[0][1]
  const all = await explained(resold, '2024-02')
  const off = all.data.filter(({ kind }: any) => kind === 'discount')
  expect(off.map((line: any) => [line.sku, line.net, line.says])).toEqual([
    ['graduated', '-2.00', 'A discount on graduated: -2.00 EUR.'],
  ])
  expect([all.net, all.tax, all.lines]).toEqual([net, tax, all.data.length])
  const added = (name: string) =>
    all.data.reduce((sum: number, line: any) => sum + Math.round(Number(line[name]) * 100), 0) / 100
  expect([added('net').toFixed(2), added('tax').toFixed(2)]).toEqual([net, tax])
})

test('an estimate follows what changes: a discount that begins, one that ends, and taxes', async () => {
  const now = async () => (await figure(resold, '2024-02', 'unbilled'))[0][1]
  const before = await now()
  const half = await discount(dealer, resold, { scope: 'buyer', kind: 'percent', value: '50' })
  await money.rated()
  expect(Number((await now()).net)).toBeLessThan(Number(before.net) * 0.6)
  await put(dealer, `/billing/discounts/${half.id}/end`, { validTo: '2024-01-15' }, 'POST')
  await money.rated()
  expect(await now()).toEqual(before)
  const exempt = { buyerId: resold.id, reason: 'A school', proof: 'A letter', validFrom: '2024-02-01' }
  await put(dealer, '/settings/tax/exemptions', exempt, 'POST')
  await money.rated()
  expect(await now()).toEqual({ net: before.net, tax: '0.00', total: before.net })
})

test('so it is with late usage, what is given back with what was off it, and the part of one resource', async () => {
  await money.use('direct', 'volume', '-30', '2024-01-22')
  await money.use('direct-2', 'volume', '20', '2024-01-22')
  await act(second, 'change', { quantity: '3', effectiveOn: '2024-01-20' })
  const disk = usageRecord('disk', {
    subscription: 'direct-2',
    sku: 'graduated',
    quantity: '20.5',
    start: '2024-02-03T10:00:00Z',
    end: '2024-02-03T11:00:00Z',
    resource: 'disk-7',
  })
  expect(await money.settle('eu', [disk])).toMatchObject({ accepted: 1 })
  const ofDisk = { scope: 'resource', subscriptionId: second, sku: 'graduated', resource: 'disk-7' }
  await discount(platform, direct, { ...ofDisk, kind: 'percent', value: '40' })
  await money.rated()
  const before = await told('2024-02', () => 'unbilled')
  const { data } = await explained(direct, '2024-02')
  expect(data.map(({ kind, sku }: any) => `${kind} ${sku}`)).toEqual(
    expect.arrayContaining(['late volume', 'credit seat', 'discount volume', 'discount seat', 'discount graduated']),
  )
  const runs = [await money.run(platform, '2024-02', false), await money.run(dealer, '2024-02', false)]
  expect(await told('2024-02', (_, side) => (side === 'sell' ? 'draft' : 'unbilled'))).toEqual(before)
  for (const [index, seller] of sellers.entries()) {
    const { body } = await money.as(seller, 'POST', `/billing/runs/${runs[index]!.id}/cancel`)
    expect((await money.job(seller, body.jobId)).state).toBe('done')
  }
  await money.rated()
  expect(await told('2024-02', () => 'unbilled')).toEqual(before)
})

test('a tax that nobody can say is unknown, and so is the total, as is the draft that waits for it', async () => {
  await put(platform, '/settings/tax/skus', { skus: [{ sku: 'back', code: 'of no rate' }] })
  await money.rated()
  const unknown = (await figure(direct, '2024-02', 'unbilled'))[0][1]
  expect([unknown.net !== '0.00', unknown.tax, unknown.total]).toEqual([true, null, null])
  expect((await explained(direct, '2024-02')).tax).toBe(null)
  const run = await money.run(platform, '2024-02', false)
  expect(run.parked).toBe(2)
  expect((await figure(direct, '2024-02', 'unbilled'))[0][1]).toEqual(unknown)
  const { body } = await money.as(platform, 'POST', `/billing/runs/${run.id}/cancel`)
  expect((await money.job(platform, body.jobId)).state).toBe('done')
  await put(platform, '/settings/tax/skus', { skus: [{ sku: 'back', code: 'low' }] })
  await money.rated()
  expect((await figure(direct, '2024-02', 'unbilled'))[0][1].tax).not.toBe(null)
})

test('what a credit note gives back to a limit can be taken again, and the estimate takes it', async () => {
  const off = async () =>
    (await explained(resold, '2024-02')).data.filter(({ kind }: any) => kind === 'discount').map(({ net }: any) => net)
  expect(await off()).toEqual(['-2.00'])
  const [invoice] = await money.invoices(dealer, `period=2024-01&buyerId=${resold.id}`)
  const lines = await money.lines(dealer, invoice.id)
  const { line } = lines.find(({ sku, kind }: any) => sku === 'graduated' && kind === 'usage')
  const note = { invoiceId: invoice.id, reason: 'never used', lines: [{ line }], issue: true }
  await put(dealer, '/credit-notes', note, 'POST')
  await money.rated()
  expect(await off()).toEqual(['-5.00'])
})

test('nobody sees what another edge is reduced by or taxed', async () => {
  const seen = async (member: Member): Promise<string[]> => {
    const { data } = await explained(member, '2024-02')
    return [...new Set<string>(data.map(({ subscriptionId }: any) => subscriptionId))]
  }
  expect(await seen(resold)).toEqual([resoldId])
  expect(await seen(direct)).not.toContain(resoldId)
  expect((await explained(platform, '2024-02')).lines).toBe(0)
})

import { expect, test } from 'bun:test'
import { pricingHandlers } from '../../workers/pricing.ts'
import { testApi } from '../support/api.ts'
import { billingWorld, moneyHandlers, refreshTick } from '../support/billing.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { derivingOf, followTick } from '../support/derive.ts'
import { testWorker } from '../support/worker.ts'
import { buildWorld, type Member } from '../support/world.ts'

// The worked cases of derived prices, from usage to issued lines, on a chain of resellers and on one that skips a level.

const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const world = await buildWorld(api, [
  ['reseller', 'reseller'],
  [null, 'reseller'],
])
const money = await billingWorld(api, sql, world)
testWorker(database, [...moneyHandlers, ...pricingHandlers], { ticks: [refreshTick, followTick] })
const { platform } = world
const distributor = world.distributors.reseller
const [partner, direct] = [world.partner('reseller/reseller'), world.partner('-/reseller')]

await money.region('eu')
for (const [key, external] of [
  ['reseller/reseller', 'long'],
  ['-/reseller', 'short'],
] as const)
  await money.subscription(world.tenant(key).id, [{ region: 'eu', externalId: external }])
for (const sku of ['d8', 'd9', 'd10', 'd13']) await money.sellingSku(sku)

const since = { validFrom: '2024-01-01' }
const tiers = [
  { upTo: '1000', unitPrice: '0.10' },
  { upTo: null, unitPrice: '0.08' },
]
const discount = (percent: string) => ({ method: 'discount', percent })
const passThrough = { method: 'passThrough' }

const { derive: derived, from } = derivingOf(
  (member, method, path, body) => money.as(member, method, path, { body }),
  sql,
)
const derive = (seller: Member, base: { id: string }, terms: object, change: object = {}) =>
  derived(seller, from(base, terms), { ...since, ...change })
const forBuyer = (buyer: Member) => ({ scope: 'buyer', targetId: buyer.id })

/** List prices, sold down two links at a share of the list each, with costs at a share of it too. */
async function discountChain(sku: string, rate: object, shares: { cost: string; first: string; second: string }) {
  const base = await money.list(platform, {}, { ...since, rates: [{ sku, rate }] })
  await derive(platform, base, discount(shares.cost), { kind: 'cost' })
  await derive(platform, base, discount(shares.first), forBuyer(distributor))
  const shared = await derive(distributor, base, passThrough)
  await derive(distributor, base, discount(shares.second), forBuyer(partner))
  await derive(partner, shared, passThrough)
}

await discountChain('d9', { kind: 'graduated', tiers }, { cost: '45', first: '25', second: '15' })
await discountChain('d10', { kind: 'per_unit', unitPrice: '0.0149' }, { cost: '40', first: '20', second: '12' })
const d13 = await money.list(platform, { d13: '100' }, since)
await money.list(platform, { d13: '60' }, { ...since, kind: 'cost' })
await derive(platform, d13, discount('15'), forBuyer(direct))
await derive(direct, d13, passThrough)
await money.list(platform, { d8: '100.00' }, { ...since, kind: 'cost' })
await money.list(platform, { d8: '100.00' }, { ...since, ...forBuyer(distributor) })
await derived(distributor, { basis: 'buyPrice', method: 'markup', percent: '8' }, since)
await derived(partner, { basis: 'buyPrice', method: 'markup', percent: '12' }, since)

await money.use('long', 'd8', '1')
await money.use('long', 'd9', '1200')
await money.use('long', 'd10', '333')
await money.use('short', 'd13', '1')
await money.rated()
await money.close('2024-09')
for (const seller of [platform, distributor, partner, direct]) await money.run(seller, '2024-09')

const linesOf = (sku: string) => sql`
  select invoice.id, line.line, line.net::text as net, invoice.seller_id as seller
  from invoice_line line join invoice on invoice.id = line.invoice_id join sku on sku.id = line.sku_id
  where sku.code = ${sku}`

/** The cost, and what each seller bills, from the platform down. */
async function billed(sku: string, sellers: readonly Member[]): Promise<(string | undefined)[]> {
  const [cost] = await sql`
    select round(unrounded, 2)::text as net from rated_bucket bucket join sku on sku.id = bucket.sku_id
    where sku.code = ${sku} and bucket.seller_id = bucket.buyer_id`
  const lines = await linesOf(sku)
  return [cost?.['net'], ...sellers.map(({ id }) => lines.find((line) => line['seller'] === id)?.['net'])]
}

test('D8: cost plus 8 % plus 12 %: 100.00, 108.00, 120.96', async () =>
  expect(await billed('d8', [platform, distributor, partner])).toEqual(['100.00', '100.00', '108.00', '120.96']))

test('D9: a chain of discounts off a list with tiers: 63.80, 87.00, 98.60, 116.00', async () =>
  expect(await billed('d9', [platform, distributor, partner])).toEqual(['63.80', '87.00', '98.60', '116.00']))

test('D10: rounded once per line, not per unit price: 2.98, 3.97, 4.37, 4.96', async () =>
  expect(await billed('d10', [platform, distributor, partner])).toEqual(['2.98', '3.97', '4.37', '4.96']))

test('D13: a skipped level has no edge: 60.00, 85.00, 100.00', async () => {
  expect(await billed('d13', [platform, direct])).toEqual(['60.00', '85.00', '100.00'])
  expect(await linesOf('d13')).toHaveLength(2)
})

test('explaining names base, basis and percent to the seller, and to nobody who buys', async () => {
  const line = (await linesOf('d9')).find(({ seller }) => seller === distributor.id)!
  const path = `/invoices/${line['id']}/lines/${line['line']}/explain`
  const own = await money.read(distributor, path)
  expect(own.price.derivedFrom).toMatchObject({ basis: 'list', method: 'discount', percent: '15', amount: null })
  expect(own.price.derivedFrom.baseRate.tiers[0].unitPrice).toBe('0.1')
  const buyers = await money.read(partner, path)
  expect(buyers.price.derivedFrom).toBeNull()
  expect(JSON.stringify(buyers)).not.toContain(own.price.derivedFrom.priceListId)
})

test('a base that changes within the month splits nothing that is on paper', async () => {
  const [before] = await sql`select count(*)::int as rates from price_rate`
  await money.list(
    platform,
    {},
    { validFrom: '2024-10-01', rates: [{ sku: 'd8', rate: { kind: 'per_unit', unitPrice: '200' } }] },
  )
  await money.rated()
  expect(await billed('d8', [distributor])).toEqual(['100.00', '108.00'])
  const [after] = await sql`select count(*)::int as rates from price_rate`
  expect(after!['rates']).toBeGreaterThan(before!['rates'])
})

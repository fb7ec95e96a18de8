import { describe, expect, test } from 'bun:test'
import { type CommercialModel, edgesOf } from '../../src/billing/chain.ts'
import { currency, decimal, roundToMinor } from '../../src/billing/money.ts'
import { waterfall, waterfallGap } from '../../src/billing/waterfall.ts'
import { testApi } from '../support/api.ts'
import { billingWorld, moneyHandlers, refreshTick } from '../support/billing.ts'
import { chainShapes } from '../support/chains.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { testWorker } from '../support/worker.ts'
import { buildWorld, type Member } from '../support/world.ts'

const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const world = await buildWorld(api)
const money = await billingWorld(api, sql, world)
testWorker(database, moneyHandlers, { ticks: [refreshTick] })

// Case D10: 333 units down the chain at 60, 80, 88 and 100 % of 0.0149, each edge rounded on its own.
const prices = { cost: '0.00894', platform: '0.01192', distributor: '0.013112', partner: '0.0149' }
const quantity = '333'
const month = '2024-09'
const eur = currency('EUR')

await money.region('eu')
await money.sellingSku('vm.hours')
const resellers = [
  world.distributors.reseller,
  ...Object.values(world.partners).filter((one) => one.model === 'reseller'),
]
const sellers: Member[] = [world.platform, ...resellers]
await money.list(world.platform, { 'vm.hours': prices.cost }, { kind: 'cost', validFrom: '2024-01-01' })
for (const seller of sellers) {
  await money.list(seller, { 'vm.hours': prices[seller.level as keyof typeof prices] }, { validFrom: '2024-01-01' })
}
for (const [key, tenant] of Object.entries(world.tenants)) {
  await money.subscription(tenant.id, [{ region: 'eu', externalId: key }])
  await money.use(key, 'vm.hours', quantity)
}

const rounded = (price: string) => roundToMinor(decimal(quantity).times(decimal(price)), eur).toFixed(2)
const totalOf = (rows: any[], id: string) => rows.find((row) => row.groupId === id)

/** The edges above a tenant as the pure function has them, with what each must come to. */
const expectedEdges = (tenant: Member, [distributor, partner]: readonly (CommercialModel | null)[]) => {
  const inLine = (level: string) => world.all.find((one) => one.level === level && tenant.line.includes(one.id))
  const dealer = (level: 'distributor' | 'partner', model: CommercialModel | null | undefined) =>
    model ? { id: inLine(level)!.id, model } : null
  const chain = {
    platformId: world.platform.id,
    distributor: dealer('distributor', distributor),
    partner: dealer('partner', partner),
    tenantId: tenant.id,
  }
  return edgesOf(chain).map(({ seller, buyer }) => ({
    sellerId: seller.id,
    buyerId: buyer.id,
    total: rounded(prices[seller.level as keyof typeof prices]),
  }))
}

describe('the nine chains, rated, billed and issued', () => {
  test('before any run each tier sees its own estimate', async () => {
    await money.rated()
    const tenant = world.tenant('reseller/reseller')
    const [row] = await money.summary(tenant, `period=${month}`)
    expect(row).toMatchObject({
      side: 'buy',
      currency: 'EUR',
      quantityBySku: { 'vm.hours': quantity },
      unbilled: { net: '4.96', tax: '0.00', total: '4.96' },
      billed: { net: '0.00' },
      periodState: 'ended',
      parked: { lines: 0, reasons: [] },
    })
  })

  test('every seller bills its direct buyers, all at once', async () => {
    await money.close(month)
    const runs = await Promise.all(sellers.map((seller) => money.run(seller, month)))
    expect(runs.map(({ state, parked }) => [state, parked])).toEqual(sellers.map(() => ['done', 0]))
    expect(runs.map(({ invoices, issued, lines }) => [invoices, issued, lines])).toEqual([
      [7, 7, 9],
      [3, 3, 3],
      [1, 1, 1],
      [1, 1, 1],
      [1, 1, 1],
    ])
  })

  test.each(chainShapes.map((shape) => [shape.map((model) => model ?? '-').join('/'), shape] as const))(
    '%s: each edge of the chain has its document, and the waterfall adds up to the cent',
    async (key, shape) => {
      const tenant = world.tenant(key)
      const edges = expectedEdges(tenant, shape)
      const cost = totalOf(await money.summary(world.platform, `period=${month}&side=cost&groupBy=tenant`), tenant.id)
      expect(cost.unbilled.total).toBe(rounded(prices.cost))
      const totals = []
      for (const edge of edges) {
        const seller = world.all.find((one) => one.id === edge.sellerId)!
        const buyer = world.all.find((one) => one.id === edge.buyerId)!
        const sold = totalOf(await money.summary(seller, `period=${month}&groupBy=tenant&side=sell`), tenant.id)
        const bought = totalOf(await money.summary(buyer, `period=${month}&groupBy=tenant&side=buy`), tenant.id)
        expect([sold.billed.total, bought.billed.total]).toEqual([edge.total, edge.total])
        const [document] = await money.invoices(buyer, `period=${month}&side=buy`)
        expect(document).toMatchObject({ sellerId: edge.sellerId, buyerId: edge.buyerId, state: 'issued' })
        const lines = await money.lines(buyer, document.id)
        expect(lines.filter((line) => line.tenantId === tenant.id).map((line) => line.net)).toEqual([edge.total])
        totals.push({ sellerId: edge.sellerId, total: decimal(sold.billed.total) })
      }
      const cascade = waterfall({ platformCost: decimal(cost.unbilled.total), edges: totals })
      expect(waterfallGap(cascade)?.toFixed()).toBe('0')
      expect(cascade.sum?.toFixed(2)).toBe(
        decimal(totals.at(-1)!.total.toFixed()).minus(decimal(cost.unbilled.total)).toFixed(2),
      )
    },
  )

  test('nobody else is on the chains: the books of each seller balance, and nothing is billed twice', async () => {
    const [sums] = await sql`
      select count(*)::int as postings, sum(amount)::text as sum,
             sum(amount) filter (where account = 'receivable')::text as receivable from posting`
    const [documents] = await sql`select sum(total)::text as total from invoice where state = 'issued'`
    expect(sums).toEqual({ postings: 26, sum: '0.00', receivable: documents!['total'] })
    const again = await Promise.all(sellers.map((seller) => money.run(seller, month)))
    expect(again.map(({ state, invoices }) => [state, invoices])).toEqual(sellers.map(() => ['done', 0]))
  })
})

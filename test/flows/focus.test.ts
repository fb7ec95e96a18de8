import { expect, test } from 'bun:test'
import { currency, Decimal, decimal, roundToMinor, sum } from '../../src/billing/money.ts'
import { rate } from '../../src/billing/rate.ts'
import { testApi } from '../support/api.ts'
import { moneyHandlers } from '../support/billing.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { cell, focusFile, type FocusRow, focusSample, isUsage, regionOf, skuOf } from '../support/focus.ts'
import { until } from '../support/until.ts'
import { usageWorld } from '../support/usage.ts'
import { testWorker } from '../support/worker.ts'

// Real, anonymised rows of three providers, region by region, through the API: what is taken in, rated and billed is what
// they say themselves.

const rows = focusSample() ?? []
const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const world = await usageWorld(api, sql)
testWorker(database, moneyHandlers)

const byRegion = Map.groupBy(rows, regionOf)
const distinct = (values: readonly string[]): string[] => [...new Set(values)]
const total = (receipts: readonly Record<string, number>[], outcome: string): number =>
  receipts.reduce((sum, receipt) => sum + (receipt[outcome] ?? 0), 0)

/** A tenant with the sample's sub-accounts as subscriptions, its regions and its SKUs in their own units. */
async function register(): Promise<void> {
  const tenant = await world.tenant({ currency: 'USD' })
  for (const code of byRegion.keys()) await world.region(code)
  for (const account of distinct(rows.map((row) => cell(row, 'SubAccountId') ?? ''))) {
    const names = [...byRegion.keys()].map((region) => ({ region, externalId: account }))
    await world.subscription(tenant.id, names)
  }
  const units = new Map(rows.filter(isUsage).map((row) => [skuOf(row), unitOf(row)]))
  for (const [sku, unit] of units) await world.sku(sku, { unit })
}

/** The sample's 31 rows of Microsoft that are priced by the consumed quantity are counted in its unit. */
const isPricedByBlocks = (row: FocusRow): boolean => !isListCost(number(row, 'PricingQuantity'), row)

/** Providers write some numbers with an exponent. */
const number = (row: FocusRow, column: string): Decimal => new Decimal(cell(row, column) ?? '0')

/** Half a unit of the 10th decimal: the file prints its costs no more exactly. */
const printed = new Decimal('0.00000000005')

/** True when our rule rates the quantity to what the file lists for the row. */
const isListCost = (quantity: Decimal, row: FocusRow): boolean =>
  rate({ kind: 'per_unit', unitPrice: number(row, 'ListUnitPrice').toFixed() }, quantity)
    .amount.minus(number(row, 'ListCost'))
    .abs()
    .lessThanOrEqualTo(printed)

const unitOf = (row: FocusRow): string => cell(row, isPricedByBlocks(row) ? 'ConsumedUnit' : 'PricingUnit') ?? 'unit'

const loadAll = async (): Promise<Record<string, number>[]> => {
  const receipts: Record<string, number>[] = []
  for (const [region, ofRegion] of byRegion) {
    const headers = { 'content-type': 'text/csv' }
    receipts.push(
      await world.settle(region, focusFile(ofRegion), { headers, query: '&completeUntil=2024-10-01T00:00:00Z' }),
    )
  }
  return receipts
}

test.skipIf(rows.length === 0)(
  'a real FOCUS file is taken in row by row, and a second time adds nothing',
  async () => {
    await register()
    const first = await loadAll()
    expect(total(first, 'sent')).toBe(1_000)
    expect(['accepted', 'duplicate', 'conflict', 'quarantined', 'rejected'].map((one) => total(first, one))).toEqual([
      997, 0, 0, 0, 3,
    ])
    const events = await sql`
      select record_id as id, trim_scale(quantity)::text as quantity, dimensions->>'focus.quantity' as column from usage_event`
    expect(events.filter((event) => event.column === 'ConsumedQuantity')).toHaveLength(31)
    const byId = new Map(events.map((event) => [event.id as string, event.quantity as string]))
    const wrong = rows
      .filter(isUsage)
      .filter((row) => !isListCost(new Decimal(byId.get(row['Id'] ?? '') ?? 'NaN'), row))
    expect(wrong).toEqual([])

    const rollup = () => sql`select * from usage_daily order by subscription_id, sku_id, region_id, day`
    const before = [...(await rollup())]
    const second = await loadAll()
    expect([total(second, 'accepted'), total(second, 'duplicate'), total(second, 'rejected')]).toEqual([0, 997, 3])
    expect([...(await rollup())]).toEqual(before)
  },
  120_000,
)

test.skipIf(rows.length === 0)('its month can be closed, and the certificate counts every row once', async () => {
  const { status, body } = await api.call('POST', '/api/v1/billing/periods/2024-09/close', { token: world.token })
  expect(status).toBe(200)
  const certified = body.certificate.quantities as { records: string }[]
  expect(certified.reduce((total, one) => total + Number(one.records), 0)).toBe(997)
})

const ask = async (method: string, path: string, body?: unknown): Promise<any> => {
  const answer = await api.call(method, `/api/v1${path}`, { token: world.token, ...(body ? { body } : {}) })
  if (answer.status >= 300)
    throw new Error(`${method} ${path} answered ${answer.status} ${JSON.stringify(answer.body)}`)
  return answer.body
}

/** The SKUs at the unit prices that the file lists. */
async function priceAtList(): Promise<void> {
  const prices = new Map(rows.filter(isUsage).map((row) => [skuOf(row), number(row, 'ListUnitPrice').toFixed()]))
  const rates = [...prices].map(([sku, unitPrice]) => ({ sku, rate: { kind: 'per_unit', unitPrice } }))
  const list = { code: 'list', name: 'List prices', currency: 'USD', scope: 'default', validFrom: '2024-01-01' }
  await ask('POST', '/pricing/price-lists', { ...list, rates })
}

async function billSeptember(): Promise<any> {
  const { runId } = await ask('POST', '/billing/runs', { period: '2024-09', issue: true })
  await until(async () => (await ask('GET', `/billing/runs/${runId}`)).state === 'done', 60_000)
  const { data } = await ask('GET', '/invoices?period=2024-09')
  return data[0]
}

async function linesOf(invoiceId: string): Promise<any[]> {
  const lines: any[] = []
  for (let next = ''; next !== 'none';) {
    const { data, page } = await ask('GET', `/invoices/${invoiceId}/lines?limit=200${next}`)
    lines.push(...data)
    next = page.nextCursor ? `&cursor=${page.nextCursor}` : 'none'
  }
  return lines
}

test.skipIf(rows.length === 0)(
  'billed at list prices, every line is what the file lists for its rows, rounded once; the document is their sum',
  async () => {
    await priceAtList()
    const invoice = await billSeptember()
    const lines = await linesOf(invoice.id)
    const accounts = await sql<{ id: string; account: string }[]>`
      select distinct subscription_id as id, external_id as account from subscription_alias`
    const accountOf = new Map(accounts.map(({ id, account }) => [id, account]))
    const rowsOf = Map.groupBy(rows.filter(isUsage), (row) => `${cell(row, 'SubAccountId')} ${skuOf(row)}`)
    const usd = currency('USD')
    expect(lines).toHaveLength(rowsOf.size)
    for (const line of lines) {
      const listed = rowsOf.get(`${accountOf.get(line.subscriptionId)} ${line.sku}`) ?? []
      const cost = sum(listed.map((row) => number(row, 'ListCost')))
      const difference = decimal(line.unrounded).minus(cost).abs()
      expect(difference.lessThanOrEqualTo(printed.times(listed.length))).toBe(true)
      expect(line.net).toBe(roundToMinor(decimal(line.unrounded), usd).toFixed(2))
    }
    const total = sum(lines.map((line) => decimal(line.net))).toFixed(2)
    expect([invoice.state, invoice.net, invoice.tax, invoice.total]).toEqual(['issued', total, '0.00', total])
  },
  120_000,
)

import { expect, test } from 'bun:test'
import { Decimal } from '../../src/billing/money.ts'
import { usageHandlers } from '../../workers/usage.ts'
import { testApi } from '../support/api.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { cell, focusFile, type FocusRow, focusSample, isUsage, regionOf, skuOf } from '../support/focus.ts'
import { usageWorld } from '../support/usage.ts'
import { testWorker } from '../support/worker.ts'

// Real, anonymised rows of three providers, region by region, through the API: what is taken in is what they say.

const rows = focusSample() ?? []
const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const world = await usageWorld(api, sql)
testWorker(database, usageHandlers)

const byRegion = Map.groupBy(rows, regionOf)
const distinct = (values: readonly string[]): string[] => [...new Set(values)]
const total = (receipts: readonly Record<string, number>[], outcome: string): number =>
  receipts.reduce((sum, receipt) => sum + (receipt[outcome] ?? 0), 0)

/** A tenant with the sample's sub-accounts as subscriptions, its regions and its SKUs in their own units. */
async function register(): Promise<void> {
  const tenant = await world.tenant()
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

/** The file's own answer, printed to 10 decimals: half a unit of the last one is how exact it can be. */
const isListCost = (quantity: Decimal, row: FocusRow): boolean =>
  quantity.times(number(row, 'ListUnitPrice')).minus(number(row, 'ListCost')).abs().lessThanOrEqualTo('0.00000000005')

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
  expect(certified.reduce((sum, one) => sum + Number(one.records), 0)).toBe(997)
})

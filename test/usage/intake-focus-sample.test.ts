import { describe, expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse as parseCsv } from 'csv-parse/sync'
import { decimal } from '../../src/billing/money.ts'
import { recordKey } from '../../src/modules/usage/intake/identity.ts'
import { faultsOf, parse } from '../support/intake.ts'

const sharedFolder = process.env.WEIR_SHARED || join(import.meta.dir, '../../../shared')
const file = join(sharedFolder, 'data/focus-1.0/focus_sample.csv')
const isAtHand = existsSync(file)
if (!isAtHand) console.warn('skipped: no data/focus-1.0; set WEIR_SHARED to the folder that holds data/')

describe.skipIf(!isAtHand)('the real FOCUS sample', () => {
  const rows = isAtHand ? parseCsv<Record<string, string>>(readFileSync(file), { columns: true }) : []
  const parsed = isAtHand ? parse(readFileSync(file), 'text/csv') : Promise.reject<never>(new Error('no sample'))
  parsed.catch(() => undefined)

  test('gives every one of its 1,000 rows an outcome: 997 usage rows in, 3 that are money out', async () => {
    const batch = await parsed
    expect(batch).toMatchObject({ format: 'focus', sent: 1000 })
    expect(batch.records).toHaveLength(997)
    expect(faultsOf(batch)).toEqual([
      '/456/ChargeCategory focus.not_usage',
      '/947/ChargeCategory focus.not_usage',
      '/948/ChargeCategory focus.not_usage',
    ])
  })

  test('is metered on the quantity that its list price is for, to half a unit of the 10th decimal', async () => {
    const { records } = await parsed
    const wrong = records.filter(({ index, quantity }) => {
      const { ListUnitPrice = '', ListCost = '' } = rows[index] ?? {}
      return decimal(quantity).times(decimal(ListUnitPrice)).minus(decimal(ListCost)).abs().gt('0.00000000005')
    })
    expect(wrong).toEqual([])
  })

  test('says which quantity that is: 31 rows of Microsoft count blocks in PricingQuantity', async () => {
    const { records } = await parsed
    const consumed = records.filter(({ dimensions }) => dimensions['focus.quantity'] === 'ConsumedQuantity')
    expect(consumed).toHaveLength(31)
    expect(new Set(consumed.map(({ index }) => rows[index]?.['ProviderName']))).toEqual(new Set(['Microsoft']))
    expect(new Set(consumed.map(({ dimensions }) => dimensions['focus.quantityReason']))).toEqual(
      new Set(['only_this_matches_list_cost']),
    )
    const pricing = records.filter(({ dimensions }) => dimensions['focus.quantityReason'] === 'list_cost_matches')
    expect(pricing).toHaveLength(966)
  })

  test('keeps its 12 corrections negative and takes SkuId for its 5 Oracle rows', async () => {
    const { records } = await parsed
    expect(records.filter(({ quantity }) => quantity.startsWith('-'))).toHaveLength(12)
    const oracle = records.filter(({ index }) => rows[index]?.['ProviderName'] === 'Oracle')
    expect(oracle).toHaveLength(5)
    for (const { index, sku } of oracle) expect(sku).toBe(rows[index]?.['SkuId'] ?? null)
    for (const { index, sku } of records.filter((record) => !oracle.includes(record)))
      expect(sku).toBe(rows[index]?.['SkuPriceId'] ?? null)
  })

  test('has one key per row, with its Id column and without it', async () => {
    const { records } = await parsed
    expect(new Set(records.map(({ id }) => recordKey('eu', id))).size).toBe(997)
    const header = readFileSync(file).toString().replace('"Id"', '"x_Id"')
    const hashed = await parse(header, 'text/csv')
    expect(hashed.records).toHaveLength(997)
    expect(new Set(hashed.records.map(({ id }) => id)).size).toBe(997)
    expect(hashed.records.every(({ id }) => id.startsWith('focus-'))).toBe(true)
  })

  test('keeps all its tags', async () => {
    const { records } = await parsed
    for (const { index, dimensions } of records) {
      const tags = rows[index]?.['Tags'] ?? 'NULL'
      const count = tags === 'NULL' || tags === '' ? 0 : Object.keys(JSON.parse(tags) as object).length
      expect(Object.keys(dimensions).filter((key) => key.startsWith('tag.'))).toHaveLength(count)
    }
  })
})

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'

/** One row of a FOCUS file by its columns; NULL and the empty text are no value. */
export type FocusRow = Readonly<Record<string, string>>

const sharedFolder = process.env.WEIR_SHARED || join(import.meta.dir, '../../../shared')
const sampleFile = join(sharedFolder, 'data/focus-1.0/focus_sample.csv')

/** The rows of the FinOps Foundation's sample, or undefined with a message where the shared folder is not at hand. */
export function focusSample(): readonly FocusRow[] | undefined {
  if (existsSync(sampleFile)) return parse(readFileSync(sampleFile), { columns: true, bom: true })
  console.warn('skipped: no data/focus-1.0; set WEIR_SHARED to the folder that holds data/')
  return undefined
}

/** A cell's value, where there is one. */
export const cell = (row: FocusRow, column: string): string | undefined => {
  const value = row[column]
  return value === undefined || value === '' || value === 'NULL' ? undefined : value
}

/** What is priced: the SKU price, and where the provider has none the SKU. */
export const skuOf = (row: FocusRow): string => cell(row, 'SkuPriceId') ?? cell(row, 'SkuId') ?? ''

/** The region of a row; some services belong to none. */
export const regionOf = (row: FocusRow): string => cell(row, 'RegionId') ?? 'regionless'

/** The rows that are usage: the others carry money. */
export const isUsage = (row: FocusRow): boolean => row['ChargeCategory'] === 'Usage'

/** Rows as a CSV file (RFC 4180). */
export function focusFile(rows: readonly FocusRow[]): string {
  const columns = Object.keys(rows[0] ?? {})
  const line = (cells: readonly string[]) => cells.map((text) => `"${text.replaceAll('"', '""')}"`).join(',')
  return [line(columns), ...rows.map((row) => line(columns.map((column) => row[column] ?? '')))].join('\r\n')
}

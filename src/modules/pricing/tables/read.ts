import { Readable } from 'node:stream'
import { CsvError, parse } from 'csv-parse'
import { type RateColumn, rateColumns, type RateRow } from '../../../billing/rate-rows.ts'
import { unmarked } from '../../../platform/csv.ts'
import { DomainError, type Fault, invalidField, invalidFields } from '../../../platform/errors.ts'

/** The columns of a price list in a table. */
export const tableColumns = ['sku', ...rateColumns] as const
type Column = (typeof tableColumns)[number]

/** What a file says of one SKU, with the row of each line as a spreadsheet counts. */
export type TableEntry = { readonly sku: string; readonly rows: readonly RateRow[]; readonly lines: readonly number[] }

/** A file that can be read, with what is wrong in its rows. */
export type RateTable = { readonly entries: readonly TableEntry[]; readonly faults: readonly Fault[] }

/** The most bytes of a file. */
export const maxTableBytes = 8 * 1024 * 1024
const maxRows = 50_000
const maxSkus = 5_000
const maxCellLength = 500
const maxRowLength = 20_000

/** 413: a longer file than an import takes. */
export const tableTooLarge = () => new DomainError('too_large', 'csv.too_large', 'a file has at most 8 MB')

const unparsable = (code: string, message: string, pointer = '') =>
  new DomainError('unparsable', code, message, { faults: [{ pointer, code, message }] })

/**
 * Reads a price list from CSV (RFC 4180, UTF-8, a byte order mark is skipped; line ends of any system). Rows without a kind
 * are further tiers of the row before.
 * @throws DomainError 400 for what is no CSV, 422 for a head that can't be right or more rows than a list has
 */
export async function readRateTable(bytes: Uint8Array): Promise<RateTable> {
  assertUtf8(bytes)
  const entries: TableEntry[] = []
  const faults: Fault[] = []
  let head: readonly (Column | undefined)[] | undefined
  let line = 0
  for await (const cells of csvRows(bytes)) {
    line += 1
    if (line > maxRows) throw invalidField(`/${line}`, 'csv.too_many_rows', 'a file has at most 50,000 rows')
    if (!head) head = headOf(cells)
    else if (cells.some((cell) => cell.trim() !== '')) takeRow(head, cells, line, entries, faults)
  }
  if (!head) throw invalidField('', 'csv.empty', 'the file has no header row')
  if (entries.length > maxSkus) throw invalidField('', 'csv.too_many_skus', 'a price list has at most 5,000 SKUs')
  return { entries, faults }
}

function assertUtf8(bytes: Uint8Array): void {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw unparsable('csv.encoding', 'must be a CSV file in UTF-8')
  }
}

async function* csvRows(bytes: Uint8Array): AsyncGenerator<string[]> {
  const parser = parse({ bom: true, relax_column_count: true, max_record_size: maxRowLength })
  try {
    for await (const row of Readable.from([Buffer.from(bytes)]).pipe(parser)) yield row as string[]
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    throw unparsable(
      'csv.unparsable',
      'is no CSV: a quote is not closed, or the row is too long',
      `/${parser.info.lines}`,
    )
  }
}

/** Cells of an empty name hold nothing. */
function headOf(cells: readonly string[]): readonly (Column | undefined)[] {
  if (cells.length === 1 && /[;\t]/.test(cells[0] ?? '')) {
    throw invalidField('/1', 'csv.separator', 'columns must be separated by commas')
  }
  const names = cells.map((cell) => cell.trim())
  const columns = names.map((name) => tableColumns.find((column) => column === name))
  const faults = names.flatMap((name, index): Fault[] => {
    const pointer = `/1/${index + 1}`
    if (name !== '' && !columns[index])
      return [{ pointer, code: 'csv.column_unknown', message: 'is no column of a price list' }]
    return name !== '' && names.indexOf(name) < index
      ? [{ pointer, code: 'csv.column_twice', message: 'is there twice' }]
      : []
  })
  const missing = (['sku', 'kind'] as const).filter((column) => !columns.includes(column))
  faults.push(...missing.map((name) => ({ pointer: `/1/${name}`, code: 'csv.column_missing', message: 'is missing' })))
  if (faults.length > 0) throw invalidFields(faults)
  return columns
}

function takeRow(
  head: readonly (Column | undefined)[],
  cells: readonly string[],
  line: number,
  entries: TableEntry[],
  faults: Fault[],
): void {
  if (cells.slice(head.length).some((cell) => cell.trim() !== '')) {
    faults.push({ pointer: `/${line}`, code: 'csv.too_many_cells', message: 'has more cells than the head' })
  }
  const { sku, ...row } = rowOf(head, cells)
  const tooLong = head.find((column, index) => column && (cells[index]?.length ?? 0) > maxCellLength)
  if (tooLong) faults.push({ pointer: `/${line}/${tooLong}`, code: 'csv.cell_too_long', message: 'is too long' })
  const last = entries.at(-1)
  if (last && row.kind === undefined && (sku === undefined || sku === last.sku)) {
    entries[entries.length - 1] = { ...last, rows: [...last.rows, row], lines: [...last.lines, line] }
  } else if (sku === undefined) {
    faults.push({ pointer: `/${line}/sku`, code: 'field.required', message: 'is required' })
  } else entries.push({ sku, rows: [row], lines: [line] })
}

/** The cells that say something. What a spreadsheet makes of true and false is read as it is meant. */
function rowOf(
  head: readonly (Column | undefined)[],
  cells: readonly string[],
): { readonly [column in Column]?: string } {
  return Object.fromEntries(
    head.flatMap((column, index) => {
      const text = column === 'sku' ? unmarked(cells[index] ?? '') : (cells[index] ?? '').trim()
      if (!column || text === '') return []
      return [[column, column === 'feeAtZero' ? text.toLowerCase() : text]] satisfies [RateColumn | 'sku', string][]
    }),
  )
}

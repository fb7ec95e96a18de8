import { Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { CsvError, parse } from 'csv-parse'
import { DomainError, type Fault } from '../../../platform/errors.ts'
import { notCsv, rowTooLong, tooManyColumns } from './errors.ts'
import { pointerTo } from './faults.ts'
import { requiredFocusColumns } from './focus.ts'
import { maxColumns, maxRecordCharacters } from './limits.ts'
import { isNameable } from './text.ts'

/** The cells of one row, as many as the row has. */
export type CsvRow = readonly string[]
/** The columns of a file with their places, and whether they are ours or FOCUS. */
export type CsvHeader = { readonly format: 'csv' | 'focus'; readonly places: ReadonlyMap<string, number> }

const ownColumns: ReadonlySet<string> = new Set([
  'id',
  'subscription',
  'meter',
  'sku',
  'start',
  'end',
  'quantity',
  'unit',
  'resource',
])
const requiredOwnColumns = ['id', 'subscription', 'start', 'end', 'quantity'] as const
const dimensionPrefix = 'dimensions.'

/** The bytes that are parsed before the event loop gets its turn. */
const turnBytes = 64 * 1024

async function* turns(bytes: Uint8Array): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.byteLength; at += turnBytes) {
    yield Buffer.from(bytes.subarray(at, at + turnBytes))
    await setImmediate()
  }
}

/**
 * The rows of a CSV file (RFC 4180; a byte order mark is skipped), the header among them, with bounded row length.
 * @throws DomainError `usage.unparsable` (400) with the line, `usage.row_too_long` (413).
 */
export async function* readCsvRows(bytes: Uint8Array): AsyncGenerator<CsvRow> {
  const parser = parse({
    bom: true,
    max_record_size: maxRecordCharacters,
    relax_column_count: true,
    skip_empty_lines: true,
  })
  try {
    for await (const row of Readable.from(turns(bytes)).pipe(parser)) yield row as CsvRow
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    const line = parser.info.lines
    throw error.code === 'CSV_MAX_RECORD_SIZE' ? rowTooLong(line) : notCsv(line)
  }
}

/**
 * Tells whose columns these are and refuses a file whose columns can't be right. FOCUS files may have any further
 * column, because providers add their own; in a file of ours an unknown one is a mistake.
 * @throws DomainError `csv.columns` (422) with a pointer per column, `usage.too_many_columns` (413).
 */
export function readCsvHeader(columns: readonly string[]): CsvHeader {
  if (columns.length > maxColumns) throw tooManyColumns()
  const format = columns.includes('ChargePeriodStart') ? 'focus' : 'csv'
  const faults = [
    ...twiceNamed(columns),
    ...(format === 'csv' ? [...missing(columns, requiredOwnColumns), ...unknown(columns)] : []),
    ...(format === 'focus' ? missing(columns, requiredFocusColumns) : []),
    ...missingOneOf(columns, format === 'csv' ? ['meter', 'sku'] : ['SkuPriceId', 'SkuId']),
  ]
  if (faults.length > 0) throw new DomainError('invalid', 'csv.columns', 'the header is not as it must be', { faults })
  return { format, places: new Map(columns.map((name, at) => [name, at])) }
}

/** A row of our own columns as a record; an empty cell means that the field was not sent. */
export function ownRecord({ places }: CsvHeader, row: CsvRow): Record<string, unknown> {
  const fields: [string, unknown][] = []
  const dimensions: [string, string][] = []
  for (const [column, at] of places) {
    const cell = row[at] ?? ''
    if (cell === '') continue
    if (column.startsWith(dimensionPrefix)) dimensions.push([column.slice(dimensionPrefix.length), cell])
    else fields.push([column, cell])
  }
  return Object.fromEntries([...fields, ['dimensions', Object.fromEntries(dimensions)]])
}

const headerFault = (columns: readonly string[], at: number, code: string, message: string): Fault => {
  const name = columns[at] ?? ''
  return { pointer: pointerTo('header', isNameable(name) ? name : at), code, message }
}

const unknown = (columns: readonly string[]): Fault[] =>
  columns.flatMap((name, at) =>
    ownColumns.has(name) || (name.startsWith(dimensionPrefix) && name !== dimensionPrefix)
      ? []
      : [headerFault(columns, at, 'csv.unknown_column', 'is neither a known column nor dimensions.<key>')],
  )

const twiceNamed = (columns: readonly string[]): Fault[] =>
  columns.flatMap((name, at) =>
    columns.indexOf(name) === at ? [] : [headerFault(columns, at, 'csv.column_twice', 'is there more than once')],
  )

const missing = (columns: readonly string[], required: readonly string[]): Fault[] =>
  required
    .filter((name) => !columns.includes(name))
    .map((name) => ({ pointer: pointerTo('header', name), code: 'csv.missing_column', message: 'is required' }))

const missingOneOf = (columns: readonly string[], [first, second]: readonly [string, string]): Fault[] =>
  columns.includes(first) || columns.includes(second)
    ? []
    : [{ pointer: pointerTo('header', first), code: 'csv.missing_column', message: `or ${second} is required` }]

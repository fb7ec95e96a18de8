import { checkRate, type RateInput } from './check-rate.ts'
import { BillingError } from './errors.ts'
import type { Rate } from './rate.ts'

/** The columns of a rate in a table, in the order of an export. Named as on the wire. */
export const rateColumns = [
  'kind',
  'upTo',
  'unitPrice',
  'percent',
  'flatFee',
  'amount',
  'size',
  'price',
  'freeUnits',
  'rounding',
  'feePerEvent',
  'freeEvents',
  'eventMinimum',
  'eventMaximum',
  'feeAtZero',
  'tierScope',
  'includedQuantity',
  'minimum',
  'maximum',
] as const
export type RateColumn = (typeof rateColumns)[number]

/** One row of a table: the cells that say something. */
export type RateRow = { readonly [column in RateColumn]?: string }

/** What is wrong with a cell: the row counts from 0 within the rate. Never says what stands there. */
type CellFault = {
  readonly row: number
  readonly column: RateColumn
  readonly code: string
  readonly message: string
}

type Shape = {
  readonly required: readonly RateColumn[]
  readonly optional: readonly RateColumn[]
  /** The columns of a tier; the first is what each tier must say. */
  readonly tier?: readonly [RateColumn, ...RateColumn[]]
}

const terms: readonly RateColumn[] = ['tierScope', 'includedQuantity', 'minimum', 'maximum']
const shapes: Readonly<Record<Rate['kind'], Shape>> = {
  flat: { required: ['amount'], optional: terms },
  per_unit: { required: ['unitPrice'], optional: terms },
  graduated: { required: [], optional: ['feeAtZero', ...terms], tier: ['unitPrice', 'upTo', 'flatFee', 'size'] },
  volume: { required: [], optional: ['feeAtZero', ...terms], tier: ['unitPrice', 'upTo', 'flatFee', 'size'] },
  graduated_percentage: { required: [], optional: ['feeAtZero', ...terms], tier: ['percent', 'upTo', 'flatFee'] },
  package: { required: ['size', 'price'], optional: ['freeUnits', 'rounding', ...terms] },
  percentage: {
    required: ['percent'],
    optional: ['feePerEvent', 'freeUnits', 'freeEvents', 'eventMinimum', 'eventMaximum', ...terms],
  },
}

const choices: { readonly [column in RateColumn]?: readonly string[] } = {
  rounding: ['up', 'down'],
  tierScope: ['subscription', 'buyer'],
  feeAtZero: ['true', 'false'],
}

const cellsOf = (fields: object): RateRow =>
  Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) =>
      value === null || value === undefined ? [] : [[name, String(value)]],
    ),
  )

/** A rate as rows of a table: one, or one for each tier, of which the first says what is of the whole rate. */
export function rateRows(rate: Rate): RateRow[] {
  if (!('tiers' in rate)) return [cellsOf(rate)]
  const { tiers, ...whole } = rate
  return tiers.map((tier, index) => ({ ...(index === 0 ? cellsOf(whole) : {}), ...cellsOf(tier) }))
}

const isKind = (text: string | undefined): text is Rate['kind'] => text !== undefined && Object.hasOwn(shapes, text)

/** Reads the rows of one rate, at least one. Answers the checked rate, or every cell that is wrong. */
export function readRateRows(
  rows: readonly RateRow[],
): { readonly rate: Rate } | { readonly faults: readonly CellFault[] } {
  const kind = rows[0]?.kind
  if (!isKind(kind)) {
    const [code, message] = kind === undefined ? (['field.required', 'is required'] as const) : unknownKind
    return { faults: [{ row: 0, column: 'kind', code, message }] }
  }
  const shape = shapes[kind]
  const faults = rows.flatMap((row, index) => faultsOf(row, index, shape))
  if (faults.length > 0) return { faults }
  try {
    return { rate: checkRate(inputOf(kind, rows, shape)) }
  } catch (error) {
    if (!(error instanceof BillingError)) throw error
    return { faults: [{ ...placeOf(error.at, shape), code: error.code, message: error.message }] }
  }
}

const unknownKind = ['rate.kind', `must be one of ${Object.keys(shapes).join(', ')}`] as const

function faultsOf(row: RateRow, index: number, shape: Shape): CellFault[] {
  if (index > 0 && !shape.tier) {
    return [{ row: index, column: 'kind', code: 'rate.one_row', message: 'only a rate with tiers has several rows' }]
  }
  const tier = shape.tier ?? []
  const required = new Set([...(index === 0 ? shape.required : []), ...tier.slice(0, 1)])
  const known = new Set<RateColumn>([
    ...(index === 0 ? ['kind' as const, ...shape.required, ...shape.optional] : []),
    ...tier,
  ])
  return rateColumns.flatMap((column): CellFault[] => {
    const text = row[column]
    if (text === undefined) {
      return required.has(column) ? [{ row: index, column, code: 'field.required', message: 'is required' }] : []
    }
    const wrong = known.has(column) ? wrongCell(column, text) : notOfKind
    return wrong ? [{ row: index, column, code: wrong[0], message: wrong[1] }] : []
  })
}

const notOfKind = ['field.unknown', 'is not a field of this rate in this row'] as const
const largestCount = 10

function wrongCell(column: RateColumn, text: string): readonly [string, string] | undefined {
  if (column === 'kind') return undefined
  const allowed = choices[column]
  if (allowed) return allowed.includes(text) ? undefined : ['value.unknown', `must be ${allowed.join(' or ')}`]
  if (column === 'freeEvents') {
    return /^\d+$/.test(text) && text.length <= largestCount
      ? undefined
      : ['rate.free_events', 'must be a whole number, not negative']
  }
  return text.includes(',')
    ? ['decimal.comma', 'write decimals with a point, and without separators of thousands']
    : undefined
}

/** The shape was checked cell by cell; what the cells say is checked by `checkRate`. */
function inputOf(kind: Rate['kind'], rows: readonly RateRow[], { tier, required, optional }: Shape): RateInput {
  const [first] = rows
  const pick = (row: RateRow | undefined, columns: readonly RateColumn[]) =>
    Object.fromEntries(
      columns.flatMap((column) => (row?.[column] === undefined ? [] : [[column, valueOf(column, row[column])]])),
    )
  const tiers = tier && { tiers: rows.map((row) => ({ upTo: null, ...pick(row, tier) })) }
  return { kind, ...pick(first, [...required, ...optional]), ...tiers } as unknown as RateInput
}

function valueOf(column: RateColumn, text: string): string | number | boolean {
  if (column === 'feeAtZero') return text === 'true'
  return column === 'freeEvents' ? Number(text) : text
}

/** The cell that a pointer of `checkRate` means. */
function placeOf(at: string, { tier }: Shape): Pick<CellFault, 'row' | 'column'> {
  const [, first = '', place = '0', field] = at.split('/')
  const name = first === 'tiers' ? (field ?? 'upTo') : first
  const column = rateColumns.find((one) => one === name) ?? tier?.[0] ?? 'kind'
  return { row: first === 'tiers' && place !== '' ? Number(place) : 0, column }
}

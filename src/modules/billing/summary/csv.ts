import type { Ctx } from '../../../platform/context.ts'
import { type CsvCell, csvText } from '../../../platform/csv.ts'
import { DomainError } from '../../../platform/errors.ts'
import type { SummaryQuery, SummaryRow } from './model.ts'
import { getSummary } from './service.ts'

const rowsPerPage = 200
const mostRows = 50_000
const states = ['unbilled', 'draft', 'billed', 'credited'] as const
const parts = ['net', 'tax', 'total'] as const

const head = [
  'groupBy',
  'groupId',
  'name',
  'period',
  'lastPeriod',
  'side',
  'currency',
  'quantities',
  ...states.flatMap((state) => parts.map((part) => `${state}_${part}`)),
  'parked_lines',
  'as_of',
  'basis',
  'period_state',
]

/** An unknown figure is an empty cell, never 0. Quantities are `sku=quantity`, apart by `; `. */
const cellsOf = (row: SummaryRow): CsvCell[] => [
  row.groupBy,
  row.groupId,
  row.name,
  row.period,
  row.lastPeriod,
  row.side,
  row.currency,
  Object.entries(row.quantityBySku)
    .map(([sku, quantity]) => `${sku}=${quantity}`)
    .join('; '),
  ...states.flatMap((state) => parts.map((part) => row[state]?.[part] ?? null)),
  row.parked.lines,
  row.asOf,
  row.basis,
  row.periodState,
]

/**
 * All rows of a summary as CSV, from its page on.
 * @throws DomainError 422 as the summary, and for more rows than a file may have: narrow it down
 */
export async function summaryCsv(ctx: Ctx, query: SummaryQuery): Promise<string> {
  const rows: CsvCell[][] = []
  let cursor = query.cursor
  do {
    const { data, page } = await getSummary(ctx, { ...query, limit: rowsPerPage, ...(cursor && { cursor }) })
    rows.push(...data.map(cellsOf))
    if (rows.length > mostRows) {
      throw new DomainError(
        'invalid',
        'export.too_large',
        `a file has at most ${mostRows} rows: narrow the summary down`,
      )
    }
    cursor = page.nextCursor ?? undefined
  } while (cursor)
  return csvText(head, rows)
}

import { day } from '../../billing/days.ts'
import { currency, minorText } from '../../billing/money.ts'
import { type Ctx, inTx } from '../../platform/context.ts'
import { csvDownload, type CsvPage } from '../../platform/csv-stream.ts'
import type { Tx } from '../../platform/db.ts'
import { checkedInput } from '../billing-errors.ts'
import type { ExportFilters, Table } from './model.ts'
import * as queries from './queries.ts'

const rowsPerPage = 1_000

type TableOf = {
  readonly head: readonly string[]
  readonly list: (tx: Tx, wish: queries.Wish) => PromiseLike<readonly queries.ExportRow[]>
}

/** A posting as the journal shows it. */
const inMinorUnits = (row: queries.JournalRow): queries.ExportRow => {
  const code = currency(row.currency)
  return { ...row, debit: minorText(row.debit, code), credit: minorText(row.credit, code) }
}

const documentHead =
  'number seller sellerId buyer buyerId period issueDate dueDate currency net tax total open amends id'.split(' ')

const byTable: Record<Table, TableOf> = {
  invoices: { head: documentHead, list: (tx, wish) => queries.listDocuments(tx, wish, 'invoice') },
  'credit-notes': { head: documentHead, list: (tx, wish) => queries.listDocuments(tx, wish, 'credit_note') },
  'invoice-lines': {
    head: (
      'number type line kind subscriptionId tenantId sku serviceStart serviceEnd quantity unit unrounded net currency ' +
      'taxCategory amendsLine invoiceId'
    ).split(' '),
    list: queries.listLines,
  },
  payments: {
    head: 'receivedOn reference sellerId buyerId currency amount overpaid invoices reverses reason id'.split(' '),
    list: queries.listPayments,
  },
  journal: {
    head: 'postedAt account code currency debit credit documentType documentId id'.split(' '),
    list: async (tx, wish) => (await queries.listJournal(tx, wish)).map(inMinorUnits),
  },
}

/**
 * A table as CSV, page by page as the receiver takes it: of the caller's edges and own book only, issued documents only. What a
 * spreadsheet would take for a formula is marked as text.
 */
export function exportTable(ctx: Ctx, table: Table, filters: ExportFilters): Promise<Response> {
  for (const name of ['date[gte]', 'date[lt]'] as const) {
    const asked = filters[name]
    if (asked !== undefined) checkedInput(() => day(asked, `/query/${name}`))
  }
  const { head, list } = byTable[table]
  return csvDownload(`${table}.csv`, head, async (after): Promise<CsvPage> => {
    const wish = { viewer: ctx.actor, filters, after, limit: rowsPerPage }
    const rows = await inTx(ctx, async (tx) => list(tx, wish))
    return {
      rows: rows.map(({ at: _, ...cells }) => Object.values(cells)),
      after: rows.length < rowsPerPage ? undefined : rows.at(-1)?.at,
    }
  })
}

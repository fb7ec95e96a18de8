import { CurrencyCode, DayText, object, oneOf, PeriodText, type Static, t, Uuid } from '../../platform/schema.ts'
import { SideFilter } from '../sides.ts'

/** What can be downloaded as a table. */
const tables = ['invoices', 'invoice-lines', 'credit-notes', 'payments', 'journal'] as const
export type Table = (typeof tables)[number]

export const TablePath = object({ table: oneOf(tables) })

export const ExportFilters = object({
  period: t.Optional(PeriodText),
  side: SideFilter,
  sellerId: t.Optional(Uuid),
  buyerId: t.Optional(Uuid),
  currency: t.Optional(CurrencyCode),
  'date[gte]': t.Optional(DayText),
  'date[lt]': t.Optional(DayText),
})
export type ExportFilters = Static<typeof ExportFilters>

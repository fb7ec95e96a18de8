import type { Period } from '../../../billing/period.ts'
import type { Grouping, Side, SummaryRow } from './model.ts'
import type { SummaryFilters } from './queries-parts.ts'

/** Which row of which summary. */
type LinkedRow = {
  readonly groupBy: Grouping
  readonly groupId: string
  readonly side: Side
  readonly period: Period
  readonly lastPeriod: Period
  readonly currency: string
  readonly filters: SummaryFilters
}

/** Where the lines and documents that the figures of a row consist of are listed: all within its months, group and filters. */
export function linksOf(row: LinkedRow): SummaryRow['links'] {
  const explain = (figure: string): string => pathOf('billing/summary/explain', { figure, ...explained(row) })
  const documents = row.side === 'cost' ? undefined : documentsOf(row)
  return {
    unbilled: explain('unbilled'),
    draft: documents ? explain('draft') : null,
    billed: documents ? explain('billed') : null,
    credited: documents ? explain('credited') : null,
    invoices: documents ? pathOf('invoices', documents) : null,
    creditNotes: documents ? pathOf('credit-notes', documents) : null,
  }
}

type Parameters = Readonly<Record<string, string | undefined>>

const pathOf = (list: string, parameters: Parameters): string => {
  const known = Object.entries(parameters).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))
  return `/api/v1/${list}?${new URLSearchParams(known)}`
}

const narrowed = ({ filters, side, currency }: LinkedRow): Parameters => {
  const { subscriptionId, tenantId, partnerId, distributorId, sku } = filters
  return { side, currency, subscriptionId, tenantId, partnerId, distributorId, sku }
}

const monthsOf = ({ period, lastPeriod }: LinkedRow): Parameters =>
  period === lastPeriod ? { period } : { 'period[gte]': period, 'period[lte]': lastPeriod }

const explained = (row: LinkedRow): Parameters => ({
  ...monthsOf(row),
  ...narrowed(row),
  groupBy: row.groupBy,
  groupId: row.groupId,
})

/** The group is one more filter; a month is the row's own already. */
const documentsOf = (row: LinkedRow): Parameters => ({
  ...monthsOf(row),
  ...narrowed(row),
  ...(row.groupBy === 'month' ? {} : { [`${row.groupBy}Id`]: row.groupId }),
})

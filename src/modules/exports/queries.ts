import type { Actor } from '../../platform/context.ts'
import type { CsvCell } from '../../platform/csv.ts'
import type { Tx } from '../../platform/db.ts'
import type { ExportFilters } from './model.ts'

/** The next rows of a table; `at` is where each one stands, the other columns are the cells in the order of the head. */
export type ExportRow = { readonly at: string } & Readonly<Record<string, CsvCell>>

/** A posting, exact. */
export type JournalRow = ExportRow & { readonly currency: string; readonly debit: string; readonly credit: string }

/** Who asks, for what, and behind which row the next ones are. */
export type Wish = {
  readonly viewer: Actor
  readonly filters: ExportFilters
  readonly after: string | undefined
  readonly limit: number
}

const isSeen = (tx: Tx, { viewer }: Wish, relation: string) =>
  tx`${tx(`${relation}.see_${viewer.level}_id`)} = ${viewer.organizationId}`

/** The same filters for every table of documents; the relation has seller, buyer and currency. */
const isAsked = (tx: Tx, { viewer, filters }: Wish, relation: string) => {
  const [seller, buyer] = [tx(`${relation}.seller_id`), tx(`${relation}.buyer_id`)]
  const id = viewer.organizationId
  const { side } = filters
  return tx`
    ${side === 'sell' ? tx`and ${seller} = ${id}` : side === 'buy' ? tx`and ${buyer} = ${id}` : tx``}
    ${side === 'agency' ? tx`and ${seller} <> ${id} and ${buyer} <> ${id}` : tx``}
    ${filters.sellerId ? tx`and ${seller} = ${filters.sellerId}` : tx``}
    ${filters.buyerId ? tx`and ${buyer} = ${filters.buyerId}` : tx``}
    ${filters.currency ? tx`and ${tx(`${relation}.currency`)} = ${filters.currency}` : tx``}`
}

const between = (tx: Tx, { filters }: Wish, column: string) => tx`
  ${filters['date[gte]'] ? tx`and ${tx(column)} >= ${filters['date[gte]']}::date` : tx``}
  ${filters['date[lt]'] ? tx`and ${tx(column)} < ${filters['date[lt]']}::date` : tx``}`

/** Issued documents of one type, oldest first. */
export const listDocuments = (tx: Tx, wish: Wish, type: 'invoice' | 'credit_note') =>
  tx<ExportRow[]>`
    select invoice.id as at, invoice.number, seller.name as seller, invoice.seller_id, buyer.name as buyer, invoice.buyer_id,
           invoice.period, invoice.issue_date, invoice.due_date, invoice.currency, round(invoice.net, invoice.currency_digits)::text as net,
           round(invoice.tax, invoice.currency_digits)::text as tax, round(invoice.total, invoice.currency_digits)::text as total,
           round(invoice.total - case when invoice.type = 'invoice' then settled.amount else invoice.total end,
                 invoice.currency_digits)::text as open,
           (select number from invoice amended where amended.id = invoice.amends) as amends, invoice.id
    from invoice
    cross join lateral (select coalesce(sum(amount), 0) as amount from invoice_event where invoice_id = invoice.id) settled
    cross join lateral (select invoice.parties #>> '{seller,name}' as name) seller
    cross join lateral (select invoice.parties #>> '{buyer,name}' as name) buyer
    where ${isSeen(tx, wish, 'invoice')} and invoice.type = ${type} and invoice.state = 'issued' ${isAsked(tx, wish, 'invoice')}
      ${wish.filters.period ? tx`and invoice.period = ${wish.filters.period}` : tx``} ${between(tx, wish, 'invoice.issue_date')}
      ${wish.after ? tx`and invoice.id > ${wish.after}` : tx``}
    order by invoice.id limit ${wish.limit}`

/** Where a line stands: its document and number. */
const placeOf = (after: string): readonly [invoiceId: string, line: number] => {
  const [invoiceId = '', line = ''] = after.split('/')
  return [invoiceId, Number(line)]
}

/** The lines of issued documents, by document and number. */
export const listLines = (tx: Tx, wish: Wish) => {
  const after = wish.after === undefined ? undefined : placeOf(wish.after)
  return tx<ExportRow[]>`
    select line.invoice_id || '/' || line.line as at, invoice.number, invoice.type, line.line, line.kind, line.subscription_id,
           line.tenant_id, sku.code as sku, line.service_start, line.service_end, trim_scale(line.quantity)::text as quantity,
           sku.unit, trim_scale(line.unrounded)::text as unrounded, round(line.net, invoice.currency_digits)::text as net,
           invoice.currency, line.tax_category, line.amends_line, line.invoice_id
    from invoice
    join invoice_line line on line.invoice_id = invoice.id
    join sku on sku.id = line.sku_id
    where ${isSeen(tx, wish, 'invoice')} and ${isSeen(tx, wish, 'line')} and invoice.state = 'issued' ${isAsked(tx, wish, 'invoice')}
      ${wish.filters.period ? tx`and invoice.period = ${wish.filters.period}` : tx``} ${between(tx, wish, 'invoice.issue_date')}
      ${after ? tx`and invoice.id >= ${after[0]} and (line.invoice_id, line.line) > (${after[0]}::uuid, ${after[1]}::int)` : tx``}
    order by line.invoice_id, line.line limit ${wish.limit}`
}

/** Payments, oldest first. */
export const listPayments = (tx: Tx, wish: Wish) =>
  tx<ExportRow[]>`
    select payment.id as at, payment.received_on, payment.reference, payment.seller_id, payment.buyer_id, payment.currency,
           round(payment.amount, edge.currency_digits)::text as amount,
           round(payment.amount - coalesce(parts.amount, 0), edge.currency_digits)::text as overpaid, parts.numbers as invoices,
           payment.reverses, payment.reason, payment.id
    from payment
    join edge on edge.id = payment.edge_id
    cross join lateral (
      select sum(event.amount) as amount, string_agg(invoice.number, ' ' order by event.id) as numbers
      from invoice_event event join invoice on invoice.id = event.invoice_id
      where event.source_id = payment.id and event.kind = 'paid') parts
    where ${isSeen(tx, wish, 'payment')} ${isAsked(tx, wish, 'payment')} ${between(tx, wish, 'payment.received_on')}
      ${wish.filters.period ? tx`and to_char(payment.received_on, 'YYYY-MM') = ${wish.filters.period}` : tx``}
      ${wish.after ? tx`and payment.id > ${wish.after}` : tx``}
    order by payment.id limit ${wish.limit}`

/** The own journal under the own account codes, oldest first. */
export const listJournal = (tx: Tx, { viewer, filters, after, limit }: Wish) =>
  tx<JournalRow[]>`
    select posting.id as at, posting.posted_at, posting.account, account_code.code, posting.currency,
           greatest(amount, 0)::text as debit,
           greatest(-amount, 0)::text as credit, document_type, document_id, posting.id
    from posting
    left join account_code on account_code.org_id = posting.book_id and account_code.account = posting.account
    where posting.book_id = ${viewer.organizationId}
      ${filters.currency ? tx`and posting.currency = ${filters.currency}` : tx``}
      ${filters.period ? tx`and to_char(posted_at at time zone 'UTC', 'YYYY-MM') = ${filters.period}` : tx``}
      ${filters['date[gte]'] ? tx`and posted_at >= ${filters['date[gte]']}::date at time zone 'UTC'` : tx``}
      ${filters['date[lt]'] ? tx`and posted_at < ${filters['date[lt]']}::date at time zone 'UTC'` : tx``}
      ${after ? tx`and posting.id > ${after}` : tx``}
    order by posting.id limit ${limit}`

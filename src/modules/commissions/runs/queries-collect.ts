import type { Tx } from '../../../platform/db.ts'
import type { EdgeAgents } from './book.ts'
import type { IssuedLine } from './earn.ts'
import { planOf, type Run } from './queries.ts'

// All of it runs as the payer's money duties: one seller a transaction.

/** Whether any rule of the payer earns on payment. */
export const asksForPayments = async (tx: Tx, payerId: string): Promise<boolean> =>
  (await tx`select from commission_rule where payer_id = ${payerId} and terms ->> 'trigger' = 'paid' limit 1`).length >
  0

/**
 * What changed what is collected of the payer's documents, with the month that it belongs to: that of the day on which the
 * bank had the money, of the instant at which a credit balance was drawn, of the issue of a credit note.
 */
const events = (tx: Tx, payerId: string) => tx`
  select settled.invoice_id, settled.id, settled.at, case when gift.id is null then settled.amount else 0 end as collected,
         case when gift.id is null then 0 else settled.amount end as given, 0::numeric as credited,
         to_char(coalesce(payment.received_on, (settled.at at time zone 'UTC')::date), 'YYYY-MM') as period
  from invoice_event settled left join payment on payment.id = settled.source_id
  left join credit_grant_entry gift on gift.source_id = settled.source_id and gift.kind = 'drawn'
  where settled.seller_id = ${payerId} and settled.kind in ('paid', 'credit_applied')
  union all
  select note.amends, note.id, note.issued_at, coalesce(applied.amount, 0) - note.total, 0, note.total,
         to_char(note.issue_date, 'YYYY-MM')
  from invoice note
  left join lateral (
    select sum(amount) as amount from invoice_event settled
    where settled.source_id = note.id and settled.kind = 'credited' and settled.seller_id = ${payerId}) applied on true
  where note.seller_id = ${payerId} and note.type = 'credit_note' and note.state = 'issued'`

/** A document on an edge with agents. Amounts are decimal text. */
export type CollectedDocument = EdgeAgents & {
  readonly id: string
  readonly total: string
  readonly currency: string
  readonly issueDate: string
  /** The month that it bills. */
  readonly period: string
}

/** The next documents by id of which something was collected, or given back, in the period. */
export const listDocuments = (tx: Tx, { payerId, period }: Run, after: string, limit: number) =>
  tx<CollectedDocument[]>`
    select invoice.id, invoice.total::text, invoice.currency, invoice.issue_date as "issueDate", invoice.period,
           edge.agent_distributor_id as "agentDistributorId", edge.agent_partner_id as "agentPartnerId"
    from invoice join edge on edge.id = invoice.edge_id
    where invoice.seller_id = ${payerId} and invoice.type = 'invoice' and invoice.state = 'issued' and invoice.id > ${after}
      and (edge.agent_distributor_id is not null or edge.agent_partner_id is not null)
      and invoice.id in (select invoice_id from (${events(tx, payerId)}) event where event.period = ${period})
    order by invoice.id limit ${limit}`

/** An event of a document, in the order in which they happened; `period` is the month that it belongs to. */
export type EventRow = {
  readonly invoiceId: string
  readonly id: string
  readonly collected: string
  readonly given: string
  readonly credited: string
  readonly period: string
}

export const listEvents = (tx: Tx, payerId: string, ids: readonly string[]) =>
  tx<EventRow[]>`
    select invoice_id as "invoiceId", id, collected::text, given::text, credited::text, period
    from (${events(tx, payerId)}) event
    where invoice_id = any (${[...ids]}::uuid[]) order by invoice_id, at, id`

/** What each credit note took off a line and the discounts on it, before tax. */
type CreditedLine = { readonly noteId: string; readonly line: number; readonly net: string }

export const listCreditedLines = (tx: Tx, payerId: string, ids: readonly string[]) =>
  tx<CreditedLine[]>`
    select note.id as "noteId", case target.kind when 'discount' then target.amends_line else target.line end as line,
           sum(credit.net)::text as net
    from invoice note
    join invoice_line credit on credit.invoice_id = note.id
    join invoice_line target on target.invoice_id = note.amends and target.line = credit.amends_line
    where note.seller_id = ${payerId} and note.type = 'credit_note' and note.state = 'issued'
      and note.amends = any (${[...ids]}::uuid[])
    group by 1, 2`

/** The lines of documents as `listLinesAfter` gives them; a discount is in the base of the line that it reduces. */
export const listLines = (tx: Tx, payerId: string, ids: readonly string[]) =>
  tx<(Omit<IssuedLine, keyof EdgeAgents | 'currency' | 'issueDate'> & { readonly invoiceId: string })[]>`
    select line.invoice_id as "invoiceId", line.line, line.kind, line.base::text, line.sku_id as "skuId",
           ${planOf(tx, null)} as "planId", line.service_start as "serviceStart", line.service_end as "serviceEnd",
           null as cost
    from (
      select *, sum(net) over (partition by invoice_id, case kind when 'discount' then amends_line else line end) as base
      from invoice_line where seller_id = ${payerId} and invoice_id = any (${[...ids]}::uuid[])
    ) line
    join invoice document on document.id = line.invoice_id
    where line.kind <> 'discount' order by line.invoice_id, line.line`

/** The earnings that stand on events of these documents. */
export type CollectedEarning = {
  readonly invoiceId: string
  readonly line: number
  readonly payeeId: string
  readonly serviceStart: string
  readonly eventId: string
}

export const listEarned = (tx: Tx, payerId: string, ids: readonly string[]) =>
  tx<CollectedEarning[]>`
    select invoice_id as "invoiceId", line, payee_id as "payeeId", service_start as "serviceStart", payment_id as "eventId"
    from earning
    where payer_id = ${payerId} and invoice_id = any (${[...ids]}::uuid[]) and payment_id is not null and share_of is null`

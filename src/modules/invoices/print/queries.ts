import type { Actor } from '../../../platform/context.ts'
import { one, type Tx } from '../../../platform/db.ts'

/** A party as the document has it: the name, and what the tax office knows where that was kept. */
export type PrintedParty = { readonly name?: string; readonly identity?: Readonly<Record<string, unknown>> }

export type PrintedHead = {
  id: string
  type: 'invoice' | 'credit_note'
  number: string
  parties: { readonly seller?: PrintedParty; readonly buyer?: PrintedParty }
  period: string
  currency: string
  issueDate: string
  dueDate: string
  net: string
  tax: string
  total: string
  open: string
  amends: string | null
  reason: string | null
  contentHash: string
}

/** An issued document on the viewer's edges. */
export const findPrinted = async (tx: Tx, viewer: Actor, type: PrintedHead['type'], id: string) =>
  one(
    await tx<PrintedHead[]>`
    select id, type, number, parties, period, currency, issue_date as "issueDate", due_date as "dueDate", net::text, tax::text,
           total::text, (total - coalesce((select sum(amount) from invoice_event where invoice_id = invoice.id), 0))::text as open,
           (select amended.number from invoice amended where amended.id = invoice.amends) as amends, reason,
           encode(hash, 'hex') as "contentHash"
    from invoice
    where id = ${id} and type = ${type} and state = 'issued' and ${tx(`see_${viewer.level}_id`)} = ${viewer.organizationId}`,
  )

export type PrintedLine = {
  line: number
  kind: string
  subscription: string
  subscriptionId: string
  sku: string
  serviceStart: string
  serviceEnd: string
  quantity: string
  unit: string
  net: string
  amendsLine: number | null
}

/** The next lines of a document that was shown, by number. */
export const listPrintedLines = (tx: Tx, viewer: Actor, id: string, after: number, limit: number) =>
  tx<PrintedLine[]>`
    select line, kind, coalesce(subscription.name, line.subscription_id::text) as subscription,
           line.subscription_id as "subscriptionId", sku.name as sku, service_start as "serviceStart",
           service_end - 1 as "serviceEnd", trim_scale(line.quantity)::text as quantity, sku.unit, net::text,
           amends_line as "amendsLine"
    from invoice_line line
    join sku on sku.id = line.sku_id
    left join subscription on subscription.id = line.subscription_id
    where invoice_id = ${id} and ${tx(`line.see_${viewer.level}_id`)} = ${viewer.organizationId} and line > ${after}
    order by line limit ${limit}`

export type PrintedTax = {
  category: string
  name: string
  percent: string
  base: string
  amount: string
  reason: string | null
}

export const listPrintedTaxes = (tx: Tx, viewer: Actor, id: string) =>
  tx<PrintedTax[]>`
    select category, name, trim_scale(percent)::text as percent, base::text, amount::text, reason from invoice_tax
    where invoice_id = ${id} and ${tx(`see_${viewer.level}_id`)} = ${viewer.organizationId} order by position`

export type PrintedSettlement = { kind: string; on: string; reference: string; amount: string }

/** What was taken off an invoice since, in the order in which it happened. */
export const listPrintedSettlements = (tx: Tx, viewer: Actor, id: string) =>
  tx<PrintedSettlement[]>`
    select event.kind, coalesce(payment.received_on, note.issue_date, (event.at at time zone 'UTC')::date) as on,
           coalesce(payment.reference, note.number, '') as reference, event.amount::text
    from invoice_event event
    left join payment on event.kind = 'paid' and payment.id = event.source_id
    left join invoice note on event.kind = 'credited' and note.id = event.source_id
    where event.invoice_id = ${id} and event.amount <> 0 and ${tx(`event.see_${viewer.level}_id`)} = ${viewer.organizationId}
    order by event.id`

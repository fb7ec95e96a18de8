import type { CommissionTerms } from '../../../billing/commission.ts'
import type { Tx } from '../../../platform/db.ts'

/** An earning on something that was collected of a document, with the days of its line. Amounts are decimal text. */
export type CollectedRow = {
  id: string
  invoiceId: string
  eventId: string
  line: number
  serviceStart: string
  serviceEnd: string
  lineStart: string
  lineEnd: string
  currency: string
  period: string
  terms: CommissionTerms & { basis: string; trigger?: string }
  base: string
  baseToDate: string
  amount: string
  amountToDate: string
  position: number | null
}

/** The next documents with such earnings, by id. */
export const listCollectedInvoices = (tx: Tx, after: string, limit: number) =>
  tx<{ id: string; total: string; currency: string }[]>`
    select id, total::text, currency from invoice
    where id > ${after} and id in (select invoice_id from earning where payment_id is not null) order by id limit ${limit}`

export const listCollectedEarnings = (tx: Tx, ids: readonly string[]) =>
  tx<CollectedRow[]>`
    select earning.id, earning.invoice_id as "invoiceId", payment_id as "eventId", earning.line,
           earning.service_start as "serviceStart", earning.service_end as "serviceEnd", line.service_start as "lineStart",
           line.service_end as "lineEnd", earning.currency, earning.period, rule as terms, trim_scale(base)::text as base,
           trim_scale(base_to_date)::text as "baseToDate", trim_scale(coalesce(whole, amount))::text as amount,
           trim_scale(amount_to_date)::text as "amountToDate", position
    from earning join invoice_line line on line.invoice_id = earning.invoice_id and line.line = earning.line
    where earning.invoice_id = any (${[...ids]}::uuid[]) and payment_id is not null and share_of is null
    order by earning.id`

/** Every line with the discounts that reduce it. */
export const listBases = (tx: Tx, ids: readonly string[]) =>
  tx<{ invoiceId: string; line: number; base: string }[]>`
    select invoice_id as "invoiceId", case kind when 'discount' then amends_line else line end as line, sum(net)::text as base
    from invoice_line where invoice_id = any (${[...ids]}::uuid[]) group by 1, 2 order by 1, 2`

/** Payments, drawn credit balances and credit notes of documents as they came, each with its month. */
export const listMoney = (tx: Tx, ids: readonly string[]) =>
  tx<{ invoiceId: string; id: string; collected: string; given: string; credited: string; period: string }[]>`
    select invoice_id as "invoiceId", id, collected::text, given::text, credited::text, to_char(day, 'YYYY-MM') as period
    from (
      select settled.invoice_id, settled.id, settled.at, case when gift.id is null then settled.amount else 0 end as collected,
             case when gift.id is null then 0 else settled.amount end as given, 0::numeric as credited,
             coalesce(payment.received_on, (settled.at at time zone 'UTC')::date) as day
      from invoice_event settled left join payment on payment.id = settled.source_id
      left join credit_grant_entry gift on gift.source_id = settled.source_id and gift.kind = 'drawn'
      where settled.kind in ('paid', 'credit_applied')
      union all
      select note.amends, note.id, note.issued_at, coalesce((
               select sum(amount) from invoice_event applied where applied.source_id = note.id and applied.kind = 'credited'), 0)
             - note.total, 0, note.total, note.issue_date
      from invoice note where note.type = 'credit_note' and note.state = 'issued'
    ) happened
    where invoice_id = any (${[...ids]}::uuid[]) order by invoice_id, at, id`

export const listCredited = (tx: Tx, ids: readonly string[]) =>
  tx<{ noteId: string; line: number; net: string }[]>`
    select note.id as "noteId", case target.kind when 'discount' then target.amends_line else target.line end as line,
           sum(credit.net)::text as net
    from invoice note
    join invoice_line credit on credit.invoice_id = note.id
    join invoice_line target on target.invoice_id = note.amends and target.line = credit.amends_line
    where note.type = 'credit_note' and note.state = 'issued' and note.amends = any (${[...ids]}::uuid[])
    group by 1, 2`

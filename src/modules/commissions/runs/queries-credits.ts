import type { StatementState } from '../../../billing/statement.ts'
import type { Level } from '../../../platform/context.ts'
import type { Tx } from '../../../platform/db.ts'
import type { Snapshot } from '../rules/terms.ts'
import { isLive } from './queries.ts'

/**
 * An earning that a credit note reduces and that nothing says so yet. `credited` is all that was credited of its line and
 * the discounts on it, up to this note; `wholeLine` what they were; `bases` those of all earnings of the payee on the line,
 * of which this one is at `place`. What was taken back before is summed by kind. Amounts are decimal text.
 */
export type CreditRow = {
  noteId: string
  line: number
  credited: string
  wholeLine: string
  earningId: string
  payeeId: string
  payeeLevel: Level
  ruleId: string
  rule: Snapshot
  serviceStart: string
  serviceEnd: string
  issueDate: string
  period: string
  notePeriod: string
  currency: string
  amount: string
  bases: string[]
  place: number
  retierBase: string
  retierAmount: string
  reversedBase: string
  reversedAmount: string
  statement: StatementState
}

/** Lines of issued credit notes by the line of the invoice that they reduce, discounts with the line that they are on. */
const creditedLines = (tx: Tx, payerId: string) => tx`
  select note.id as note_id, note.amends, note.period, note.number_year, note.number_sequence, min(credit.line) as line,
         case target.kind when 'discount' then target.amends_line else target.line end as root,
         sum(sum(credit.net)) over (
           partition by note.amends, case target.kind when 'discount' then target.amends_line else target.line end
           order by note.number_year, note.number_sequence) as credited
  from invoice note
  join invoice_line credit on credit.invoice_id = note.id
  join invoice_line target on target.invoice_id = note.amends and target.line = credit.amends_line
  where note.seller_id = ${payerId} and note.type = 'credit_note' and note.state = 'issued'
  group by note.id, root`

/** What nothing was taken back for yet, in the order of credit notes, lines and days. Runs as the payer's money duties. */
export const listCredits = (tx: Tx, payerId: string, limit: number) =>
  tx<CreditRow[]>`
    with credit as materialized (${creditedLines(tx, payerId)})
    select credit.note_id as "noteId", credit.line, credit.credited::text, credit.period as "notePeriod",
           (select sum(net) from invoice_line line where line.invoice_id = credit.amends
              and (line.line = root or (line.kind = 'discount' and line.amends_line = root)))::text as "wholeLine",
           earning.id as "earningId", earning.payee_id as "payeeId", payee.level as "payeeLevel", earning.rule_id as "ruleId",
           earning.rule, earning.service_start as "serviceStart", earning.service_end as "serviceEnd",
           invoice.issue_date as "issueDate", earning.period, earning.currency,
           coalesce(earning.whole, earning.amount)::text as amount, sibling.bases, sibling.place,
           taken.*, statement.state as statement
    from credit
    join invoice on invoice.id = credit.amends
    join earning on earning.invoice_id = credit.amends and earning.line = root and earning.reverses is null
      and earning.share_of is null and earning.payment_id is null and ${isLive(tx, 'earning')}
    join organization payee on payee.id = earning.payee_id
    join statement on statement.id = earning.statement_id
    cross join lateral (
      select array_agg(base::text order by service_start) as bases,
             (count(*) filter (where one.service_start < earning.service_start))::int as place
      from earning one
      where one.invoice_id = earning.invoice_id and one.line = earning.line and one.payee_id = earning.payee_id
        and one.reverses is null and one.share_of is null and one.payment_id is null and ${isLive(tx, 'one')}) sibling
    cross join lateral (
      select coalesce(sum(base) filter (where kind = 'retier'), 0)::text as "retierBase",
             coalesce(sum(coalesce(whole, one.amount)) filter (where kind = 'retier'), 0)::text as "retierAmount",
             coalesce(sum(base) filter (where kind = 'reversal'), 0)::text as "reversedBase",
             coalesce(sum(coalesce(whole, one.amount)) filter (where kind = 'reversal'), 0)::text as "reversedAmount"
      from earning one where one.reverses = earning.id and one.share_of is null) taken
    where earning.payer_id = ${payerId} and not exists (
      select from earning one where one.reverses = earning.id and one.invoice_id = credit.note_id and one.share_of is null)
    order by credit.number_year, credit.number_sequence, root, earning.payee_id, earning.service_start limit ${limit}`

import { one, type Tx } from '../../../platform/db.ts'
import { type FoundRow, namedRows } from '../check.ts'

export const countNotes = async (tx: Tx): Promise<number> =>
  one(
    await tx<
      { count: number }[]
    >`select count(*)::int as count from invoice where type = 'credit_note' and state = 'issued'`,
  )?.count ?? 0

/** Notes of another edge, month or currency than their invoice, and lines that amend no line of it. */
export const listStrayNotes = (tx: Tx) =>
  tx<FoundRow[]>`
    select format('line %s of credit note %s', credit.line, note.id) as row,
           case when target.line is null then format('amends line %s, which invoice %s has not', credit.amends_line, note.amends)
                else 'is not of its invoice''s edge, subscription, SKU or days' end as says,
           count(*) over ()::int as total
    from invoice note
    join invoice amended on amended.id = note.amends
    join invoice_line credit on credit.invoice_id = note.id
    left join invoice_line target on target.invoice_id = note.amends and target.line = credit.amends_line and target.kind <> 'discount'
    where note.type = 'credit_note' and note.state <> 'discarded' and (
      target.line is null
      or (note.seller_id, note.buyer_id, note.edge_id, note.currency, note.period)
         is distinct from (amended.seller_id, amended.buyer_id, amended.edge_id, amended.currency, amended.period)
      or (credit.subscription_id, credit.sku_id, credit.service_start, credit.service_end)
         is distinct from (target.subscription_id, target.sku_id, target.service_start, target.service_end))
    order by note.id, credit.line limit ${namedRows}`

/** Lines that were taken back beyond their amount with discounts. */
export const listOverCredited = (tx: Tx) =>
  tx<FoundRow[]>`
    with credited as (
      select note.amends, credit.amends_line as line, sum(credit.net) as net
      from invoice note join invoice_line credit on credit.invoice_id = note.id
      where note.type = 'credit_note' and note.state = 'issued' group by 1, 2
    )
    select format('line %s of invoice %s', line, amends) as row,
           format('is %s with its discounts, credit notes take back %s', worth.net, credited.net) as says,
           count(*) over ()::int as total
    from credited
    cross join lateral (
      select sum(part.net) as net from invoice_line part
      where part.invoice_id = amends and (part.line = credited.line or (part.kind = 'discount' and part.amends_line = credited.line))) worth
    where credited.net not between least(worth.net, 0) and greatest(worth.net, 0)
    order by amends, line limit ${namedRows}`

/** Taxes of an invoice of which its notes took back more than there is, or not all with all of the base. */
export const listWrongTaxes = (tx: Tx) =>
  tx<FoundRow[]>`
    with given as (
      select note.amends, tax.category, tax.name, tax.percent, sum(tax.base) as base, sum(tax.amount) as amount
      from invoice note join invoice_tax tax on tax.invoice_id = note.id
      where note.type = 'credit_note' and note.state = 'issued' group by 1, 2, 3, 4
    )
    select format('taxes of the credit notes on invoice %s', given.amends) as row,
           format('take back %s of %s %s %%, the invoice charges %s', given.amount, given.category, trim_scale(given.percent),
                  coalesce(tax.amount, 0)) as says,
           count(*) over ()::int as total
    from given
    left join invoice_tax tax on (tax.invoice_id, tax.category, tax.name, tax.percent) = (given.amends, given.category, given.name, given.percent)
    join invoice on invoice.id = given.amends
    where given.amount <> round(coalesce(tax.amount * given.base / nullif(tax.base, 0), 0), invoice.currency_digits)
    order by given.amends limit ${namedRows}`

/** Issued notes that are neither wholly off their invoice nor in the buyer's balance. */
export const listUnsettled = (tx: Tx) =>
  tx<FoundRow[]>`
    select 'credit note ' || note.id as row,
           format('is %s; %s is off its invoice and %s in the balance', note.total, applied.amount, rest.amount) as says,
           count(*) over ()::int as total
    from invoice note
    cross join lateral (select coalesce(sum(amount), 0) as amount from invoice_event
      where invoice_id = note.amends and kind = 'credited' and source_id = note.id) applied
    cross join lateral (select coalesce(sum(amount), 0) as amount from credit_entry
      where kind = 'credited' and source_id = note.id and buyer_id = note.buyer_id and currency = note.currency) rest
    where note.type = 'credit_note' and note.state = 'issued' and note.total <> applied.amount + rest.amount
    order by note.id limit ${namedRows}`

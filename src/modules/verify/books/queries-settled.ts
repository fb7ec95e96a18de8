import { one, type Tx } from '../../../platform/db.ts'
import { type FoundRow, namedRows } from '../check.ts'

export const countSettled = async (tx: Tx) =>
  one(
    await tx<{ payments: number; events: number }[]>`
      select (select count(*)::int from payment) as payments, (select count(*)::int from invoice_event) as events`,
  )

/** Payments whose parts and rest do not add up to their amount. */
export const listWrongPayments = (tx: Tx) =>
  tx<FoundRow[]>`
    select 'payment ' || payment.id as row,
           format('is %s, its parts and what went to the balance add up to %s', payment.amount, parts.amount + rest.amount) as says,
           count(*) over ()::int as total
    from payment
    cross join lateral (select coalesce(sum(amount), 0) as amount from invoice_event
      where source_id = payment.id and kind = 'paid' and seller_id = payment.seller_id and currency = payment.currency) parts
    cross join lateral (select coalesce(sum(amount), 0) as amount from credit_entry
      where source_id = payment.id and kind = 'overpaid' and seller_id = payment.seller_id and currency = payment.currency) rest
    where payment.amount <> parts.amount + rest.amount
    order by payment.id limit ${namedRows}`

/** Payments that were taken back otherwise than in full. */
export const listWrongReversals = (tx: Tx) =>
  tx<FoundRow[]>`
    select 'payment ' || reversal.id as row, format('takes back %s of %s', -reversal.amount, coalesce(payment.amount, 0)) as says,
           count(*) over ()::int as total
    from payment reversal left join payment on payment.id = reversal.reverses
    where reversal.reverses is not null and (reversal.amount, reversal.seller_id, reversal.buyer_id, reversal.currency)
      is distinct from (-payment.amount, payment.seller_id, payment.buyer_id, payment.currency)
    order by reversal.id limit ${namedRows}`

/** Documents of which more is settled than they are about, or that are not issued and settled all the same. */
export const listOverSettled = (tx: Tx) =>
  tx<FoundRow[]>`
    select 'invoice ' || invoice.id as row,
           format('is %s over %s and settled by %s', invoice.state, invoice.total, settled.amount) as says,
           count(*) over ()::int as total
    from invoice join (select invoice_id, sum(amount) as amount from invoice_event group by invoice_id) settled
      on settled.invoice_id = invoice.id
    where invoice.state <> 'issued' or invoice.type <> 'invoice'
      or settled.amount not between least(invoice.total, 0) and greatest(invoice.total, 0)
    order by invoice.id limit ${namedRows}`

/** Issued documents with a negative total whose amount did not become credit of the buyer. */
export const listKeptBack = (tx: Tx) =>
  tx<FoundRow[]>`
    select 'invoice ' || invoice.id as row,
           format('is over %s and gave the buyer %s', trim_scale(invoice.total), trim_scale(-given.amount)) as says,
           count(*) over ()::int as total
    from invoice cross join lateral (select coalesce(sum(amount), 0) as amount from invoice_event
      where invoice_id = invoice.id and kind = 'credit_applied') given
    where invoice.state = 'issued' and invoice.type = 'invoice' and invoice.total < 0 and given.amount <> invoice.total
    order by invoice.id limit ${namedRows}`

/** Events of another seller or currency than their document, or without the payment or balance entry that they come from. */
export const listStrayEvents = (tx: Tx) =>
  tx<FoundRow[]>`
    select 'event ' || event.id as row, format('%s of invoice %s has no source', event.kind, event.invoice_id) as says,
           count(*) over ()::int as total
    from invoice_event event join invoice on invoice.id = event.invoice_id
    left join payment on event.kind = 'paid' and payment.id = event.source_id and payment.seller_id = event.seller_id
      and payment.buyer_id = invoice.buyer_id
    left join credit_entry entry on event.kind = 'credit_applied' and entry.source_id = event.source_id
      and entry.kind = 'applied' and entry.amount = -event.amount and entry.buyer_id = invoice.buyer_id
    left join credit_grant_entry gift on event.kind = 'credit_applied' and gift.source_id = event.source_id
      and gift.kind = 'drawn' and gift.amount = -event.amount and gift.seller_id = event.seller_id
    left join invoice note on event.kind = 'credited' and note.id = event.source_id and note.amends = invoice.id
      and note.state = 'issued'
    where (event.seller_id, event.currency) <> (invoice.seller_id, invoice.currency)
      or (payment.id is null and entry.id is null and gift.id is null and note.id is null and event.kind in ('paid', 'credit_applied', 'credited'))
    order by event.id limit ${namedRows}`

/** Credit balances below zero. */
export const listShortBalances = (tx: Tx) =>
  tx<FoundRow[]>`
    select format('credit balance of buyer %s with seller %s', buyer_id, seller_id) as row,
           format('is %s %s', trim_scale(sum(amount)), currency) as says, count(*) over ()::int as total
    from credit_entry group by seller_id, buyer_id, currency having sum(amount) < 0
    order by seller_id, buyer_id, currency limit ${namedRows}`

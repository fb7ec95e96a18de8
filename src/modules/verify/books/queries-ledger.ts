import { one, type Tx } from '../../../platform/db.ts'
import { type FoundRow, namedRows } from '../check.ts'

export const countPostings = async (tx: Tx): Promise<number> =>
  one(await tx<{ count: number }[]>`select count(*)::int as count from posting`)?.count ?? 0

/** Documents whose postings do not add up to zero in a book and currency. */
export const listUnbalanced = (tx: Tx) =>
  tx<FoundRow[]>`
    select format('postings of %s %s in the book of %s', document_type, document_id, book_id) as row,
           format('add up to %s %s instead of 0', trim_scale(sum(amount)), currency) as says, count(*) over ()::int as total
    from posting group by book_id, currency, document_type, document_id having sum(amount) <> 0
    order by document_type, document_id, book_id, currency limit ${namedRows}`

/** Postings of no document, of one that is not issued, or in a book that is not its maker's. */
export const listStrayPostings = (tx: Tx) =>
  tx<FoundRow[]>`
    select 'posting ' || posting.id as row, format('%s %s is not in the book of %s', document_type, document_id, book_id) as says,
           count(*) over ()::int as total
    from posting
    left join invoice on document_type = invoice.type and invoice.id = document_id and invoice.seller_id = book_id
      and invoice.state = 'issued'
    left join earning on document_type = 'earning' and earning.id = document_id and earning.payer_id = book_id
    left join payment on document_type = 'payment' and payment.id = document_id and payment.seller_id = book_id
    left join invoice_event settled on (document_type, settled.kind) in (('write_off', 'written_off'), ('credit', 'credit_applied'))
      and settled.id = document_id and settled.seller_id = book_id
    left join credit_grant_entry gift on document_type = 'credit_grant' and gift.id = document_id and gift.seller_id = book_id
      and gift.kind <> 'drawn'
    left join statement on document_type = 'statement' and statement.id = document_id and statement.payer_id = book_id
      and approved is not null
    left join payout on document_type = 'payout' and payout.id = document_id and payout.payer_id = book_id and sent_at is not null
    left join payout_return returned on document_type = 'payout_return' and returned.id = document_id and returned.payer_id = book_id
    where invoice.id is null and earning.id is null and payment.id is null and settled.id is null and gift.id is null
      and statement.id is null and payout.id is null and returned.id is null
    order by posting.id limit ${namedRows}`

/** What one document posted in its maker's book: account, currency and amount of each posting, in one text each. */
export type Posted = { id: string; bookId: string; currency: string; postings: string[] }
export type PostedInvoice = Posted & { net: string; tax: string; total: string }
export type PostedEarning = Posted & { amount: string }

const postingsOf = (
  tx: Tx,
  type: 'invoice' | 'credit_note' | 'earning' | 'payment' | 'write_off' | 'credit' | 'credit_grant',
) => tx`
  array(select account || ' ' || posting.currency || ' ' || trim_scale(posting.amount) from posting
        where book_id = made.book_id and document_type = ${type} and document_id = made.id)`

/** The next issued invoices by id. */
export const listInvoices = (tx: Tx, after: string, limit: number) =>
  tx<PostedInvoice[]>`
    select id, book_id as "bookId", currency, net, tax, total, ${postingsOf(tx, 'invoice')} as postings
    from (select id, seller_id as book_id, currency, net::text, tax::text, total::text
          from invoice where state = 'issued' and type = 'invoice' and id > ${after} order by id limit ${limit}) as made`

export type PostedNote = PostedInvoice & { applied: string }

/** The next issued credit notes by id, with what they took off their invoices. */
export const listNotes = (tx: Tx, after: string, limit: number) =>
  tx<PostedNote[]>`
    select id, book_id as "bookId", currency, net, tax, total, applied, ${postingsOf(tx, 'credit_note')} as postings
    from (select id, seller_id as book_id, currency, net::text, tax::text, total::text,
                 coalesce((select sum(amount) from invoice_event event
                           where event.source_id = invoice.id and event.kind = 'credited'), 0)::text as applied
          from invoice where state = 'issued' and type = 'credit_note' and id > ${after} order by id limit ${limit}) as made`

export type PostedPayment = PostedEarning & { overpaid: string }

/** The next payments by id. */
export const listPayments = (tx: Tx, after: string, limit: number) =>
  tx<PostedPayment[]>`
    select id, book_id as "bookId", currency, amount, overpaid, ${postingsOf(tx, 'payment')} as postings
    from (select id, seller_id as book_id, currency, amount::text,
                 coalesce((select sum(amount) from credit_entry where source_id = payment.id and kind = 'overpaid'), 0)::text as overpaid
          from payment where id > ${after} order by id limit ${limit}) as made`

export type PostedSettlement = PostedEarning & { kind: 'written_off' | 'credit_applied' }

/** The next write-offs and uses of credit by id. */
export const listSettlements = (tx: Tx, after: string, limit: number) =>
  tx<PostedSettlement[]>`
    select id, book_id as "bookId", currency, amount, kind,
           case kind when 'written_off' then ${postingsOf(tx, 'write_off')} else ${postingsOf(tx, 'credit')} end as postings
    from (select id, seller_id as book_id, currency, amount::text, kind
          from invoice_event where kind in ('written_off', 'credit_applied') and id > ${after} order by id limit ${limit}) as made`

/** The next changes of granted credit by id that are no draws: a draw is posted as the settlement that it is. */
export const listGrantChanges = (tx: Tx, after: string, limit: number) =>
  tx<PostedEarning[]>`
    select id, book_id as "bookId", currency, amount, ${postingsOf(tx, 'credit_grant')} as postings
    from (select id, seller_id as book_id, currency, amount::text
          from credit_grant_entry where kind <> 'drawn' and id > ${after} order by id limit ${limit}) as made`

/** The next earnings by id. */
export const listEarnings = (tx: Tx, after: string, limit: number) =>
  tx<PostedEarning[]>`
    select id, book_id as "bookId", currency, amount, ${postingsOf(tx, 'earning')} as postings
    from (select id, payer_id as book_id, currency, amount::text
          from earning where id > ${after} order by id limit ${limit}) as made`

import type { Tx } from '../../../platform/db.ts'
import type { PostedEarning } from './queries-ledger.ts'

/** What moves a payer's debt to its agents: a statement that was approved, a batch that was sent, or what came back. */
export type PostedPayable = PostedEarning & {
  kind: 'statement' | 'payout' | 'payout_return'
  /** What of it leaves the bank in another currency, or comes back in it. */
  exchanged: { amount: string; paidCurrency: string; paidAmount: string }[]
}

const payables = (tx: Tx) => tx`
  select id, payer_id as book_id, currency, approved as amount, 'statement' as kind, id as payout_id from statement where approved is not null
  union all
  select id, payer_id, currency, total, 'payout', id from payout where sent_at is not null
  union all
  select id, payer_id, currency, -amount, 'payout_return', payout_id from payout_return`

/** The next of them by id. */
export const listPayables = (tx: Tx, after: string, limit: number) =>
  tx<PostedPayable[]>`
    select id, book_id as "bookId", currency, amount::text, kind,
           array(select account || ' ' || posting.currency || ' ' || trim_scale(posting.amount) from posting
                 where book_id = made.book_id and document_type = made.kind and document_id = made.id) as postings,
           array(select jsonb_build_object('amount', (sign(made.amount) * paid.amount)::text, 'paidCurrency', paid_currency,
                                           'paidAmount', (sign(made.amount) * paid_amount)::text)
                 from payout_exchange paid
                 where paid.payout_id = made.payout_id and (made.kind = 'payout' or exists (
                   select from payout_statement back
                   where back.return_id = made.id and back.payout_id = paid.payout_id and back.payee_id = paid.payee_id)))
             as exchanged
    from (select * from (${payables(tx)}) payable where id > ${after} order by id limit ${limit}) as made`

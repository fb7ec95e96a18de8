import type { Tx } from '../../platform/db.ts'
import type { PostedEarning } from './queries-ledger.ts'

/** What moves a payer's debt to its agents: a statement that was approved, a batch that was sent, or what came back. */
export type PostedPayable = PostedEarning & { kind: 'statement' | 'payout' | 'payout_return' }

const payables = (tx: Tx) => tx`
  select id, payer_id as book_id, currency, approved as amount, 'statement' as kind from statement where approved is not null
  union all
  select id, payer_id, currency, total, 'payout' from payout where sent_at is not null
  union all
  select id, payer_id, currency, -amount, 'payout_return' from payout_return`

/** The next of them by id. */
export const listPayables = (tx: Tx, after: string, limit: number) =>
  tx<PostedPayable[]>`
    select id, book_id as "bookId", currency, amount::text, kind,
           array(select account || ' ' || posting.currency || ' ' || trim_scale(posting.amount) from posting
                 where book_id = made.book_id and document_type = made.kind and document_id = made.id) as postings
    from (select * from (${payables(tx)}) payable where id > ${after} order by id limit ${limit}) as made`

import type { Posting } from '../../../billing/ledger.ts'
import type { Level } from '../../../platform/context.ts'
import type { Tx } from '../../../platform/db.ts'
import { newId } from '../../../platform/ids.ts'

/**
 * The postings of one statement, payout or return in the payer's book, in one statement, once: the payer's level alone sees
 * them. Runs as the payer's money duties.
 */
export async function insertPayablePostings(
  tx: Tx,
  book: { id: string; level: Level },
  type: 'statement' | 'payout' | 'payout_return',
  documentId: string,
  postings: readonly Posting[],
): Promise<void> {
  if (postings.length === 0) return
  const seenAt = (level: Level) => (book.level === level ? book.id : null)
  await tx`
    insert into posting (id, book_id, account, currency, amount, document_type, document_id,
                         see_platform_id, see_distributor_id, see_partner_id)
    select entry.id, ${book.id}, entry.account, entry.currency, entry.amount, ${type}, ${documentId},
           ${seenAt('platform')}, ${seenAt('distributor')}, ${seenAt('partner')}
    from unnest(${postings.map(newId)}::uuid[], ${postings.map(({ account }) => account)}::text[],
                ${postings.map(({ currency }) => currency)}::text[], ${postings.map(({ amount }) => amount)}::numeric[])
      as entry (id, account, currency, amount)`
}

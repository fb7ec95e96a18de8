import { postingsOfGrant } from '../../billing/ledger.ts'
import { amountText, currency, decimal } from '../../billing/money.ts'
import type { Tx } from '../../platform/db.ts'
import { newId } from '../../platform/ids.ts'
import { type Book, post } from '../ledger/service.ts'
import * as queries from './queries-grants.ts'

/** What a buyer may draw of a grant today. */
type OpenGrant = queries.LeftRow

/**
 * What some buyers may draw today of what the seller granted them; what is over is not among it, whether or not that was
 * written down. Runs as weir_seller, once their edges are locked where it is to be drawn.
 */
export const readGrants = (tx: Tx, sellerId: string, buyerIds: readonly string[]): Promise<OpenGrant[]> =>
  queries.listDrawable(tx, sellerId, buyerIds)

/** What a settlement of a document draws of a grant. */
type GrantDraw = { readonly grantId: string; readonly amount: string; readonly sourceId: string }

/** Notes a draw, in the transaction that settles the document and posts it. The database refuses more than is left. As weir_seller. */
export async function recordDraw(tx: Tx, sellerId: string, { grantId, amount, sourceId }: GrantDraw): Promise<void> {
  const drawn = decimal(amount).negated().toFixed()
  await queries.insertEntries(tx, sellerId, [
    { id: newId(), grantId, kind: 'drawn', amount: drawn, sourceId, reason: null },
  ])
}

/** A change of a grant that the books tell by itself: what was granted, or what was left when it ended. */
type Change = {
  readonly grantId: string
  readonly kind: 'granted' | 'expired' | 'voided'
  readonly currency: string
  /** Above zero where it is granted, below where it is taken back. */
  readonly amount: string
  readonly reason: string | null
}

/** Notes changes of grants with their postings. Runs as weir_seller, the edges are locked. */
export async function recordChanges(tx: Tx, book: Book, changes: readonly Change[]): Promise<void> {
  const made = changes.map((change) => ({ ...change, id: newId(), money: currency(change.currency) }))
  const entries = made.map(({ money, ...change }) => {
    const amount = amountText(decimal(change.amount), money)
    return { ...change, amount, sourceId: change.id }
  })
  if (entries.length === 0) return
  await queries.insertEntries(tx, book.id, entries)
  const postings = made.flatMap(({ id, money, amount }) =>
    postingsOfGrant({ sellerId: book.id, currency: money, amount }).map((posting) => ({ ...posting, documentId: id })),
  )
  await post(tx, book, 'credit_grant', postings)
}

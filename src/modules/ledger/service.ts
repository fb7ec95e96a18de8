import { assertBalanced, type Posting } from '../../billing/ledger.ts'
import type { Tx } from '../../platform/db.ts'
import * as queries from './queries.ts'

export type { Book } from './queries.ts'

/** A posting with the document that it is of. */
type DocumentPosting = Posting & { readonly documentId: string }

/** Writes the postings of some documents in one book. Runs as weir_seller in the transaction of the documents, once. */
export async function post(
  tx: Tx,
  book: queries.Book,
  documentType: queries.DocumentType,
  postings: readonly DocumentPosting[],
): Promise<void> {
  assertBalanced(postings)
  if (postings.length > 0) await queries.insertPostings(tx, book, documentType, postings)
}

import type { Posting } from '../../billing/ledger.ts'
import type { Level } from '../../platform/context.ts'
import type { Tx } from '../../platform/db.ts'
import { newId } from '../../platform/ids.ts'

/** What documents post; the database knows the same words. */
export type DocumentType = 'invoice' | 'credit_note' | 'payment' | 'write_off' | 'credit' | 'credit_grant'

/** Whose accounts: an organization, seen by its own level alone. */
export type Book = { readonly id: string; readonly level: Level }

/** All postings of some documents of one book in one statement: it must balance, or nothing is written. As weir_seller. */
export const insertPostings = (
  tx: Tx,
  book: Book,
  documentType: DocumentType,
  postings: readonly (Posting & { readonly documentId: string })[],
) => tx`
  insert into posting (id, book_id, account, currency, amount, document_type, document_id,
                       see_platform_id, see_distributor_id, see_partner_id)
  select entry.id, ${book.id}, entry.account, entry.currency, entry.amount, ${documentType}, entry.document_id,
         ${book.level === 'platform' ? book.id : null}::uuid, ${book.level === 'distributor' ? book.id : null}::uuid,
         ${book.level === 'partner' ? book.id : null}::uuid
  from unnest(${postings.map(() => newId())}::uuid[], ${postings.map((one) => one.account)}::text[],
              ${postings.map((one) => one.currency)}::text[], ${postings.map((one) => one.amount)}::numeric[],
              ${postings.map((one) => one.documentId)}::uuid[]) as entry (id, account, currency, amount, document_id)`

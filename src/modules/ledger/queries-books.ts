import type { Account } from '../../billing/ledger.ts'
import { one, type Tx } from '../../platform/db.ts'
import { onePast, type PageRequest } from '../../platform/page.ts'
import type { AccountCodesChange, JournalFilters } from './model.ts'

// What an organization reads of its own book; row level security shows nobody another's.

export const listCodes = (tx: Tx, bookId: string) =>
  tx<{ account: Account; code: string }[]>`select account, code from account_code where org_id = ${bookId}`

export const upsertCodes = (tx: Tx, bookId: string, codes: readonly { account: string; code: string }[]) => tx`
  insert into account_code (org_id, account, code)
  select ${bookId}, account, code
  from unnest(${codes.map((one) => one.account)}::text[], ${codes.map((one) => one.code)}::text[]) as named (account, code)
  on conflict on constraint account_code_key do update set code = excluded.code, updated_at = clock_timestamp()`

export const deleteCodes = (
  tx: Tx,
  bookId: string,
  accounts: readonly AccountCodesChange['codes'][number]['account'][],
) => tx`
  delete from account_code where org_id = ${bookId} and account = any (${[...accounts]}::text[])`

export type BalanceRow = { currency: string; account: Account; debit: string; credit: string }

/** The sums of each account and currency of a book, of what was posted up to an instant. */
export const listBalances = (tx: Tx, bookId: string, wish: { currency?: string | undefined; asOf: string }) =>
  tx<BalanceRow[]>`
    select currency, account, coalesce(sum(amount) filter (where amount > 0), 0)::text as debit,
           coalesce(-sum(amount) filter (where amount < 0), 0)::text as credit
    from posting
    where book_id = ${bookId} and posted_at <= ${wish.asOf} ${wish.currency ? tx`and currency = ${wish.currency}` : tx``}
    group by currency, account order by currency, account`

/** The database's clock. */
export const findNow = async (tx: Tx): Promise<string> =>
  one(await tx<{ now: string }[]>`select clock_timestamp() as now`)?.now ?? ''

export type PostingRow = {
  id: string
  postedAt: string
  account: Account
  code: string | null
  currency: string
  amount: string
  documentType: string
  documentId: string
}

/** The journal of a book in the order of its entries. */
export const listPostings = (tx: Tx, bookId: string, filters: JournalFilters, page: PageRequest) =>
  tx<PostingRow[]>`
    select posting.id, posted_at as "postedAt", posting.account, account_code.code, currency, amount::text,
           document_type as "documentType", document_id as "documentId"
    from posting left join account_code on account_code.org_id = posting.book_id and account_code.account = posting.account
    where book_id = ${bookId}
      ${filters.account ? tx`and posting.account = ${filters.account}` : tx``}
      ${filters.currency ? tx`and currency = ${filters.currency}` : tx``}
      ${filters.documentId ? tx`and document_id = ${filters.documentId}` : tx``}
      ${filters['postedAt[gte]'] ? tx`and posted_at >= ${filters['postedAt[gte]']}` : tx``}
      ${filters['postedAt[lt]'] ? tx`and posted_at < ${filters['postedAt[lt]']}` : tx``}
      ${page.after ? tx`and posting.id > ${page.after}` : tx``}
    order by posting.id limit ${onePast(tx, page)}`

import { accounts, type Account } from '../../billing/ledger.ts'
import { amountText, type Currency, currency, decimal, type Decimal, sum } from '../../billing/money.ts'
import { type Ctx, inTx } from '../../platform/context.ts'
import type { Tx } from '../../platform/db.ts'
import { invalidField } from '../../platform/errors.ts'
import { idPageRequest, type Page, pageOf } from '../../platform/page.ts'
import { recordAudit } from '../audit/service.ts'
import type {
  AccountCodes,
  AccountCodesChange,
  JournalEntry,
  JournalFilters,
  TrialBalance,
  TrialBalanceQuery,
} from './model.ts'
import * as queries from './queries-books.ts'

type Codes = ReadonlyMap<Account, string>

const readCodes = async (tx: Tx, bookId: string): Promise<Codes> =>
  new Map((await queries.listCodes(tx, bookId)).map(({ account, code }) => [account, code]))

const toCodes = (codes: Codes): AccountCodes => ({
  data: accounts.map((account) => ({ account, code: codes.get(account) ?? null })),
})

/** How the own accounting calls the accounts. */
export const getCodes = (ctx: Ctx): Promise<AccountCodes> =>
  inTx(ctx, async (tx) => toCodes(await readCodes(tx, ctx.actor.organizationId)))

/** Names some accounts; null takes a name away. Postings stay as they are: names are for exports. */
export const changeCodes = (ctx: Ctx, { codes }: AccountCodesChange): Promise<AccountCodes> =>
  inTx(ctx, async (tx) => {
    const bookId = ctx.actor.organizationId
    const twice = codes.findIndex(({ account }, index) => codes.findIndex((one) => one.account === account) < index)
    if (twice >= 0) throw invalidField(`/codes/${twice}/account`, 'ledger.account_twice', 'each account is named once')
    const named = codes.flatMap(({ account, code }) => (code === null ? [] : [{ account, code }]))
    const unnamed = codes.flatMap(({ account, code }) => (code === null ? [account] : []))
    await queries.upsertCodes(tx, bookId, named)
    await queries.deleteCodes(tx, bookId, unnamed)
    const entry = { action: 'ledger.codes_changed', objectType: 'organization', objectId: bookId }
    await recordAudit(tx, ctx.actor, entry, ctx.requestId)
    return toCodes(await readCodes(tx, bookId))
  })

/** The own book's accounts by currency; debit and credit are equal at every instant, the database refuses anything else. */
export const getTrialBalance = (ctx: Ctx, query: TrialBalanceQuery): Promise<TrialBalance> =>
  inTx(ctx, async (tx) => {
    const bookId = ctx.actor.organizationId
    const asOf = query.asOf ?? (await queries.findNow(tx))
    const codes = await readCodes(tx, bookId)
    const rows = await queries.listBalances(tx, bookId, { currency: query.currency, asOf })
    const currencies = [...new Set(rows.map((row) => row.currency))]
    return {
      asOf,
      currencies: currencies.map((code) =>
        toBalance(
          currency(code),
          rows.filter((row) => row.currency === code),
          codes,
        ),
      ),
    }
  })

function toBalance(
  money: Currency,
  rows: readonly queries.BalanceRow[],
  codes: Codes,
): TrialBalance['currencies'][number] {
  const text = (amount: Decimal) => amountText(amount, money)
  const [debit, credit] = [sum(rows.map((row) => decimal(row.debit))), sum(rows.map((row) => decimal(row.credit)))]
  return {
    currency: money,
    accounts: rows.map((row) => ({
      account: row.account,
      code: codes.get(row.account) ?? null,
      debit: text(decimal(row.debit)),
      credit: text(decimal(row.credit)),
      balance: text(decimal(row.debit).minus(decimal(row.credit))),
    })),
    debit: text(debit),
    credit: text(credit),
    difference: text(debit.minus(credit)),
  }
}

/** The own journal, oldest first. */
export async function listJournal(ctx: Ctx, filters: JournalFilters): Promise<Page<JournalEntry>> {
  const page = idPageRequest('journal', filters)
  const rows = await inTx(ctx, (tx) => queries.listPostings(tx, ctx.actor.organizationId, filters, page))
  return pageOf('journal', page, rows, (row) => row.id, toEntry)
}

function toEntry({ amount, ...row }: queries.PostingRow): JournalEntry {
  const money = currency(row.currency)
  const value = decimal(amount)
  const text = (side: Decimal) => amountText(side, money)
  const none = value.minus(value)
  return { ...row, debit: text(value.gt(none) ? value : none), credit: text(value.lt(none) ? value.negated() : none) }
}

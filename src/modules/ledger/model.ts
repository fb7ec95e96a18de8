import { accounts } from '../../billing/ledger.ts'
import { ages } from '../../billing/payment.ts'
import {
  CurrencyCode,
  DayText,
  ExactDecimal,
  Instant,
  object,
  oneOf,
  orNull,
  PageOf,
  pageQuery,
  type Static,
  t,
  Uuid,
} from '../../platform/schema.ts'

const Account = oneOf(accounts)
const Code = t.String({ minLength: 1, maxLength: 40, pattern: '^[^\\u0000-\\u001f\\u007f]+$' })

export const AccountCodes = object(
  { data: t.Array(object({ account: Account, code: orNull(Code) })) },
  { $id: 'AccountCodes', description: 'how your own accounting calls the accounts; null: by our name' },
)
export type AccountCodes = Static<typeof AccountCodes>

export const AccountCodesChange = object({
  codes: t.Array(object({ account: Account, code: orNull(Code) }), { minItems: 1, maxItems: accounts.length }),
})
export type AccountCodesChange = Static<typeof AccountCodesChange>

export const TrialBalanceQuery = object({
  currency: t.Optional(CurrencyCode),
  asOf: t.Optional(Instant),
})
export type TrialBalanceQuery = Static<typeof TrialBalanceQuery>

export const TrialBalance = object(
  {
    asOf: Instant,
    currencies: t.Array(
      object({
        currency: CurrencyCode,
        accounts: t.Array(
          object({
            account: Account,
            code: orNull(t.String()),
            debit: ExactDecimal,
            credit: ExactDecimal,
            balance: t.Union([ExactDecimal], { description: 'debit less credit' }),
          }),
        ),
        debit: ExactDecimal,
        credit: ExactDecimal,
        difference: t.Union([ExactDecimal], { description: 'always 0' }),
      }),
    ),
  },
  { $id: 'TrialBalance' },
)
export type TrialBalance = Static<typeof TrialBalance>

export const JournalFilters = object({
  ...pageQuery,
  account: t.Optional(Account),
  currency: t.Optional(CurrencyCode),
  documentId: t.Optional(Uuid),
  'postedAt[gte]': t.Optional(Instant),
  'postedAt[lt]': t.Optional(Instant),
})
export type JournalFilters = Static<typeof JournalFilters>

export const JournalEntry = object(
  {
    id: Uuid,
    postedAt: Instant,
    account: Account,
    code: orNull(t.String()),
    currency: CurrencyCode,
    debit: ExactDecimal,
    credit: ExactDecimal,
    documentType: t.String(),
    documentId: Uuid,
  },
  { $id: 'JournalEntry' },
)
export type JournalEntry = Static<typeof JournalEntry>
export const JournalPage = PageOf(JournalEntry)

export const StatementFilters = object({
  ...pageQuery,
  side: t.Optional(oneOf(['buy', 'sell'] as const, { description: 'default: both' })),
  sellerId: t.Optional(Uuid),
  buyerId: t.Optional(Uuid),
})
export type StatementFilters = Static<typeof StatementFilters>

const Ageing = object({
  notDue: ExactDecimal,
  days1to30: ExactDecimal,
  days31to60: ExactDecimal,
  days61to90: ExactDecimal,
  over90: ExactDecimal,
})

export const Statement = object(
  {
    sellerId: Uuid,
    buyerId: Uuid,
    currency: CurrencyCode,
    documents: t.Integer({ description: 'of which something is due' }),
    ageing: Ageing,
    open: ExactDecimal,
    creditBalance: t.Union([ExactDecimal], { description: 'money that is not on any document' }),
    grantedCredit: t.Union([ExactDecimal], {
      description: 'what may be drawn today of credit that the seller granted',
    }),
    balance: t.Union([ExactDecimal], { description: 'what is open less the credit balance' }),
    asOf: DayText,
  },
  { $id: 'AccountStatement', description: 'what one buyer owes one seller, by age of the due day' },
)
export type Statement = Static<typeof Statement>
export const StatementPage = PageOf(Statement)

export const OpenItem = object(
  {
    invoiceId: Uuid,
    number: t.String(),
    sellerId: Uuid,
    buyerId: Uuid,
    period: t.String(),
    currency: CurrencyCode,
    issueDate: DayText,
    dueDate: DayText,
    age: oneOf(ages),
    total: ExactDecimal,
    open: ExactDecimal,
  },
  { $id: 'OpenItem' },
)
export type OpenItem = Static<typeof OpenItem>
export const OpenItemPage = PageOf(OpenItem)

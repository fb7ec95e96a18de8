import { carryReasons, paymentStates, payoutStates } from '../../../billing/payout.ts'
import {
  CurrencyCode,
  DayText,
  DecimalText,
  ExactDecimal,
  Instant,
  Name,
  object,
  oneOf,
  orNull,
  PageOf,
  pageQuery,
  PeriodText,
  type Static,
  t,
  Uuid,
} from '../../../platform/schema.ts'

const selection = {
  currency: t.Optional({ ...CurrencyCode, description: "of the statements; default: the payer's own" }),
  minimum: t.Optional({ ...DecimalText, description: 'a payee with a smaller balance is carried on; 0 by default' }),
}

export const NewPayout = object({
  ...selection,
  payeeIds: t.Optional(
    t.Array(Uuid, { minItems: 1, maxItems: 1000, uniqueItems: true, description: 'only these; all without it' }),
  ),
})
export type NewPayout = Static<typeof NewPayout>

/** What one payee is owed by approved statements that nothing pays yet. */
const Balance = object({
  payeeId: Uuid,
  currency: CurrencyCode,
  amount: ExactDecimal,
  payoutCurrency: { ...CurrencyCode, description: "the payee's own: what leaves the bank" },
  payoutAmount: {
    ...orNull(ExactDecimal),
    description: 'at the rate in force today, rounded once; null without a rate',
  },
  isDue: t.Boolean({ description: 'the next batch pays it' }),
  carriedFor: { ...orNull(oneOf(carryReasons)), description: 'why the next batch does not pay it' },
  statementIds: t.Array(Uuid),
})
export const Balances = object({ data: t.Array(Balance) }, { $id: 'PayoutBalances' })
export type Balances = Static<typeof Balances>
export const BalanceQuery = object(selection)
export type BalanceQuery = Static<typeof BalanceQuery>

const Payment = object({
  payeeId: Uuid,
  amount: { ...ExactDecimal, description: 'the sum of the statements, in their currency' },
  paidCurrency: { ...CurrencyCode, description: "the payee's own when the batch was made" },
  paidAmount: { ...ExactDecimal, description: 'what leaves the bank' },
  fxRateId: { ...orNull(Uuid), description: 'the rate that it was converted at, once; null in the same currency' },
  statementIds: t.Array(Uuid),
  isReturned: t.Boolean(),
})

const payoutFields = {
  id: Uuid,
  payerId: Uuid,
  currency: CurrencyCode,
  state: oneOf(payoutStates),
  minimum: ExactDecimal,
  total: ExactDecimal,
  reference: { ...orNull(t.String()), description: "the bank's, as it was sent" },
  approvedAt: orNull(Instant),
  sentAt: orNull(Instant),
  settledAt: orNull(Instant),
  createdAt: Instant,
  updatedAt: Instant,
}
export const Payout = object({ ...payoutFields, payments: t.Array(Payment) }, { $id: 'Payout' })
export type Payout = Static<typeof Payout>
/** Why a batch pays what it pays: each statement by kinds of earnings, each payee by statements, and the pinned rates. */
export const PayoutExplanation = object(
  {
    payoutId: Uuid,
    currency: CurrencyCode,
    minimum: ExactDecimal,
    payments: t.Array(
      object({
        payeeId: Uuid,
        payeeName: orNull(t.String()),
        statements: t.Array(
          object({
            statementId: Uuid,
            period: PeriodText,
            lines: t.Integer(),
            earned: ExactDecimal,
            retiered: {
              ...ExactDecimal,
              description: 'what credit notes changed while the statement was open, and retroactive rules',
            },
            reversed: {
              ...ExactDecimal,
              description: 'what credit notes took back of statements that were not open any more',
            },
            approved: { ...ExactDecimal, description: 'earned + retiered + reversed' },
          }),
        ),
        amount: { ...ExactDecimal, description: 'the sum of the statements' },
        exchange: orNull(
          object({
            fxRateId: Uuid,
            from: CurrencyCode,
            to: CurrencyCode,
            rate: ExactDecimal,
            validFrom: DayText,
            source: t.String(),
            unrounded: { ...ExactDecimal, description: 'amount x rate' },
          }),
        ),
        paidCurrency: CurrencyCode,
        paidAmount: { ...ExactDecimal, description: 'rounded once, half away from zero' },
        sentences: t.Array(t.String()),
      }),
    ),
    total: ExactDecimal,
  },
  { $id: 'PayoutExplanation' },
)
export type PayoutExplanation = Static<typeof PayoutExplanation>
export const PayoutPage = PageOf(object(payoutFields))
export const PayoutFilters = object({
  state: t.Optional(oneOf(payoutStates)),
  currency: t.Optional(CurrencyCode),
  payeeId: t.Optional({ ...Uuid, description: 'that pay this payee' }),
  statementId: t.Optional({ ...Uuid, description: 'that pay this statement, or paid it before it came back' }),
  earningPeriod: t.Optional({ ...PeriodText, description: 'that pay something earned in this month' }),
  ...pageQuery,
})
export type PayoutFilters = Static<typeof PayoutFilters>

export const Sending = object({
  reference: t.Optional({ ...Name(140), description: "the bank's name for the transfer; payees read it" }),
})
export type Sending = Static<typeof Sending>

/** What a batch pays one payee, as that payee reads it. */
export const ReceivedPayout = object(
  {
    payoutId: Uuid,
    payerId: Uuid,
    currency: { ...CurrencyCode, description: 'of the statements' },
    amount: { ...ExactDecimal, description: 'the sum of the statements' },
    paidCurrency: CurrencyCode,
    paidAmount: { ...ExactDecimal, description: 'what leaves the bank: the amount at the pinned rate, rounded once' },
    fxRateId: { ...orNull(Uuid), description: 'null in the same currency' },
    state: oneOf(paymentStates),
    reference: { ...orNull(t.String()), description: "the bank's" },
    approvedAt: orNull(Instant),
    sentAt: orNull(Instant),
    settledAt: orNull(Instant),
    returnedAt: orNull(Instant),
    returnReason: orNull(t.String()),
    statements: t.Array(object({ statementId: Uuid, period: PeriodText, amount: ExactDecimal })),
    createdAt: Instant,
    updatedAt: Instant,
  },
  { $id: 'ReceivedPayout' },
)
export type ReceivedPayout = Static<typeof ReceivedPayout>
export const ReceivedPage = PageOf(ReceivedPayout)
export const ReceivedFilters = object({
  state: t.Optional(oneOf(paymentStates)),
  currency: t.Optional(CurrencyCode),
  payerId: t.Optional(Uuid),
  ...pageQuery,
})
export type ReceivedFilters = Static<typeof ReceivedFilters>

export const Return = object({
  payeeIds: t.Array(Uuid, { minItems: 1, maxItems: 1000, uniqueItems: true, description: 'whose payment came back' }),
  reason: Name(500),
})
export type Return = Static<typeof Return>

import { payoutStates } from '../../billing/payout.ts'
import {
  CurrencyCode,
  DecimalText,
  ExactDecimal,
  Instant,
  Name,
  object,
  oneOf,
  orNull,
  PageOf,
  pageQuery,
  type Static,
  t,
  Uuid,
} from '../../platform/schema.ts'

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
  isDue: t.Boolean({ description: 'above 0 and not below the minimum: the next batch pays it' }),
  statementIds: t.Array(Uuid),
})
export const Balances = object({ data: t.Array(Balance) }, { $id: 'PayoutBalances' })
export type Balances = Static<typeof Balances>
export const BalanceQuery = object(selection)
export type BalanceQuery = Static<typeof BalanceQuery>

const Payment = object({
  payeeId: Uuid,
  amount: ExactDecimal,
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
  approvedAt: orNull(Instant),
  sentAt: orNull(Instant),
  settledAt: orNull(Instant),
  createdAt: Instant,
  updatedAt: Instant,
}
export const Payout = object({ ...payoutFields, payments: t.Array(Payment) }, { $id: 'Payout' })
export type Payout = Static<typeof Payout>
export const PayoutPage = PageOf(object(payoutFields))
export const PayoutFilters = object({ ...pageQuery })
export type PayoutFilters = Static<typeof PayoutFilters>

export const Return = object({
  payeeIds: t.Array(Uuid, { minItems: 1, maxItems: 1000, uniqueItems: true, description: 'whose payment came back' }),
  reason: Name(500),
})
export type Return = Static<typeof Return>

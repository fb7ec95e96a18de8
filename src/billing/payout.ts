import { exchange, type FxRate, isExactConversion } from './fx.ts'
import { boundedNonNegative, type Currency, type Decimal, decimal, isNegative, roundToMinor, sum } from './money.ts'

/** The states of a batch of payouts (domain, States). */
export const payoutStates = ['draft', 'approved', 'sent', 'settled', 'partly_returned', 'discarded'] as const
export type PayoutState = (typeof payoutStates)[number]

/** The states of one payee's payment in a batch: those of the batch, or it came back. */
export const paymentStates = ['draft', 'approved', 'sent', 'settled', 'returned', 'discarded'] as const

/** Something approved that is owed to a payee, or negative by it. */
type Owed = { readonly payeeId: string; readonly amount: string }

/** What one payee is owed altogether, of what it is made, and whether it is paid now or carried on. */
export type Balance<T extends Owed> = {
  readonly payeeId: string
  readonly amount: Decimal
  readonly isDue: boolean
  readonly statements: readonly T[]
}

/**
 * Adds up what each payee is owed in one currency. It is due when it is above 0 and not below the minimum; what is negative
 * or below it is carried until it is (domain, States).
 */
export function balancesOf<T extends Owed>(owed: readonly T[], minimum: Decimal): Balance<T>[] {
  return [...Map.groupBy(owed, ({ payeeId }) => payeeId)].map(([payeeId, statements]) => {
    const amount = sum(statements.map((one) => decimal(one.amount)))
    const isDue = !amount.isZero() && !isNegative(amount) && amount.greaterThanOrEqualTo(minimum)
    return { payeeId, amount, isDue, statements }
  })
}

/** The least that is paid out, from a caller. @throws BillingError `decimal.*` at `at`. */
export const minimumOf = (text: string | undefined, at = ''): Decimal => boundedNonNegative(text ?? '0', at)

/** What leaves the bank for a balance: in its own currency, or at a pinned rate in the payee's. */
export type Paid = { readonly currency: Currency; readonly amount: Decimal; readonly fxRateId: string | null }

/**
 * Converts a balance to the currency that its payee is paid in, rounded once for the whole payment (law 10). Undefined
 * without a rate, or where the product would not be exact: what is unknown is not paid, and never 0.
 */
export function payIn(
  amount: Decimal,
  from: Currency,
  to: Currency,
  rate: Pick<FxRate, 'id' | 'rate'> | undefined,
): Paid | undefined {
  if (from === to) return { currency: to, amount, fxRateId: null }
  if (!rate || !isExactConversion(amount, decimal(rate.rate))) return undefined
  return { currency: to, amount: roundToMinor(exchange(amount, rate), to), fxRateId: rate.id }
}

/** Why a balance is carried on instead of paid. */
export const carryReasons = ['not_positive', 'below_minimum', 'no_exchange_rate'] as const
export type CarryReason = (typeof carryReasons)[number]

/** Null for a balance that the next batch pays. What is less than the least unit of the currency it is paid in is carried. */
export function whyCarried(
  { amount, isDue }: Pick<Balance<Owed>, 'amount' | 'isDue'>,
  paid: Paid | undefined,
): CarryReason | null {
  if (amount.isZero() || isNegative(amount)) return 'not_positive'
  if (!isDue) return 'below_minimum'
  if (!paid) return 'no_exchange_rate'
  return paid.amount.isZero() ? 'below_minimum' : null
}

import { boundedNonNegative, type Decimal, decimal, isNegative, sum } from './money.ts'

/** The states of a batch of payouts (contract, States). */
export const payoutStates = ['draft', 'approved', 'sent', 'settled', 'partly_returned'] as const
export type PayoutState = (typeof payoutStates)[number]

/** Something approved that is owed to a payee, or negative by it. */
export type Owed = { readonly payeeId: string; readonly amount: string }

/** What one payee is owed altogether, of what it is made, and whether it is paid now or carried on. */
export type Balance<T extends Owed> = {
  readonly payeeId: string
  readonly amount: Decimal
  readonly isDue: boolean
  readonly statements: readonly T[]
}

/**
 * Adds up what each payee is owed in one currency. It is due when it is above 0 and not below the minimum; what is negative
 * or below it is carried until it is (contract, States).
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

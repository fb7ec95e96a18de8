import { BillingError } from './errors.ts'
import { boundedDecimal, type Currency, type Decimal, isNegative, minorDigits } from './money.ts'

/**
 * Reads an amount of money that somebody sends, pays or credits.
 * @throws BillingError `amount.not_positive` unless it is above zero, `amount.too_fine` when it has more digits than the
 * currency, and those of `boundedDecimal`.
 */
export function positiveAmount(text: string, currency: Currency, at = ''): Decimal {
  const amount = boundedDecimal(text, at)
  if (amount.isZero() || isNegative(amount)) throw new BillingError('amount.not_positive', 'must be above zero', at)
  if (amount.decimalPlaces() > minorDigits(currency))
    throw new BillingError('amount.too_fine', 'has more digits than the currency', at)
  return amount
}

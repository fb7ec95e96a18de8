import { Decimal as DecimalJs } from 'decimal.js'
import { isoMinorDigits } from './currencies.ts'
import { BillingError, invariant } from './errors.ts'

/** The one decimal of the house (domain, Laws of money): 80 significant digits, ties away from zero, no exponent in text. */
export const Decimal = DecimalJs.clone({
  precision: 80,
  rounding: DecimalJs.ROUND_HALF_UP,
  toExpNeg: -9e15,
  toExpPos: 9e15,
  defaults: true,
})
export type Decimal = DecimalJs

/** An ISO 4217 code that `currency` has checked. */
export type Currency = string & { readonly checked: 'currency' }

/** Zero, to start sums with. */
export const zero: Decimal = new Decimal(0)

const plainDecimal = /^-?\d+(\.\d+)?$/
const exactDigits = 80
const inputIntegerDigits = 26
const inputFractionDigits = 12

/**
 * Reads a plain decimal such as `-12.50`; a Decimal passes if it is finite.
 * @throws BillingError `decimal.invalid` for an exponent, a blank, NaN or Infinity, `decimal.too_long` above 80 digits.
 */
export function decimal(input: string | Decimal, at = ''): Decimal {
  if (typeof input !== 'string') {
    if (!input.isFinite()) throw new BillingError('decimal.invalid', 'must be a finite decimal number', at)
    return input
  }
  if (!plainDecimal.test(input)) throw new BillingError('decimal.invalid', 'must be a plain decimal number', at)
  // Most of the amounts in a list of documents: nothing was paid, nothing was credited.
  if (input === '0' || input === '0.00') return zero
  const value = new Decimal(input)
  if (input.length > exactDigits && (value.precision(true) > exactDigits || value.decimalPlaces() > exactDigits))
    throw new BillingError('decimal.too_long', `must have at most ${exactDigits} digits`, at)
  return value
}

/**
 * Reads a quantity or price from outside: at most 38 digits, 12 of them after the point (domain, Usage), so that their
 * product is exact. Trailing zeros do not count.
 * @throws BillingError `decimal.invalid` or `decimal.too_long` at `at`.
 */
export function boundedDecimal(text: string, at = ''): Decimal {
  const value = decimal(text, at)
  if (value.decimalPlaces() > inputFractionDigits)
    throw new BillingError('decimal.too_long', `must have at most ${inputFractionDigits} fraction digits`, at)
  if (value.trunc().precision(true) > inputIntegerDigits)
    throw new BillingError('decimal.too_long', `must have at most ${inputIntegerDigits} digits before the point`, at)
  return value
}

/**
 * As `boundedDecimal`, and not below zero.
 * @throws BillingError also `decimal.negative`.
 */
export function boundedNonNegative(text: string, at = ''): Decimal {
  const value = boundedDecimal(text, at)
  if (isNegative(value)) throw new BillingError('decimal.negative', 'must not be negative', at)
  return value
}

/** @throws BillingError `currency.unknown` unless `text` is an active ISO 4217 code, in capitals, of real money. */
export function currency(text: string, at = ''): Currency {
  if (isoMinorDigits(text) === undefined)
    throw new BillingError('currency.unknown', 'must be an active ISO 4217 currency code', at)
  return text as Currency
}

/** The fraction digits of the currency's minor unit: 2 for EUR, 0 for JPY, 3 for KWD (ISO 4217). */
export function minorDigits(currency: Currency): number {
  const digits = isoMinorDigits(currency)
  invariant(digits !== undefined, 'a currency is checked before use')
  return digits
}

/** Rounds to the minor unit, half away from zero (law 1). Once per document line, nowhere else. */
export const roundToMinor = (amount: Decimal, currency: Currency): Decimal =>
  amount.toDecimalPlaces(minorDigits(currency))

/** A rounded amount as text with exactly the currency's minor digits: `19.90`. An unrounded amount is a bug. */
export function amountText(amount: Decimal, currency: Currency): string {
  const digits = minorDigits(currency)
  invariant(amount.isFinite() && amount.decimalPlaces() <= digits, 'an amount is rounded before it is printed')
  return amount.toFixed(digits)
}

/** As `amountText`, out of a rounded amount as Postgres prints it. Lists hold hundreds of them: nothing is computed. */
export function minorText(amount: string, currency: Currency): string {
  const digits = minorDigits(currency)
  const [, whole, fraction = ''] = /^(-?\d+)(?:\.(\d+))?$/.exec(amount) ?? []
  const isRounded = whole !== undefined && /^0*$/.test(fraction.slice(digits))
  invariant(isRounded, 'an amount is rounded before it is printed')
  return digits === 0 ? whole : `${whole}.${fraction.slice(0, digits).padEnd(digits, '0')}`
}

/** Any decimal as text without exponent, trailing zeros or negative zero: `0.0149`. */
export function plainText(value: Decimal): string {
  invariant(value.isFinite(), 'only finite numbers are printed')
  return value.toFixed()
}

/** The sum; 0 for an empty list. */
export const sum = (values: Iterable<Decimal>): Decimal => {
  let total = zero
  for (const value of values) total = total.plus(value)
  return total
}

/** True below zero only: zero has no sign. */
export const isNegative = (value: Decimal): boolean => value.isNegative() && !value.isZero()

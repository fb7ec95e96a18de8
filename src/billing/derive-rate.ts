import { BillingError } from './errors.ts'
import { boundedNonNegative, decimal, Decimal, isNegative, plainText } from './money.ts'
import { mapAmounts } from './rate-amounts.ts'
import type { Rate } from './rate.ts'

/** What a derived price starts from: the prices of a list, or what the deriving seller pays itself. */
export const derivationBases = ['list', 'buyPrice'] as const
export type DerivationBasis = (typeof derivationBases)[number]

/** How a derived price comes out of its base. A markup is a share of the base, a margin a share of the result. */
export const derivationMethods = ['markup', 'margin', 'discount', 'passThrough', 'amountUp', 'amountDown'] as const
export type DerivationMethod = (typeof derivationMethods)[number]

/** A checked way from a base price to a derived one; numbers are decimal text. */
export type DerivationTerms =
  | { readonly method: 'markup' | 'margin' | 'discount' | 'passThrough'; readonly percent: string }
  | { readonly method: 'amountUp' | 'amountDown'; readonly amount: string }

/** As a caller writes it. */
type DerivationInput = {
  readonly method: DerivationMethod
  readonly percent?: string | undefined
  readonly amount?: string | undefined
}

const hundred = new Decimal(100)
const priceDigits = 12

/**
 * Checks how a list is derived. A pass-through without a percent passes the price on as it is.
 * @throws BillingError `field.required`, `field.unknown`, `decimal.*`, `derive.margin_100` for a margin of 100 % or more, which
 * no price can have, `derive.discount_100` for a discount above 100 %; with the pointer below `at`.
 */
export function checkDerivation({ method, percent, amount }: DerivationInput, at = ''): DerivationTerms {
  const isAmount = method === 'amountUp' || method === 'amountDown'
  if (isAmount && percent !== undefined) throw unknown(`${at}/percent`)
  if (!isAmount && amount !== undefined) throw unknown(`${at}/amount`)
  if (isAmount) return { method, amount: plain(amount, `${at}/amount`) }
  const share = plain(percent ?? (method === 'passThrough' ? '0' : undefined), `${at}/percent`)
  if (method === 'margin' && decimal(share).greaterThanOrEqualTo(hundred))
    throw new BillingError('derive.margin_100', 'a margin must be below 100 %', `${at}/percent`)
  if (method === 'discount' && decimal(share).greaterThan(hundred))
    throw new BillingError('derive.discount_100', 'a discount can not be above 100 %', `${at}/percent`)
  return { method, percent: share }
}

const unknown = (at: string) => new BillingError('field.unknown', 'does not belong to this method', at)

function plain(text: string | undefined, at: string): string {
  if (text === undefined) throw new BillingError('field.required', 'this method needs it', at)
  return plainText(boundedNonNegative(text, at))
}

/** The factor as a fraction, so that a margin of a third is exact until the price is rounded. */
function fractionOf(method: 'markup' | 'margin' | 'discount' | 'passThrough', percent: Decimal) {
  if (method === 'margin') return { over: hundred, under: hundred.minus(percent) }
  return { over: method === 'discount' ? hundred.minus(percent) : hundred.plus(percent), under: hundred }
}

/**
 * Derives a rate: a percentage changes its prices and fees, an amount is added to or taken from its prices alone. Each
 * result is exact to 12 fraction digits, half away from zero: what a price list can hold; nothing else is rounded.
 * @throws BillingError `derive.negative` where an amount would leave less than nothing, `decimal.too_long` above 26
 * digits before the point; with the pointer of the price below `at`.
 */
export const deriveRate = (rate: Rate, terms: DerivationTerms, at = ''): Rate =>
  mapAmounts(rate, (amount, { pointer, role }) => {
    const place = `${at}${pointer}`
    if ('amount' in terms) return role === 'fee' ? amount : moved(amount, terms, place)
    const { over, under } = fractionOf(terms.method, decimal(terms.percent))
    const price = decimal(amount).times(over).div(under).toDecimalPlaces(priceDigits)
    return plainText(boundedNonNegative(plainText(price), place))
  })

function moved(amount: string, terms: { method: 'amountUp' | 'amountDown'; amount: string }, at: string): string {
  const step = decimal(terms.amount)
  const price = terms.method === 'amountUp' ? decimal(amount).plus(step) : decimal(amount).minus(step)
  if (isNegative(price)) throw new BillingError('derive.negative', 'would be below zero', at)
  return plainText(boundedNonNegative(plainText(price), at))
}

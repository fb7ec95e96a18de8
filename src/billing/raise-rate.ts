import { BillingError } from './errors.ts'
import { boundedDecimal, boundedNonNegative, decimal, isNegative, plainText } from './money.ts'
import { mapAmounts } from './rate-amounts.ts'
import type { Rate } from './rate.ts'

/** By how much prices rise; below zero they fall. Decimal text. */
export type RaiseTerms = { readonly percent: string } | { readonly amount: string }

/** As a caller writes it. */
type RaiseInput = { readonly percent?: string | undefined; readonly amount?: string | undefined }

/**
 * Checks by how much prices are to rise.
 * @throws BillingError `raise.one_way` unless there is either a percent or an amount, `raise.below_zero` for a fall of more than
 * 100 %, `decimal.*`; with the pointer below `at`.
 */
export function checkRaise({ percent, amount }: RaiseInput, at = ''): RaiseTerms {
  if ((percent === undefined) === (amount === undefined))
    throw new BillingError('raise.one_way', 'needs either a percent or an amount', at)
  if (percent === undefined) return { amount: plainText(boundedDecimal(amount ?? '', `${at}/amount`)) }
  const share = boundedDecimal(percent, `${at}/percent`)
  if (share.lessThan(-100)) throw new BillingError('raise.below_zero', 'prices cannot fall below zero', `${at}/percent`)
  return { percent: plainText(share) }
}

/**
 * Raises a rate: a percentage changes its prices and fees, an amount its prices alone. Changed amounts are rounded to
 * `digits` fraction digits, half away from zero; the others stay as they are.
 * @throws BillingError `derive.negative` where an amount would leave less than nothing, `decimal.too_long`; with the pointer of
 * the price below `at`.
 */
export const raiseRate = (rate: Rate, terms: RaiseTerms, digits: number, at = ''): Rate =>
  mapAmounts(rate, (amount, { pointer, role }) => {
    if ('amount' in terms && role === 'fee') return amount
    const before = decimal(amount)
    const after =
      'amount' in terms ? before.plus(terms.amount) : before.times(decimal(terms.percent).plus(100)).div(100)
    const rounded = after.toDecimalPlaces(digits)
    if (isNegative(rounded)) throw new BillingError('derive.negative', 'would be below zero', `${at}${pointer}`)
    return plainText(boundedNonNegative(plainText(rounded), `${at}${pointer}`))
  })

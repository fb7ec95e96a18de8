import { BillingError } from './errors.ts'
import { boundedDecimal, type Currency, type Decimal, isNegative, minorDigits, sum } from './money.ts'

/** A line of a document that is issued anew, with its discounts. */
type ReissuableLine = { readonly line: number; readonly net: Decimal }

/** What is right for a line, its discounts counted in. */
type Correction = { readonly line: number; readonly net: Decimal }

/**
 * What a document says when it is issued anew: each line as it was, or as it is corrected. In the order of the lines. `at` is
 * the pointer of the corrections.
 * @throws BillingError `reissue.line_unknown`, `reissue.line_twice`, `amount.too_fine` at the correction, and
 * `reissue.negative` where the whole would be below zero.
 */
export function correctionsOf(
  lines: readonly ReissuableLine[],
  wishes: readonly { readonly line: number; readonly net: string }[],
  currency: Currency,
  at = '/lines',
): Correction[] {
  const known = new Set(lines.map(({ line }) => line))
  const corrected = new Map<number, Decimal>()
  wishes.forEach((wish, index) => {
    const here = `${at}/${index}`
    if (!known.has(wish.line)) throw new BillingError('reissue.line_unknown', 'is not a line of it', `${here}/line`)
    if (corrected.has(wish.line)) throw new BillingError('reissue.line_twice', 'is named twice', `${here}/line`)
    const net = boundedDecimal(wish.net, `${here}/net`)
    if (net.decimalPlaces() > minorDigits(currency))
      throw new BillingError('amount.too_fine', 'has more digits than the currency', `${here}/net`)
    corrected.set(wish.line, net)
  })
  const total = sum(lines.map(({ line, net }) => corrected.get(line) ?? net))
  if (isNegative(total)) throw new BillingError('reissue.negative', 'the document would be below zero', at)
  return [...corrected].map(([line, net]) => ({ line, net })).toSorted((a, b) => a.line - b.line)
}

import { BillingError } from './errors.ts'
import { type Currency, type Decimal, isNegative, roundToMinor, sum, zero } from './money.ts'

/** A line of an issued document that can be credited: its net with the discounts on it, and what was credited before. */
type CreditableLine = { readonly line: number; readonly net: Decimal; readonly credited: Decimal }

/** What is wished to be credited of a line; null is all that is left of it. */
export type CreditWish = { readonly line: number; readonly net: Decimal | null }

/** What is left to credit of a line: of its sign, and nothing once more than all of it was taken back. */
export const leftOf = ({ net, credited }: CreditableLine): Decimal => {
  const left = net.minus(credited)
  return isNegative(left) === isNegative(net) ? left : zero
}

/**
 * What a credit note says per line (law 21): the sum of the credits of a line is never above the line. In the order of the
 * lines; without wishes all that is left of every line, what it gives back itself counted in, so that the document is
 * undone. `at` is the pointer of the wishes.
 * @throws BillingError `credit.line_unknown`, `credit.line_twice`, `credit.over_line` at the wish, `credit.nothing_left`
 * where nothing is left that the buyer gets back.
 */
export function creditsOf(
  lines: readonly CreditableLine[],
  wishes: readonly CreditWish[] | undefined,
  at = '/lines',
): { readonly line: number; readonly net: Decimal }[] {
  const wanted = wishes ?? lines.map(({ line }) => ({ line, net: null }))
  const known = new Map(lines.map((one) => [one.line, one]))
  const seen = new Set<number>()
  const credits = wanted.map((wish, index) => {
    const line = known.get(wish.line)
    if (!line) throw new BillingError('credit.line_unknown', 'is not a line of the document', `${at}/${index}/line`)
    if (seen.has(wish.line)) throw new BillingError('credit.line_twice', 'is named twice', `${at}/${index}/line`)
    seen.add(wish.line)
    const left = leftOf(line)
    if (wish.net?.greaterThan(left))
      throw new BillingError('credit.over_line', 'is more than what is left of the line', `${at}/${index}/net`)
    return { line: wish.line, net: wish.net ?? left }
  })
  const some = credits.filter(({ net }) => !net.isZero())
  const total = sum(some.map(({ net }) => net))
  if (total.isZero() || isNegative(total))
    throw new BillingError('credit.nothing_left', 'nothing is left to credit', wishes ? at : '')
  return some.toSorted((a, b) => a.line - b.line)
}

/** A tax of the amended document and what its credit notes took back of the lines that it is on. */
type CreditedTax = { readonly base: Decimal; readonly amount: Decimal; readonly creditedBase: Decimal }

/**
 * The tax that a credit of `now` of the tax's base gives back: the rounded share of all that is credited by then, less that of
 * what was credited before. The parts of several notes add up to the tax exactly: the last one takes the rest.
 */
export function creditedTax(tax: CreditedTax, now: Decimal, currency: Currency): Decimal {
  if (tax.base.isZero()) return zero
  const shareOf = (base: Decimal): Decimal => roundToMinor(tax.amount.times(base).dividedBy(tax.base), currency)
  return shareOf(tax.creditedBase.plus(now)).minus(shareOf(tax.creditedBase))
}

/** What a credit note takes off the open amount of its document; the rest is the buyer's credit. */
export function appliedOf(open: Decimal, total: Decimal): { readonly applied: Decimal; readonly rest: Decimal } {
  const most = isNegative(open) ? zero : open
  const applied = total.greaterThan(most) ? most : total
  return { applied, rest: total.minus(applied) }
}

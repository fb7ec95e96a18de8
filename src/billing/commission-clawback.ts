import { allocate } from './allocate.ts'
import { type Currency, type Decimal, isNegative, roundToMinor, sum, zero } from './money.ts'

/** A base with what it earned. */
type Figures = { readonly base: Decimal; readonly amount: Decimal }

/**
 * What credits have taken of each earning's base to date. `credited` is all that was credited of the line and its discounts
 * so far, of either sign; `whole` what the line was with its discounts. Each base loses the same share, and together they
 * never lose more than the line has; a credit of all of it leaves nothing (law 16).
 */
export function takenBases(
  credited: Decimal,
  whole: Decimal,
  bases: readonly Decimal[],
  currency: Currency,
): Decimal[] {
  if (whole.isZero()) return bases.map(() => zero)
  const size = credited.abs().greaterThan(whole.abs()) ? whole.abs() : credited.abs()
  const rest = whole.minus(sum(bases))
  return allocate(isNegative(whole) ? size : size.negated(), [...bases, rest], currency).slice(0, -1)
}

/**
 * A credit after the statement was closed: the share of the earning that its base loses, outside the tiers of any period
 * (law 16). `before` is the earning as it stood then, `taken` what reversals took since. The last credit takes the rest.
 */
export function reverse(before: Figures, taken: Figures, base: Decimal, currency: Currency): Figures {
  // Nothing was earned, or nothing of it is left: then what was taken comes back.
  if (before.base.isZero()) return { base, amount: taken.amount.negated() }
  const toDate = taken.base.plus(base)
  const amount = roundToMinor(before.amount.times(toDate).dividedBy(before.base), currency)
  return { base, amount: amount.minus(taken.amount) }
}

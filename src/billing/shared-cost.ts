import { type Currency, type Decimal, roundToMinor } from './money.ts'

/**
 * The part of a cost that one of several lines has, by quantity: `before` and `upTo` are the quantities of the lines before
 * it and with it, `whole` that of all. The parts add up to the cost (law 2); lines without any quantity leave it to each of
 * them, as there is only one.
 */
export function costShare(
  cost: Decimal,
  { before, upTo, whole }: { readonly before: Decimal; readonly upTo: Decimal; readonly whole: Decimal },
  currency: Currency,
): Decimal {
  if (whole.isZero()) return roundToMinor(cost, currency)
  const until = (quantity: Decimal): Decimal => roundToMinor(cost.times(quantity).dividedBy(whole), currency)
  return until(upTo).minus(until(before))
}

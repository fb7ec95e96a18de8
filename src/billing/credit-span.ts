import { type Currency, type Decimal, isNegative, roundToMinor } from './money.ts'
import { counted, type InstantSpan, type ProrationUnit, shareOf } from './prorate.ts'

/** A line that charges a span: its net with discounts, all that was taken back of it by now, and its days or seconds. */
type CreditedCharge = { readonly net: Decimal; readonly credited: Decimal; readonly units: number }

/**
 * So many of its units a charge still pays for (law 13): what is left of the line in whole units, one that is paid in part
 * counted in, unless the rounded part of the others is all that is left. All of them while nothing is credited, none when
 * all is.
 */
export function unitsKept({ net, credited, units }: CreditedCharge, currency: Currency): number {
  if (credited.isZero()) return units
  const rest = net.minus(credited)
  if (isNegative(rest) || rest.isZero()) return 0
  const kept = Math.min(rest.times(units).dividedBy(net).ceil().toNumber(), units)
  const withoutOne = roundToMinor(net.times(kept - 1).dividedBy(units), currency)
  return kept > 0 && withoutOne.greaterThanOrEqualTo(rest) ? kept - 1 : kept
}

const unitsIn = (span: InstantSpan, unit: ProrationUnit): number => shareOf(span, span, unit).numerator

const secondsOf: Record<ProrationUnit, number> = { day: 86_400, second: 1 }

const instantAfter = (from: string, units: number, unit: ProrationUnit): string =>
  new Date(Date.parse(from) + units * secondsOf[unit] * 1000).toISOString().replace('.000Z', 'Z')

/**
 * What is free again of the spans that a line still bills, in time order, when it keeps so many of its days or seconds: the
 * last ones. A credit is for the rest of a service, as a cancellation is.
 */
export function spansFreed(billed: readonly InstantSpan[], kept: number, unit: ProrationUnit): InstantSpan[] {
  let left = kept
  return billed.flatMap((span) => {
    const units = unitsIn(span, unit)
    const stays = Math.min(left, units)
    left -= stays
    if (stays === units) return []
    return [stays === 0 ? span : { from: instantAfter(counted(span.from, unit), stays, unit), to: span.to }]
  })
}

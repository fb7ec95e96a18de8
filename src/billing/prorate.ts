import type { Day } from './days.ts'
import { invariant } from './errors.ts'
import { type Currency, type Decimal, roundToMinor } from './money.ts'
import { instantOfDay } from './period.ts'

/** An instant in UTC as RFC 3339 with whole seconds, `YYYY-MM-DDTHH:MM:SSZ`. Text of that form sorts by time. */
export type Instant = string

/** Half-open `[from, to)`: what ends now does not touch what begins now. */
export type InstantSpan = { readonly from: Instant; readonly to: Instant }

/** Whether a part of a period counts its days, or its seconds. */
export const prorationUnits = ['day', 'second'] as const
export type ProrationUnit = (typeof prorationUnits)[number]

/** A part of a charge period in whole units: `numerator` of `denominator`, `offset` units after the period began. */
type Share = { readonly offset: number; readonly numerator: number; readonly denominator: number }

/**
 * So many fraction digits keep every sum of parts exact within the 80 digits of the house, and no part so near to half a
 * minor unit that they could round it to the wrong side.
 */
const shareDigits = 28

const secondsOf: Record<ProrationUnit, number> = { day: 86_400, second: 1 }

const epochSeconds = (instant: Instant): number => Date.parse(instant) / 1000

/** The UTC day that an instant lies in. */
export const dayOf = (instant: Instant): Day => instant.slice(0, 10)

/** The instant as the unit counts it: a day that has begun counts as a whole, for what ends in it and what begins in it alike. */
export const counted = (instant: Instant, unit: ProrationUnit): Instant =>
  unit === 'second' ? instant : instantOfDay(dayOf(instant))

/** How much of a period a part is, both in actual days or seconds (law 7); the day it starts on counts. */
export function shareOf(part: InstantSpan, whole: InstantSpan, unit: ProrationUnit): Share {
  const units = (from: Instant, to: Instant): number =>
    (epochSeconds(counted(to, unit)) - epochSeconds(counted(from, unit))) / secondsOf[unit]
  const share = {
    offset: units(whole.from, part.from),
    numerator: units(part.from, part.to),
    denominator: units(whole.from, whole.to),
  }
  const isInside = share.offset >= 0 && share.numerator >= 0 && share.offset + share.numerator <= share.denominator
  invariant(isInside && share.denominator > 0, 'a part lies within its period')
  return share
}

/** What the first `units` units of a period cost. */
const until = (full: Decimal, units: number, denominator: number): Decimal =>
  full.times(units).dividedBy(denominator).toDecimalPlaces(shareDigits)

/**
 * What a part of a period costs of the amount for all of it, unrounded: the running total at its end less that at its start, so
 * that the parts of any partition add up to the whole exactly.
 */
export const prorate = (full: Decimal, { offset, numerator, denominator }: Share): Decimal =>
  until(full, offset + numerator, denominator).minus(until(full, offset, denominator))

/**
 * What a credit gives back of a charge: the part `credited` of the span it was `charged` for, of a period whose full amount is
 * known. Negative. The rest of a charge is given back as it is and rounded at the line; a part before what was given back
 * already is the difference of both rests, each rounded, so that the credits of a charge never add up to more than its line.
 */
export function creditOf(
  charge: { full: Decimal; charged: InstantSpan; whole: InstantSpan; unit: ProrationUnit },
  credited: InstantSpan,
  currency: Currency,
): Decimal {
  const { full, charged, whole, unit } = charge
  const restFrom = (from: Instant): Decimal => prorate(full, shareOf({ from, to: charged.to }, whole, unit))
  const rest = restFrom(credited.from)
  if (credited.to === charged.to) return rest.negated()
  return roundToMinor(restFrom(credited.to), currency).minus(roundToMinor(rest, currency))
}

import type { Day } from './days.ts'
import { daysBetween } from './days.ts'
import { decimal, type Decimal, sum, zero } from './money.ts'
import { daysInPeriod, type Period, periodEnd } from './period.ts'
import { secondsByDay, type Span } from './spread.ts'

/**
 * What a record of a level means for one UTC day: by how much the level is another one at its end, and how many
 * unit-seconds it was held for within it.
 */
export type DayLevel = { readonly day: Day; readonly change: Decimal; readonly held: Decimal }

/**
 * A record of a level, by its days: an instant changes the level by its quantity from then on, an interval holds its
 * quantity while it lasts. Every part stands for itself, so that parts add up in any order.
 * @throws BillingError `interval.reversed` when the interval ends before it starts.
 */
export function levelsByDay(span: Span): DayLevel[] {
  const isChange = span.start === span.end
  return secondsByDay(span).map(({ day, seconds }) => ({
    day,
    change: isChange ? span.quantity : zero,
    held: span.quantity.times(seconds),
  }))
}

/** Levels of one month that were added up: `held` is in unit-seconds up to the end of the month, as if they stayed. */
type HeldUsage = { readonly sum: string; readonly held: string }

const daySeconds = 86_400
const quantityDigits = 12

/**
 * Unit-seconds of a day's levels up to the end of the month, as if they stayed; `usage_held_through_month` says the same
 * in SQL.
 */
export const heldThroughMonth = ({ day, change, held }: DayLevel): Decimal =>
  held.plus(change.times((daysBetween(day, periodEnd(day.slice(0, 7))) - 1) * daySeconds))

/**
 * The time-weighted quantity of a month up to the beginning of a day: unit-seconds over the seconds of the whole month,
 * rounded to the 12 digits of a quantity, half away from zero. `rows` are of days before that one.
 */
export function weightedUntil(rows: readonly HeldUsage[], month: Period, day: Day): Decimal {
  const ahead = daysBetween(day, periodEnd(month)) * daySeconds
  const held = sum(rows.map((row) => decimal(row.held))).minus(sum(rows.map((row) => decimal(row.sum))).times(ahead))
  return held.dividedBy(daysInPeriod(month) * daySeconds).toDecimalPlaces(quantityDigits)
}

import { type Day, monthsAfter } from './days.ts'

/** How often a recurring charge comes. */
export const chargeIntervals = ['month', 'quarter', 'year'] as const
type ChargeInterval = (typeof chargeIntervals)[number]

/** Whether charge periods follow the calendar, or the day on which the subscription started. */
export const chargeAnchors = ['calendar', 'start'] as const
type ChargeAnchor = (typeof chargeAnchors)[number]

/** How a recurring charge cuts time. */
export type ChargeCadence = { readonly interval: ChargeInterval; readonly anchor: ChargeAnchor }

const monthsOf: Record<ChargeInterval, number> = { month: 1, quarter: 3, year: 12 }

/** A day on which months, quarters and years all begin. */
const calendarAnchor: Day = '2000-01-01'

const monthNumber = (day: Day): number => Number(day.slice(0, 4)) * 12 + Number(day.slice(5, 7))

/**
 * The charge period that a day lies in, half-open. Its bounds are counted from the anchor and never from each other, so that
 * one that starts on the 31st comes back to it: 31 Jan, 28 Feb, 31 Mar. The periods tile all of time.
 */
export function chargePeriodOf(
  day: Day,
  { interval, anchor }: ChargeCadence,
  startDay: Day,
): { readonly from: Day; readonly to: Day } {
  const months = monthsOf[interval]
  const origin = anchor === 'calendar' ? calendarAnchor : startDay
  const guess = Math.floor((monthNumber(day) - monthNumber(origin)) / months)
  const count = monthsAfter(origin, guess * months) > day ? guess - 1 : guess
  return { from: monthsAfter(origin, count * months), to: monthsAfter(origin, (count + 1) * months) }
}

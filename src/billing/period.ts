import { daysBetween, type Day, type DayRange } from './days.ts'
import { BillingError } from './errors.ts'

/** A billing period: a calendar month in UTC as `YYYY-MM`, half-open (domain, Calendar). Its text sorts by time. */
export type Period = string

const periodForm = /^\d{4}-(0[1-9]|1[0-2])$/

/** @throws BillingError `period.invalid` unless `text` is a month as `YYYY-MM`. */
export function period(text: string, at = ''): Period {
  if (!periodForm.test(text)) throw new BillingError('period.invalid', 'must be a month as YYYY-MM', at)
  return text
}

/** The month so many months later, or earlier when negative. */
export const periodsAfter = (period: Period, months: number): Period =>
  Temporal.PlainYearMonth.from(period).add({ months }).toString()

/** The whole months from `first` until `last`: 0 for the same, negative when `last` is earlier. */
export const periodsBetween = (first: Period, last: Period): number =>
  Temporal.PlainYearMonth.from(first).until(last, { largestUnit: 'months' }).months

/** The month after. */
export const nextPeriod = (period: Period): Period => periodsAfter(period, 1)

/** The month before. */
export const previousPeriod = (period: Period): Period => periodsAfter(period, -1)

/** The first day of the period. */
export const periodStart = (period: Period): Day => `${period}-01`

/** The first day after the period. */
export const periodEnd = (period: Period): Day => periodStart(nextPeriod(period))

/** The days of the period, half-open. */
export const periodDays = (period: Period): DayRange & { readonly to: Day } => ({
  from: periodStart(period),
  to: periodEnd(period),
})

/** The first instant of a UTC day, as RFC 3339 text. */
export const instantOfDay = (day: Day): string => `${day}T00:00:00Z`

/** The first instant of the period, as RFC 3339 text in UTC. */
export const periodStartInstant = (period: Period): string => instantOfDay(periodStart(period))

/** The first instant after the period, as RFC 3339 text in UTC. */
export const periodEndInstant = (period: Period): string => instantOfDay(periodEnd(period))

/** The period a UTC day belongs to. */
export const periodOfDay = (day: Day): Period => day.slice(0, 7)

/** How many days the period has: 28 to 31. */
export const daysInPeriod = (period: Period): number => daysBetween(periodStart(period), periodEnd(period))

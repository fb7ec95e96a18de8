import type { Day } from './days.ts'
import type { Decimal } from './money.ts'
import { rateParts, type RatePart } from './rate-period.ts'

/** What was used on one day, at the price of that day. */
export type UsedDay = RatePart & { readonly day: Day }

/**
 * What each day of a month adds to its running total, unrounded: F(end of day) - F(start of day). A tier belongs to no day;
 * the day that reaches it is the first to pay its price. Volume rates pay each day at the price for the whole month. The
 * days add up to the month's unrounded amount exactly. Days in order of time.
 */
export const amountsByDay = (days: readonly UsedDay[]): { readonly day: Day; readonly amount: Decimal }[] =>
  rateParts(days).map(({ amount }, index) => ({ day: days[index]?.day ?? '', amount }))

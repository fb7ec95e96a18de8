import { type Day, type DayRange, daysBetween, overlap } from './days.ts'
import { periodDays, periodEnd } from './period.ts'

/** Days on which a plan version was a subscription's and listed a SKU; suspended days count. */
export type ListedDays = DayRange & { readonly planVersionId: string }

/** What of a month a SKU was listed for: the first day, the day after the last, and how many days that is. */
export type InForce = {
  readonly from: Day
  readonly to: Day
  readonly days: number
  /** The last version of the month that lists the SKU: its prices count. */
  readonly planVersionId: string
}

/**
 * How much of a month a subscription's plan versions listed a SKU, from rows that do not overlap, in any order; undefined
 * where they never did. Days between two of them on which another version did not list it are not counted.
 */
export function inForceIn(month: string, listed: readonly ListedDays[]): InForce | undefined {
  const end = periodEnd(month)
  const parts = listed
    .flatMap(({ planVersionId, ...range }) => {
      const shared = overlap(periodDays(month), range)
      return shared ? { from: shared.from, to: shared.to ?? end, planVersionId } : []
    })
    .toSorted((a, b) => (a.from < b.from ? -1 : 1))
  const [first, last] = [parts[0], parts.at(-1)]
  if (!first || !last) return undefined
  const days = parts.reduce((total, { from, to }) => total + daysBetween(from, to), 0)
  return { from: first.from, to: last.to, days, planVersionId: last.planVersionId }
}

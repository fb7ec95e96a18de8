import type { Day, DayRange } from './days.ts'

/** A version of a rule; a retroactive one holds for all of the month in which it begins. */
type DatedVersion = { readonly valid: DayRange; readonly isRetroactive: boolean }

/** The first day of the month of a day. */
export const monthStartOf = (day: Day): Day => `${day.slice(0, 7)}-01`

/**
 * The days on which each version of one rule holds, from days that do not overlap: a retroactive one takes the days of its first
 * month from those before it. A version that is left without a day is not answered.
 */
export function versionsInForce<V extends DatedVersion>(versions: readonly V[]): V[] {
  let inForce: V[] = []
  for (const version of versions.toSorted((a, b) => (a.valid.from < b.valid.from ? -1 : 1))) {
    if (!version.isRetroactive) {
      inForce.push(version)
      continue
    }
    const from = monthStartOf(version.valid.from)
    inForce = [...inForce.flatMap((earlier) => until(earlier, from)), { ...version, valid: { ...version.valid, from } }]
  }
  return inForce
}

function until<V extends DatedVersion>(version: V, end: Day): V[] {
  const { from, to } = version.valid
  if (to !== null && to <= end) return [version]
  return from < end ? [{ ...version, valid: { from, to: end } }] : []
}

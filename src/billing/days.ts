import { BillingError, invariant } from './errors.ts'

/** A calendar day as text, `YYYY-MM-DD`. Text of that form sorts by time. */
export type Day = string

/** Half-open days `[from, to)`; `to` null is without end. */
export type DayRange = { readonly from: Day; readonly to: Day | null }

const dayForm = /^\d{4}-\d{2}-\d{2}$/

/** @throws BillingError `day.invalid` unless `text` is a day that exists, as `YYYY-MM-DD`. */
export function day(text: string, at = ''): Day {
  if (!dayForm.test(text)) throw new BillingError('day.invalid', 'must be a day as YYYY-MM-DD', at)
  const [year, month, date] = text.split('-').map(Number) as [number, number, number]
  const real =
    month >= 1 && month <= 12 && date >= 1 && date <= Temporal.PlainDate.from({ year, month, day: 1 }).daysInMonth
  if (!real) throw new BillingError('day.invalid', 'must be a day of the calendar', at)
  return text
}

/** @throws BillingError `range.empty` unless the range ends after it starts. */
export function dayRange(from: string, to: string | null, at = ''): DayRange {
  const range = { from: day(from, `${at}/from`), to: to === null ? null : day(to, `${at}/to`) }
  if (range.to !== null && range.to <= range.from)
    throw new BillingError('range.empty', 'must end after it starts', `${at}/to`)
  return range
}

/** The whole days from `from` until `to`; negative when `to` is earlier. */
export const daysBetween = (from: Day, to: Day): number =>
  Temporal.PlainDate.from(from).until(Temporal.PlainDate.from(to), { largestUnit: 'days' }).days

/** The day `days` later, or earlier when negative. */
export const daysAfter = (start: Day, days: number): Day => Temporal.PlainDate.from(start).add({ days }).toString()

/**
 * The day `months` after the anchor, clamped to the end of its month: 31 Jan, 28 Feb, 31 Mar. Always count from the
 * anchor and never from the last result, which would stay on the 28th.
 */
export const monthsAfter = (anchor: Day, months: number): Day =>
  Temporal.PlainDate.from(anchor).add({ months }, { overflow: 'constrain' }).toString()

/** True when the day lies in the half-open range. */
export const isWithin = (range: DayRange, day: Day): boolean =>
  range.from <= day && (range.to === null || day < range.to)

/** The days both ranges share, or null. */
export function overlap(a: DayRange, b: DayRange): DayRange | null {
  const from = a.from > b.from ? a.from : b.from
  const to = a.to === null ? b.to : b.to === null || a.to < b.to ? a.to : b.to
  return to === null || from < to ? { from, to } : null
}

/** The days of a range that none of the others takes. */
export function daysWithout(range: DayRange, taken: readonly DayRange[]): DayRange[] {
  let free: DayRange[] = [range]
  for (const one of taken)
    free = free.flatMap((part) => {
      const shared = overlap(part, one)
      if (!shared) return [part]
      const before = part.from < shared.from ? [{ from: part.from, to: shared.from }] : []
      const isLeft = shared.to !== null && (part.to === null || shared.to < part.to)
      return [...before, ...(isLeft ? [{ from: shared.to ?? part.from, to: part.to }] : [])]
    })
  return free
}

/** A stretch of days with what was chosen for it, or null where nothing applies. */
export type Stretch<T> = { readonly from: Day; readonly to: Day; readonly chosen: T | null }

/**
 * Cuts `[from, to)` wherever an item begins or ends, lets `choose` pick among the items valid on all days of each piece,
 * and joins neighbours of the same choice. The stretches tile the range without gap or overlap.
 */
export function timeline<T extends { readonly valid: DayRange }>(
  range: { readonly from: Day; readonly to: Day },
  items: readonly T[],
  choose: (valid: readonly T[]) => T | null,
): Stretch<T>[] {
  invariant(range.from < range.to, 'a timeline covers at least one day')
  const bounds = items.flatMap(({ valid }) => (valid.to === null ? [valid.from] : [valid.from, valid.to]))
  const inside = bounds.filter((bound) => range.from < bound && bound < range.to).toSorted()
  const stretches: Stretch<T>[] = []
  let from = range.from
  for (const to of [...inside, range.to]) {
    if (to === from) continue
    const start = from
    const chosen = choose(items.filter((item) => isWithin(item.valid, start)))
    const last = stretches.at(-1)
    if (last && last.chosen === chosen) stretches[stretches.length - 1] = { ...last, to }
    else stretches.push({ from, to, chosen })
    from = to
  }
  return stretches
}

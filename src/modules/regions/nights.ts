import { daysAfter } from '../../billing/days.ts'
import { localDateAt, localDayStart } from '../../billing/zones.ts'

/** A local day and the instant at which it is rated. */
export type Night = { readonly day: string; readonly dueAt: string }

/** Where a region's days begin and how long after their end they are rated. */
type Nights = { readonly timeZone: string; readonly cutOff: string }

const minutesOf = (cutOff: string): number => {
  const [hours, minutes] = cutOff.split(':').map(Number) as [number, number]
  return hours * 60 + minutes
}

/**
 * The night of a local day: the day's end in the zone plus the cut-off, as elapsed time, so that it exists on days that
 * the clocks change too.
 */
export function nightOf(day: string, { timeZone, cutOff }: Nights): Night {
  const end = Temporal.Instant.from(localDayStart(daysAfter(day, 1), timeZone))
  return { day, dueAt: end.add({ minutes: minutesOf(cutOff) }).toString() }
}

/** The first night that is not over at `now`: of yesterday before the cut-off, else of today. */
export function nightAfter(now: string, nights: Nights): Night {
  const today = localDateAt(now, nights.timeZone)
  const first = nightOf(daysAfter(today, -1), nights)
  return Temporal.Instant.compare(first.dueAt, now) > 0 ? first : nightOf(today, nights)
}

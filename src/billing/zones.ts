import type { Day } from './days.ts'

/** Half-open instants `[start, end)` as RFC 3339 text in UTC. */
type InstantRange = { readonly start: string; readonly end: string }

/** True for a name of the IANA time zone database such as `Europe/Berlin`; a bare offset is no zone. */
export function isTimeZone(text: string): boolean {
  if (!/^[A-Za-z]/.test(text)) return false
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(text)
    return true
  } catch {
    return false
  }
}

/**
 * The first instant of a local day. Where the clocks skip midnight (Havana, Beirut, Cairo, Santiago) the day starts when
 * it first exists; where midnight comes twice, at the first one.
 */
export const localDayStart = (day: Day, zone: string): string =>
  Temporal.PlainDate.from(day).toZonedDateTime(zone).toInstant().toString()

/**
 * The instants of a local day, `[start(d), start(d + 1))`: 22 to 26 hours, and empty for a day a zone has skipped.
 * Neighbouring days tile, because both ends come from the same function.
 */
export const localDay = (day: Day, zone: string): InstantRange => ({
  start: localDayStart(day, zone),
  end: localDayStart(Temporal.PlainDate.from(day).add({ days: 1 }).toString(), zone),
})

/** The local day that an instant falls on in a zone. */
export const localDateAt = (instant: string, zone: string): Day =>
  Temporal.Instant.from(instant).toZonedDateTimeISO(zone).toPlainDate().toString()

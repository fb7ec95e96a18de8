/** A point in time with microseconds: `text` is its one normal form, `2024-09-01T00:00:00.5Z`. */
export type Instant = { readonly text: string; readonly epochMicroseconds: number }

const rfc3339 = /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,12}))?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/
const daysOfMonth = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const

const isLeapYear = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0

const isDate = (year: number, month: number, day: number): boolean =>
  month >= 1 &&
  month <= 12 &&
  day >= 1 &&
  (day <= (daysOfMonth[month - 1] ?? 0) || (month === 2 && day === 29 && isLeapYear(year)))

/** Milliseconds of a UTC date and time of any year from 0 on: `Date.UTC` alone takes 0 to 99 for 1900 to 1999. */
function utcMs(year: number, month: number, day: number, hour: number, minute: number, second: number): number {
  const gregorianCycleYears = 400
  const gregorianCycleMs = 146_097 * 86_400_000
  return Date.UTC(year + gregorianCycleYears, month - 1, day, hour, minute, second) - gregorianCycleMs
}

/** Records of a batch begin and end at the same few instants: the latest answers are kept. */
const known = new Map<string, Instant | undefined>()
const knownMax = 2_000
/** Longer than any instant that can be read, so that nobody's long texts are kept. */
const knownTextLength = 40

/** As `readInstant`, which it asks once for equal texts. */
export function parseInstant(text: string): Instant | undefined {
  const before = known.get(text)
  if (before) return before
  const instant = readInstant(text)
  if (text.length > knownTextLength) return instant
  if (known.size >= knownMax) known.clear()
  known.set(text, instant)
  return instant
}

/**
 * Reads an RFC 3339 date-time with a zone, or returns undefined. Digits below the microsecond are cut off, the offset
 * is applied. A leap second (`:60`) is refused: it has no place on a UTC day of 86,400 seconds.
 */
function readInstant(text: string): Instant | undefined {
  const parts = rfc3339.exec(text)
  if (!parts) return undefined
  const digits = (at: number): number => Number(parts[at] ?? 0)
  const [year, month, day] = [digits(1), digits(2), digits(3)]
  const [hour, minute, second] = [digits(4), digits(5), digits(6)]
  const [offsetHours, offsetMinutes] = [digits(9), digits(10)]
  if (!isDate(year, month, day) || hour > 23 || minute > 59 || second > 59) return undefined
  if (offsetHours > 23 || offsetMinutes > 59) return undefined
  const offsetMs = (parts[8] === '-' ? -1 : 1) * (offsetHours * 60 + offsetMinutes) * 60_000
  const wholeMs = utcMs(year, month, day, hour, minute, second) - offsetMs
  const microseconds = (parts[7] ?? '').slice(0, 6).padEnd(6, '0')
  const fraction = microseconds === '000000' ? '' : microseconds.replace(/0+$/, '')
  const seconds = offsetMs === 0 ? `${text.slice(0, 10)}T${text.slice(11, 19)}` : isoSeconds(wholeMs)
  return {
    text: fraction === '' ? `${seconds}Z` : `${seconds}.${fraction}Z`,
    epochMicroseconds: wholeMs * 1000 + Number(microseconds),
  }
}

/** `2024-09-01T00:00:00`; a year outside 0 to 9999, reachable by an offset only, keeps its sign and six digits. */
const isoSeconds = (ms: number): string => new Date(ms).toISOString().slice(0, -5)

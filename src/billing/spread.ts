import type { Aggregation } from './aggregate.ts'
import { allocateDigits } from './allocate.ts'
import { daysAfter, type Day } from './days.ts'
import { BillingError } from './errors.ts'
import { Decimal } from './money.ts'
import { instantOfDay } from './period.ts'

/** The platform's setting for records that last over midnight UTC (domain, Calendar). */
export type Spanning = 'split' | 'start'

/** A record's interval as RFC 3339 instants, half-open; an instant has start = end. */
export type Span = { readonly start: string; readonly end: string; readonly quantity: Decimal }

/** What a record adds to one UTC day. */
type DayQuantity = { readonly day: Day; readonly quantity: Decimal }

const quantityDigits = 12
const utcForm = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?Z$/

const inUtc = (instant: string): string => (utcForm.test(instant) ? instant : Temporal.Instant.from(instant).toString())

const nanoseconds = (instant: string): bigint => Temporal.Instant.from(instant).epochNanoseconds

/** The seconds of an interval on each UTC day that it touches, in order; of an instant those that its day has left. */
export function secondsByDay(span: Pick<Span, 'start' | 'end'>): { readonly day: Day; readonly seconds: Decimal }[] {
  const start = inUtc(span.start)
  const day = start.slice(0, 10)
  const end = span.start === span.end ? instantOfDay(daysAfter(day, 1)) : inUtc(span.end)
  if (nanoseconds(end) < nanoseconds(start)) throw reversed()
  return lengthsByDay(start, end).map((length, index) => ({
    day: daysAfter(day, index),
    seconds: length.dividedBy(nanosecondsPerSecond),
  }))
}

const nanosecondsPerSecond = 1e9

const reversed = () => new BillingError('interval.reversed', 'must not end before it starts', '/end')

/** The nanoseconds of `[start, end)` on each UTC day it touches, in order of days. */
function lengthsByDay(start: string, end: string): Decimal[] {
  const lengths: Decimal[] = []
  const last = nanoseconds(end)
  let from = nanoseconds(start)
  for (let next = daysAfter(start.slice(0, 10), 1); from < last; next = daysAfter(next, 1)) {
    const midnight = nanoseconds(instantOfDay(next))
    const until = midnight < last ? midnight : last
    lengths.push(new Decimal(`${until - from}`))
    from = until
  }
  return lengths
}

/**
 * Says which UTC days a record's quantity belongs to (domain, Calendar): sums follow the setting, `split` by time in 12
 * digits by largest remainder; max, last, unique and instants always belong to the day they start on. The parts add up to
 * the quantity exactly.
 * @throws BillingError `interval.reversed` when the interval ends before it starts.
 */
export function spread(span: Span, spanning: Spanning, aggregation: Aggregation): DayQuantity[] {
  const start = inUtc(span.start)
  const end = inUtc(span.end)
  const day = start.slice(0, 10)
  const sameDay = end.slice(0, 10) === day && start.length === end.length && start <= end
  if (sameDay) return [{ day, quantity: span.quantity }]
  if (nanoseconds(end) < nanoseconds(start)) throw reversed()
  if (spanning === 'start' || aggregation !== 'sum') return [{ day, quantity: span.quantity }]
  const lengths = lengthsByDay(start, end)
  if (lengths.length < 2) return [{ day, quantity: span.quantity }]
  const parts = allocateDigits(span.quantity, lengths, quantityDigits)
  return parts.map((quantity, index) => ({ day: daysAfter(day, index), quantity }))
}

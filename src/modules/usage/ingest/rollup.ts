import { decimal, plainText } from '../../../billing/money.ts'
import { nextPeriod, type Period, periodOfDay } from '../../../billing/period.ts'
import { spread } from '../../../billing/spread.ts'
import { levelsByDay } from '../../../billing/weighted.ts'
import { invariant } from '../../../platform/errors.ts'
import type { OpenPeriod } from '../../billing/periods/service.ts'
import type { Placed, SkuPlace, SubscriptionPlace } from './resolve.ts'

/** One row of the daily rollup that records of a chunk add to. `place` is its number in the chunk, from 0. */
export type Bucket = {
  readonly place: number
  readonly subscription: SubscriptionPlace
  readonly sku: SkuPlace
  readonly day: string
  readonly posting: Period
}

/**
 * What a record adds to which bucket; a level adds by how much it changes, and `held`, its unit-seconds. The first part also
 * says where the event itself is posted.
 */
type Part = { readonly bucket: number; readonly quantity: string; readonly held: string | null }

/** The months in which a record has service: those of its days. */
export function monthsOf({ record }: Placed): Period[] {
  const first = record.start.slice(0, 7)
  const last = record.end.slice(0, 7)
  if (first === last) return [first]
  const endsAtMidnight = record.end === `${last}-01T00:00:00Z` && record.end !== record.start
  const months = [first]
  for (let month = nextPeriod(first); month <= last; month = nextPeriod(month)) months.push(month)
  return endsAtMidnight ? months.slice(0, -1) : months
}

/** What the map holds for the key: an empty map is put there first where it holds nothing. */
function within<K, V>(map: Map<string, Map<K, V>>, key: string): Map<K, V> {
  const known = map.get(key) ?? new Map<K, V>()
  map.set(key, known)
  return known
}

/** Sorts the parts of records into buckets. A record that lasts over several days goes where `spread` says. */
export function openRollup(periods: ReadonlyMap<Period, OpenPeriod>) {
  const buckets: Bucket[] = []
  const places = new Map<string, Map<string, Map<string, number>>>()
  const periodOf = (day: string): OpenPeriod => {
    const open = periods.get(periodOfDay(day))
    invariant(open, 'the periods of all records are locked')
    return open
  }
  const bucketOf = (subscription: SubscriptionPlace, sku: SkuPlace, day: string): number => {
    const days = within(within(places, subscription.id), sku.id)
    const known = days.get(day)
    if (known !== undefined) return known
    const place = buckets.length
    days.set(day, place)
    buckets.push({ place, subscription, sku, day, posting: periodOf(day).posting })
    return place
  }
  const partsOf = ({ record, subscription, sku, quantity }: Placed): Part[] => {
    const day = record.start.slice(0, 10)
    const isLevel = sku.aggregation === 'weighted'
    const isOfOneDay = record.end.slice(0, 10) === day
    if (isOfOneDay && !isLevel) return [{ bucket: bucketOf(subscription, sku, day), quantity, held: null }]
    const span = { start: record.start, end: record.end, quantity: decimal(quantity) }
    if (isLevel) {
      return levelsByDay(span).map((level) => ({
        bucket: bucketOf(subscription, sku, level.day),
        quantity: plainText(level.change),
        held: plainText(level.held),
      }))
    }
    return spread(span, periodOf(day).spanning, sku.aggregation).map((part) => ({
      bucket: bucketOf(subscription, sku, part.day),
      quantity: plainText(part.quantity),
      held: null,
    }))
  }
  return { buckets, partsOf }
}

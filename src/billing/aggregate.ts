import { invariant } from './errors.ts'
import { decimal, sum, type Decimal } from './money.ts'

/** How a SKU's usage becomes one quantity (domain, Words): a unique count of values, a weighted one of time. */
export type Aggregation = 'sum' | 'max' | 'last' | 'unique' | 'weighted'

/** An aggregation of daily figures alone. */
export type DailyAggregation = Exclude<Aggregation, 'unique' | 'weighted'>

/** The figures of one rolled-up day; `lastAt` is the instant of `last`, RFC 3339. Quantities are decimal text. */
type DayFigures = {
  readonly sum: string
  readonly max: string
  readonly last: string
  readonly lastAt: string
}

const largest = (values: readonly Decimal[]): Decimal =>
  values.reduce((most, value) => (value.greaterThan(most) ? value : most))

/** Two regions may report at the same instant: then the larger figure counts, so that the order of rows never does. */
function latest(rows: readonly DayFigures[]): Decimal {
  const instants = rows.map((row) => Temporal.Instant.from(row.lastAt))
  const newest = instants.reduce((a, b) => (Temporal.Instant.compare(a, b) >= 0 ? a : b))
  return largest(rows.filter((_, index) => instants[index]?.equals(newest)).map((row) => decimal(row.last)))
}

/** The quantity of a period out of its days, in any order of rows. No rows is a caller's bug: there is no bucket then. */
export function aggregate(rows: readonly DayFigures[], aggregation: DailyAggregation): Decimal {
  invariant(rows.length > 0, 'a quantity is made of at least one day')
  if (aggregation === 'sum') return sum(rows.map((row) => decimal(row.sum)))
  if (aggregation === 'max') return largest(rows.map((row) => decimal(row.max)))
  return latest(rows)
}

/** Values of a unique count that were met on the same occasions: how many they are, as decimal text. */
export type MetValues<Occasion> = { readonly count: string; readonly met: readonly Occasion[] }

/** How many distinct values were met on one of the occasions that count: each once, however often it was met. */
export const countDistinct = <Occasion>(
  values: readonly MetValues<Occasion>[],
  counts: (occasion: Occasion) => boolean,
): Decimal => sum(values.filter(({ met }) => met.some(counts)).map(({ count }) => decimal(count)))

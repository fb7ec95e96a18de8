import { decimal, type Decimal, plainText, zero } from '../../billing/money.ts'
import { type Period, periodOfDay } from '../../billing/period.ts'
import { levelsByDay } from '../../billing/weighted.ts'
import { type Spanning, spread } from '../../billing/spread.ts'
import { invariant } from '../../platform/errors.ts'
import type { Aggregation } from '../../billing/aggregate.ts'

/** An event that lasts over midnight UTC; `finishedAtMicros` is when its batch was done, null while it is not. */
export type SpanningEvent = {
  readonly tenantId: string
  readonly key: string
  readonly subscriptionId: string
  readonly skuId: string
  readonly aggregation: Aggregation
  readonly regionId: string
  readonly start: string
  readonly end: string
  readonly quantity: string
  /** Where its first day is posted. */
  readonly posting: Period
  readonly finishedAtMicros: string | null
}

/** What some events add to one daily row. Quantities are decimal text. */
export type Bucket = {
  readonly tenantId: string
  readonly subscriptionId: string
  readonly skuId: string
  readonly regionId: string
  readonly day: string
  readonly posting: Period
  readonly sum: string
  readonly max: string
  readonly last: string
  readonly lastAt: string
  /** Unit-seconds within the day, of levels only. */
  readonly held: string | null
  readonly records: number
}

/** The months as they are posted to. */
export type Months = {
  readonly spanningOf: (period: Period) => Spanning
  /**
   * Where usage of a month was posted by a batch: to the first open month from it on. A month is closed only when every
   * batch is done, so a batch that was done before the close came before it, and any other after it.
   */
  readonly postingOf: (month: Period, finishedAtMicros: string | null) => Period
}

/** Reads the rows of `billing_period`. */
export function openMonths(
  rows: readonly { period: Period; spanning: Spanning; closedAtMicros: string | null }[],
): Months {
  const byPeriod = new Map(rows.map((row) => [row.period, row]))
  const inOrder = rows.toSorted((a, b) => (a.period < b.period ? -1 : 1))
  return {
    spanningOf: (period) => byPeriod.get(period)?.spanning ?? 'split',
    postingOf: (month, finishedAtMicros) => {
      const wasOpen = ({ closedAtMicros }: { closedAtMicros: string | null }): boolean =>
        closedAtMicros === null || (finishedAtMicros !== null && BigInt(finishedAtMicros) < BigInt(closedAtMicros))
      const posting = inOrder.find((row) => row.period >= month && wasOpen(row))
      invariant(posting, 'a month that usage was posted to has a row')
      return posting.period
    },
  }
}

type Sums = Omit<Bucket, 'sum' | 'max' | 'last' | 'held'> & {
  held: Decimal | null
  sum: Decimal
  max: Decimal
  last: Decimal
  lastAt: string
  records: number
}

type Part = { readonly day: string; readonly quantity: Decimal; readonly held: Decimal | null }

function partsOf({ start, end, quantity, aggregation }: SpanningEvent, spanning: Spanning): Part[] {
  const span = { start, end, quantity: decimal(quantity) }
  if (aggregation === 'weighted')
    return levelsByDay(span).map(({ change, ...level }) => ({ ...level, quantity: change }))
  return spread(span, spanning, aggregation).map((part) => ({ ...part, held: null }))
}

/** Spreads events over their days by the same rule as the rollup, and adds up what falls on the same daily row. */
export function openSpreading(months: Months) {
  const buckets = new Map<string, Sums>()
  const addPart = (event: SpanningEvent, part: Part, records: number): void => {
    const { tenantId, subscriptionId, skuId, regionId, start: lastAt } = event
    const month = periodOfDay(part.day)
    const posting = month <= event.posting ? event.posting : months.postingOf(month, event.finishedAtMicros)
    const { day, quantity, held } = part
    const name = [tenantId, subscriptionId, skuId, regionId, day, posting].join(' ')
    const known = buckets.get(name)
    if (!known) {
      const figures = { sum: quantity, max: quantity, last: quantity, lastAt, held, records }
      buckets.set(name, { tenantId, subscriptionId, skuId, regionId, day, posting, ...figures })
      return
    }
    const isLater = lastAt > known.lastAt || (lastAt === known.lastAt && quantity.greaterThan(known.last))
    known.sum = known.sum.plus(quantity)
    if (quantity.greaterThan(known.max)) known.max = quantity
    if (isLater) Object.assign(known, { last: quantity, lastAt })
    if (held) known.held = (known.held ?? zero).plus(held)
    known.records += records
  }
  const add = (event: SpanningEvent): void => {
    const parts = partsOf(event, months.spanningOf(periodOfDay(event.start.slice(0, 10))))
    // A record is counted once, on its first day.
    for (const [index, part] of parts.entries()) addPart(event, part, index === 0 ? 1 : 0)
  }
  const take = (): Bucket[] =>
    [...buckets.values()].map((sums) => ({
      ...sums,
      sum: plainText(sums.sum),
      max: plainText(sums.max),
      last: plainText(sums.last),
      held: sums.held && plainText(sums.held),
    }))
  return { add, take }
}

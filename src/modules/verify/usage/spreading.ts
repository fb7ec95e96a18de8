import type { Aggregation } from '../../../billing/aggregate.ts'
import { decimal, type Decimal, plainText, zero } from '../../../billing/money.ts'
import { type Period, periodOfDay } from '../../../billing/period.ts'
import { type Months, postingOfDay } from '../../../billing/posting.ts'
import { type Spanning, spread } from '../../../billing/spread.ts'
import { levelsByDay } from '../../../billing/weighted.ts'

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
    const posting = postingOfDay(months, event, part.day)
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

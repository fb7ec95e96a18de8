import type { Day } from './days.ts'
import { invariant } from './errors.ts'
import { type Period, periodOfDay } from './period.ts'
import type { Spanning } from './spread.ts'

/** The months as they are posted to. */
export type Months = {
  readonly spanningOf: (period: Period) => Spanning
  /**
   * Where usage of a month was posted by a batch: to the first open month from it on. A month is closed only when every
   * batch is done, so a batch that was done before the close came before it, and any other after it.
   */
  readonly postingOf: (month: Period, finishedAtMicros: string | null) => Period
}

/** A month that usage was posted to: how it spreads usage and when it was closed. */
export type PostedMonth = {
  readonly period: Period
  readonly spanning: Spanning
  readonly closedAtMicros: string | null
}

/** Reads the rows of `billing_period`. */
export function openMonths(rows: readonly PostedMonth[]): Months {
  const byPeriod = new Map(rows.map((row) => [row.period, row]))
  const inOrder = rows.toSorted((a, b) => (a.period < b.period ? -1 : 1))
  return {
    spanningOf: (period) => byPeriod.get(period)?.spanning ?? 'split',
    postingOf: (month, finishedAtMicros) => {
      const wasOpen = ({ closedAtMicros }: PostedMonth): boolean =>
        closedAtMicros === null || (finishedAtMicros !== null && BigInt(finishedAtMicros) < BigInt(closedAtMicros))
      const posting = inOrder.find((row) => row.period >= month && wasOpen(row))
      invariant(posting, 'a month that usage was posted to has a row')
      return posting.period
    },
  }
}

/** Where a record's first day is posted, and when its batch was done; null while it is not. */
type PostedRecord = { readonly posting: Period; readonly finishedAtMicros: string | null }

/** Where a record's part of a day is posted: with its first day, or by itself where that is in a later month. */
export function postingOfDay(months: Months, { posting, finishedAtMicros }: PostedRecord, day: Day): Period {
  const month = periodOfDay(day)
  return month <= posting ? posting : months.postingOf(month, finishedAtMicros)
}

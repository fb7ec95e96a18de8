import { type Period, periodsAfter, periodsBetween } from '../../../billing/period.ts'
import type { Ctx } from '../../../platform/context.ts'
import { invalidField } from '../../../platform/errors.ts'
import type { Grouping, SummaryQuery } from './model.ts'

/** Months with both ends in the range. */
export type Months = { readonly first: Period; readonly last: Period }

/** A range of months looked at from one instant; null is now. */
export type Slot = Months & {
  readonly asOf: string | null
  /** By how many months its rows stand later than they are, to stand beside those of the asked months. */
  readonly shift: number
}

/** The asked figures, and those beside them where a comparison is asked for. */
export type Slots = { readonly asked: Slot; readonly compared: Slot | undefined }

const longestMonths = 36

/**
 * The months that a query names, one or a range.
 * @throws DomainError 422 where none, both ways or one end only are named, or too many months.
 */
export function monthsOf(query: Pick<SummaryQuery, 'period' | 'period[gte]' | 'period[lte]'>): Months {
  const [first, last] = [query['period[gte]'], query['period[lte]']]
  if (first === undefined && last === undefined) {
    if (query.period === undefined)
      throw invalidField('/query/period', 'period.required', 'name a period, or both ends of a range')
    return { first: query.period, last: query.period }
  }
  if (query.period !== undefined)
    throw invalidField('/query/period', 'range.twice', 'name either a period or a range of periods')
  if (first === undefined || last === undefined) {
    const missing = first === undefined ? 'period[gte]' : 'period[lte]'
    throw invalidField(`/query/${missing}`, 'range.open', 'name both ends of the range')
  }
  if (last < first) throw invalidField('/query/period[lte]', 'range.empty', 'must not be before the first period')
  if (periodsBetween(first, last) >= longestMonths)
    throw invalidField('/query/period[lte]', 'range.too_long', `a range has at most ${longestMonths} months`)
  return { first, last }
}

/**
 * Which figures to put beside which.
 * @throws DomainError 422 for an instant to come, two comparisons at once, or a past state of what has no instants.
 */
export function slotsOf(ctx: Ctx, query: SummaryQuery, months: Months, groupBy: Grouping): Slots {
  const asOf = pastInstant(ctx, query.asOf, 'asOf')
  const before = pastInstant(ctx, query.compareAsOf, 'compareAsOf')
  if (query.compare !== undefined && before !== null)
    throw invalidField('/query/compareAsOf', 'compare.twice', 'compare with the previous months or with an instant')
  if ((asOf !== null || before !== null) && hasQuantitiesOnly(query, groupBy))
    throw invalidField(
      `/query/${asOf === null ? 'compareAsOf' : 'asOf'}`,
      'as_of.documents_only',
      'only amounts on documents have a past state',
    )
  const asked = { ...months, asOf, shift: 0 }
  if (before !== null) return { asked, compared: { ...months, asOf: before, shift: 0 } }
  if (query.compare === undefined) return { asked, compared: undefined }
  const length = groupBy === 'month' ? 1 : periodsBetween(months.first, months.last) + 1
  const compared = { first: periodsAfter(months.first, -length), last: periodsAfter(months.last, -length) }
  return { asked, compared: { ...compared, asOf, shift: length } }
}

/** Rows that are made of usage and not of documents. */
export const hasQuantitiesOnly = (query: Pick<SummaryQuery, 'region'>, groupBy: Grouping): boolean =>
  groupBy === 'region' || groupBy === 'day' || query.region !== undefined

function pastInstant(ctx: Ctx, text: string | undefined, name: string): string | null {
  if (text === undefined) return null
  const instant = Date.parse(text)
  if (Number.isNaN(instant)) throw invalidField(`/query/${name}`, 'instant.invalid', 'must be an instant that exists')
  if (instant > ctx.now().getTime()) throw invalidField(`/query/${name}`, 'instant.future', 'must not be in the future')
  return text
}

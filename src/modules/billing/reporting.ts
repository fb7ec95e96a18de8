import type { Currency } from '../../billing/money.ts'
import { nextPeriod, type Period } from '../../billing/period.ts'
import type { ReportingRate } from './queries-waterfall.ts'
import type { Months } from './summary-question.ts'

/** Every month of a range, both ends included. */
export function eachMonth({ first, last }: Months): Period[] {
  const months: Period[] = []
  for (let month = first; month <= last; month = nextPeriod(month)) months.push(month)
  return months
}

/** What the currencies are worth in the reporting one, month by month; itself it is worth 1. */
export const reportingRates = (currencies: readonly Currency[], reporting: Currency, months: Months): ReportingRate[] =>
  eachMonth(months).flatMap((period) =>
    currencies.flatMap((one) => (one === reporting ? [{ currency: one, period, rate: '1' }] : [])),
  )

import { day, type Day } from './days.ts'
import { BillingError } from './errors.ts'
import { boundedDecimal, currency, type Currency, decimal, type Decimal, plainText, sum } from './money.ts'
import { type Period, periodEnd } from './period.ts'
import { convert, inReporting } from './waterfall.ts'

const exactDigits = 80

/** One unit of `from` is `rate` units of `to`, from a UTC day on until a newer row of the same pair begins. */
export type FxRate = {
  readonly id: string
  readonly sellerId: string
  readonly from: Currency
  readonly to: Currency
  readonly rate: string
  readonly validFrom: Day
}

/** What a caller says of a rate. */
type FxRateInput = {
  readonly from: string
  readonly to: string
  readonly rate: string
  readonly validFrom: string
}

/**
 * Checks a rate of exchange that came from outside; the rate comes back plain.
 * @throws BillingError `currency.unknown`, `fx.same_currency`, `fx.rate_invalid`, `decimal.…` or `day.invalid` at its field.
 */
export function checkFxRate(input: FxRateInput): Omit<FxRate, 'id' | 'sellerId'> {
  const [from, to] = [currency(input.from, '/from'), currency(input.to, '/to')]
  if (from === to) throw new BillingError('fx.same_currency', 'must be another currency than from', '/to')
  const rate = boundedDecimal(input.rate, '/rate')
  if (!rate.greaterThan(0)) throw new BillingError('fx.rate_invalid', 'must be above zero', '/rate')
  return { from, to, rate: plainText(rate), validFrom: day(input.validFrom, '/validFrom') }
}

/** Whose rates are asked, for which pair, in force on which day. */
export type FxWish = {
  readonly sellerId: string
  readonly from: Currency
  readonly to: Currency
  readonly day: Day
}

/**
 * The rate in force on a day (law 10): the seller's own row for exactly this pair, else the platform's, the one that began
 * last. Neither inverted nor crossed; undefined where there is none. Rows that begin on the same day are told apart by
 * their ids, which grow with time: the last word counts.
 */
export function resolveFx<T extends FxRate>(rates: readonly T[], { sellerId, from, to, day }: FxWish): T | undefined {
  const inForce = rates.filter((one) => one.from === from && one.to === to && one.validFrom <= day)
  const own = inForce.filter((one) => one.sellerId === sellerId)
  const order = (one: T): string => `${one.validFrom} ${one.id}`
  return (own.length > 0 ? own : inForce).toSorted((a, b) => (order(a) < order(b) ? 1 : -1))[0]
}

/** The day whose rate a period is converted at: its last one. */
export const fxDayOf = (period: Period): Day =>
  Temporal.PlainDate.from(periodEnd(period)).subtract({ days: 1 }).toString()

/** True when the product has few enough digits to be exact: what has more must wait for a person. */
export const isExactConversion = (amount: Decimal, rate: Decimal): boolean =>
  amount.precision() + rate.precision() <= exactDigits

/** An unrounded amount in the other currency, unrounded: it is rounded once, on the document line. */
export const exchange = (amount: Decimal, { rate }: Pick<FxRate, 'rate'>): Decimal => convert(amount, decimal(rate))

/**
 * Figures of several currencies as one in the currency that a reader wants to see: each converted at its pinned rate and
 * rounded, then summed. Null where a rate is missing: a part of the sum is not the sum. Never booked. Summaries do the same
 * in SQL.
 */
export function convertForDisplay(
  figures: readonly { readonly amount: Decimal; readonly currency: Currency }[],
  display: Currency,
  rateOf: (from: Currency) => Pick<FxRate, 'rate'> | undefined,
): Decimal | null {
  const converted = figures.map(({ amount, currency: from }) => {
    const pinned = from === display ? '1' : rateOf(from)?.rate
    return inReporting(amount, pinned === undefined ? null : decimal(pinned), display)
  })
  return converted.some((one) => one === null) ? null : sum(converted.filter((one) => one !== null))
}

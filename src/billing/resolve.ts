import { timeline, type Day, type DayRange, type Stretch } from './days.ts'
import { invariant } from './errors.ts'
import type { Currency } from './money.ts'
import type { Rate } from './rate.ts'

/** Where a rate comes from, the narrowest first: the order of precedence of law 4. */
export const priceScopes = ['subscription', 'buyer', 'plan_version', 'region', 'default'] as const
export type PriceScope = (typeof priceScopes)[number]

/** A rate of one seller for one SKU that fits the subscription, its buyer, plan version and region. */
export type PriceCandidate = {
  readonly rateId: string
  readonly scope: PriceScope
  readonly currency: Currency
  readonly valid: DayRange
}

/** A rate that may price a line, with the list that it is on. */
export type BookedRate = PriceCandidate & { readonly priceListId: string; readonly rate: Rate }

/** The currencies an edge can be priced in: with `others`, what suppliers ask, in any; without, in these two. */
export type EdgeCurrencies = {
  readonly billing: Currency
  readonly sellersOwn: Currency
  readonly others?: boolean
}

function currenciesOf<T extends PriceCandidate>(
  valid: readonly T[],
  { billing, sellersOwn, others = false }: EdgeCurrencies,
): Currency[] {
  const foreign = others ? valid.map(({ currency }) => currency).toSorted() : []
  return [...new Set([billing, sellersOwn, ...foreign])]
}

function choose<T extends PriceCandidate>(valid: readonly T[], currencies: EdgeCurrencies): T | null {
  const wanted = currenciesOf(valid, currencies)
  for (const scope of priceScopes)
    for (const currency of wanted) {
      const [first, second] = valid.filter((one) => one.scope === scope && one.currency === currency)
      invariant(!second, 'one rate per scope, currency and day')
      if (first) return first
    }
  return null
}

/**
 * Says which rate applies when (law 4): the first scope that has a rate at the day; at one scope the edge's billing
 * currency wins, else the seller's own currency, which the caller converts. Rates of other currencies do not count, except
 * of what suppliers ask: there they are the last to be taken. The stretches tile the range in time order; `chosen` null is a gap
 * without price, to be parked, never 0.
 */
export const resolvePrices = <T extends PriceCandidate>(
  range: { readonly from: Day; readonly to: Day },
  candidates: readonly T[],
  currencies: EdgeCurrencies,
): Stretch<T>[] => timeline(range, candidates, (valid) => choose(valid, currencies))

import { type Day, type DayRange, type Stretch } from './days.ts'
import { type DerivationTerms, deriveRate } from './derive-rate.ts'
import { BillingError } from './errors.ts'
import type { Currency } from './money.ts'
import type { Rate } from './rate.ts'
import { type PriceCandidate, resolvePrices } from './resolve.ts'

/** A rate of the base, with the list it stands on. */
export type BaseRate = PriceCandidate & { readonly skuId: string; readonly listId: string; readonly rate: Rate }

/** A derived rate and what it came from. */
export type DerivedRate = { readonly skuId: string; readonly base: BaseRate; readonly rate: Rate }

/** A SKU of the base that has no derived price, and why: a code of `deriveRate`. */
export type LeftOut = { readonly skuId: string; readonly reason: string }

/** What a derived list asks on some days. */
export type DerivedVersion = DayRange & { readonly rates: readonly DerivedRate[]; readonly leftOut: readonly LeftOut[] }

/** Stands for the open end while days are counted; no price begins there. */
const lastDay: Day = '9999-12-31'

/**
 * Cuts the days of a derived list wherever the price that its base asks for some SKU changes, and derives each stretch. The
 * base is resolved per SKU as rating would. Days on which it asks nothing belong to no version.
 */
export function deriveVersions(
  terms: DerivationTerms,
  valid: DayRange,
  base: readonly BaseRate[],
  currency: Currency,
): DerivedVersion[] {
  const range = { from: valid.from, to: valid.to ?? lastDay }
  const currencies = { billing: currency, sellersOwn: currency }
  const bySku = [...Map.groupBy(base, ({ skuId }) => skuId)].toSorted(([a], [b]) => (a < b ? -1 : 1))
  const timelines = bySku.map(([, rates]) => resolvePrices(range, rates, currencies))
  return cut(range, timelines).map(({ from, to, chosen }) => ({
    from,
    to: to === lastDay ? valid.to : to,
    ...derived(terms, chosen),
  }))
}

type Piece = { readonly from: Day; readonly to: Day; readonly chosen: readonly BaseRate[] }

function cut(range: { from: Day; to: Day }, timelines: readonly (readonly Stretch<BaseRate>[])[]): Piece[] {
  const starts = new Set([range.from, ...timelines.flatMap((stretches) => stretches.map(({ from }) => from))])
  const bounds = [...starts].toSorted()
  return bounds
    .map((from, index) => ({ from, to: bounds[index + 1] ?? range.to, chosen: chosenAt(timelines, from) }))
    .filter(({ chosen }) => chosen.length > 0)
}

const chosenAt = (timelines: readonly (readonly Stretch<BaseRate>[])[], day: Day): BaseRate[] =>
  timelines.flatMap((stretches) => stretches.find(({ from, to }) => from <= day && day < to)?.chosen ?? [])

function derived(terms: DerivationTerms, chosen: readonly BaseRate[]): Pick<DerivedVersion, 'rates' | 'leftOut'> {
  const rates: DerivedRate[] = []
  const leftOut: LeftOut[] = []
  for (const base of chosen) {
    try {
      rates.push({ skuId: base.skuId, base, rate: deriveRate(base.rate, terms) })
    } catch (error) {
      if (!(error instanceof BillingError)) throw error
      leftOut.push({ skuId: base.skuId, reason: error.code })
    }
  }
  return { rates, leftOut }
}

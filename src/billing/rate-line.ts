import type { Aggregation } from './aggregate.ts'
import type { Step } from './derivation.ts'
import { exchange, type FxRate, isExactConversion } from './fx.ts'
import { groupByPrices, type LineUsage, type Part, type PriceGroup, type Prices, wholeQuantity } from './line-parts.ts'
import { type Decimal, decimal, plainText, sum, zero } from './money.ts'
import { needsEvents } from './percentage.ts'
import type { PoolDetails } from './pools.ts'
import { rateParts } from './rate-period.ts'
import { isExactQuantity } from './rate.ts'
import type { BookedRate } from './resolve.ts'

/** Why a bucket waits for a person. */
export type ParkReason =
  | 'price.missing'
  | 'fx.missing'
  | 'tier_scope.buyer'
  | 'quantity.too_large'
  | 'terms.mixed_currency'
  | 'rate.events_not_summed'

/** What a part needs, beside quantity and price, to come to its amount again. */
export type PartDetails = {
  /** The price whose included quantity, minimum and maximum count, where it is another one than the part's. */
  readonly termsRateId?: string
  /** The steps of a price that looks at single events: F(now) and F(earlier), in the price's currency. */
  readonly steps?: { readonly after: readonly Step[]; readonly before: readonly Step[] }
  /** The whole that the part is a share of, where tiers count over all of a buyer. */
  readonly pool?: PoolDetails
}

/** What one price version asks for one stretch of days; amounts and quantities are decimal text. */
export type RatedPart = {
  readonly regionId: string
  readonly from: string
  readonly to: string
  readonly quantity: string
  readonly quantityBefore: string
  readonly chosen: BookedRate
  readonly unrounded: string
  /** The rate of exchange where the price is of another currency than the edge's; the amount is converted. */
  readonly fxRateId: string | null
  readonly details: PartDetails | null
  readonly terms: BookedRate | null
}

/** What the usage under a minimum commitment came to, in the edge's currency: now, and in earlier periods. */
export type GroupTotal = {
  readonly regionId: string
  readonly terms: BookedRate
  readonly after: Decimal
  readonly before: Decimal
}

/** What an edge is billed in, and at which rate a price in its seller's own currency is converted in a month. */
export type BillingCurrency = { readonly currency: string; readonly fx: FxRate | undefined }

/** The whole line is priced, or the whole line waits: what is on paper is never added to piecemeal. */
type RatedLine = { readonly parts: readonly RatedPart[]; readonly totals: readonly GroupTotal[] } | ParkedLine

/** A line that waits, with its quantity. */
export type ParkedLine = {
  readonly parkedFor: ParkReason
  readonly quantity: string
  readonly quantityBefore: string
}

/**
 * A line to rate. `isLate`: its month is over, and earlier periods have billed it. `mayPool`: what a buyer is priced for
 * together is rated as if it stood alone, and its amounts are made afterwards.
 */
type LineToRate = {
  readonly mayPool: boolean
  readonly usage: LineUsage
  readonly aggregation: Aggregation
  readonly billing: BillingCurrency
  readonly isLate: boolean
}

const isUsable = ({ currency, fx }: BillingCurrency, chosen: BookedRate): boolean =>
  chosen.currency === currency || fx?.from === chosen.currency

function obstacleOfPart(
  { stretch, before, after }: Part,
  { billing, aggregation, mayPool }: LineToRate,
): ParkReason | undefined {
  if (!stretch.chosen) return 'price.missing'
  if (!isUsable(billing, stretch.chosen)) return 'fx.missing'
  const { rate } = stretch.chosen
  if (rate.tierScope === 'buyer' && !mayPool) return 'tier_scope.buyer'
  if (needsEvents(rate) && aggregation !== 'sum') return 'rate.events_not_summed'
  return isExactQuantity(before) && isExactQuantity(after) ? undefined : 'quantity.too_large'
}

/** A cap is an amount of one currency: what it caps must be of the same. */
function obstacleOf({ parts, terms }: PriceGroup, line: LineToRate): ParkReason | undefined {
  const obstacle = parts.map((part) => obstacleOfPart(part, line)).find((reason) => reason !== undefined)
  if (obstacle) return obstacle
  if (terms?.rate.maximum !== undefined && parts.some(({ stretch }) => stretch.chosen?.currency !== terms.currency))
    return 'terms.mixed_currency'
  return isExactQuantity(sum(parts.map((part) => part.after))) ? undefined : 'quantity.too_large'
}

const ratedAt = ({ parts, terms }: PriceGroup, when: 'before' | 'after') =>
  rateParts(
    parts.flatMap((part) => {
      const rate = part.stretch.chosen?.rate
      const events = when === 'before' ? part.eventsBefore : part.eventsAfter
      return rate ? [{ rate, quantity: part[when], events }] : []
    }),
    terms?.rate,
  )

/** Said where it is not told by the part's own price. */
function termsRateOf(chosen: BookedRate, terms: BookedRate | null): PartDetails {
  const says = ({ rate }: BookedRate) => (rate.includedQuantity ?? rate.minimum ?? rate.maximum) !== undefined
  return terms && terms.rateId !== chosen.rateId && (says(chosen) || says(terms)) ? { termsRateId: terms.rateId } : {}
}

/** F(after) of each part, less F(before) where earlier periods have billed some of it (laws 6 and 12). */
function ratedParts(group: PriceGroup, isLate: boolean): RatedPart[] {
  const after = ratedAt(group, 'after')
  const before = isLate ? ratedAt(group, 'before') : []
  return group.parts.flatMap((part, index) => {
    const { from, to, chosen } = part.stretch
    if (!chosen) return []
    const steps = { after: after[index]?.derivation ?? [], before: before[index]?.derivation ?? [] }
    const details = { ...termsRateOf(chosen, group.terms), ...(needsEvents(chosen.rate) && { steps }) }
    return {
      regionId: group.regionId,
      from,
      to,
      quantity: plainText(part.after.minus(part.before)),
      quantityBefore: plainText(part.before),
      chosen,
      unrounded: plainText((after[index]?.amount ?? zero).minus(before[index]?.amount ?? zero)),
      fxRateId: null,
      details: Object.keys(details).length === 0 ? null : details,
      terms: group.terms,
    }
  })
}

/**
 * Rates the usage of one subscription and SKU in one month on one edge, in the edge's currency. `pricesIn` gives the prices
 * in a region; nil asks for those of regions without prices of their own. Nothing is rounded: what is priced in the
 * seller's own currency is converted once, from the unrounded amount (law 10).
 */
export function rateLine(line: LineToRate, pricesIn: (regionId: string) => Prices): RatedLine {
  const groups = groupByPrices(line.usage, line.aggregation, pricesIn)
  const obstacle = groups.map((group) => obstacleOf(group, line)).find((reason) => reason !== undefined)
  if (obstacle) return parkedLine(line, obstacle)
  const parts = groups.flatMap((group) => ratedParts(group, line.isLate))
  const billed = exchangedParts(parts, line.billing)
  return billed ? { parts: billed, totals: totalsOf(groups, billed, line) } : parkedLine(line, 'quantity.too_large')
}

/** The parts in the edge's currency; undefined where a product has too many digits to be exact. */
function exchangedParts(parts: readonly RatedPart[], { currency, fx }: BillingCurrency): RatedPart[] | undefined {
  const isForeign = ({ chosen }: RatedPart): boolean => chosen.currency !== currency
  if (!fx) return [...parts]
  const isExact = (part: RatedPart): boolean => isExactConversion(decimal(part.unrounded), decimal(fx.rate))
  if (!parts.filter(isForeign).every(isExact)) return undefined
  return parts.map((part) => {
    if (!isForeign(part)) return part
    return { ...part, unrounded: plainText(exchange(decimal(part.unrounded), fx)), fxRateId: fx.id }
  })
}

function totalsOf(groups: readonly PriceGroup[], parts: readonly RatedPart[], line: LineToRate): GroupTotal[] {
  const { currency, fx } = line.billing
  const billed = (amount: Decimal, chosen: BookedRate | null) =>
    fx && chosen?.currency !== currency ? exchange(amount, fx) : amount
  return groups.flatMap((group) => {
    const { regionId, terms } = group
    if (terms?.rate.minimum === undefined) return []
    const now = sum(parts.filter((part) => part.regionId === regionId).map((part) => decimal(part.unrounded)))
    const earlier = line.isLate ? ratedAt(group, 'before') : []
    const before = sum(earlier.map(({ amount }, index) => billed(amount, group.parts[index]?.stretch.chosen ?? null)))
    return { regionId, terms, before, after: before.plus(now) }
  })
}

/** A line that waits for a person, whatever its prices are. */
export function parkedLine({ usage, aggregation }: LineToRate, parkedFor: ParkReason): ParkedLine {
  const { before, after } = wholeQuantity(usage, aggregation)
  return { parkedFor, quantity: plainText(after.minus(before)), quantityBefore: plainText(before) }
}

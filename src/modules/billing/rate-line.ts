import { aggregate, type Aggregation } from '../../billing/aggregate.ts'
import { isWithin, type Stretch } from '../../billing/days.ts'
import { exchange, type FxRate, isExactConversion } from '../../billing/fx.ts'
import { type Decimal, decimal, plainText, sum, zero } from '../../billing/money.ts'
import { rateParts } from '../../billing/rate-period.ts'
import { isExactQuantity } from '../../billing/rate.ts'
import { nilId } from '../../platform/ids.ts'
import type { BookedRate } from './price-book.ts'

/** How the SKUs of daily figures add up. */
export type DailyAggregation = Exclude<Aggregation, 'unique'>

/** Some days' usage of one line that no price change divides; `day` is one of them. Quantities are decimal text. */
export type UsagePiece = {
  /** Nil where the region has no prices of its own. */
  readonly regionId: string
  readonly day: string
  readonly sum: string
  readonly max: string
  readonly last: string
  /** The instant of `last`. What the SKU does not count is neither read nor looked at. */
  readonly lastAt: string
}

/** The usage of one subscription and SKU in one month: posted now, and posted in earlier periods. */
export type LineUsage = { readonly now: readonly UsagePiece[]; readonly before: readonly UsagePiece[] }

/** Why a bucket waits for a person. */
export type ParkReason = 'price.missing' | 'fx.missing' | 'tier_scope.buyer' | 'quantity.too_large'

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
}

/** What an edge is billed in, and at which rate a price in its seller's own currency is converted in a month. */
export type BillingCurrency = { readonly currency: string; readonly fx: FxRate | undefined }

/** The whole line is priced, or the whole line waits: what is on paper is never added to piecemeal. */
export type RatedLine =
  | { readonly parts: readonly RatedPart[] }
  | { readonly parkedFor: ParkReason; readonly quantity: string; readonly quantityBefore: string }

type Prices = readonly Stretch<BookedRate>[]
type Part = { stretch: Stretch<BookedRate>; before: Decimal; after: Decimal }

const identity = (prices: Prices): string => prices.map(({ from, chosen }) => `${from} ${chosen?.rateId}`).join()

/** Regions whose prices differ from everybody's are rated by themselves; the others together. */
function byPrices(usage: LineUsage, pricesIn: (regionId: string) => Prices): { regionId: string; prices: Prices }[] {
  const pieces = [...usage.now, ...usage.before]
  if (pieces.every(({ regionId }) => regionId === nilId)) return [{ regionId: nilId, prices: pricesIn(nilId) }]
  const common = identity(pricesIn(nilId))
  const own = (regionId: string) => (identity(pricesIn(regionId)) === common ? nilId : regionId)
  const groups = new Set(pieces.map(({ regionId }) => own(regionId)))
  return [...groups].sort().map((regionId) => ({ regionId, prices: pricesIn(regionId) }))
}

const quantityOf = (pieces: readonly UsagePiece[], aggregation: DailyAggregation): Decimal =>
  pieces.length === 0 ? zero : aggregate(pieces, aggregation)

const within = (pieces: readonly UsagePiece[], { from, to }: { from: string; to: string }) =>
  pieces.filter(({ day }) => isWithin({ from, to }, day))

/** Sums belong to their days. */
function sumParts(usage: LineUsage, used: Prices): Part[] {
  return used.map((stretch) => {
    const before = quantityOf(within(usage.before, stretch), 'sum')
    return { stretch, before, after: before.plus(quantityOf(within(usage.now, stretch), 'sum')) }
  })
}

/** A maximum runs up through the month: each stretch adds what it raises it by. */
function maxParts(usage: LineUsage, used: Prices): Part[] {
  const all = [...usage.before, ...usage.now]
  const raised = (pieces: readonly UsagePiece[], index: number): Decimal => {
    const until = (count: number) => used.slice(0, count).flatMap((stretch) => within(pieces, stretch))
    return quantityOf(until(index + 1), 'max').minus(quantityOf(until(index), 'max'))
  }
  return used.map((stretch, index) => ({ stretch, before: raised(usage.before, index), after: raised(all, index) }))
}

/** The last figure of the month is one figure: it has the price of its own day. */
function lastParts(usage: LineUsage, used: Prices): Part[] {
  const all = [...usage.before, ...usage.now]
  const latest = all.reduce((a, b) => (Temporal.Instant.compare(a.lastAt, b.lastAt) >= 0 ? a : b))
  const stretch = used.find((one) => isWithin(one, latest.day))
  return stretch ? [{ stretch, before: quantityOf(usage.before, 'last'), after: quantityOf(all, 'last') }] : []
}

const partsBy = { sum: sumParts, max: maxParts, last: lastParts } satisfies Record<DailyAggregation, unknown>

function partsOf(usage: LineUsage, prices: Prices, aggregation: DailyAggregation): Part[] {
  const all = [...usage.before, ...usage.now]
  const used = prices.filter((stretch) => within(all, stretch).length > 0)
  return partsBy[aggregation](usage, used)
}

function obstacleOf(parts: readonly Part[], { currency, fx }: BillingCurrency): ParkReason | undefined {
  for (const { stretch, before, after } of parts) {
    if (!stretch.chosen) return 'price.missing'
    if (stretch.chosen.currency !== currency && fx?.from !== stretch.chosen.currency) return 'fx.missing'
    if (stretch.chosen.rate.tierScope === 'buyer') return 'tier_scope.buyer'
    if (!isExactQuantity(before) || !isExactQuantity(after)) return 'quantity.too_large'
  }
  return isExactQuantity(sum(parts.map((part) => part.after))) ? undefined : 'quantity.too_large'
}

const amountsOf = (parts: readonly Part[], quantity: 'before' | 'after'): Decimal[] =>
  rateParts(
    parts.flatMap((part) =>
      part.stretch.chosen ? [{ rate: part.stretch.chosen.rate, quantity: part[quantity] }] : [],
    ),
  ).map(({ amount }) => amount)

/** F(after) of each part, less F(before) where earlier periods have billed some of it (design section 5 rules 6 and 12). */
function ratedParts(parts: readonly Part[], regionId: string, hasBefore: boolean): RatedPart[] {
  const after = amountsOf(parts, 'after')
  const before = hasBefore ? amountsOf(parts, 'before') : []
  return parts.flatMap((part, index) => {
    const { from, to, chosen } = part.stretch
    if (!chosen) return []
    const quantity = plainText(part.after.minus(part.before))
    const unrounded = plainText((after[index] ?? zero).minus(before[index] ?? zero))
    return [{ regionId, from, to, quantity, quantityBefore: plainText(part.before), chosen, unrounded, fxRateId: null }]
  })
}

/**
 * Rates the usage of one subscription and SKU in one month on one edge, in the edge's currency. `pricesIn` gives the
 * prices in a region; nil asks for those of regions without prices of their own. Nothing is rounded: what is priced in
 * the seller's own currency is converted once, from the unrounded amount (design section 5 rule 10).
 */
export function rateLine(
  usage: LineUsage,
  aggregation: DailyAggregation,
  billing: BillingCurrency,
  pricesIn: (regionId: string) => Prices,
): RatedLine {
  const groups = byPrices(usage, pricesIn)
  const ofGroup = (regionId: string): LineUsage => {
    if (groups.length === 1) return usage
    const others = new Set(groups.map((group) => group.regionId).filter((id) => id !== nilId))
    const isMine = (piece: UsagePiece) => (others.has(piece.regionId) ? piece.regionId : nilId) === regionId
    return { now: usage.now.filter(isMine), before: usage.before.filter(isMine) }
  }
  const rated = groups.map(({ regionId, prices }) => ({
    regionId,
    parts: partsOf(ofGroup(regionId), prices, aggregation),
  }))
  const obstacle = rated.map(({ parts }) => obstacleOf(parts, billing)).find((reason) => reason !== undefined)
  if (obstacle) return parked(usage, aggregation, obstacle)
  const hasBefore = usage.before.length > 0
  const parts = rated.flatMap(({ regionId, parts }) => ratedParts(parts, regionId, hasBefore))
  const billed = exchangedParts(parts, billing)
  return billed ? { parts: billed } : parked(usage, aggregation, 'quantity.too_large')
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

function parked(usage: LineUsage, aggregation: DailyAggregation, parkedFor: ParkReason): RatedLine {
  const before = quantityOf(usage.before, aggregation)
  const after =
    aggregation === 'sum'
      ? before.plus(quantityOf(usage.now, aggregation))
      : quantityOf([...usage.before, ...usage.now], aggregation)
  return { parkedFor, quantity: plainText(after.minus(before)), quantityBefore: plainText(before) }
}

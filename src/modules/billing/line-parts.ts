import { aggregate, type Aggregation } from '../../billing/aggregate.ts'
import { isWithin, type Stretch } from '../../billing/days.ts'
import { type Decimal, decimal, zero } from '../../billing/money.ts'
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

/** One record of a line, for rates that look at single events. It belongs to the day on which it begins. */
export type UsedEvent = { readonly regionId: string; readonly day: string; readonly quantity: string }

/**
 * The usage of one subscription and SKU in one month: posted now, and posted in earlier periods. Its events, in order of
 * time, are read for rates that look at them only.
 */
export type LineUsage = {
  readonly now: readonly UsagePiece[]
  readonly before: readonly UsagePiece[]
  readonly events?: { readonly now: readonly UsedEvent[]; readonly before: readonly UsedEvent[] } | undefined
}

/** The prices of a month; null is a gap. */
export type Prices = readonly Stretch<BookedRate>[]

/** What was used in a stretch of one price, up to the earlier periods and up to now. */
export type Part = {
  readonly stretch: Stretch<BookedRate>
  readonly before: Decimal
  readonly after: Decimal
  readonly eventsBefore: readonly Decimal[] | undefined
  readonly eventsAfter: readonly Decimal[] | undefined
}

/** The part of a line that has the prices of one region, nil: of all regions without prices of their own. */
export type PriceGroup = {
  readonly regionId: string
  readonly parts: readonly Part[]
  /** The version at period end, or the last one before it: its terms are those of the period (design section 5 rule 6). */
  readonly terms: BookedRate | null
}

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

const within = <T extends { readonly day: string }>(pieces: readonly T[], { from, to }: { from: string; to: string }) =>
  pieces.filter(({ day }) => isWithin({ from, to }, day))

type Quantities = Pick<Part, 'stretch' | 'before' | 'after'>

/** Sums belong to their days. */
function sumParts(usage: LineUsage, used: Prices): Quantities[] {
  return used.map((stretch) => {
    const before = quantityOf(within(usage.before, stretch), 'sum')
    return { stretch, before, after: before.plus(quantityOf(within(usage.now, stretch), 'sum')) }
  })
}

/** A maximum runs up through the month: each stretch adds what it raises it by. */
function maxParts(usage: LineUsage, used: Prices): Quantities[] {
  const all = [...usage.before, ...usage.now]
  const raised = (pieces: readonly UsagePiece[], index: number): Decimal => {
    const until = (count: number) => used.slice(0, count).flatMap((stretch) => within(pieces, stretch))
    return quantityOf(until(index + 1), 'max').minus(quantityOf(until(index), 'max'))
  }
  return used.map((stretch, index) => ({ stretch, before: raised(usage.before, index), after: raised(all, index) }))
}

/** The last figure of the month is one figure: it has the price of its own day. */
function lastParts(usage: LineUsage, used: Prices): Quantities[] {
  const all = [...usage.before, ...usage.now]
  const latest = all.reduce((a, b) => (Temporal.Instant.compare(a.lastAt, b.lastAt) >= 0 ? a : b))
  const stretch = used.find((one) => isWithin(one, latest.day))
  return stretch ? [{ stretch, before: quantityOf(usage.before, 'last'), after: quantityOf(all, 'last') }] : []
}

const partsBy = { sum: sumParts, max: maxParts, last: lastParts } satisfies Record<DailyAggregation, unknown>

function partsOf(usage: LineUsage, prices: Prices, aggregation: DailyAggregation): Quantities[] {
  const all = [...usage.before, ...usage.now]
  if (all.length === 0) return unusedParts(prices)
  const used = prices.filter((stretch) => within(all, stretch).length > 0)
  return partsBy[aggregation](usage, used)
}

/** Nothing used costs nothing, unless the price at period end asks its first fee for it. */
function unusedParts(prices: Prices): Quantities[] {
  const last = prices.findLast(({ chosen }) => chosen !== null)
  const asks = last?.chosen && 'feeAtZero' in last.chosen.rate && last.chosen.rate.feeAtZero
  return last && asks ? [{ stretch: last, before: zero, after: zero }] : []
}

function withEvents({ events }: LineUsage, parts: readonly Quantities[]): Part[] {
  if (!events) return parts.map((part) => ({ ...part, eventsBefore: undefined, eventsAfter: undefined }))
  return parts.map((part) => {
    const quantities = (some: readonly UsedEvent[]) =>
      within(some, part.stretch).map(({ quantity }) => decimal(quantity))
    const eventsBefore = quantities(events.before)
    return { ...part, eventsBefore, eventsAfter: [...eventsBefore, ...quantities(events.now)] }
  })
}

/** Divides the usage of a line by the prices it has: by region first, then by the days of each version. */
export function groupByPrices(
  usage: LineUsage,
  aggregation: DailyAggregation,
  pricesIn: (regionId: string) => Prices,
): PriceGroup[] {
  const groups = byPrices(usage, pricesIn)
  const others = new Set(groups.map((group) => group.regionId).filter((id) => id !== nilId))
  return groups.map(({ regionId, prices }) => {
    const isMine = (piece: { readonly regionId: string }) =>
      (others.has(piece.regionId) ? piece.regionId : nilId) === regionId
    const mine = groups.length === 1 ? usage : usageOf(usage, isMine)
    const terms = prices.findLast(({ chosen }) => chosen !== null)?.chosen ?? null
    return { regionId, parts: withEvents(mine, partsOf(mine, prices, aggregation)), terms }
  })
}

function usageOf(
  { now, before, events }: LineUsage,
  isMine: (piece: { readonly regionId: string }) => boolean,
): LineUsage {
  return {
    now: now.filter(isMine),
    before: before.filter(isMine),
    events: events && { now: events.now.filter(isMine), before: events.before.filter(isMine) },
  }
}

/** The whole quantity of a line, now and in earlier periods, whatever its prices are. */
export function wholeQuantity(usage: LineUsage, aggregation: DailyAggregation): { before: Decimal; after: Decimal } {
  const before = quantityOf(usage.before, aggregation)
  const all = [...usage.before, ...usage.now]
  return {
    before,
    after: aggregation === 'sum' ? before.plus(quantityOf(usage.now, 'sum')) : quantityOf(all, aggregation),
  }
}

import { aggregate, type Aggregation, countDistinct, type DailyAggregation, type MetValues } from './aggregate.ts'
import { daysAfter, isWithin, type Stretch } from './days.ts'
import { invariant } from './errors.ts'
import { type Decimal, decimal, zero } from './money.ts'
import { type Period, periodEnd, periodOfDay } from './period.ts'
import type { BookedRate } from './resolve.ts'
import { weightedUntil } from './weighted.ts'

/** Names no region: usage of all those without prices of their own. */
const noRegion = '00000000-0000-0000-0000-000000000000'

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
  /** Unit-seconds up to the end of the month; `lastDay` is the latest of the days. */
  readonly held: string
  readonly lastDay: string
}

/** One record of a line, for rates that look at single events. It belongs to the day on which it begins. */
export type UsedEvent = { readonly regionId: string; readonly day: string; readonly quantity: string }

/**
 * Where a value of a unique count was met: `day` lies between the same changes of prices as the day itself. `isEarlier`:
 * an earlier period has counted it.
 */
export type Meeting = { readonly regionId: string; readonly day: string; readonly isEarlier: boolean }

/**
 * The usage of one subscription and SKU in one month: posted now, and posted in earlier periods. Its events, in order of
 * time, are read for rates that look at them only, its values for unique counts only.
 */
export type LineUsage = {
  readonly now: readonly UsagePiece[]
  readonly before: readonly UsagePiece[]
  readonly events?: { readonly now: readonly UsedEvent[]; readonly before: readonly UsedEvent[] } | undefined
  readonly values?: readonly MetValues<Meeting>[] | undefined
  /** The first day on which the subscription is not in force any more. */
  readonly endsOn?: string | null | undefined
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
  /** The version at period end, or the last one before it: its terms are those of the period (law 18). */
  readonly terms: BookedRate | null
}

const identity = (prices: Prices): string => prices.map(({ from, chosen }) => `${from} ${chosen?.rateId}`).join()

/** Regions whose prices differ from everybody's are rated by themselves; the others together. */
function byPrices(usage: LineUsage, pricesIn: (regionId: string) => Prices): { regionId: string; prices: Prices }[] {
  const pieces = [...usage.now, ...usage.before]
  if (pieces.every(({ regionId }) => regionId === noRegion)) return [{ regionId: noRegion, prices: pricesIn(noRegion) }]
  const common = identity(pricesIn(noRegion))
  const own = (regionId: string) => (identity(pricesIn(regionId)) === common ? noRegion : regionId)
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

/** A value is paid for once a month, at the price of the day on which it was first met. */
function uniqueParts({ values = [] }: LineUsage, used: Prices): Quantities[] {
  const until = (count: number, counts: (meeting: Meeting) => boolean) => {
    const stretches = used.slice(0, count)
    const isUntil = ({ day }: Meeting) => stretches.some((stretch) => isWithin(stretch, day))
    return countDistinct(values, (meeting) => isUntil(meeting) && counts(meeting))
  }
  const added = (index: number, counts: (meeting: Meeting) => boolean) =>
    until(index + 1, counts).minus(until(index, counts))
  return used.map((stretch, index) => ({
    stretch,
    before: added(index, ({ isEarlier }) => isEarlier),
    after: added(index, () => true),
  }))
}

/** Where levels stop: at the end of the month or of the subscription, though not before what was used. */
function levelsEnd(pieces: readonly UsagePiece[], endsOn: string | null | undefined): string {
  const end = periodEnd(monthOf(pieces))
  const ended = endsOn ?? end
  const used = pieces.map(({ lastDay }) => daysAfter(lastDay, 1)).reduce((a, b) => (a > b ? a : b))
  const last = used > ended ? used : ended
  return last < end ? last : end
}

const monthOf = ([first]: readonly UsagePiece[]): Period => {
  invariant(first, 'a level is made of at least one day')
  return periodOfDay(first.day)
}

/** A level goes on through later stretches: each has what the level adds up to in its time. */
function weightedParts({ before, now, endsOn }: LineUsage, prices: Prices): Quantities[] {
  const all = [...before, ...now]
  const month = monthOf(all)
  const end = levelsEnd(all, endsOn)
  const until = (pieces: readonly UsagePiece[], index: number): Decimal => {
    const to = prices[index]?.to
    if (to === undefined) return zero
    const known = prices.slice(0, index + 1).flatMap((stretch) => within(pieces, stretch))
    return weightedUntil(known, month, to < end ? to : end)
  }
  const added = (pieces: readonly UsagePiece[], index: number) => until(pieces, index).minus(until(pieces, index - 1))
  return prices
    .map((stretch, index) => ({ stretch, before: added(before, index), after: added(all, index) }))
    .filter((part) => within(all, part.stretch).length > 0 || !part.before.isZero() || !part.after.isZero())
}

const partsBy = { sum: sumParts, max: maxParts, last: lastParts, unique: uniqueParts }

function partsOf(usage: LineUsage, prices: Prices, aggregation: Aggregation): Quantities[] {
  const all = [...usage.before, ...usage.now]
  if (all.length === 0) return unusedParts(prices)
  if (aggregation === 'weighted') return weightedParts(usage, prices)
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
  aggregation: Aggregation,
  pricesIn: (regionId: string) => Prices,
): PriceGroup[] {
  const groups = byPrices(usage, pricesIn)
  const others = new Set(groups.map((group) => group.regionId).filter((id) => id !== noRegion))
  return groups.map(({ regionId, prices }) => {
    const isMine = (piece: { readonly regionId: string }) =>
      (others.has(piece.regionId) ? piece.regionId : noRegion) === regionId
    const mine = groups.length === 1 ? usage : usageOf(usage, isMine)
    const terms = prices.findLast(({ chosen }) => chosen !== null)?.chosen ?? null
    return { regionId, parts: withEvents(mine, partsOf(mine, prices, aggregation)), terms }
  })
}

function usageOf(
  { now, before, events, values, endsOn }: LineUsage,
  isMine: (piece: { readonly regionId: string }) => boolean,
): LineUsage {
  return {
    now: now.filter(isMine),
    before: before.filter(isMine),
    events: events && { now: events.now.filter(isMine), before: events.before.filter(isMine) },
    endsOn,
    values: values?.map(({ count, met }) => ({ count, met: met.filter(isMine) })),
  }
}

/** The whole quantity of a line, now and in earlier periods, whatever its prices are. */
export function wholeQuantity(usage: LineUsage, aggregation: Aggregation): { before: Decimal; after: Decimal } {
  if (aggregation === 'unique') {
    const { values = [] } = usage
    return { before: countDistinct(values, ({ isEarlier }) => isEarlier), after: countDistinct(values, () => true) }
  }
  const all = [...usage.before, ...usage.now]
  if (aggregation === 'weighted') {
    if (all.length === 0) return { before: zero, after: zero }
    const until = (pieces: readonly UsagePiece[]) => weightedUntil(pieces, monthOf(all), levelsEnd(all, usage.endsOn))
    return { before: until(usage.before), after: until(all) }
  }
  const before = quantityOf(usage.before, aggregation)
  return {
    before,
    after: aggregation === 'sum' ? before.plus(quantityOf(usage.now, 'sum')) : quantityOf(all, aggregation),
  }
}

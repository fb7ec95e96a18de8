import { explained, type Step } from './derivation.ts'
import { exchange, type FxRate, isExactConversion } from './fx.ts'
import { shareOut } from './invoice.ts'
import { type Currency, currency, decimal, type Decimal, plainText, sum, zero } from './money.ts'
import { rateParts } from './rate-period.ts'
import { isExactQuantity } from './rate.ts'
import type { BookedRate } from './resolve.ts'

/** What a bucket of tier scope buyer says of the whole that it is a share of; numbers are decimal text. */
export type PoolDetails = {
  /** What is priced together now. */
  readonly quantity: string
  /** What that costs in the edge's currency, unrounded; rounded once and shared by quantity. */
  readonly unrounded: string
  /** F of all that is counted by now. */
  readonly steps: readonly Step[]
  /** What earlier periods have rated of the buyer's month, and F of it, where they have. */
  readonly quantityBefore?: string
  readonly stepsBefore?: readonly Step[]
}

/** One bucket of what a buyer is priced for together. */
export type PooledPart = {
  readonly from: string
  readonly quantity: string
  readonly chosen: BookedRate
  readonly terms: BookedRate | null
}

/** What earlier periods have rated of the same whole at one price version. */
export type EarlierPart = Pick<PooledPart, 'from' | 'quantity'> & {
  readonly chosen: Pick<BookedRate, 'rateId' | 'rate' | 'currency'>
}

/** A bucket's share of the whole, rounded, and what the whole is. */
export type Share = { readonly unrounded: string; readonly pool: PoolDetails }

/** Why the shares of a whole can't be said. */
export type Unshared = 'tier_scope.buyer' | 'quantity.too_large'

type Billing = { readonly currency: string; readonly fx: Pick<FxRate, 'rate'> | undefined }

/** One price version of the whole: what is new of it, and what earlier periods have. */
type Version = {
  readonly chosen: EarlierPart['chosen']
  readonly parts: readonly PooledPart[]
  readonly now: Decimal
  readonly before: Decimal | undefined
}

/** What a version's new quantity costs in its price's currency. */
type Cost = {
  readonly amount: Decimal
  readonly steps: readonly Step[]
  readonly stepsBefore: readonly Step[]
}

/**
 * Prices what one buyer bought of one SKU on one edge in a month (law 20): F of each version's quantity over all parts
 * together less F of what earlier periods have rated of it, with the terms of the version at period end, rounded once per
 * version and shared out over its parts by quantity, ties in the order of the parts. Where new usage moves the price of a
 * version that has no part, the last version of its currency that has some takes the difference. Answers the shares at the
 * positions of the parts, or why nobody can say them.
 */
export function sharesOf(
  parts: readonly PooledPart[],
  billing: Billing,
  earlier: readonly EarlierPart[] = [],
): Share[] | Unshared {
  const versions = versionsOf(parts, earlier)
  const whole = sum(versions.map(({ now, before = zero }) => now.plus(before)))
  if (!isExactQuantity(whole)) return 'quantity.too_large'
  const costs = carried(versions, costsOf(versions))
  if (!costs) return 'tier_scope.buyer'
  const shares = new Map<PooledPart, Share>()
  for (const [index, version] of versions.entries()) {
    if (version.parts.length === 0) continue
    const pool = poolOf(version, costs[index] ?? nothing, billing)
    if (!pool) return 'quantity.too_large'
    for (const [position, one] of share(version.parts, pool, currency(billing.currency)).entries()) {
      const part = version.parts[position]
      if (part) shares.set(part, one)
    }
  }
  return parts.flatMap((part) => shares.get(part) ?? [])
}

/** In the order of time. */
function versionsOf(parts: readonly PooledPart[], earlier: readonly EarlierPart[]): Version[] {
  const nameOf = ({ from, chosen }: EarlierPart) => `${from} ${chosen.rateId}`
  const [now, before] = [Map.groupBy(parts, nameOf), Map.groupBy(earlier, nameOf)]
  return [...new Set([...now.keys(), ...before.keys()])].sort().flatMap((name) => {
    const [own, old] = [now.get(name) ?? [], before.get(name)]
    const chosen = (own[0] ?? old?.[0])?.chosen
    const added = (some: readonly EarlierPart[]) => sum(some.map(({ quantity }) => decimal(quantity)))
    return chosen ? { chosen, parts: own, now: added(own), before: old && added(old) } : []
  })
}

/** A version that earlier periods have not rated is no part of what they cost. */
function costsOf(versions: readonly Version[]): Cost[] {
  const terms = versions.findLast(({ parts }) => parts.length > 0)?.parts[0]?.terms
  const rated = (some: readonly Version[], quantityOf: (version: Version) => Decimal) =>
    rateParts(
      some.map((version) => ({ rate: version.chosen.rate, quantity: quantityOf(version) })),
      terms?.rate,
    )
  const old = versions.filter(({ before }) => before !== undefined)
  const after = rated(versions, ({ now, before = zero }) => now.plus(before))
  const ratedBefore = rated(old, ({ before = zero }) => before)
  const beforeOf = new Map(old.map((version, index) => [version, ratedBefore[index]]))
  return versions.map((version, index) => {
    const [all, earlier] = [after[index] ?? explained([]), beforeOf.get(version) ?? explained([])]
    return { amount: all.amount.minus(earlier.amount), steps: all.derivation, stepsBefore: earlier.derivation }
  })
}

const nothing: Cost = { amount: zero, steps: [], stepsBefore: [] }

/** Gives what moved in a version without parts to one that has some; undefined where none has its currency. */
function carried(versions: readonly Version[], costs: readonly Cost[]): Cost[] | undefined {
  const carrierOf = ({ chosen }: Version) =>
    versions.findLastIndex((one) => one.parts.length > 0 && one.chosen.currency === chosen.currency)
  const all: Cost[] = [...costs]
  for (const [index, version] of versions.entries()) {
    const moved = costs[index]
    if (version.parts.length > 0 || !moved || moved.amount.isZero()) continue
    const carrier = carrierOf(version)
    const own = all[carrier]
    if (!own) return undefined
    all[carrier] = {
      amount: own.amount.plus(moved.amount),
      steps: [...own.steps, ...moved.steps],
      stepsBefore: [...own.stepsBefore, ...moved.stepsBefore],
    }
  }
  return all
}

/** In the edge's currency; undefined where a product has too many digits to be exact. */
function poolOf({ chosen, now, before }: Version, cost: Cost, { currency, fx }: Billing): PoolDetails | undefined {
  const isForeign = chosen.currency !== currency
  if (isForeign && fx && !isExactConversion(cost.amount, decimal(fx.rate))) return undefined
  const unrounded = isForeign && fx ? exchange(cost.amount, fx) : cost.amount
  const pool = { quantity: plainText(now), unrounded: plainText(unrounded), steps: cost.steps }
  if (before === undefined && cost.stepsBefore.length === 0) return pool
  return { ...pool, quantityBefore: plainText(before ?? zero), stepsBefore: cost.stepsBefore }
}

function share(parts: readonly PooledPart[], pool: PoolDetails, money: Currency): Share[] {
  const quantities = parts.map(({ quantity }) => decimal(quantity))
  return shareOut(decimal(pool.unrounded), quantities, money).shares.map((one) => ({ unrounded: plainText(one), pool }))
}

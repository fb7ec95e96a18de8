import { explained, negated, type Rated, type StepTerms } from './derivation.ts'
import { invariant } from './errors.ts'
import { decimal, Decimal, isNegative, zero } from './money.ts'
import { percentageTerms } from './percentage.ts'
import { capped, chargedUsage, includedTerms, minimumTerms, type PeriodTerms, type Usage } from './period-terms.ts'
import { bandsOf, type Band, type PercentTier, type Tier } from './tiers.ts'

/** Whether tiers count per subscription, or over all that a buyer buys on the edge (law 5). */
export type TierScope = 'subscription' | 'buyer'

/** What a rate of any kind may say: where its tiers count, and the terms that hold once for a whole period. */
type Common = PeriodTerms & { readonly tierScope?: TierScope }

/** The first tier's flat fee is due at zero usage as well. Default: a tier is entered by using something. */
type FirstFee = { readonly feeAtZero?: boolean }

/** A fixed amount for the period as soon as anything is used, however much; nothing used, nothing due. */
type FlatRate = Common & { readonly kind: 'flat'; readonly amount: string }

/** The same price for every unit. */
type PerUnitRate = Common & { readonly kind: 'per_unit'; readonly unitPrice: string }

/** Each unit at the price of the tier it falls in. */
type GraduatedRate = Common & FirstFee & { readonly kind: 'graduated'; readonly tiers: readonly Tier[] }

/** All units at the price of the tier that the whole quantity reaches. */
export type VolumeRate = Common & FirstFee & { readonly kind: 'volume'; readonly tiers: readonly Tier[] }

/** A price per package of `size` units after the free ones; `rounding` up charges a started package, down does not. */
export type PackageRate = Common & {
  readonly kind: 'package'
  readonly size: string
  readonly price: string
  readonly freeUnits?: string
  readonly rounding?: 'up' | 'down'
}

/**
 * A share of the quantity's value, which is in the currency of the list. `freeUnits` and `freeEvents` end the free part
 * at the one that is reached first; an event that is not wholly free pays `feePerEvent`, and for what of it is charged
 * at least `eventMinimum` and at most `eventMaximum`.
 */
export type PercentageRate = Common & {
  readonly kind: 'percentage'
  readonly percent: string
  readonly feePerEvent?: string
  readonly freeUnits?: string
  readonly freeEvents?: number
  readonly eventMinimum?: string
  readonly eventMaximum?: string
}

/** Each unit of value at the percentage of the tier it falls in. */
type GraduatedPercentageRate = Common &
  FirstFee & { readonly kind: 'graduated_percentage'; readonly tiers: readonly PercentTier[] }

/** A price of one SKU; decimals are text. `checkRate` makes it out of what a caller sent. */
export type Rate =
  FlatRate | PerUnitRate | GraduatedRate | VolumeRate | PackageRate | PercentageRate | GraduatedPercentageRate

type TieredRate = GraduatedRate | VolumeRate | GraduatedPercentageRate

const quantityDigits = 40

/** How many packages of `size` a quantity fills: with the started one (`up`) or without it (`down`). */
function packagesOf(quantity: Decimal, size: Decimal, rounding: 'up' | 'down'): Decimal {
  const complete = quantity.dividedToIntegerBy(size)
  return rounding === 'up' && complete.times(size).lessThan(quantity) ? complete.plus(1) : complete
}

const holds = (band: Band, quantity: Decimal): boolean => band.upTo === null || quantity.lessThanOrEqualTo(band.upTo)

/** The tier a quantity of 0 or more reaches: bounds are `(from, upTo]`, and 0 is in the first. */
export function bandOf(tiers: readonly (Tier | PercentTier)[], quantity: Decimal): Band {
  const band = bandsOf(tiers).find((band) => holds(band, quantity))
  invariant(band, 'the last tier is open')
  return band
}

/** What a tier counts of a quantity: its units, or the packages that are started. */
export const countedIn = ({ packageSize }: Band, quantity: Decimal): Decimal =>
  packageSize ? packagesOf(quantity, packageSize, 'up') : quantity

const graduatedTerms = (rate: GraduatedRate | GraduatedPercentageRate, quantity: Decimal): StepTerms[] =>
  bandsOf(rate.tiers)
    .filter((band) => band.from.lessThan(quantity))
    .map((band) => ({
      kind: rate.kind,
      ...band,
      quantity: countedIn(band, (holds(band, quantity) ? quantity : (band.upTo ?? quantity)).minus(band.from)),
    }))

function packageTerms(rate: PackageRate, quantity: Decimal): StepTerms[] {
  const freeUnits = decimal(rate.freeUnits ?? '0')
  const packageSize = decimal(rate.size)
  const charged = quantity.minus(freeUnits)
  const packages = isNegative(charged) ? zero : packagesOf(charged, packageSize, rate.rounding ?? 'up')
  const unitPrice = decimal(rate.price)
  const face = { kind: 'package', from: freeUnits, upTo: null, flatFee: zero } as const
  return [{ ...face, quantity: packages, unitPrice, packageSize, freeUnits }]
}

const volumeTerms = (band: Band, quantity: Decimal): StepTerms => ({
  kind: 'volume',
  ...band,
  quantity: countedIn(band, quantity),
})

const wholeRange = { from: zero, upTo: null }

/** F(q) of the kind for a quantity above zero. */
function positiveTerms(rate: Rate, { quantity, events }: Usage): StepTerms[] {
  if (rate.kind === 'graduated' || rate.kind === 'graduated_percentage') return graduatedTerms(rate, quantity)
  if (rate.kind === 'volume') return [volumeTerms(bandOf(rate.tiers, quantity), quantity)]
  if (rate.kind === 'package') return packageTerms(rate, quantity)
  if (rate.kind === 'percentage') return percentageTerms(rate, { quantity, events })
  if (rate.kind === 'per_unit')
    return [{ kind: 'per_unit', ...wholeRange, quantity, unitPrice: decimal(rate.unitPrice), flatFee: zero }]
  return [{ kind: 'flat', ...wholeRange, quantity, unitPrice: zero, flatFee: decimal(rate.amount) }]
}

const isTiered = (rate: Rate): rate is TieredRate => 'tiers' in rate

function zeroTerms(rate: Rate, { quantity, events }: Usage): StepTerms[] {
  if (isTiered(rate) && rate.feeAtZero) return [{ kind: rate.kind, ...bandOf(rate.tiers, zero), quantity: zero }]
  return rate.kind === 'percentage' && events?.length ? percentageTerms(rate, { quantity, events }) : []
}

/** True for a quantity of few enough digits that every price of it is exact. */
export const isExactQuantity = (quantity: Decimal): boolean => quantity.precision(true) <= quantityDigits

/**
 * The steps of the rate's kind alone, without its period terms: sign(q) x F(|q|), and nothing for nothing unless the rate
 * says otherwise.
 */
export function kindTerms(rate: Rate, usage: Usage): StepTerms[] {
  const { quantity, events } = usage
  invariant(isExactQuantity(quantity), 'a quantity is small enough to be rated exactly')
  if (quantity.isZero()) return zeroTerms(rate, usage)
  if (!isNegative(quantity)) return positiveTerms(rate, usage)
  const taken = { quantity: quantity.negated(), events: events?.map((event) => event.negated()) }
  return negated(positiveTerms(rate, taken))
}

/** The steps of F(q) with the period terms inside: included quantity, kind, maximum, minimum, in this order. */
export function termsOf(rate: Rate, usage: Usage): StepTerms[] {
  const used = capped(kindTerms(rate, chargedUsage(usage, rate)), rate)
  return [...includedTerms(usage, rate), ...used, ...minimumTerms(used, rate)]
}

/**
 * What a quantity costs in a period, unrounded, with the steps that add up to it. A negative quantity costs sign(q) x
 * F(|q|) (law 5); a minimum is due whatever was used. The rate has passed `checkRate`; `events` are needed where
 * `needsEvents` says so.
 */
export const rate = (rate: Rate, quantity: Decimal, events?: readonly Decimal[]): Rated =>
  explained(termsOf(rate, { quantity, events }))

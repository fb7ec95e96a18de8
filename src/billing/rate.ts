import { explained, negated, type Rated, type StepTerms } from './derivation.ts'
import { invariant } from './errors.ts'
import { decimal, Decimal, isNegative, zero } from './money.ts'
import { bandsOf, type Band, type Tier } from './tiers.ts'

/** Whether tiers count per subscription, or over all that a buyer buys on the edge (design section 5 rule 5). */
export type TierScope = 'subscription' | 'buyer'

type Scoped = { readonly tierScope?: TierScope }
type Tiered = Scoped & {
  readonly tiers: readonly Tier[]
  /** The first tier's flat fee is due at zero usage as well. Default: a tier is entered by using something. */
  readonly feeAtZero?: boolean
}

/** A fixed amount for the period as soon as anything is used, however much; nothing used, nothing due. */
export type FlatRate = Scoped & { readonly kind: 'flat'; readonly amount: string }

/** The same price for every unit. */
export type PerUnitRate = Scoped & { readonly kind: 'per_unit'; readonly unitPrice: string }

/** Each unit at the price of the tier it falls in. */
export type GraduatedRate = Tiered & { readonly kind: 'graduated' }

/** All units at the price of the tier that the whole quantity reaches. */
export type VolumeRate = Tiered & { readonly kind: 'volume' }

/** A price per package of `size` units after the free ones; `rounding` up charges a started package, down does not. */
export type PackageRate = Scoped & {
  readonly kind: 'package'
  readonly size: string
  readonly price: string
  readonly freeUnits?: string
  readonly rounding?: 'up' | 'down'
}

/** A price of one SKU; decimals are text. `checkRate` makes it out of what a caller sent. */
export type Rate = FlatRate | PerUnitRate | GraduatedRate | VolumeRate | PackageRate

const quantityDigits = 40

/** How many packages of `size` a quantity fills: with the started one (`up`) or without it (`down`). */
export function packagesOf(quantity: Decimal, size: Decimal, rounding: 'up' | 'down'): Decimal {
  const complete = quantity.dividedToIntegerBy(size)
  return rounding === 'up' && complete.times(size).lessThan(quantity) ? complete.plus(1) : complete
}

const holds = (band: Band, quantity: Decimal): boolean => band.upTo === null || quantity.lessThanOrEqualTo(band.upTo)

/** The tier a quantity of 0 or more reaches: bounds are `(from, upTo]`, and 0 is in the first. */
export function bandOf(tiers: readonly Tier[], quantity: Decimal): Band {
  const band = bandsOf(tiers).find((band) => holds(band, quantity))
  invariant(band, 'the last tier is open')
  return band
}

const graduatedTerm = (band: Band, quantity: Decimal): StepTerms => ({
  kind: 'graduated',
  ...band,
  quantity: (holds(band, quantity) ? quantity : (band.upTo ?? quantity)).minus(band.from),
})

const graduatedTerms = (rate: GraduatedRate, quantity: Decimal): StepTerms[] =>
  bandsOf(rate.tiers)
    .filter((band) => band.from.lessThan(quantity))
    .map((band) => graduatedTerm(band, quantity))

function packageTerms(rate: PackageRate, quantity: Decimal): StepTerms[] {
  const freeUnits = decimal(rate.freeUnits ?? '0')
  const packageSize = decimal(rate.size)
  const charged = quantity.minus(freeUnits)
  const packages = isNegative(charged) ? zero : packagesOf(charged, packageSize, rate.rounding ?? 'up')
  const unitPrice = decimal(rate.price)
  return [
    {
      kind: 'package',
      from: freeUnits,
      upTo: null,
      quantity: packages,
      unitPrice,
      flatFee: zero,
      packageSize,
      freeUnits,
    },
  ]
}

const wholeRange = { from: zero, upTo: null }

/** F(q) for a quantity above zero. */
function positiveTerms(rate: Rate, quantity: Decimal): StepTerms[] {
  if (rate.kind === 'graduated') return graduatedTerms(rate, quantity)
  if (rate.kind === 'volume') return [{ kind: 'volume', ...bandOf(rate.tiers, quantity), quantity }]
  if (rate.kind === 'package') return packageTerms(rate, quantity)
  if (rate.kind === 'per_unit')
    return [{ kind: 'per_unit', ...wholeRange, quantity, unitPrice: decimal(rate.unitPrice), flatFee: zero }]
  return [{ kind: 'flat', ...wholeRange, quantity, unitPrice: zero, flatFee: decimal(rate.amount) }]
}

function zeroTerms(rate: Rate): StepTerms[] {
  const isTiered = rate.kind === 'graduated' || rate.kind === 'volume'
  return isTiered && rate.feeAtZero ? [{ kind: rate.kind, ...bandOf(rate.tiers, zero), quantity: zero }] : []
}

/** True for a quantity of few enough digits that every price of it is exact. */
export const isExactQuantity = (quantity: Decimal): boolean => quantity.precision(true) <= quantityDigits

/** The steps of F(q): sign(q) x F(|q|), and nothing for nothing unless the rate says otherwise. */
export function termsOf(rate: Rate, quantity: Decimal): StepTerms[] {
  invariant(isExactQuantity(quantity), 'a quantity is small enough to be rated exactly')
  if (quantity.isZero()) return zeroTerms(rate)
  return isNegative(quantity) ? negated(positiveTerms(rate, quantity.negated())) : positiveTerms(rate, quantity)
}

/**
 * What a quantity costs, unrounded, with the steps that add up to it. A negative quantity costs sign(q) x F(|q|) (design
 * section 5 rule 5). The rate has passed `checkRate`.
 */
export const rate = (rate: Rate, quantity: Decimal): Rated => explained(termsOf(rate, quantity))

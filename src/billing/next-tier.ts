import { type Decimal, decimal, plainText, zero } from './money.ts'
import { chargedUsage } from './period-terms.ts'
import { bandOf, type Rate } from './rate.ts'
import { bandsOf } from './tiers.ts'

/**
 * The tier behind the one that a quantity has reached; decimals are text. `distance` units are left before it begins. Its price
 * is for a unit, or for a package of so many.
 */
type NextTier = {
  readonly above: string
  readonly distance: string
  readonly unitPrice: string
  readonly flatFee: string
  readonly packageSize?: string
}

/**
 * How far a quantity of 0 or more is from the next tier, or null in the last tier and for kinds without tiers. Bounds are
 * `(from, upTo]`: whatever is used beyond `above`, counted with the included quantity, is in the next tier.
 */
export function nextTier(rate: Rate, quantity: Decimal): NextTier | null {
  if (!('tiers' in rate)) return null
  const reached = bandOf(rate.tiers, chargedUsage({ quantity: quantity.isNegative() ? zero : quantity }, rate).quantity)
  const next = bandsOf(rate.tiers).find((band) => reached.upTo !== null && band.from.equals(reached.upTo))
  if (!next) return null
  const above = next.from.plus(decimal(rate.includedQuantity ?? '0'))
  return {
    above: plainText(above),
    distance: plainText(above.minus(quantity)),
    unitPrice: plainText(next.unitPrice),
    flatFee: plainText(next.flatFee),
    ...(next.packageSize && { packageSize: plainText(next.packageSize) }),
  }
}

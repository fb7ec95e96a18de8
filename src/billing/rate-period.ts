import { explained, merged, negated, type Rated, type StepTerms } from './derivation.ts'
import { type Decimal, sum, zero } from './money.ts'
import { bandOf, termsOf, type Rate, type VolumeRate } from './rate.ts'

/** A stretch of a period in which one version of a rate was valid, with what was used in it. */
export type RatePart = { readonly rate: Rate; readonly quantity: Decimal }

const difference = (rate: Rate, before: Decimal, after: Decimal): StepTerms[] =>
  merged([...termsOf(rate, after), ...negated(termsOf(rate, before))])

/** Volume: the part's own quantity at the price its version asks for the whole period's; the fee only once. */
function volumeTerms(rate: VolumeRate, quantity: Decimal, whole: Decimal, isLastVolume: boolean): StepTerms[] {
  const feeDue = isLastVolume ? sum(termsOf(rate, whole).map((term) => term.flatFee)) : zero
  const band = bandOf(rate.tiers, whole.abs())
  return merged([{ kind: 'volume', ...band, quantity, flatFee: feeDue }])
}

/**
 * Rates a list that changes inside a period (design section 5 rule 6), in time order, one result per part. Kinds with a
 * running total cost F(end) - F(start) on each part's own version. Volume rates each part at its version's price for the
 * whole period's quantity; its tier fee is that of the last volume version, once, like the other once-a-period terms.
 */
export function rateParts(parts: readonly RatePart[]): Rated[] {
  const whole = sum(parts.map((part) => part.quantity))
  const lastVolume = parts.findLastIndex((part) => part.rate.kind === 'volume')
  let before = zero
  return parts.map(({ rate, quantity }, index) => {
    const start = before
    before = start.plus(quantity)
    if (rate.kind === 'volume') return explained(volumeTerms(rate, quantity, whole, index === lastVolume))
    return explained(index === 0 ? termsOf(rate, before) : difference(rate, start, before))
  })
}

/**
 * What late usage adds to a period already billed: F(new) - F(old), both unrounded, to be rounded once (design section 5
 * rule 12). `before` is the quantity billed so far, `after` the one known now.
 */
export const rateLate = (rate: Rate, before: Decimal, after: Decimal): Rated =>
  explained(difference(rate, before, after))

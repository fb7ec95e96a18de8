import { costOf, explained, merged, negated, type Rated, type StepTerms } from './derivation.ts'
import { type Decimal, isNegative, sum, zero } from './money.ts'
import {
  cappedAmount,
  chargedUsage,
  includedTerms,
  maximumTerms,
  type PeriodTerms,
  type Usage,
} from './period-terms.ts'
import { bandOf, countedIn, kindTerms, termsOf, type Rate, type VolumeRate } from './rate.ts'

/** A stretch of a period in which one version of a rate was valid, with what was used in it. */
export type RatePart = Usage & { readonly rate: Rate }

const nothing: Usage = { quantity: zero, events: [] }

const together = (a: Usage, b: Usage): Usage => ({
  quantity: a.quantity.plus(b.quantity),
  events: a.events && b.events && [...a.events, ...b.events],
})

const without = (after: readonly StepTerms[], before: readonly StepTerms[]): StepTerms[] =>
  merged([...after, ...negated(before)])

/** What of a period is charged up to the start of a part, up to its end, and altogether. */
type Course = { readonly from: Usage; readonly to: Usage; readonly whole: Usage }

/**
 * Volume: the part's own quantity, or the packages that it starts, at the price its version asks for the whole period's; the
 * fee only once.
 */
function volumeTerms(rate: VolumeRate, { from, to, whole }: Course, isLastVolume: boolean): StepTerms[] {
  const feeDue = isLastVolume ? sum(kindTerms(rate, whole).map((term) => term.flatFee)) : zero
  const band = bandOf(rate.tiers, whole.quantity.abs())
  const counted = ({ quantity }: Usage): Decimal =>
    isNegative(quantity) ? countedIn(band, quantity.negated()).negated() : countedIn(band, quantity)
  return merged([{ kind: 'volume', ...band, quantity: counted(to).minus(counted(from)), flatFee: feeDue }])
}

/** Makes the parts keep to the cap of the whole: what of the running total lies above it is taken off where it arose. */
function cappedParts(parts: readonly StepTerms[][], terms: PeriodTerms): StepTerms[][] {
  let uncapped = zero
  return parts.map((steps) => {
    const before = cappedAmount(uncapped, terms)
    const own = sum(steps.map(costOf))
    uncapped = uncapped.plus(own)
    return [...steps, ...maximumTerms(own, cappedAmount(uncapped, terms).minus(before))]
  })
}

/**
 * Rates a list that changes inside a period (law 6), in time order, one result per part. Kinds with a running total cost
 * F(end) - F(start) on each part's own version. Volume rates each part at its version's price for the whole period's
 * quantity; its tier fee is that of the last volume version, once. Included quantity and maximum are those of `terms`, the
 * version at period end, once; the minimum is a line of its own (`minimumDue`).
 */
export function rateParts(parts: readonly RatePart[], terms: PeriodTerms = parts.at(-1)?.rate ?? {}): Rated[] {
  const whole = chargedUsage(parts.reduce<Usage>(together, nothing), terms)
  const lastVolume = parts.findLastIndex((part) => part.rate.kind === 'volume')
  let before = nothing
  const included: StepTerms[][] = []
  const kinds = parts.map(({ rate, quantity, events }, index) => {
    const start = before
    before = together(start, { quantity, events })
    included.push(without(includedTerms(before, terms), includedTerms(start, terms)))
    const [from, to] = [chargedUsage(start, terms), chargedUsage(before, terms)]
    if (rate.kind === 'volume') return volumeTerms(rate, { from, to, whole }, index === lastVolume)
    return index === 0 ? kindTerms(rate, to) : without(kindTerms(rate, to), kindTerms(rate, from))
  })
  return cappedParts(kinds, terms).map((steps, index) => explained([...(included[index] ?? []), ...steps]))
}

/**
 * What late usage adds to a period already billed: F(new) - F(old) with the period terms inside F, both unrounded, to be
 * rounded once (law 12). `before` is the quantity billed so far, `after` the one known now. For a price that holds all month;
 * where it changes, `rateParts` of both states says the same part by part.
 */
export const rateLate = (rate: Rate, before: Decimal, after: Decimal): Rated =>
  explained(without(termsOf(rate, { quantity: after }), termsOf(rate, { quantity: before })))

import { costOf, type StepTerms } from './derivation.ts'
import { decimal, Decimal, isNegative, sum, zero } from './money.ts'

/**
 * What holds once for a whole period: units that cost nothing and reach no tier, the least and the most that the period
 * comes to. Decimals are text. Order: included quantity, kind of rate, maximum, minimum.
 */
export type PeriodTerms = {
  readonly includedQuantity?: string
  readonly minimum?: string
  readonly maximum?: string
}

/** What was used: a quantity, and the single events it is the sum of, in order of time, for rates that look at them. */
export type Usage = { readonly quantity: Decimal; readonly events?: readonly Decimal[] | undefined }

/** sign(q) x the part of |q| above the included quantity. */
const chargedQuantity = (quantity: Decimal, included: Decimal): Decimal => {
  const above = Decimal.max(zero, quantity.abs().minus(included))
  return isNegative(quantity) ? above.negated() : above
}

/** The events without what was included; those that were included whole are none at all. */
function chargedEvents(events: readonly Decimal[], included: Decimal): Decimal[] {
  let before = zero
  return events.flatMap((event) => {
    const start = before
    before = before.plus(event)
    const charged = chargedQuantity(before, included).minus(chargedQuantity(start, included))
    return charged.isZero() && before.abs().lessThanOrEqualTo(included) ? [] : [charged]
  })
}

/** What is left to charge when the included quantity is taken off. */
export function chargedUsage(usage: Usage, terms: PeriodTerms): Usage {
  if (terms.includedQuantity === undefined) return usage
  const included = decimal(terms.includedQuantity)
  const events = usage.events && chargedEvents(usage.events, included)
  return { quantity: chargedQuantity(usage.quantity, included), events }
}

/** The included units, for the explanation: they cost nothing. */
export function includedTerms({ quantity }: Usage, terms: PeriodTerms): StepTerms[] {
  if (terms.includedQuantity === undefined || quantity.isZero()) return []
  const upTo = decimal(terms.includedQuantity)
  const free = quantity.minus(chargedQuantity(quantity, upTo))
  return [{ kind: 'included', from: zero, upTo, quantity: free, unitPrice: zero, flatFee: zero }]
}

/** A step that changes an amount without pricing a quantity; none where nothing changes. */
export const adjustment = (kind: 'maximum' | 'minimum', flatFee: Decimal): StepTerms[] =>
  flatFee.isZero() ? [] : [{ kind, from: zero, upTo: null, quantity: zero, unitPrice: zero, flatFee }]

/** What an amount comes to under the cap: sign(a) x the smaller one of |a| and the maximum. */
export function cappedAmount(amount: Decimal, terms: PeriodTerms): Decimal {
  if (terms.maximum === undefined) return amount
  const most = decimal(terms.maximum)
  if (amount.abs().lessThanOrEqualTo(most)) return amount
  return isNegative(amount) ? most.negated() : most
}

/** The step that takes an amount from `uncapped` to `amount`. */
export const maximumTerms = (uncapped: Decimal, amount: Decimal): StepTerms[] =>
  adjustment('maximum', amount.minus(uncapped))

/** The steps with one more that cuts them off at the maximum. */
export function capped(steps: readonly StepTerms[], terms: PeriodTerms): StepTerms[] {
  const uncapped = sum(steps.map(costOf))
  return [...steps, ...maximumTerms(uncapped, cappedAmount(uncapped, terms))]
}

/** The share of a period that a subscription was in force, in days of the actual period; both numbers are whole. */
type InForce = { readonly days: number; readonly of: number }

const wholePeriod: InForce = { days: 1, of: 1 }

/**
 * What is missing to the minimum commitment, prorated by the days in force, once the usage came to `amount`; never below
 * zero. Unrounded, divided once.
 */
export function minimumDue(minimum: string, amount: Decimal, { days, of }: InForce = wholePeriod): Decimal {
  const missing = decimal(minimum).times(days).minus(amount.times(of)).dividedBy(of)
  return Decimal.max(zero, missing)
}

/** The step that fills the steps up to the minimum of a whole period. */
export function minimumTerms(steps: readonly StepTerms[], terms: PeriodTerms): StepTerms[] {
  if (terms.minimum === undefined) return []
  return adjustment('minimum', minimumDue(terms.minimum, sum(steps.map(costOf))))
}

import { daysBetween } from './days.ts'
import { explained, type Step } from './derivation.ts'
import { exchange } from './fx.ts'
import type { InForce } from './in-force.ts'
import { decimal, plainText, zero } from './money.ts'
import { adjustment, minimumDue } from './period-terms.ts'
import { daysInPeriod } from './period.ts'
import type { BillingCurrency, GroupTotal } from './rate-line.ts'
import type { BookedRate } from './resolve.ts'

/** What a minimum line needs to come to its amount again; amounts are decimal text in the edge's currency. */
export type MinimumDetails = {
  readonly minimum: string
  readonly daysInForce: number
  readonly daysInPeriod: number
  /** Days between the line's first and last on which the plan did not list the SKU; absent where there were none. */
  readonly daysNotListed?: number
  /** What the usage of the month came to, and in earlier periods where the line is late. */
  readonly cameTo: string
  readonly cameToBefore: string | null
}

/** What is missing to a minimum commitment, or that it can't be told in the edge's currency. */
export type Commitment = {
  readonly regionId: string
  readonly from: string
  readonly to: string
  readonly terms: BookedRate
  readonly due: {
    readonly unrounded: string
    readonly fxRateId: string | null
    readonly details: MinimumDetails
  } | null
}

/** The amount that details stand for, unrounded: what is missing now, less what was missing in earlier periods. */
export function commitmentAmount({ minimum, daysInForce, daysInPeriod, cameTo, cameToBefore }: MinimumDetails) {
  const due = (amount: string) => minimumDue(minimum, decimal(amount), { days: daysInForce, of: daysInPeriod })
  return due(cameTo).minus(cameToBefore === null ? zero : due(cameToBefore))
}

/** The same amount as steps of an explanation: what is missing now, and what was missing in earlier periods. */
export function minimumSteps(details: MinimumDetails): {
  readonly after: readonly Step[]
  readonly before: readonly Step[]
} {
  const missing = (amount: string | null) => {
    const due = amount === null ? zero : commitmentAmount({ ...details, cameTo: amount, cameToBefore: null })
    return explained(adjustment('minimum', due)).derivation
  }
  return { after: missing(details.cameTo), before: missing(details.cameToBefore) }
}

/**
 * What the minimum commitments of a subscription's prices ask for a month besides the usage: the commitment of the price
 * at period end, prorated by the days on which the plan versions in force listed the SKU, less what the usage came to.
 * Nothing where nothing is missing.
 */
export function commitmentsOf(
  totals: readonly GroupTotal[],
  month: string,
  { from, to, days }: InForce,
  { billing, isLate }: { readonly billing: BillingCurrency; readonly isLate: boolean },
): Commitment[] {
  const daysNotListed = daysBetween(from, to) - days
  return totals.flatMap(({ regionId, terms, after, before }) => {
    const committed = commitmentOf(terms, billing)
    if (!committed) return { regionId, from, to, terms, due: null }
    const details = {
      minimum: committed.minimum,
      daysInForce: days,
      daysInPeriod: daysInPeriod(month),
      ...(daysNotListed > 0 && { daysNotListed }),
      cameTo: plainText(after),
      cameToBefore: isLate ? plainText(before) : null,
    }
    const unrounded = plainText(commitmentAmount(details))
    return unrounded === '0' ? [] : { regionId, from, to, terms, due: { ...committed, unrounded, details } }
  })
}

/** The commitment in the edge's currency; undefined where it can't be told. */
function commitmentOf({ rate, currency: own }: BookedRate, { currency, fx }: BillingCurrency) {
  const minimum = rate.minimum ?? '0'
  if (own === currency) return { minimum, fxRateId: null }
  return fx?.from === own ? { minimum: plainText(exchange(decimal(minimum), fx)), fxRateId: fx.id } : undefined
}

import { checkContiguous } from './bounds.ts'
import type { CommissionMode, CommissionTerms, CommissionTier, SplitPart } from './commission.ts'
import { BillingError } from './errors.ts'
import { boundedNonNegative, type Currency, decimal, type Decimal, minorDigits, plainText, sum, zero } from './money.ts'

/** A tier as a caller writes it: `from` may be said, and must then be where the tier before it ends. */
export type CommissionTierInput = {
  readonly from?: string | undefined
  readonly to: string | null
  readonly percent: string
  readonly mode?: CommissionMode | undefined
}

/** A rule's terms as a caller writes them; `mode` is for the tiers that do not say theirs, marginal by default. */
export type CommissionInput = {
  readonly scope: 'line' | 'period'
  readonly mode?: CommissionMode | undefined
  readonly tiers: readonly CommissionTierInput[]
  readonly cap?: string | undefined
  readonly floor?: string | undefined
  readonly holdDays?: number | undefined
  readonly holdBackPercent?: string | undefined
  readonly split?: readonly SplitPart[] | undefined
}

const percentMax = 100

function checkedPercent(text: string, at: string): Decimal {
  const percent = boundedNonNegative(text, at)
  if (percent.greaterThan(percentMax)) throw new BillingError('commission.percent', 'must be between 0 and 100', at)
  return percent
}

/**
 * Checks the terms of a commission rule: tiers contiguous from 0, the last one open, percents between 0 and 100, a floor
 * that is not above the cap, nothing held back without hold days, no split over 100 % (law 15).
 * @throws BillingError `tiers.*`, `decimal.*` or `commission.*` with the pointer of the faulty field below `at`.
 */
export const checkCommission = (input: CommissionInput, at = ''): CommissionTerms => ({
  scope: input.scope,
  tiers: checkContiguous(
    input.tiers,
    `${at}/tiers`,
    (tier) => ({ from: tier.from, end: tier.to, endName: 'to' }),
    (tier, to, here): CommissionTier => ({
      to,
      percent: plainText(checkedPercent(tier.percent, `${here}/percent`)),
      mode: tier.mode ?? input.mode ?? 'marginal',
    }),
  ),
  ...checkedBounds(input, at),
  ...checkedHold(input, at),
  ...checkedSplit(input, at),
})

function checkedBounds({ cap, floor }: CommissionInput, at: string): Pick<CommissionTerms, 'cap' | 'floor'> {
  const most = cap === undefined ? undefined : boundedNonNegative(cap, `${at}/cap`)
  const least = floor === undefined ? undefined : boundedNonNegative(floor, `${at}/floor`)
  if (most && least?.greaterThan(most))
    throw new BillingError('commission.floor', 'must not be above the cap', `${at}/floor`)
  return { ...(most ? { cap: plainText(most) } : {}), ...(least ? { floor: plainText(least) } : {}) }
}

function checkedHold({ holdDays, holdBackPercent }: CommissionInput, at: string): Partial<CommissionTerms> {
  if (holdBackPercent === undefined) return holdDays ? { holdDays } : {}
  const percent = checkedPercent(holdBackPercent, `${at}/holdBackPercent`)
  if (!holdDays)
    throw new BillingError('commission.hold_back', 'needs the days for which it is kept back', `${at}/holdBackPercent`)
  return { holdDays, holdBackPercent: plainText(percent) }
}

function checkedSplit({ split }: CommissionInput, at: string): Pick<CommissionTerms, 'split'> {
  if (!split || split.length === 0) return {}
  const seen = new Set<string>()
  let taken = zero
  const parts = split.map(({ payeeId, percent }, index): SplitPart => {
    const here = `${at}/split/${index}`
    const part = checkedPercent(percent, `${here}/percent`)
    if (part.isZero()) throw new BillingError('commission.percent', 'must be above 0', `${here}/percent`)
    if (seen.has(payeeId)) throw new BillingError('commission.split_twice', 'is named before', `${here}/payeeId`)
    seen.add(payeeId)
    taken = sum([taken, part])
    if (taken.greaterThan(percentMax))
      throw new BillingError('commission.split_over', 'the parts must not be over 100 together', `${here}/percent`)
    return { payeeId, percent: plainText(part) }
  })
  return { split: parts }
}

/**
 * Cap and floor are amounts: no finer than the currency's minor unit.
 * @throws BillingError `commission.too_fine` with the pointer of the faulty field.
 */
export function checkAmounts(terms: CommissionTerms, currency: Currency): void {
  for (const name of ['cap', 'floor'] as const) {
    const text = terms[name]
    if (text !== undefined && decimal(text).decimalPlaces() > minorDigits(currency))
      throw new BillingError('commission.too_fine', "must be in the currency's minor units", `/${name}`)
  }
}

import { checkContiguous } from './bounds.ts'
import type { CommissionMode, CommissionTerms, CommissionTier } from './commission.ts'
import { BillingError } from './errors.ts'
import { boundedNonNegative, plainText } from './money.ts'

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
}

const percentMax = 100

function checkPercent(text: string, at: string): string {
  const percent = boundedNonNegative(text, at)
  if (percent.greaterThan(percentMax)) throw new BillingError('commission.percent', 'must be between 0 and 100', at)
  return plainText(percent)
}

/**
 * Checks the terms of a commission rule: tiers contiguous from 0, the last one open, percents between 0 and 100 (design
 * section 5 rule 15).
 * @throws BillingError `tiers.*`, `decimal.*` or `commission.percent` with the pointer of the faulty field below `at`.
 */
export const checkCommission = (input: CommissionInput, at = ''): CommissionTerms => ({
  scope: input.scope,
  tiers: checkContiguous(
    input.tiers,
    `${at}/tiers`,
    (tier) => ({ from: tier.from, end: tier.to, endName: 'to' }),
    (tier, to, here): CommissionTier => ({
      to,
      percent: checkPercent(tier.percent, `${here}/percent`),
      mode: tier.mode ?? input.mode ?? 'marginal',
    }),
  ),
})

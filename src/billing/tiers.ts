import { checkContiguous } from './bounds.ts'
import { boundedNonNegative, decimal, plainText, type Decimal, zero } from './money.ts'

/**
 * One tier of a rate: it holds the quantities above the tier before it, up to and including `upTo` (design section 5
 * rule 5, bounds `(from, upTo]`); null is open. Decimals are text. `flatFee` is due once when the tier is entered.
 */
export type Tier = { readonly upTo: string | null; readonly unitPrice: string; readonly flatFee?: string }

/** A tier as a caller writes it: `from` may be said, and must then be where the tier before it ends. */
export type TierInput = {
  readonly from?: string | undefined
  readonly upTo: string | null
  readonly unitPrice: string
  readonly flatFee?: string | undefined
}

/** A tier ready to compute with. */
export type Band = {
  readonly from: Decimal
  readonly upTo: Decimal | null
  readonly unitPrice: Decimal
  readonly flatFee: Decimal
}

/**
 * Checks a tier table: contiguous from 0, increasing, the last tier open, prices and fees not negative and within the
 * limits of design section 5. Returns it with plain decimals and without `from`.
 * @throws BillingError `tiers.*` or `decimal.*` with the pointer of the faulty field below `at`.
 */
export const checkTiers = (tiers: readonly TierInput[], at = ''): Tier[] =>
  checkContiguous(
    tiers,
    at,
    (tier) => ({ from: tier.from, end: tier.upTo, endName: 'upTo' }),
    (tier, upTo, here) => {
      const unitPrice = plainText(boundedNonNegative(tier.unitPrice, `${here}/unitPrice`))
      if (tier.flatFee === undefined) return { upTo, unitPrice }
      return { upTo, unitPrice, flatFee: plainText(boundedNonNegative(tier.flatFee, `${here}/flatFee`)) }
    },
  )

/** The tiers of a checked table as decimals, each with the bound it starts from. */
export function bandsOf(tiers: readonly Tier[]): Band[] {
  let from = zero
  return tiers.map((tier) => {
    const band = {
      from,
      upTo: tier.upTo === null ? null : decimal(tier.upTo),
      unitPrice: decimal(tier.unitPrice),
      flatFee: tier.flatFee === undefined ? zero : decimal(tier.flatFee),
    }
    from = band.upTo ?? from
    return band
  })
}

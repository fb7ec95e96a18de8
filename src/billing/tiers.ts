import { checkContiguous } from './bounds.ts'
import { BillingError } from './errors.ts'
import { boundedNonNegative, decimal, plainText, type Decimal, zero } from './money.ts'

/**
 * One tier of a rate: it holds the quantities above the tier before it, up to and including `upTo` (law 5, bounds `(from,
 * upTo]`); null is open. Decimals are text. `flatFee` is due once when the tier is entered. With a `size` the tier is sold
 * in packages of so many units: `unitPrice` is for each one that is started within the tier.
 */
export type Tier = {
  readonly upTo: string | null
  readonly unitPrice: string
  readonly flatFee?: string
  readonly size?: string
}

/** A tier as a caller writes it: `from` may be said, and must then be where the tier before it ends. */
export type TierInput = {
  readonly from?: string | undefined
  readonly upTo: string | null
  readonly unitPrice: string
  readonly flatFee?: string | undefined
  readonly size?: string | undefined
}

/** As a tier, with a percentage of the value instead of a price. */
export type PercentTier = { readonly upTo: string | null; readonly percent: string; readonly flatFee?: string }

/** A tier of percentages as a caller writes it. */
export type PercentTierInput = Omit<TierInput, 'unitPrice' | 'size'> & { readonly percent: string }

/** A tier ready to compute with; a percentage is a price per unit of value. */
export type Band = {
  readonly from: Decimal
  readonly upTo: Decimal | null
  readonly unitPrice: Decimal
  readonly flatFee: Decimal
  readonly packageSize?: Decimal
}

const checkFee = (fee: string | undefined, at: string): { flatFee?: string } =>
  fee === undefined ? {} : { flatFee: plainText(boundedNonNegative(fee, `${at}/flatFee`)) }

function checkSize(text: string | undefined, at: string): { size?: string } {
  if (text === undefined) return {}
  const size = boundedNonNegative(text, `${at}/size`)
  if (size.isZero()) throw new BillingError('rate.size_zero', 'must be above zero', `${at}/size`)
  return { size: plainText(size) }
}

const boundsOf = (tier: { from?: string | undefined; upTo: string | null }) =>
  ({ from: tier.from, end: tier.upTo, endName: 'upTo' }) as const

/**
 * Checks a tier table: contiguous from 0, increasing, the last tier open, prices and fees not negative and within the
 * limits of a decimal. Returns it with plain decimals and without `from`.
 * @throws BillingError `tiers.*` or `decimal.*` with the pointer of the faulty field below `at`.
 */
export const checkTiers = (tiers: readonly TierInput[], at = ''): Tier[] =>
  checkContiguous(tiers, at, boundsOf, (tier, upTo, here) => ({
    upTo,
    unitPrice: plainText(boundedNonNegative(tier.unitPrice, `${here}/unitPrice`)),
    ...checkFee(tier.flatFee, here),
    ...checkSize(tier.size, here),
  }))

/** As `checkTiers`, for percentages. */
export const checkPercentTiers = (tiers: readonly PercentTierInput[], at = ''): PercentTier[] =>
  checkContiguous(tiers, at, boundsOf, (tier, upTo, here) => ({
    upTo,
    percent: plainText(boundedNonNegative(tier.percent, `${here}/percent`)),
    ...checkFee(tier.flatFee, here),
  }))

/** What a percentage asks per unit of value, exactly: 2.99 is 0.0299. */
export const perUnitOfPercent = (percent: string): Decimal => decimal(percent).dividedBy(100)

/** The tiers of a checked table as decimals, each with the bound it starts from. */
export function bandsOf(tiers: readonly (Tier | PercentTier)[]): Band[] {
  let from = zero
  return tiers.map((tier) => {
    const band = {
      from,
      upTo: tier.upTo === null ? null : decimal(tier.upTo),
      unitPrice: 'percent' in tier ? perUnitOfPercent(tier.percent) : decimal(tier.unitPrice),
      flatFee: tier.flatFee === undefined ? zero : decimal(tier.flatFee),
      ...('size' in tier && tier.size !== undefined && { packageSize: decimal(tier.size) }),
    }
    from = band.upTo ?? from
    return band
  })
}

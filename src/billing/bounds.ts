import { BillingError } from './errors.ts'
import { boundedNonNegative, plainText, type Decimal, zero } from './money.ts'

/** The bounds of one tier as a caller writes them, with the name that the upper one has in the caller's fields. */
type Bounds = { readonly from: string | undefined; readonly end: string | null; readonly endName: 'upTo' | 'to' }

const tiersMax = 100

function checkFrom(from: string | undefined, previous: Decimal, at: string): void {
  if (from === undefined) return
  const start = boundedNonNegative(from, at)
  if (start.greaterThan(previous)) throw new BillingError('tiers.hole', 'must start where the tier before ends', at)
  if (start.lessThan(previous)) throw new BillingError('tiers.overlap', 'must not reach into the tier before', at)
}

function checkEnd(end: string | null, previous: Decimal, isLast: boolean, at: string): Decimal | null {
  if (end === null && !isLast) throw new BillingError('tiers.open_early', 'only the last tier may be open', at)
  if (end === null) return null
  if (isLast) throw new BillingError('tiers.not_open', 'the last tier must be open', at)
  const bound = boundedNonNegative(end, at)
  if (!bound.greaterThan(previous)) throw new BillingError('tiers.not_increasing', 'must be above the tier before', at)
  return bound
}

/**
 * Checks that tiers lie side by side from 0 to open end (laws 5 and 15), and makes each checked tier by `make` from its
 * upper bound as plain text and its pointer.
 * @throws BillingError `tiers.*` or `decimal.*` with the pointer of the faulty field below `at`.
 */
export function checkContiguous<T, R>(
  tiers: readonly T[],
  at: string,
  boundsOf: (tier: T) => Bounds,
  make: (tier: T, end: string | null, at: string) => R,
): R[] {
  if (tiers.length === 0) throw new BillingError('tiers.empty', 'must have at least one tier', at)
  if (tiers.length > tiersMax) throw new BillingError('tiers.too_many', `must have at most ${tiersMax} tiers`, at)
  let previous = zero
  return tiers.map((tier, index) => {
    const here = `${at}/${index}`
    const { from, end, endName } = boundsOf(tier)
    checkFrom(from, previous, `${here}/from`)
    const bound = checkEnd(end, previous, index === tiers.length - 1, `${here}/${endName}`)
    previous = bound ?? previous
    return make(tier, bound && plainText(bound), here)
  })
}

import { currency, type Decimal, decimal, roundToMinor, sum } from '../../../billing/money.ts'
import type { Branch } from '../../../platform/context.ts'
import type { RateCandidate } from '../../pricing/price-lists/rates.ts'

/** What is rated again: some tenants of a seller in a period, with other rates than its lists have. */
export type Replay = {
  readonly seller: Branch
  readonly period: string
  readonly tenantIds: readonly string[]
  readonly kind: 'sale' | 'cost'
  /** The region that the other rates are for, where they are for one. */
  readonly regionId: string | undefined
  readonly change: (rates: readonly RateCandidate[]) => RateCandidate[]
}

/** One line as it is and as it would be, rounded as documents are; null where it waits for a price. */
export type ReplayedLine = {
  readonly chainId: string
  readonly tenantId: string
  readonly skuId: string
  readonly currency: string
  readonly before: Decimal | null
  readonly after: Decimal | null
}

/** What some buckets come to on paper: each is a line of its own, rounded by itself. Null where one waits. */
export function amountOnPaper(
  buckets: readonly { readonly bucket: { readonly unrounded: string | null } }[],
  code: string,
): Decimal | null {
  const known = buckets.flatMap(({ bucket }) => bucket.unrounded ?? [])
  if (known.length < buckets.length) return null
  return sum(known.map((unrounded) => roundToMinor(decimal(unrounded), currency(code))))
}

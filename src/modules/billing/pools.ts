import { explained, type Step } from '../../billing/derivation.ts'
import { exchange, type FxRate } from '../../billing/fx.ts'
import { shareOut } from '../../billing/invoice.ts'
import { type Currency, currency, decimal, plainText, sum } from '../../billing/money.ts'
import { rateParts } from '../../billing/rate-period.ts'
import type { BookedRate } from './price-book.ts'

/** What a bucket of tier scope buyer says of the whole that it is a share of; numbers are decimal text. */
export type PoolDetails = {
  readonly quantity: string
  /** What the whole costs in the edge's currency, unrounded; rounded once and shared by quantity. */
  readonly unrounded: string
  readonly steps: readonly Step[]
}

/** One bucket of what a buyer is priced for together. */
export type PooledPart = {
  readonly from: string
  readonly quantity: string
  readonly chosen: BookedRate
  readonly terms: BookedRate | null
}

/** A bucket's share of the whole, rounded, and what the whole is. */
export type Share = { readonly unrounded: string; readonly pool: PoolDetails }

/**
 * Prices what one buyer bought of one SKU on one edge in a month (design section 5 rule 1): each version's quantity over
 * all parts together, with the terms of the version at period end, rounded once per version and shared out over its parts by
 * quantity, ties in the order of the parts. Answers the shares at the positions of the parts.
 */
export function sharesOf(
  parts: readonly PooledPart[],
  billing: { readonly currency: string; readonly fx: Pick<FxRate, 'rate'> | undefined },
): Share[] {
  const money = currency(billing.currency)
  const byVersion = [...Map.groupBy(parts, ({ chosen, from }) => `${from} ${chosen.rateId}`)].sort(([a], [b]) =>
    a < b ? -1 : 1,
  )
  const versions = byVersion.map(([, some]) => ({
    parts: some,
    quantity: sum(some.map((one) => decimal(one.quantity))),
  }))
  const terms = versions.at(-1)?.parts[0]?.terms
  const rated = rateParts(
    versions.flatMap(({ parts: [first], quantity }) => (first ? [{ rate: first.chosen.rate, quantity }] : [])),
    terms?.rate,
  )
  const shares = new Map<PooledPart, Share>()
  for (const [index, version] of versions.entries()) {
    const { amount, derivation } = rated[index] ?? explained([])
    const isForeign = version.parts[0]?.chosen.currency !== money
    const unrounded = isForeign && billing.fx ? exchange(amount, billing.fx) : amount
    const pool = { quantity: plainText(version.quantity), unrounded: plainText(unrounded), steps: derivation }
    share(version.parts, pool, money).forEach((one, position) => {
      const part = version.parts[position]
      if (part) shares.set(part, one)
    })
  }
  return parts.flatMap((part) => shares.get(part) ?? [])
}

function share(parts: readonly PooledPart[], pool: PoolDetails, money: Currency): Share[] {
  const quantities = parts.map(({ quantity }) => decimal(quantity))
  return shareOut(decimal(pool.unrounded), quantities, money).shares.map((one) => ({ unrounded: plainText(one), pool }))
}

import type { Aggregation } from '../../../billing/aggregate.ts'
import { type Commitment, commitmentsOf } from '../../../billing/commitments.ts'
import type { InForce } from '../../../billing/in-force.ts'
import { periodEnd, periodStart } from '../../../billing/period.ts'
import { parkedLine, type ParkedLine, rateLine, type RatedPart } from '../../../billing/rate-line.ts'
import { nilId } from '../../../platform/ids.ts'
import type { Exchange } from './exchange.ts'
import { type UsedLine } from './input.ts'
import { type Pooled, type PooledBucket } from './pool-lines.ts'
import type { PriceBook } from './price-book.ts'
import type { ChainEdgeRow } from './queries.ts'

/** What a line comes to on one edge, before it is written. */
export type Rated = PooledBucket & { readonly kind: ChainEdgeRow['kind'] }

/** A line with the edge that it is rated on, and what is known of it there. */
export type LineOnEdge = {
  readonly line: UsedLine
  readonly edge: ChainEdgeRow
  readonly exchange: Exchange
  readonly planVersionId: string
  readonly aggregation: Aggregation
  /** Where a plan version of the month lists the SKU: then its minimum is due for these days. */
  readonly span: InForce | undefined
  readonly isLate: boolean
}

/** The currency of what suppliers ask for a line on a cost edge; undefined where it is the edge's, or there is no price. */
function costCurrency(
  { line, edge, planVersionId }: Pick<LineOnEdge, 'line' | 'edge' | 'planVersionId'>,
  book: PriceBook,
): string | undefined {
  if (edge.kind === 'sale') return undefined
  const { skuId, subscriptionId } = line.key
  const regionIds = [...new Set([...line.now, ...line.before].map((row) => row.regionId))]
  const targetIds = [subscriptionId, edge.buyerId, planVersionId, ...regionIds]
  const stretches = book.resolve({ skuId, period: line.month, currency: edge.currency, targetIds })
  return stretches.find(({ chosen }) => chosen && chosen.currency !== edge.currency)?.chosen?.currency
}

/** Rates one line on one edge. Writes nothing. */
export function rateOnEdge(
  { line, edge, exchange, planVersionId, aggregation, span, isLate }: LineOnEdge,
  book: PriceBook,
): Rated[] {
  const { key, month } = line
  const fx = exchange(edge, month, costCurrency({ line, edge, planVersionId }, book))
  const billing = { currency: edge.currency, fx }
  const asked = { usage: line, aggregation, billing, isLate, mayPool: edge.kind === 'sale' }
  const rated = rateLine(asked, (regionId) =>
    book.resolve({
      skuId: key.skuId,
      period: month,
      currency: edge.currency,
      targetIds: [key.subscriptionId, edge.buyerId, planVersionId, regionId],
    }),
  )
  const place = {
    taxCategory: null,
    edgeId: edge.edgeId,
    chainId: edge.chainId,
    subscriptionId: key.subscriptionId,
    skuId: key.skuId,
    servicePeriod: month,
    planVersionId,
  }
  if ('parkedFor' in rated) return [parkedBucket(place, edge.kind, rated)]
  const waiting = () => parkedBucket(place, edge.kind, parkedLine(asked, 'tier_scope.buyer')).bucket
  const buckets = rated.parts.map((part) => partBucket(place, edge.kind, part, { billing, isLate, waiting }))
  if (!span) return buckets
  const commitments = commitmentsOf(rated.totals, month, span, { billing, isLate })
  return [...buckets, ...commitments.map((one) => minimumBucket(place, edge.kind, one))]
}

type BucketPlace = Pick<
  Rated['bucket'],
  'taxCategory' | 'edgeId' | 'chainId' | 'subscriptionId' | 'skuId' | 'servicePeriod' | 'planVersionId'
>

const usageKind = { kind: 'usage' } as const

function parkedBucket(
  place: BucketPlace,
  kind: ChainEdgeRow['kind'],
  { parkedFor, quantity, quantityBefore }: ParkedLine,
): Rated {
  const month = place.servicePeriod
  const days = { regionId: nilId, serviceStart: periodStart(month), serviceEnd: periodEnd(month) }
  const unknown = { rateId: null, fxRateId: null, unrounded: null, details: null }
  const figures = { parkedFor, quantity, quantityBefore }
  return { bucket: { ...place, ...usageKind, ...days, ...figures, ...unknown }, kind, priceListId: null }
}

type PoolContext = Pick<Pooled, 'billing' | 'isLate'> & { readonly waiting: () => Pooled['waiting'] }

function partBucket(place: BucketPlace, kind: ChainEdgeRow['kind'], part: RatedPart, pool: PoolContext): Rated {
  const { from, to, chosen, details, terms, ...figures } = part
  const { quantity } = figures
  const pooled = () => ({ from, quantity, chosen, terms, ...pool, waiting: pool.waiting() })
  return {
    bucket: {
      ...place,
      ...usageKind,
      ...figures,
      serviceStart: from,
      serviceEnd: to,
      rateId: chosen.rateId,
      details: details && JSON.stringify(details),
      parkedFor: null,
    },
    kind,
    priceListId: chosen.priceListId,
    ...(chosen.rate.tierScope === 'buyer' && { pooled: pooled() }),
  }
}

/** What is missing to a commitment is a line of its own, without a quantity. */
function minimumBucket(
  place: BucketPlace,
  kind: ChainEdgeRow['kind'],
  { regionId, from, to, terms, due }: Commitment,
): Rated {
  const face = { ...place, kind: 'minimum', regionId, serviceStart: from, serviceEnd: to } as const
  const figures = { quantity: '0', quantityBefore: '0' }
  const unknown = { unrounded: null, fxRateId: null, rateId: null, details: null, parkedFor: 'fx.missing' }
  if (!due) return { bucket: { ...face, ...figures, ...unknown }, kind, priceListId: null }
  const { unrounded, fxRateId, details } = due
  const known = { unrounded, fxRateId, rateId: terms.rateId, details: JSON.stringify(details), parkedFor: null }
  return { bucket: { ...face, ...figures, ...known }, kind, priceListId: terms.priceListId }
}

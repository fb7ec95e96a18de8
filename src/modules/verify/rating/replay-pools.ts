import { sharesOf } from '../../../billing/pools.ts'
import type { BillingCurrency, RatedPart } from '../../../billing/rate-line.ts'
import type { EarlierOf } from '../../billing/rating/pool-lines.ts'
import { attempt, type Findings } from '../check.ts'
import type { BucketRow } from './queries-buckets.ts'
import { bucketName, figuresOf, termsRateId } from './replay.ts'

/** A bucket whose amount is a share of what its buyer bought, with what its own usage gives. */
export type PooledBucket = {
  readonly bucket: BucketRow
  readonly part: RatedPart
  readonly billing: BillingCurrency
  readonly isLate: boolean
}

/** The month that the buckets are posted to, and what earlier ones have rated of the wholes, as far as that is known. */
type PoolContext = { readonly period: string; readonly earlierOf: EarlierOf }

/** Prices each whole again and names the buckets that hold another quantity or another share. */
export function judgePools(pooled: readonly PooledBucket[], context: PoolContext, broken: Findings): void {
  const nameOf = ({ bucket }: PooledBucket) =>
    [bucket.edgeId, bucket.skuId, bucket.servicePeriod, bucket.regionId].join(' ')
  for (const some of Map.groupBy(pooled, nameOf).values()) judgePool(some, context, broken)
}

function judgePool(some: readonly PooledBucket[], { period, earlierOf }: PoolContext, broken: Findings): void {
  const lines = some.toSorted((a, b) => (a.bucket.subscriptionId < b.bucket.subscriptionId ? -1 : 1))
  const [first] = lines
  if (!first) return
  const earlier = first.isLate ? earlierOf(first.bucket) : []
  if (earlier === 'to be rated') return
  const shares = attempt(() => (earlier === 'waits' ? earlier : sharesOf(lines.map(partOf), first.billing, earlier)))
  for (const [index, { bucket, part }] of lines.entries()) {
    const name = bucketName(bucket, period)
    const share = 'value' in shares ? shares.value[index] : undefined
    if (typeof share !== 'object') {
      broken.add(name, 'can not be rated again with what its buyer bought')
      continue
    }
    const kept = termsRateId(bucket)
    const details = { ...(kept !== undefined && { termsRateId: kept }), pool: share.pool }
    const gives = figuresOf({ ...part, unrounded: share.unrounded, details })
    if (figuresOf(bucket) !== gives) broken.add(name, `holds ${figuresOf(bucket)}; all of its buyer gives ${gives}`)
  }
}

/** Prices were booked by region; a whole names them by themselves. */
const partOf = ({ bucket, part }: PooledBucket) => ({
  ...part,
  from: bucket.serviceStart,
  chosen: { ...part.chosen, rateId: bucket.rateId ?? '' },
})

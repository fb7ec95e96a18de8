import type { Aggregation } from '../../../billing/aggregate.ts'
import { canonicalJson, type Json } from '../../../billing/canonical.ts'
import type { Stretch } from '../../../billing/days.ts'
import { type FxRate, fxDayOf } from '../../../billing/fx.ts'
import type { LineUsage } from '../../../billing/line-parts.ts'
import { currency } from '../../../billing/money.ts'
import { periodEnd, periodStart } from '../../../billing/period.ts'
import { type GroupTotal, type PartDetails, rateLine, type RatedPart } from '../../../billing/rate-line.ts'
import type { BookedRate } from '../../../billing/resolve.ts'
import { nilId } from '../../../platform/ids.ts'
import { attempt, type Findings } from '../check.ts'
import type { BucketRow, FxRow, RateRow } from './queries-buckets.ts'
import { judgeMinimum } from './replay-minimum.ts'
import type { PooledBucket } from './replay-pools.ts'

/** One line's buckets on one edge, with the usage that they must come from. */
type RatedBefore = {
  readonly edge: { readonly kind: 'sale' | 'cost'; readonly currency: string }
  readonly sellerId: string
  readonly period: string
  readonly month: string
  readonly usage: LineUsage
  readonly aggregation: Aggregation
  readonly buckets: readonly BucketRow[]
  readonly rateOf: (rateId: string) => RateRow | undefined
  readonly fxOf: (fxRateId: string) => FxRow | undefined
  /** Collects what is a share of a whole: judged when all of it is seen. */
  readonly pooled: PooledBucket[]
}

/** Names a bucket for the person who looks for it. */
export const bucketName = (bucket: BucketRow, period: string): string =>
  `${bucket.kind === 'minimum' ? 'minimum' : 'bucket'} of subscription ${bucket.subscriptionId}, SKU ${bucket.skuId} from ${bucket.serviceStart} on edge ${bucket.edgeId} posted to ${period}`

/**
 * A region's own prices count as other ones than everybody's, even where the days that were used show no difference: it
 * had a bucket of its own for the days that were not.
 */
const booked = (row: RateRow, regionId: string): BookedRate => ({
  rateId: `${regionId} ${row.rateId}`,
  priceListId: row.priceListId,
  scope: row.scope,
  currency: currency(row.currency),
  valid: { from: row.from, to: row.to },
  rate: row.rate,
})

/** The price whose terms count for a bucket, where it says another one than its own. */
export function termsRateId({ details }: Pick<BucketRow, 'details'>): string | undefined {
  const known: PartDetails = details ?? {}
  return known.termsRateId
}

/**
 * The days of the month with the prices that were frozen for them; days that nothing was rated on have none, but for the
 * version at period end where the buckets took its terms.
 */
function frozenPrices({ month, buckets, rateOf }: RatedBefore, regionId: string): Stretch<BookedRate>[] {
  const stretches: Stretch<BookedRate>[] = []
  let from = periodStart(month)
  for (const bucket of buckets) {
    if (bucket.serviceStart > from) stretches.push({ from, to: bucket.serviceStart, chosen: null })
    const row = bucket.rateId === null ? undefined : rateOf(bucket.rateId)
    stretches.push({ from: bucket.serviceStart, to: bucket.serviceEnd, chosen: row ? booked(row, regionId) : null })
    from = bucket.serviceEnd
  }
  const lastId = buckets.map(termsRateId).find((id) => id !== undefined)
  const last = lastId === undefined || lastId === buckets.at(-1)?.rateId ? undefined : rateOf(lastId)
  const chosen = last ? booked(last, regionId) : null
  if (from < periodEnd(month)) stretches.push({ from, to: periodEnd(month), chosen })
  return stretches
}

/**
 * Rates a line again from its usage and its frozen prices, by the function that rated it, and names the buckets that hold
 * another quantity or another amount.
 */
export function replayLine(line: RatedBefore, broken: Findings): void {
  const { period, month, usage, aggregation, edge } = line
  for (const bucket of line.buckets) {
    judgePrice(line, bucket, broken)
    judgeExchange(line, bucket, broken)
  }
  const buckets = line.buckets.filter(({ kind }) => kind === 'usage')
  const minimums = line.buckets.filter(({ kind }) => kind === 'minimum')
  const byRegion = Map.groupBy(buckets, ({ regionId }) => regionId)
  const prices = new Map([...byRegion].map(([id, some]) => [id, frozenPrices({ ...line, buckets: some }, id)]))
  for (const bucket of minimums)
    if (!prices.has(bucket.regionId)) prices.set(bucket.regionId, unusedPrices(line, bucket))
  const common = prices.get(nilId) ?? frozenPrices({ ...line, buckets: [] }, nilId)
  const billing = { currency: edge.currency, fx: pinnedFx(line) }
  const rated = attempt(() =>
    rateLine(
      { usage, aggregation, billing, isLate: month < period, mayPool: edge.kind === 'sale' },
      (id) => prices.get(id) ?? common,
    ),
  )
  if ('refusal' in rated) {
    for (const bucket of line.buckets)
      broken.add(bucketName(bucket, period), `can not be rated again: ${rated.refusal}`)
  } else if ('parkedFor' in rated.value) {
    judgeParked({ ...line, buckets }, rated.value, broken)
  } else {
    judgeParts({ ...line, buckets }, rated.value.parts, broken)
    for (const bucket of minimums) judgeCommitment(line, bucket, rated.value.totals, broken)
  }
}

/** Where nothing was used the minimum itself says which price was in force. */
function unusedPrices({ month, rateOf }: RatedBefore, bucket: BucketRow): Stretch<BookedRate>[] {
  const row = bucket.rateId === null ? undefined : rateOf(bucket.rateId)
  const chosen = row ? booked(row, bucket.regionId) : null
  return [{ from: periodStart(month), to: periodEnd(month), chosen }]
}

function judgeCommitment(
  { period, month, rateOf, fxOf }: RatedBefore,
  bucket: BucketRow,
  totals: readonly GroupTotal[],
  broken: Findings,
): void {
  const name = bucketName(bucket, period)
  const rate = bucket.rateId === null ? undefined : rateOf(bucket.rateId)
  const fx = bucket.fxRateId === null ? undefined : fxOf(bucket.fxRateId)
  const total = totals.find((one) => one.regionId === bucket.regionId)
  judgeMinimum(bucket, { name, month, rate, fx, total }, broken)
}

function judgePrice({ sellerId, period, edge, rateOf }: RatedBefore, bucket: BucketRow, broken: Findings): void {
  if (bucket.rateId === null) return
  const row = rateOf(bucket.rateId)
  const isIts = row?.sellerId === sellerId && row.skuId === bucket.skuId && row.kind === edge.kind
  const covers = row && (bucket.kind === 'minimum' || isWithinPrice(row, bucket))
  if (!isIts || !covers)
    broken.add(bucketName(bucket, period), `price ${bucket.rateId} is not one of its seller for its SKU and days`)
}

const isWithinPrice = (row: RateRow, { serviceStart, serviceEnd }: BucketRow): boolean =>
  row.from <= serviceStart && (row.to === null || serviceEnd <= row.to)

/** One rate converts all that is priced in the seller's own currency of one line. */
function pinnedFx({ buckets, fxOf }: RatedBefore): FxRate | undefined {
  const fxRateId = buckets.find((bucket) => bucket.fxRateId !== null)?.fxRateId
  return fxRateId ? fxOf(fxRateId) : undefined
}

function judgeExchange(
  { sellerId, period, month, edge, fxOf }: RatedBefore,
  bucket: BucketRow,
  broken: Findings,
): void {
  if (bucket.fxRateId === null) return
  const row = fxOf(bucket.fxRateId)
  const isIts = row && (row.sellerId === sellerId || row.isShared) && row.to === edge.currency
  if (!isIts || row.validFrom > fxDayOf(month))
    broken.add(
      bucketName(bucket, period),
      `rate of exchange ${bucket.fxRateId} is not one for its seller, currency and month`,
    )
}

/** The whole line waits, with its quantity and no amount. */
function judgeParked(
  { buckets, period }: RatedBefore,
  waits: { parkedFor: string; quantity: string; quantityBefore: string },
  broken: Findings,
): void {
  for (const bucket of buckets) {
    const name = bucketName(bucket, period)
    if (bucket.unrounded !== null) broken.add(name, `its line was used on days without a price (${waits.parkedFor})`)
    else if (bucket.quantity !== waits.quantity || bucket.quantityBefore !== waits.quantityBefore) {
      broken.add(
        name,
        `holds ${bucket.quantity} after ${bucket.quantityBefore}, its usage gives ${waits.quantity} after ${waits.quantityBefore}`,
      )
    }
  }
}

function judgeParts(
  { buckets, period, edge, pooled, ...line }: RatedBefore,
  parts: readonly RatedPart[],
  broken: Findings,
): void {
  const billing = { currency: edge.currency, fx: pinnedFx({ buckets, period, edge, pooled, ...line }) }
  const keyOf = (regionId: string, from: string): string => `${regionId} ${from}`
  const byDays = new Map(parts.map((part) => [keyOf(part.regionId, part.from), asStored(part)]))
  for (const bucket of buckets) {
    const part = byDays.get(keyOf(bucket.regionId, bucket.serviceStart))
    if (!part) broken.add(bucketName(bucket, period), 'is rated, though nothing was used')
    else if (part.chosen.rate.tierScope === 'buyer')
      pooled.push({ bucket, part, billing, isLate: bucket.servicePeriod < period })
    else if (figuresOf(bucket) !== figuresOf(part)) {
      broken.add(bucketName(bucket, period), `holds ${figuresOf(bucket)}; its usage and price give ${figuresOf(part)}`)
    }
  }
}

/** Prices were booked by region; what is stored names them by themselves. */
function asStored(part: RatedPart): RatedPart {
  const { termsRateId, ...others } = part.details ?? {}
  const own = termsRateId?.split(' ').at(-1)
  return { ...part, details: part.details && { ...others, ...(own !== undefined && { termsRateId: own }) } }
}

type Figures = Pick<BucketRow, 'quantity' | 'quantityBefore' | 'unrounded' | 'fxRateId' | 'details'>

/** What a bucket says, to be compared with what its usage and price give. */
export const figuresOf = ({ quantity, quantityBefore, unrounded, fxRateId, details }: Figures): string =>
  [
    `${quantity} after ${quantityBefore} for ${unrounded ?? 'nothing yet'}`,
    fxRateId ? ` at ${fxRateId}` : '',
    details ? ` with ${canonicalJson(details as Json)}` : '',
  ].join('')

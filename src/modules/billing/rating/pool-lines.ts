import { type EarlierPart, type PooledPart, type Share, sharesOf, type Unshared } from '../../../billing/pools.ts'
import type { BillingCurrency, PartDetails } from '../../../billing/rate-line.ts'
import type { Tx } from '../../../platform/db.ts'
import { invariant } from '../../../platform/errors.ts'
import type { NewBucket } from './queries-buckets.ts'
import * as queries from './queries-pools.ts'

/** Of a bucket that is a share of a whole: what its amount is made of when everything is known. */
export type Pooled = PooledPart & {
  readonly billing: BillingCurrency
  /** Its month is over: it comes on top of what earlier periods have rated of the whole. */
  readonly isLate: boolean
  /** What its line is while the whole is not known. */
  readonly waiting: PooledBucket['bucket']
}

/** What a line comes to on one edge, as far as pools look at it. */
export type PooledBucket = {
  readonly bucket: Omit<NewBucket, 'invoiceId'>
  readonly priceListId: string | null
  readonly pooled?: Pooled | undefined
}

type WholeKey = Pick<NewBucket, 'edgeId' | 'skuId' | 'servicePeriod'>

const wholeOf = ({ edgeId, skuId, servicePeriod }: WholeKey): string => [edgeId, skuId, servicePeriod].join(' ')

/**
 * What earlier periods have rated of a whole in a region, by price version, or why that is not known: some of it is to be rated
 * again, or waits for a person.
 */
export type EarlierOf = (
  whole: WholeKey & { readonly regionId: string },
) => readonly EarlierPart[] | 'to be rated' | 'waits'

/**
 * Reads what late lines of a period come on top of. Marks are looked at first: who rates an earlier month again meanwhile is
 * kept out by the lock of the seller's rating.
 */
export async function readEarlier(
  tx: Tx,
  { sellerId, period }: { readonly sellerId: string; readonly period: string },
  late: readonly WholeKey[],
): Promise<EarlierOf> {
  const [first] = late.map(({ servicePeriod }) => servicePeriod).sort()
  if (first === undefined) return () => 'to be rated'
  const edgeIds = [...new Set(late.map(({ edgeId }) => edgeId))].sort()
  const months = { sellerId, edgeIds, from: first, to: period }
  const due = await queries.listDueMonths(tx, months)
  const rows = await queries.listWholes(tx, months, [...new Set(late.map(({ skuId }) => skuId))])
  const byWhole = Map.groupBy(rows, (row) => wholeOf({ ...row, servicePeriod: row.month }))
  return (whole) => {
    if (due.some((one) => one.edgeId === whole.edgeId && one.period >= whole.servicePeriod)) return 'to be rated'
    const own = byWhole.get(wholeOf(whole)) ?? []
    if (own.some(({ rateId }) => rateId === null)) return 'waits'
    return own.filter(({ regionId }) => regionId === whole.regionId).flatMap(earlierPart)
  }
}

function earlierPart({ from, quantity, rateId, rate, currency }: queries.WholeRow): EarlierPart[] {
  return rateId !== null && rate && currency ? [{ from, quantity, chosen: { rateId, rate, currency } }] : []
}

/** The wholes of which some of these lines are late. */
export const lateWholes = (rated: readonly PooledBucket[]): WholeKey[] =>
  rated.filter(({ pooled }) => pooled?.isLate).map(({ bucket }) => bucket)

/**
 * Gives what a buyer is priced for together its amounts: the whole is rounded once and shared by quantity. While some of a
 * whole can't be priced, none of it can: all its lines wait. Answers what each of the buckets becomes.
 */
export function openShares<R extends PooledBucket>(rated: readonly R[], earlierOf: EarlierOf): (one: R) => R[] {
  if (rated.every(({ pooled }) => !pooled)) return (one) => [one]
  const ofUsage = rated.filter(({ bucket }) => bucket.kind === 'usage' || bucket.kind === 'minimum')
  const instead = new Map<R, R[]>()
  for (const some of Map.groupBy(ofUsage, ({ bucket }) => wholeOf(bucket)).values()) {
    const priced = pricedWhole(some, earlierOf)
    for (const [one, others] of typeof priced === 'string' ? waitingLines(some, priced) : priced)
      instead.set(one, others)
  }
  return (one) => instead.get(one) ?? [one]
}

function pricedWhole<R extends PooledBucket>(some: readonly R[], earlierOf: EarlierOf): Map<R, R[]> | Unshared {
  const pooled = some.filter((one) => one.pooled)
  if (pooled.length > 0 && some.some(({ bucket }) => bucket.parkedFor !== null)) return 'tier_scope.buyer'
  const priced = new Map<R, R[]>()
  for (const inRegion of Map.groupBy(pooled, ({ bucket }) => bucket.regionId).values()) {
    const lines = inRegion.toSorted((a, b) => (a.bucket.subscriptionId < b.bucket.subscriptionId ? -1 : 1))
    const shares = sharesIn(lines, earlierOf)
    if (typeof shares === 'string') return shares
    lines.forEach((line, index) => priced.set(line, [withShare(line, shares[index])]))
  }
  return priced
}

function sharesIn(lines: readonly PooledBucket[], earlierOf: EarlierOf): Share[] | Unshared {
  const parts = lines.flatMap(({ pooled }) => pooled ?? [])
  const [first] = parts
  const [line] = lines
  invariant(first && line, 'a group has at least one line')
  const earlier = first.isLate ? earlierOf(line.bucket) : []
  return typeof earlier === 'string' ? 'tier_scope.buyer' : sharesOf(parts, first.billing, earlier)
}

function withShare<R extends PooledBucket>(line: R, share: Share | undefined): R {
  invariant(share, 'every part has its share')
  const details = { ...(JSON.parse(line.bucket.details ?? '{}') as PartDetails), pool: share.pool }
  return { ...line, bucket: { ...line.bucket, unrounded: share.unrounded, details: JSON.stringify(details) } }
}

/** Each line with a share in the whole waits by itself and as one; its other buckets are none meanwhile. */
function waitingLines<R extends PooledBucket>(some: readonly R[], parkedFor: Unshared): Map<R, R[]> {
  const instead = new Map<R, R[]>()
  for (const line of Map.groupBy(some, ({ bucket }) => bucket.subscriptionId).values()) {
    const first = line.find(({ pooled }) => pooled)
    if (!first?.pooled) continue
    for (const one of line) instead.set(one, [])
    instead.set(first, [{ ...first, priceListId: null, bucket: { ...first.pooled.waiting, parkedFor } }])
  }
  return instead
}

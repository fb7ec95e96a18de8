import type { InForce } from '../../billing/in-force.ts'
import { nextPeriod, periodEnd, periodStart } from '../../billing/period.ts'
import { preferIndexes, switchRole, type Tx } from '../../platform/db.ts'
import { invariant } from '../../platform/errors.ts'
import { nilId } from '../../platform/ids.ts'
import { openDrafts } from '../invoices/drafts.ts'
import { freezeLists } from '../pricing/rates.ts'
import { rateCharges } from './charges.ts'
import { openExchange } from './exchange.ts'
import type { PriceBook } from './price-book.ts'
import type { NewBucket, Place } from './queries-buckets.ts'
import * as buckets from './queries-buckets.ts'
import type { ChainEdgeRow } from './queries-rating.ts'
import { type Commitment, commitmentsOf } from './commitments.ts'
import type { Aggregation } from '../../billing/aggregate.ts'
import { type PooledPart, type Share, sharesOf } from './pools.ts'
import { type BillingCurrency, type PartDetails, rateLine, type RatedLine } from './rate-line.ts'
import {
  openBook,
  type RatingRules,
  type RatingTask,
  readEdges,
  readLines,
  readPlanVersions,
  readRules,
  listWholeBuyers,
  type SellersEdges,
  type UsedLine,
} from './rating-input.ts'
import { addEvents, inForceOf, readStanding, unusedLines } from './standing-lines.ts'

/** How many buckets were written, and how many of them wait for a person. */
export type RatingCounts = { readonly buckets: number; readonly parked: number }

/** What a line comes to on one edge, before it is written. */
export type Rated = {
  readonly bucket: Omit<NewBucket, 'invoiceId'>
  readonly kind: ChainEdgeRow['kind']
  readonly priceListId: string | null
  /** Where tiers count over all of a buyer: what the amount is made of when everything is known. */
  readonly pooled?: PooledPart & { readonly billing: BillingCurrency }
}

/**
 * Rates what these tenants used in a posting period, and what their subscriptions are charged in it, on every edge that the
 * seller had on their chains at the time of service, and writes what is not on paper yet. Runs inside a transaction whose organization is the seller and ends it
 * as weir_seller. Due marks go away before anything is read, so that whoever changes an input meanwhile marks again. May
 * run twice: the second run writes the same.
 */
export async function rateTenants(tx: Tx, asked: RatingTask): Promise<RatingCounts> {
  const sellerId = asked.seller.organizationId
  await switchRole(tx, 'weir_seller')
  await preferIndexes(tx)
  await buckets.lockRating(tx, sellerId, asked.period)
  const rules = await readRules(tx, asked.seller)
  const task = rules.hasBuyerScope ? { ...asked, tenantIds: await listWholeBuyers(tx, asked) } : asked
  const edges = await readEdges(tx, task)
  if (edges.places.length === 0) return { buckets: 0, parked: 0 }
  await buckets.lockMarks(tx, sellerId, task.period, edges.places)
  await buckets.deleteMarks(tx, sellerId, task.period, edges.places)
  const rated = await rateUsage(tx, task, rules, edges)
  const charged = await rateCharges(tx, task, rules.hasCostList)
  return writeBuckets(tx, task, edges.places, [...withShares(rated), ...charged])
}

/**
 * Rates what the tenants of a task used, on the seller's edges; `again` rates what is billed once more: with what was used
 * instead, at the rates of exchange of its own documents. Writes nothing. Runs as weir_seller.
 */
export async function rateUsage(
  tx: Tx,
  task: RatingTask,
  rules: RatingRules,
  edges: SellersEdges,
  again?: (used: UsedLine[]) => UsedLine[],
): Promise<Rated[]> {
  const read = await readLines(tx, task, rules.cuts)
  const used = again ? again(read) : read
  const standing = await readStanding(tx, task, rules.standingSkuIds)
  const lines = [...used, ...unusedLines(used, standing, task.period)]
  const bookOf = await openBooks(tx, task, rules, lines)
  await addEvents(tx, task, rules, lines)
  const planVersionOf = await readPlanVersions(tx, task, lines)
  const edgesOf = (line: UsedLine) => edges.at({ tenantId: line.key.tenantId, month: line.month })
  const exchange = await openExchange(
    tx,
    again ? { ...task, period: nextPeriod(task.period) } : task,
    lines.flatMap((line) => edgesOf(line).map((edge) => ({ ...edge, month: line.month }))),
  )
  return lines.flatMap((line) => {
    const span = inForceOf(line, standing)
    const planVersionId = span?.planVersionId ?? planVersionOf(line)
    invariant(planVersionId, 'usage belongs to a subscription of its tenant')
    return edgesOf(line).flatMap((edge) => {
      const book = bookOf(edge.kind)
      if (!book) return []
      const billing = { currency: edge.currency, fx: exchange(edge, line.month) }
      const aggregation = rules.aggregationOf(line.key.skuId)
      return rateOnEdge(
        { line, edge, billing, planVersionId, aggregation, span, isLate: line.month < task.period },
        book,
      )
    })
  })
}

/** Gives what a buyer is priced for together its amounts: the whole is rounded once and shared by quantity. */
export function withShares(rated: readonly Rated[]): readonly Rated[] {
  const nameOf = ({ bucket }: Rated) => [bucket.edgeId, bucket.skuId, bucket.servicePeriod, bucket.regionId].join(' ')
  const pools = Map.groupBy(
    rated.filter(({ pooled }) => pooled),
    nameOf,
  )
  if (pools.size === 0) return rated
  const shared = new Map<Rated, Rated>()
  for (const some of pools.values()) {
    const lines = some.toSorted((a, b) => (a.bucket.subscriptionId < b.bucket.subscriptionId ? -1 : 1))
    const parts = lines.flatMap(({ pooled }) => pooled ?? [])
    const shares = parts[0] ? sharesOf(parts, parts[0].billing) : []
    lines.forEach((line, index) => shared.set(line, withShare(line, shares[index])))
  }
  return rated.map((one) => shared.get(one) ?? one)
}

function withShare(line: Rated, share: Share | undefined): Rated {
  invariant(share, 'every part has its share')
  const details = { ...(JSON.parse(line.bucket.details ?? '{}') as PartDetails), pool: share.pool }
  return { ...line, bucket: { ...line.bucket, unrounded: share.unrounded, details: JSON.stringify(details) } }
}

/** Without any cost list what the platform pays is unknown: there is no book, and nothing is written. */
async function openBooks(tx: Tx, task: RatingTask, rules: RatingRules, lines: readonly UsedLine[]) {
  if (lines.length === 0) return () => undefined
  const sale = await openBook(tx, task, 'sale', lines)
  const cost = rules.hasCostList ? await openBook(tx, task, 'cost', lines) : undefined
  return (kind: 'sale' | 'cost'): PriceBook | undefined => (kind === 'sale' ? sale : cost)
}

/** A line with the edge that it is rated on, and what is known of it there. */
export type LineOnEdge = {
  readonly line: UsedLine
  readonly edge: ChainEdgeRow
  readonly billing: BillingCurrency
  readonly planVersionId: string
  readonly aggregation: Aggregation
  /** Where a plan version of the month lists the SKU: then its minimum is due for these days. */
  readonly span: InForce | undefined
  readonly isLate: boolean
}

/** Rates one line on one edge. Writes nothing. */
export function rateOnEdge(
  { line, edge, billing, planVersionId, aggregation, span, isLate }: LineOnEdge,
  book: PriceBook,
): Rated[] {
  const { key, month } = line
  const mayPool = edge.kind === 'sale'
  const rated = rateLine({ usage: line, aggregation, billing, isLate, mayPool }, (regionId) =>
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
  const buckets = toBuckets(place, edge.kind, rated, billing)
  if (!span || 'parkedFor' in rated) return buckets
  const commitments = commitmentsOf(rated.totals, month, span, { billing, isLate })
  return [...buckets, ...commitments.map((one) => minimumBucket(place, edge.kind, one))]
}

type BucketPlace = Pick<
  Rated['bucket'],
  'taxCategory' | 'edgeId' | 'chainId' | 'subscriptionId' | 'skuId' | 'servicePeriod' | 'planVersionId'
>

const usageKind = { kind: 'usage' } as const

function toBuckets(
  place: BucketPlace,
  kind: ChainEdgeRow['kind'],
  rated: RatedLine,
  billing: BillingCurrency,
): Rated[] {
  if ('parkedFor' in rated) {
    const month = place.servicePeriod
    const days = { regionId: nilId, serviceStart: periodStart(month), serviceEnd: periodEnd(month) }
    const unknown = { rateId: null, fxRateId: null, unrounded: null, details: null }
    return [{ bucket: { ...place, ...usageKind, ...days, ...rated, ...unknown }, kind, priceListId: null }]
  }
  return rated.parts.map(({ from, to, chosen, details, terms, ...figures }) => ({
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
    ...(chosen.rate.tierScope === 'buyer' && {
      pooled: { from, quantity: figures.quantity, chosen, terms, billing },
    }),
  }))
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

/** A minimum belongs to its usage: what the usage on paper came to is what was missing. */
const lineOf = (row: buckets.PaperRow): string => {
  const kind = row.kind === 'minimum' ? 'usage' : row.kind
  return [kind, row.edgeId, row.subscriptionId, row.skuId, row.servicePeriod].join(' ')
}

/** What is on paper stays as it is: a line that has a drafted or billed bucket gets no other. */
async function writeBuckets(
  tx: Tx,
  task: RatingTask,
  places: readonly Place[],
  rated: readonly Rated[],
): Promise<RatingCounts> {
  const { period } = task
  const sellerId = task.seller.organizationId
  await buckets.deleteOpenBuckets(tx, sellerId, period, places)
  const onPaper = new Set((await buckets.listPaper(tx, sellerId, period, places)).map(lineOf))
  const open = rated.filter(({ bucket }) => !onPaper.has(lineOf(bucket)))
  if (open.length === 0) return { buckets: 0, parked: 0 }
  const draftOf = await draftsOf(tx, task, open)
  await buckets.insertBuckets(
    tx,
    period,
    open.map((one) => ({
      ...one.bucket,
      invoiceId: isBillable(one) ? (draftOf.get(one.bucket.edgeId) ?? null) : null,
    })),
  )
  const listIds = new Set(open.map(({ priceListId }) => priceListId).filter((id) => id !== null))
  await freezeLists(tx, [...listIds])
  return { buckets: open.length, parked: open.filter(({ bucket }) => bucket.parkedFor !== null).length }
}

/** What waits for a price, and what the platform itself pays, is on no document. */
const isBillable = ({ kind, bucket }: Rated): boolean => kind === 'sale' && bucket.parkedFor === null

async function draftsOf(tx: Tx, task: RatingTask, rated: readonly Rated[]): Promise<ReadonlyMap<string, string>> {
  if (task.runId === undefined) return new Map()
  const run = { runId: task.runId, sellerId: task.seller.organizationId, period: task.period }
  return openDrafts(tx, run, [...new Set(rated.filter(isBillable).map(({ bucket }) => bucket.edgeId))].sort())
}

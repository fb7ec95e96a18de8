import type { InForce } from '../../../billing/in-force.ts'
import { nextPeriod, periodEnd, periodStart } from '../../../billing/period.ts'
import { preferIndexes, switchRole, type Tx } from '../../../platform/db.ts'
import { invariant } from '../../../platform/errors.ts'
import { nilId } from '../../../platform/ids.ts'
import { openDrafts } from '../../invoices/drafts/finish-drafts.ts'
import { freezeLists } from '../../pricing/price-lists/rates.ts'
import { rateCharges } from '../charges/rate-charges.ts'
import { openExchange } from './exchange.ts'
import type { PriceBook } from './price-book.ts'
import type { Place } from './queries-buckets.ts'
import * as buckets from './queries-buckets.ts'
import type { ChainEdgeRow } from './queries.ts'
import { type Commitment, commitmentsOf } from './commitments.ts'
import type { Aggregation } from '../../../billing/aggregate.ts'
import { lateWholes, type Pooled, type PooledBucket, openShares, readEarlier } from './pool-lines.ts'
import { upsertLaterMarks } from './queries-pools.ts'
import { isClosed } from '../runs/queries.ts'
import { type BillingCurrency, parkedLine, type ParkedLine, rateLine, type RatedPart } from './rate-line.ts'
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
} from './input.ts'
import { addEvents, inForceOf, readStanding, unusedLines } from './standing-lines.ts'

/** How many buckets were written, and how many of them wait for a person. */
type RatingCounts = { readonly buckets: number; readonly parked: number }

/** What a line comes to on one edge, before it is written. */
export type Rated = PooledBucket & { readonly kind: ChainEdgeRow['kind'] }

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
  await buckets.lockRating(tx, sellerId)
  const rules = await readRules(tx, asked.seller)
  const task = rules.hasBuyerScope ? { ...asked, tenantIds: await listWholeBuyers(tx, asked) } : asked
  const edges = await readEdges(tx, task)
  if (edges.places.length === 0) return { buckets: 0, parked: 0 }
  await buckets.lockMarks(tx, sellerId, task.period, edges.places)
  await buckets.deleteMarks(tx, sellerId, task.period, edges.places)
  const rated = await rateUsage(tx, task, rules, edges)
  const earlierOf = await readEarlier(tx, { sellerId, period: task.period }, lateWholes(rated))
  const charged = await rateCharges(tx, task, rules.hasCostList)
  return writeBuckets(tx, task, edges.places, [...rated.flatMap(openShares(rated, earlierOf)), ...charged])
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
  await markLater(tx, task, open)
  return { buckets: open.length, parked: open.filter(({ bucket }) => bucket.parkedFor !== null).length }
}

/** What later months have rated on top of what is new here, and not billed, is out of date. While a month is open there is none. */
async function markLater(tx: Tx, { seller, period }: RatingTask, open: readonly Rated[]): Promise<void> {
  const isOfWhole = ({ pooled, bucket }: Rated) => pooled ?? (bucket.kind === 'usage' && bucket.parkedFor !== null)
  const edgeIds = [...new Set(open.filter(isOfWhole).map(({ bucket }) => bucket.edgeId))]
  if (edgeIds.length > 0 && (await isClosed(tx, period)))
    await upsertLaterMarks(tx, seller.organizationId, edgeIds, period)
}

/** What waits for a price, and what the platform itself pays, is on no document. */
const isBillable = ({ kind, bucket }: Rated): boolean => kind === 'sale' && bucket.parkedFor === null

async function draftsOf(tx: Tx, task: RatingTask, rated: readonly Rated[]): Promise<ReadonlyMap<string, string>> {
  if (task.runId === undefined) return new Map()
  const run = { runId: task.runId, sellerId: task.seller.organizationId, period: task.period }
  return openDrafts(tx, run, [...new Set(rated.filter(isBillable).map(({ bucket }) => bucket.edgeId))].sort())
}

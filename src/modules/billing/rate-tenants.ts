import { periodEnd, periodStart } from '../../billing/period.ts'
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
import { type BillingCurrency, type DailyAggregation, rateLine, type RatedLine } from './rate-line.ts'
import {
  openBook,
  type RatingRules,
  type RatingTask,
  readEdges,
  readLines,
  readPlanVersions,
  readRules,
  type UsedLine,
} from './rating-input.ts'

/** How many buckets were written, and how many of them wait for a person. */
export type RatingCounts = { readonly buckets: number; readonly parked: number }

type Rated = {
  readonly bucket: Omit<NewBucket, 'invoiceId'>
  readonly kind: ChainEdgeRow['kind']
  readonly priceListId: string | null
}

/**
 * Rates what these tenants used in a posting period, and what their subscriptions are charged in it, on every edge that the
 * seller had on their chains at the time of service, and writes what is not on paper yet. Runs inside a transaction whose organization is the seller and ends it
 * as weir_seller. Due marks go away before anything is read, so that whoever changes an input meanwhile marks again. May
 * run twice: the second run writes the same.
 */
export async function rateTenants(tx: Tx, task: RatingTask): Promise<RatingCounts> {
  const sellerId = task.seller.organizationId
  await switchRole(tx, 'weir_seller')
  await preferIndexes(tx)
  await buckets.lockRating(tx, sellerId, task.period)
  const edges = await readEdges(tx, task)
  if (edges.places.length === 0) return { buckets: 0, parked: 0 }
  await buckets.lockMarks(tx, sellerId, task.period, edges.places)
  await buckets.deleteMarks(tx, sellerId, task.period, edges.places)
  const rules = await readRules(tx, task.seller)
  const lines = await readLines(tx, task, rules.cuts)
  const bookOf = await openBooks(tx, task, rules, lines)
  const versions = await readPlanVersions(tx, task)
  const edgesOf = (line: UsedLine) => edges.at({ tenantId: line.key.tenantId, month: line.month })
  const exchange = await openExchange(
    tx,
    task,
    lines.flatMap((line) => edgesOf(line).map((edge) => ({ ...edge, month: line.month }))),
  )
  const rated = lines.flatMap((line) => {
    const planVersionId = versions.get(line.key.subscriptionId)
    invariant(planVersionId, 'usage belongs to a subscription of its tenant')
    return edgesOf(line).flatMap((edge) => {
      const book = bookOf(edge.kind)
      const billing = { currency: edge.currency, fx: exchange(edge, line.month) }
      return book
        ? rateOnEdge(line, { ...edge, billing }, planVersionId, book, rules.aggregationOf(line.key.skuId))
        : []
    })
  })
  const charged = await rateCharges(tx, task, rules.hasCostList)
  return writeBuckets(tx, task, edges.places, [...rated, ...charged])
}

/** Without any cost list what the platform pays is unknown: there is no book, and nothing is written. */
async function openBooks(tx: Tx, task: RatingTask, rules: RatingRules, lines: readonly UsedLine[]) {
  if (lines.length === 0) return () => undefined
  const sale = await openBook(tx, task, 'sale', lines)
  const cost = rules.hasCostList ? await openBook(tx, task, 'cost', lines) : undefined
  return (kind: 'sale' | 'cost'): PriceBook | undefined => (kind === 'sale' ? sale : cost)
}

function rateOnEdge(
  { key, month, now, before }: UsedLine,
  edge: ChainEdgeRow & { readonly billing: BillingCurrency },
  planVersionId: string,
  book: PriceBook,
  aggregation: DailyAggregation,
): Rated[] {
  const rated = rateLine({ now, before }, aggregation, edge.billing, (regionId) =>
    book.resolve({
      skuId: key.skuId,
      period: month,
      currency: edge.currency,
      targetIds: [key.subscriptionId, edge.buyerId, planVersionId, regionId],
    }),
  )
  const place = {
    kind: 'usage' as const,
    taxCategory: null,
    details: null,
    edgeId: edge.edgeId,
    chainId: edge.chainId,
    subscriptionId: key.subscriptionId,
    skuId: key.skuId,
    servicePeriod: month,
    planVersionId,
  }
  return toBuckets(place, edge.kind, rated)
}

type BucketPlace = Pick<
  Rated['bucket'],
  | 'kind'
  | 'taxCategory'
  | 'details'
  | 'edgeId'
  | 'chainId'
  | 'subscriptionId'
  | 'skuId'
  | 'servicePeriod'
  | 'planVersionId'
>

function toBuckets(place: BucketPlace, kind: ChainEdgeRow['kind'], rated: RatedLine): Rated[] {
  if ('parkedFor' in rated) {
    const month = place.servicePeriod
    const days = { regionId: nilId, serviceStart: periodStart(month), serviceEnd: periodEnd(month) }
    return [
      {
        bucket: { ...place, ...days, ...rated, rateId: null, fxRateId: null, unrounded: null },
        kind,
        priceListId: null,
      },
    ]
  }
  return rated.parts.map(({ regionId, from, to, quantity, quantityBefore, chosen, unrounded, fxRateId }) => ({
    bucket: {
      ...place,
      regionId,
      serviceStart: from,
      serviceEnd: to,
      quantity,
      quantityBefore,
      rateId: chosen.rateId,
      fxRateId,
      unrounded,
      parkedFor: null,
    },
    kind,
    priceListId: chosen.priceListId,
  }))
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
  const lineOf = (row: buckets.PaperRow) =>
    [row.kind, row.edgeId, row.subscriptionId, row.skuId, row.servicePeriod].join(' ')
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

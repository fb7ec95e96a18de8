import type { Aggregation } from '../../../billing/aggregate.ts'
import { currency } from '../../../billing/money.ts'
import { needsEvents } from '../../../billing/percentage.ts'
import { periodStart } from '../../../billing/period.ts'
import type { Branch } from '../../../platform/context.ts'
import { nilId } from '../../../platform/ids.ts'
import { readEdges, type SellersEdges } from '../../billing/rating/input.ts'
import { readEarlier } from '../../billing/rating/pool-lines.ts'
import { attempt, type Check, type Findings, openFindings, type View } from '../check.ts'
import * as queries from './queries-buckets.ts'
import { bucketName, replayLine, termsRateId } from './replay.ts'
import { judgePools, type PooledBucket } from './replay-pools.ts'
import { readAggregations, readUsed, type UsedLine } from './used.ts'

const patienceSeconds = 30
/** So many lines are rated again together: the number of tenants follows from what those before them had. */
const linesPerStep = 5_000
const tenantsAtFirst = 50
const tenantsPerStep = 2_000

/** I3: what was used is rated on every edge of its chain, for its quantity, at its frozen price, and nothing else is. */
export const checkRating: Check = {
  law: 'I3',
  name: 'usage is rated on every edge, from its quantity and price',
  run: async (view) => {
    const [broken, pending] = [openFindings(), openFindings()]
    broken.addAll(await queries.listStrayRates(view.tx))
    const total = await queries.countBuckets(view.tx)
    const periods = await queries.listPostedPeriods(view.tx)
    const rates = new Map<string, queries.RateRow>()
    const fxRates = new Map<string, queries.FxRow>()
    const aggregationOf = await readAggregations(view.tx)
    let done = 0
    for (const sellerId of await queries.listSellerIds(view.tx)) {
      const seller = { view, seller: sellerBranch(sellerId), tenantIds: await queries.listTenantIds(view.tx, sellerId) }
      for (const period of periods)
        done += await checkPeriod({ ...seller, period, aggregationOf, rates, fxRates, pooled: [], broken, done, total })
    }
    broken.addAll(await queries.listStrayBuckets(view.tx))
    broken.addAll(await queries.listWrongSettled(view.tx))
    pending.addAll(await queries.listDue(view.tx, patienceSeconds))
    return { looked: [[total, 'buckets']], broken: broken.found(), pending: pending.found() }
  },
}

/** Everybody's usage is read, so the seller looks from the top: which edges are its own is said by the queries. */
const sellerBranch = (sellerId: string): Branch => ({
  organizationId: sellerId,
  level: 'platform',
  platformId: nilId,
  distributorId: nilId,
  partnerId: nilId,
  tenantId: nilId,
})

type SellerPeriod = {
  readonly view: View
  readonly seller: Branch
  readonly period: string
  readonly tenantIds: readonly string[]
  readonly aggregationOf: (skuId: string) => Aggregation
  /** Prices seen so far. */
  readonly rates: Map<string, queries.RateRow>
  readonly fxRates: Map<string, queries.FxRow>
  /** Shares of wholes that are seen only when all tenants are. */
  readonly pooled: PooledBucket[]
  readonly broken: Findings
  readonly done: number
  readonly total: number
}

/** Answers how many buckets there are. */
async function checkPeriod(task: SellerPeriod): Promise<number> {
  let buckets = 0
  let size = tenantsAtFirst
  for (let from = 0; from < task.tenantIds.length;) {
    const tenantIds = task.tenantIds.slice(from, from + size)
    const seen = await checkTenants(task, tenantIds)
    from += size
    buckets += seen.buckets
    size = Math.max(1, Math.min(tenantsPerStep, Math.round((size * linesPerStep) / Math.max(seen.lines, 1))))
    task.view.progress(task.done + buckets, task.total, 'buckets')
  }
  if (task.pooled.length > 0) await checkPools(task)
  return buckets
}

/** What is to be rated again, or comes on top of what is, is right only afterwards. */
async function checkPools({ view, seller, period, pooled, broken }: SellerPeriod): Promise<void> {
  const sellerId = seller.organizationId
  const due = new Set(await queries.listMarkedEdges(view.tx, sellerId, period))
  const late = pooled.filter((one) => one.isLate).map(({ bucket }) => bucket)
  const earlierOf = await readEarlier(view.tx, { sellerId, period }, late)
  judgePools(
    pooled.filter(({ bucket }) => !due.has(bucket.edgeId)),
    { period, earlierOf },
    broken,
  )
}

async function checkTenants(task: SellerPeriod, tenantIds: readonly string[]) {
  const { view, seller, period, aggregationOf } = task
  const { tx } = view
  const edges = await readEdges(tx, { seller, tenantIds })
  const wanted = { sellerId: seller.organizationId, period, places: edges.places }
  const buckets = await queries.listBuckets(tx, wanted)
  await readRates(task, buckets)
  const apart = apartAt(buckets)
  const lines = await readUsed(tx, { period, tenantIds, apart, aggregationOf, countsSingly: countsSingly(task) })
  const marked = new Set((await queries.listMarked(tx, wanted)).map(placeName))
  const left = Map.groupBy(buckets, lineName)
  for (const line of lines) {
    for (const edge of edges.at({ ...line.key, month: line.month })) {
      const name = lineName({ ...line.key, edgeId: edge.edgeId, servicePeriod: line.month })
      const ofLine = left.get(name) ?? []
      left.delete(name)
      if (marked.has(placeName({ edgeId: edge.edgeId, tenantId: line.key.tenantId }))) continue
      if (ofLine.length === 0) reportMissing(line, edge, task)
      else replayOne(task, line, edge, ofLine)
    }
  }
  for (const ofLine of left.values()) {
    const [first] = ofLine
    if (first && !marked.has(placeName(first))) replayUnused(task, edges, first, ofLine)
  }
  return { buckets: buckets.length, lines: Math.max(lines.length, buckets.length) }
}

const placeName = ({ edgeId, tenantId }: queries.Place): string => `${edgeId} ${tenantId}`

const lineName = (one: Pick<queries.BucketRow, 'edgeId' | 'subscriptionId' | 'skuId' | 'servicePeriod'>): string =>
  `${one.edgeId} ${one.subscriptionId} ${one.skuId} ${one.servicePeriod}`

type Edge = ReturnType<SellersEdges['at']>[number]

/** A frozen price may look at the single records of its SKU. */
function countsSingly({ rates }: SellerPeriod): (skuId: string) => boolean {
  const skuIds = new Set([...rates.values()].filter(({ rate }) => needsEvents(rate)).map(({ skuId }) => skuId))
  return (skuId) => skuIds.has(skuId)
}

/** What is due though nothing was used: a minimum, or the first fee of a price that asks it at zero. */
function replayUnused(
  task: SellerPeriod,
  edges: SellersEdges,
  first: queries.BucketRow,
  buckets: readonly queries.BucketRow[],
): void {
  const { tenantId, subscriptionId, skuId, servicePeriod: month } = first
  const edge = edges.at({ tenantId, month }).find(({ edgeId }) => edgeId === first.edgeId)
  const key = { tenantId, subscriptionId, skuId, monthStart: periodStart(month) }
  if (edge) replayOne(task, { key, month, usage: { now: [], before: [] } }, edge, buckets)
  else
    for (const bucket of buckets) task.broken.add(bucketName(bucket, task.period), 'is rated, though nothing was used')
}

function replayOne(
  { aggregationOf, rates, fxRates, pooled, period, seller, broken }: SellerPeriod,
  { key, month, usage }: UsedLine,
  edge: Edge,
  buckets: readonly queries.BucketRow[],
): void {
  const rateOf = (rateId: string) => rates.get(rateId)
  const line = { edge, sellerId: seller.organizationId, period, month, usage }
  replayLine(
    { ...line, aggregation: aggregationOf(key.skuId), buckets, rateOf, fxOf: (id) => fxRates.get(id), pooled },
    broken,
  )
}

/** What the platform pays is unknown until it says so: its own purchase may be rated later, or never. */
function reportMissing({ key, month }: UsedLine, edge: Edge, { period, broken }: SellerPeriod): void {
  if (edge.kind === 'cost') return
  const name = `usage of subscription ${key.subscriptionId}, SKU ${key.skuId} in ${month} posted to ${period}`
  broken.add(name, `is not rated on edge ${edge.edgeId}`)
}

/** A price has a bucket for its days, and a region for its own prices. */
const apartAt = (buckets: readonly queries.BucketRow[]) => ({
  days: [...new Set(buckets.flatMap((one) => [one.serviceStart, one.serviceEnd]))].sort(),
  regionIds: [...new Set(buckets.map((one) => one.regionId))].filter((id) => id !== nilId),
})

async function readRates({ view, rates, fxRates }: SellerPeriod, buckets: readonly queries.BucketRow[]): Promise<void> {
  const named = buckets.flatMap((bucket) => [bucket.rateId, termsRateId(bucket) ?? null])
  const ids = new Set(named.filter((id) => id !== null).filter((id) => !rates.has(id)))
  const fxIds = new Set(buckets.flatMap(({ fxRateId: id }) => (id === null || fxRates.has(id) ? [] : [id])))
  const known = ids.size > 0 ? await queries.listRates(view.tx, [...ids]) : []
  // A price in no currency is none.
  for (const row of known) if ('value' in attempt(() => currency(row.currency))) rates.set(row.rateId, row)
  if (fxIds.size > 0) for (const row of await queries.listFxRates(view.tx, [...fxIds])) fxRates.set(row.id, row)
}

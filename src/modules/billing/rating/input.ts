import type { Aggregation } from '../../../billing/aggregate.ts'
import type { LineUsage, Meeting } from '../../../billing/line-parts.ts'
import { currency } from '../../../billing/money.ts'
import { periodEnd, periodOfDay, periodStart } from '../../../billing/period.ts'
import { type Branch, tierRole } from '../../../platform/context.ts'
import { switchRole, type Tx } from '../../../platform/db.ts'
import { invariant } from '../../../platform/errors.ts'
import { nilId } from '../../../platform/ids.ts'
import { listRateCandidates, type RateCandidate } from '../../pricing/price-lists/rates.ts'
import { openPriceBook, type PriceBook } from './price-book.ts'
import type { Place } from './queries-buckets.ts'
import * as queries from './queries.ts'
import type { ChainEdgeRow, ChainRow, LineKey, UsageCuts, UsageRow } from './queries.ts'

/**
 * The tenants of one seller that one transaction rates, and for which posting period. In a billing run what has a price goes
 * straight onto the run's drafts.
 */
export type RatingTask = {
  readonly seller: Branch
  readonly period: string
  readonly tenantIds: readonly string[]
  readonly runId: string | undefined
}

/** What one subscription used of one SKU in one month of service. */
export type UsedLine = {
  readonly key: LineKey
  readonly month: string
  readonly now: UsageRow[]
  readonly before: UsageRow[]
  events?: LineUsage['events']
  values?: LineUsage['values']
  endsOn?: LineUsage['endsOn']
}

/** The seller's edges on the chains of some tenants. */
export type SellersEdges = {
  /** Every edge and tenant that may have buckets, each once and in this order. */
  readonly places: readonly Place[]
  /** The edges that were in force in a tenant's month: those of the latest chain that had begun by its end. */
  at(line: { readonly tenantId: string; readonly month: string }): readonly ChainEdgeRow[]
}

/** Where usage must be kept apart, how SKUs add up, and whether the seller says what it pays. */
export type RatingRules = {
  readonly cuts: UsageCuts
  readonly aggregationOf: (skuId: string) => Aggregation
  readonly hasCostList: boolean
  /** Whether some price counts tiers over all of a buyer: then buyers are rated whole. */
  readonly hasBuyerScope: boolean
  /** SKUs that some price of the seller asks money for though nothing is used. */
  readonly standingSkuIds: readonly string[]
  /** SKUs that some price of the seller prices by single events. */
  readonly eventSkuIds: readonly string[]
}

/** Runs as weir_seller. */
export async function readEdges(
  tx: Tx,
  { seller, tenantIds }: Pick<RatingTask, 'seller' | 'tenantIds'>,
): Promise<SellersEdges> {
  const rows = await queries.listChainEdges(tx, seller.organizationId, tenantIds)
  const byTenant = Map.groupBy(rows, (row) => row.tenantId)
  const edges = rows.filter((row) => row.edgeId !== null)
  // A chain that ends leaves the edges that its successor has as well.
  const places = new Map(edges.map(({ edgeId, tenantId }) => [`${edgeId} ${tenantId}`, { edgeId, tenantId }]))
  return {
    places: [...places.values()].sort(byKey),
    at: ({ tenantId, month }) => edgesIn(byTenant.get(tenantId) ?? [], month),
  }
}

const byKey = (a: Place, b: Place): number =>
  a.edgeId === b.edgeId ? (a.tenantId < b.tenantId ? -1 : 1) : a.edgeId < b.edgeId ? -1 : 1

function edgesIn(rows: readonly ChainRow[], month: string): ChainEdgeRow[] {
  const end = periodEnd(month)
  const begun = rows.filter((row) => (row.chainFrom ?? '') < end)
  const latest = begun.reduce((from, row) => ((row.chainFrom ?? '') > from ? (row.chainFrom ?? '') : from), '')
  return begun
    .filter((row) => row.edgeId !== null)
    .filter((row) => (row.chainFrom ?? '') === latest)
    .filter((row) => (row.edgeFrom ?? '') < end && (row.edgeTo === null || row.edgeTo > periodStart(month)))
}

/** The tenants with all others that the seller's direct buyers buy for. Runs as weir_seller. */
export const listWholeBuyers = async (
  tx: Tx,
  { seller, tenantIds }: Pick<RatingTask, 'seller' | 'tenantIds'>,
): Promise<string[]> => (await queries.listWholeBuyers(tx, seller.organizationId, tenantIds)).map(({ id }) => id)

/** Runs as weir_seller. */
export async function readRules(tx: Tx, seller: Branch): Promise<RatingRules> {
  const prices = await queries.findPriceDays(tx, seller.organizationId)
  invariant(prices, 'an aggregate query answers one row')
  const aggregations = new Map((await queries.listAggregations(tx)).map(({ id, aggregation }) => [id, aggregation]))
  const idsOf = (wanted: Aggregation) => [...aggregations].filter(([, one]) => one === wanted).map(([id]) => id)
  return {
    cuts: {
      days: prices.days,
      regionIds: prices.regionIds,
      maxSkuIds: idsOf('max'),
      lastSkuIds: idsOf('last'),
      uniqueSkuIds: idsOf('unique'),
      weightedSkuIds: idsOf('weighted'),
    },
    aggregationOf: (skuId) => aggregations.get(skuId) ?? 'sum',
    hasCostList: prices.hasCostList,
    hasBuyerScope: prices.hasBuyerScope,
    standingSkuIds: prices.standingSkuIds,
    eventSkuIds: prices.eventSkuIds,
  }
}

const lineId = (row: LineKey): string => `${row.subscriptionId} ${row.skuId} ${row.monthStart}`

/** Reads usage as the seller's tier, so that nobody rates another branch, and goes on as weir_seller. */
export async function readLines(tx: Tx, task: RatingTask, cuts: UsageCuts): Promise<UsedLine[]> {
  await switchRole(tx, tierRole(task.seller.level))
  const lines = await readUsedLines(tx, task.seller, task, cuts)
  await switchRole(tx, 'weir_seller')
  await addEnds(tx, lines, cuts)
  return lines
}

/** Says when the subscriptions of levels end; most sellers sell none, and nothing is read. Runs as weir_seller. */
async function addEnds(tx: Tx, lines: readonly UsedLine[], { weightedSkuIds }: UsageCuts): Promise<void> {
  const weighted = new Set(weightedSkuIds)
  const levels = lines.filter(({ key }) => weighted.has(key.skuId))
  if (levels.length === 0) return
  const rows = await queries.listEnds(
    tx,
    levels.map(({ key }) => key),
  )
  const ends = new Map(rows.map(({ id, endDate }) => [id, endDate]))
  for (const line of levels) line.endsOn = ends.get(line.key.subscriptionId) ?? null
}

/** What the viewer sees of these tenants' usage posted to a period, with what earlier periods hold of the same months. */
async function readUsedLines(
  tx: Tx,
  viewer: Branch,
  wanted: Pick<RatingTask, 'period' | 'tenantIds'>,
  cuts: UsageCuts,
): Promise<UsedLine[]> {
  const lines = new Map<string, UsedLine>()
  for (const row of await queries.listUsage(tx, viewer, wanted, cuts)) {
    const line = lines.get(lineId(row)) ?? { key: row, month: periodOfDay(row.monthStart), now: [], before: [] }
    lines.set(lineId(row), line)
    line.now.push(row)
  }
  const late = [...lines.values()].filter(({ month }) => month < wanted.period).map(({ key }) => key)
  if (late.length > 0) {
    const earlier = await queries.listEarlierUsage(tx, viewer, { lines: late, period: wanted.period }, cuts)
    for (const row of earlier) lines.get(lineId(row))?.before.push(row)
  }
  await addValues(tx, viewer, wanted, { cuts, lines })
  return [...lines.values()]
}

/** Most sellers sell nothing that is counted so: then nothing is read. */
async function addValues(
  tx: Tx,
  viewer: Branch,
  { period }: Pick<RatingTask, 'period'>,
  { cuts, lines }: { readonly cuts: UsageCuts; readonly lines: ReadonlyMap<string, UsedLine> },
): Promise<void> {
  const unique = new Set(cuts.uniqueSkuIds)
  const keys = [...lines.values()].map(({ key }) => key).filter(({ skuId }) => unique.has(skuId))
  if (keys.length === 0) return
  const rows = await queries.listValues(tx, viewer, { lines: keys, period }, cuts)
  for (const [id, own] of Map.groupBy(rows, lineId)) {
    const line = lines.get(id)
    if (line) line.values = own.map(({ count, met }) => ({ count, met: met.map(meetingOf) }))
  }
}

const meetingOf = ([regionId = nilId, day = '', isEarlier]: readonly string[]): Meeting => ({
  regionId,
  day,
  isEarlier: isEarlier === 'true',
})

/**
 * Opens the seller's prices of what was used or is charged, or what `change` makes of them. Locks the lists as they are until the
 * transaction ends.
 */
export async function openBook(
  tx: Tx,
  { seller, period }: RatingTask,
  kind: 'sale' | 'cost',
  lines: readonly { readonly key: Pick<LineKey, 'skuId'>; readonly month: string }[],
  change: (rates: readonly RateCandidate[]) => readonly RateCandidate[] = (rates) => rates,
): Promise<PriceBook> {
  const skuIds = [...new Set(lines.map(({ key }) => key.skuId))]
  const first = lines.reduce((first, { month }) => (month < first ? month : first), period)
  const days = { from: periodStart(first), to: periodEnd(period) }
  const rates = await listRateCandidates(tx, { sellerId: seller.organizationId, kind, skuIds, ...days })
  const own = await queries.findCurrency(tx, seller.organizationId)
  invariant(own, 'a seller has a currency')
  return openPriceBook(change(rates), { sellersOwn: currency(own.currency), others: kind === 'cost' })
}

/** Answers the plan version that a line's subscription had at the end of the line's own month. Runs as weir_seller. */
export async function readPlanVersions(
  tx: Tx,
  { tenantIds }: Pick<RatingTask, 'tenantIds'>,
  lines: readonly UsedLine[],
): Promise<(line: UsedLine) => string | undefined> {
  const months = [...new Set(lines.map(({ month }) => month))]
  const rows = months.length > 0 ? await queries.listPlanVersions(tx, tenantIds, months) : []
  const versions = new Map(rows.map((row) => [`${row.subscriptionId} ${row.month}`, row.planVersionId]))
  return ({ key, month }) => versions.get(`${key.subscriptionId} ${month}`)
}

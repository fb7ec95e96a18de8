import { nextPeriod } from '../../../billing/period.ts'
import { preferIndexes, switchRole, type Tx } from '../../../platform/db.ts'
import { invariant } from '../../../platform/errors.ts'
import { rateCharges } from '../charges/rate-charges.ts'
import { markRated, replaceByDrafts } from '../estimates/due.ts'
import { openExchange } from './exchange.ts'
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
import { lateWholes, openShares, readEarlier } from './pool-lines.ts'
import type { PriceBook } from './price-book.ts'
import * as buckets from './queries-buckets.ts'
import { type Rated, rateOnEdge } from './rate-on-edge.ts'
import { addEvents, inForceOf, readStanding, unusedLines } from './standing-lines.ts'
import { type RatingCounts, writeBuckets } from './write-buckets.ts'

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
  const counts = await writeBuckets(tx, task, edges.places, [
    ...rated.flatMap(openShares(rated, earlierOf)),
    ...charged,
  ])
  const at = { sellerId, period: task.period, edgeIds: [...new Set(edges.places.map(({ edgeId }) => edgeId))] }
  await (task.runId === undefined ? markRated(tx, at) : replaceByDrafts(tx, at))
  return counts
}

/** What a line comes to on an edge, and whose it is. */
type RatedOf = Rated & { readonly tenantId: string }

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
): Promise<RatedOf[]> {
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
      const aggregation = rules.aggregationOf(line.key.skuId)
      const isLate = line.month < task.period
      const rated = rateOnEdge({ line, edge, exchange, planVersionId, aggregation, span, isLate }, book)
      return rated.map((one) => Object.assign(one, { tenantId: line.key.tenantId }))
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

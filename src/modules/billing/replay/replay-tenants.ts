import type { Decimal } from '../../../billing/money.ts'
import { needsEvents } from '../../../billing/percentage.ts'
import type { Rate } from '../../../billing/rate.ts'
import type { Tx } from '../../../platform/db.ts'
import { invariant } from '../../../platform/errors.ts'
import type { RateCandidate } from '../../pricing/price-lists/rates.ts'
import { openExchange } from '../rating/exchange.ts'
import {
  listWholeBuyers,
  openBook,
  type RatingRules,
  readEdges,
  readLines,
  readPlanVersions,
  readRules,
  type UsedLine,
} from '../rating/input.ts'
import { lateWholes, openShares, readEarlier } from '../rating/pool-lines.ts'
import type { PriceBook } from '../rating/price-book.ts'
import type { ChainEdgeRow } from '../rating/queries.ts'
import { type LineOnEdge, type Rated, rateOnEdge } from '../rating/rate-on-edge.ts'
import { addEvents, inForceOf, readStanding, unusedLines } from '../rating/standing-lines.ts'
import { futurePeriod } from '../runs/errors.ts'
import { findCurrentPeriod, listTenantIds } from '../runs/queries.ts'
import { replayCharges } from './replay-charges.ts'
import { amountOnPaper, type Replay, type ReplayedLine } from './replay.ts'

/** All tenants that the seller sells to. Runs as weir_seller. */
export const listReplayTenants = (tx: Tx, sellerId: string): Promise<string[]> =>
  listTenantIds(tx, sellerId).then((ids) => [...ids])

/** @throws futurePeriod for a month that has not begun. */
export async function assertBegun(tx: Tx, period: string): Promise<void> {
  if (period > (await findCurrentPeriod(tx))) throw futurePeriod()
}

/**
 * Rates what these tenants used in a posting period and what their subscriptions are charged in it twice, at the seller's prices
 * and at changed ones, by the functions that bill it. Writes nothing. Runs as weir_seller.
 */
export const replayTenants = async (tx: Tx, replay: Replay): Promise<ReplayedLine[]> => [
  ...(await replayUsage(tx, replay)),
  ...(await replayCharges(tx, replay)),
]

/**
 * Where tiers count over all of a buyer its other tenants are rated too, and only those that are asked for are answered. Late
 * usage of such a price comes on top of what was billed before, at the prices of then.
 */
async function replayUsage(tx: Tx, replay: Replay): Promise<ReplayedLine[]> {
  const { seller, period, kind } = replay
  const tried = replay.change([])
  const rules = withTried(await readRules(tx, seller), tried)
  const asked = { seller, period, tenantIds: replay.tenantIds, runId: undefined }
  const isShared = rules.hasBuyerScope || tried.some(({ rate }) => rate.tierScope === 'buyer')
  const task = isShared ? { ...asked, tenantIds: await listWholeBuyers(tx, asked) } : asked
  const edges = await readEdges(tx, task)
  if (edges.places.length === 0) return []
  const used = await readLines(tx, task, withRegion(rules.cuts, replay.regionId))
  const standing = await readStanding(tx, task, rules.standingSkuIds)
  const lines = [...used, ...unusedLines(used, standing, period)]
  if (lines.length === 0) return []
  const books = [await openBook(tx, task, kind, lines), await openBook(tx, task, kind, lines, replay.change)] as const
  await addEvents(tx, task, rules, lines)
  const planVersionOf = await readPlanVersions(tx, task, lines)
  const places = lines.flatMap((line) =>
    edges
      .at({ tenantId: line.key.tenantId, month: line.month })
      .filter((edge) => edge.kind === kind)
      .map((edge) => ({ line, edge })),
  )
  const exchange = await openExchange(
    tx,
    task,
    places.map(({ line, edge }) => ({ ...edge, month: line.month })),
  )
  const placed = places.map(({ line, edge }): LineOnEdge => {
    const span = inForceOf(line, standing)
    const planVersionId = span?.planVersionId ?? planVersionOf(line)
    invariant(planVersionId, 'usage belongs to a subscription of its tenant')
    const aggregation = rules.aggregationOf(line.key.skuId)
    return { line, edge, exchange, planVersionId, aggregation, span, isLate: line.month < period }
  })
  const [before, after] = await amountsIn(tx, replay, placed, books)
  const wanted = new Set(replay.tenantIds)
  return placed.flatMap(({ line, edge }, index) =>
    wanted.has(line.key.tenantId) ? [shown(line, edge, before[index] ?? null, after[index] ?? null)] : [],
  )
}

/** What each line comes to at the prices of either book, in their order; null where it waits for a price. */
async function amountsIn(
  tx: Tx,
  { seller, period }: Replay,
  placed: readonly LineOnEdge[],
  [now, tried]: readonly [PriceBook, PriceBook],
): Promise<readonly [(Decimal | null)[], (Decimal | null)[]]> {
  const [before, after] = [placed.map((one) => rateOnEdge(one, now)), placed.map((one) => rateOnEdge(one, tried))]
  const late = lateWholes([...before, ...after].flat())
  const earlierOf = await readEarlier(tx, { sellerId: seller.organizationId, period }, late)
  const amounts = (rated: readonly Rated[][]) => {
    const shared = openShares(rated.flat(), earlierOf)
    return rated.map((some, index) => {
      const edge = placed[index]?.edge
      return edge ? amountOnPaper(some.flatMap(shared), edge.currency) : null
    })
  }
  return [amounts(before), amounts(after)]
}

/** The seller's rules as they would be: a tried price may ask money for what is not used, or look at single events. */
function withTried(rules: RatingRules, tried: readonly RateCandidate[]): RatingRules {
  const skuIdsOf = (asks: (rate: Rate) => boolean) => tried.filter(({ rate }) => asks(rate)).map(({ skuId }) => skuId)
  const standing = skuIdsOf((rate) => rate.minimum !== undefined || ('feeAtZero' in rate && rate.feeAtZero))
  return {
    ...rules,
    standingSkuIds: [...new Set([...rules.standingSkuIds, ...standing])],
    eventSkuIds: [...new Set([...rules.eventSkuIds, ...skuIdsOf(needsEvents)])],
  }
}

const withRegion = <C extends { readonly regionIds: readonly string[] }>(cuts: C, regionId: string | undefined): C =>
  regionId === undefined ? cuts : { ...cuts, regionIds: [...new Set([...cuts.regionIds, regionId])] }

const shown = ({ key }: UsedLine, edge: ChainEdgeRow, before: Decimal | null, after: Decimal | null): ReplayedLine => ({
  chainId: edge.chainId,
  tenantId: key.tenantId,
  skuId: key.skuId,
  currency: edge.currency,
  before,
  after,
})

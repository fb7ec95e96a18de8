import { daysAfter } from '../../../billing/days.ts'
import type { Currency } from '../../../billing/money.ts'
import type { PriceScope } from '../../../billing/resolve.ts'
import { type Ctx, tierRole } from '../../../platform/context.ts'
import { switchRole, type Tx } from '../../../platform/db.ts'
import { invariant, unknownReference } from '../../../platform/errors.ts'
import { nilId } from '../../../platform/ids.ts'
import { notAnAgent, notASeller } from '../errors.ts'
import * as queries from '../price-lists/queries-targets.ts'
import { isSeller, ownTrader } from '../sellers.ts'
import type { SheetQuery, Side } from './model.ts'

type PriceTarget = { readonly scope: PriceScope; readonly targetId: string }

/** Where the caller of a price sheet stands: whose prices, for whom, and in which currency. */
export type Standing = {
  readonly side: Side
  readonly kind: 'sale' | 'cost'
  readonly sellerId: string
  readonly buyerId: string | null
  readonly currency: Currency
  readonly sellersOwn: Currency
  readonly targets: readonly PriceTarget[]
}

/**
 * Finds the edge that the question is about. Without a buyer or a subscription it is about what the seller asks of
 * everybody, in its own currency. @throws notASeller, notAnAgent, DomainError 422 at /query/…
 */
export async function standingOf(ctx: Ctx, tx: Tx, query: SheetQuery, day: string): Promise<Standing> {
  const side = await sideOf(ctx, tx, query.side)
  const isCost = side === 'buy' && ctx.actor.level === 'platform'
  const sellerId = side === 'sell' ? ctx.actor.organizationId : ctx.actor.sellerOfRecordId
  const subscription = await subscriptionOf(ctx, tx, query.subscriptionId)
  if (isCost && query.buyerId !== undefined) throw unknownReference('/query/buyerId')
  const edge = isCost ? undefined : await edgeOf(ctx, tx, { side, sellerId, day, query, subscription })
  const sellersOwn = await ownCurrencyOf(ctx, tx, sellerId)
  const targets = [
    { scope: 'default' as const, targetId: nilId },
    ...(edge ? [{ scope: 'buyer' as const, targetId: edge.buyerId }] : []),
    ...(await regionTarget(tx, query.region)),
    ...subscriptionTargets(query.subscriptionId, subscription),
  ]
  return {
    side,
    kind: isCost ? 'cost' : 'sale',
    sellerId,
    buyerId: edge?.buyerId ?? null,
    currency: edge?.currency ?? sellersOwn,
    sellersOwn,
    targets,
  }
}

async function sideOf(ctx: Ctx, tx: Tx, asked: Side | undefined): Promise<Side> {
  const trader = await ownTrader(tx, ctx.actor)
  const isAgent = trader.commercialModel === 'agent'
  const side = asked ?? (isAgent ? 'agency' : 'buy')
  if (side === 'agency' && !isAgent) throw notAnAgent()
  if (side === 'sell' && !isSeller(trader)) throw notASeller('/query/side')
  if (side === 'buy' && isAgent) throw notASeller('/query/side')
  return side
}

async function subscriptionOf(ctx: Ctx, tx: Tx, id: string | undefined) {
  if (id === undefined) return undefined
  const subscription = await queries.findSubscription(tx, ctx.actor, id)
  if (!subscription) throw unknownReference('/query/subscriptionId')
  return subscription
}

type Question = {
  readonly side: Side
  readonly sellerId: string
  readonly day: string
  readonly query: SheetQuery
  readonly subscription: queries.SubscriptionRow | undefined
}

/** The edge that the caller names; undefined where the question is about no one buyer. */
async function edgeOf(ctx: Ctx, tx: Tx, question: Question): Promise<queries.EdgeRow | undefined> {
  const { side, sellerId, day, query, subscription } = question
  const days = { from: day, to: daysAfter(day, 1) }
  const buyerId = side === 'buy' ? ctx.actor.organizationId : query.buyerId
  if (query.buyerId !== undefined && query.buyerId !== buyerId) throw unknownReference('/query/buyerId')
  if (subscription) {
    const edge = await queries.findEdgeOfTenant(tx, ctx.actor, sellerId, subscription.tenantId, days)
    if (!edge) throw unknownReference('/query/subscriptionId')
    if (buyerId !== undefined && edge.buyerId !== buyerId) throw unknownReference('/query/buyerId')
    return edge
  }
  if (buyerId === undefined) return undefined
  const edge = await queries.findEdge(tx, ctx.actor, sellerId, buyerId, days)
  if (!edge && side !== 'buy') throw unknownReference('/query/buyerId')
  return edge
}

async function ownCurrencyOf(ctx: Ctx, tx: Tx, sellerId: string): Promise<Currency> {
  await switchRole(tx, 'weir_seller')
  const currency = await queries.findOwnCurrency(tx, sellerId)
  await switchRole(tx, tierRole(ctx.actor.level))
  invariant(currency, 'a seller of record exists')
  return currency
}

async function regionTarget(tx: Tx, code: string | undefined): Promise<PriceTarget[]> {
  if (code === undefined) return []
  const targetId = await queries.findRegionId(tx, code)
  if (targetId === undefined) throw unknownReference('/query/region')
  return [{ scope: 'region', targetId }]
}

const subscriptionTargets = (
  id: string | undefined,
  subscription: queries.SubscriptionRow | undefined,
): PriceTarget[] =>
  id !== undefined && subscription
    ? [
        { scope: 'subscription', targetId: id },
        { scope: 'plan_version', targetId: subscription.planVersionId },
      ]
    : []

import { type Actor, scopeOf } from '../../../platform/context.ts'
import { enterScope, switchRole, type Tx } from '../../../platform/db.ts'
import type { EdgesAt } from '../../invoices/drafts/ahead.ts'
import * as queries from './queries.ts'

/**
 * Says that what the next drafts of a seller will take off and tax is out of date: all of them, or those of one buyer. Runs as
 * the seller's tier in the transaction that changes discounts or taxes, and goes on as it. May run twice.
 */
export async function markEstimatesDue(tx: Tx, actor: Actor, buyerId?: string): Promise<void> {
  await enterScope(tx, scopeOf(actor, 'weir_seller'))
  await queries.markAll(tx, actor.organizationId, buyerId === undefined ? undefined : [buyerId])
  await enterScope(tx, scopeOf(actor))
}

/**
 * The same for everybody who sells to an organization, in each seller's own name: who it is for the tax office has changed.
 */
export async function markBuyerDue(tx: Tx, actor: Actor, buyerId: string): Promise<void> {
  await switchRole(tx, 'weir_chain')
  const sellers = await queries.listSellersTo(tx, buyerId)
  for (const { sellerId } of sellers) {
    await enterScope(tx, { ...scopeOf(actor, 'weir_seller'), organizationId: sellerId })
    await queries.markAll(tx, sellerId, [buyerId])
  }
  await enterScope(tx, scopeOf(actor))
}

/** Says that edges were rated and are on no paper yet: what their next drafts add is to be estimated. Runs as weir_seller. */
export const markRated = async (tx: Tx, at: EdgesAt): Promise<void> => {
  if (at.edgeIds.length > 0) await queries.upsertDue(tx, at)
}

/** What was estimated of these edges goes onto drafts, which say it themselves. Runs as weir_seller, as they are rated for a run. */
export async function replaceByDrafts(tx: Tx, at: EdgesAt): Promise<void> {
  await queries.deleteFresh(tx, at)
  await markRated(tx, at)
}

/**
 * Keeps what finished drafts add for those who do not see them; what was used up of limits is not left for others. Runs as
 * weir_seller, once per draft.
 */
export async function keepDrafted(tx: Tx, papers: Omit<queries.Papers, 'period'>): Promise<void> {
  await queries.insertDrafted(tx, papers)
  await queries.markBeside(tx, papers.sellerId, papers.edgeIds)
}

/**
 * Says that what the buyers of these edges have on no paper yet is to be estimated again: a document gave something back, or has
 * something off it. Runs as weir_seller in the transaction that issues it. May run twice.
 */
export const markEdgesDue = async (tx: Tx, sellerId: string, edgeIds: readonly string[]): Promise<void> => {
  await queries.markBeside(tx, sellerId, edgeIds)
}

/** Drafts were issued, settled or discarded: what was kept of them goes away. Runs as weir_seller in that transaction. */
export async function forgetDrafted(tx: Tx, papers: queries.Papers): Promise<void> {
  await queries.deleteDrafted(tx, papers)
  await queries.markBeside(tx, papers.sellerId, papers.edgeIds)
}

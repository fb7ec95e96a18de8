import type { Actor } from '../../../platform/context.ts'
import type { Tx } from '../../../platform/db.ts'
import * as derived from './queries-derived.ts'
import * as queries from './queries-rates.ts'
import { listPerBuyerSkus } from './queries-scopes.ts'
import { lockPrices } from './queries.ts'

/** A rate that may price something: which of them does is decided by `resolvePrices`. */
export type RateCandidate = queries.RateCandidateRow

/**
 * The rates of one seller that are valid on some of the days `[from, to)`, of active lists only. Runs as weir_seller and
 * holds the lists as they are until the transaction ends, so that no rate changes under a bucket that is being rated.
 */
export const listRateCandidates = (
  tx: Tx,
  wanted: { sellerId: string; kind: 'sale' | 'cost'; skuIds: readonly string[]; from: string; to: string },
): Promise<RateCandidate[]> => queries.listRateCandidates(tx, wanted).then((rows) => [...rows])

/** What a derived rate came from: its seller's business alone. */
type RateOrigin = Omit<derived.RateOriginRow, 'rateId'>

/** The origins of those of a seller's rates that are derived, by rate. Runs as weir_seller or as the seller's tier. */
export const originsOf = async (
  tx: Tx,
  sellerId: string,
  rateIds: readonly string[],
): Promise<ReadonlyMap<string, RateOrigin>> =>
  new Map((await derived.listOrigins(tx, sellerId, rateIds)).map(({ rateId, ...origin }) => [rateId, origin]))

/** Freezes the lists that priced a bucket, in the bucket's transaction, as weir_seller. May run twice. */
export const freezeLists = async (tx: Tx, priceListIds: readonly string[]): Promise<void> => {
  if (priceListIds.length > 0) await queries.freezeLists(tx, priceListIds)
}

/**
 * Those of the SKUs that the owner does not sell today to everybody who may take the plan version: at default, in a
 * region or for this version. A price for one buyer is no price for the others, and what is not used in a region has no
 * price of one.
 */
export const listUnpricedSkus = async (
  tx: Tx,
  ownerId: string,
  planVersionId: string,
  wanted: readonly { readonly skuId: string; readonly kind: string }[],
): Promise<ReadonlySet<string>> =>
  new Set((await queries.listUnpricedSkus(tx, ownerId, planVersionId, wanted)).map(({ skuId }) => skuId))

/**
 * Those of the SKUs for which the actor, or who sells to it, has a price whose tiers count over all of a buyer: no charge has
 * one. Keeps the actor's prices as they are until the transaction ends.
 */
export async function listSkusPerBuyer(tx: Tx, actor: Actor, skuIds: readonly string[]): Promise<ReadonlySet<string>> {
  if (skuIds.length === 0) return new Set()
  await lockPrices(tx, actor.organizationId)
  const sellerIds = [actor.organizationId, actor.sellerOfRecordId]
  return new Set((await listPerBuyerSkus(tx, sellerIds, skuIds)).map(({ skuId }) => skuId))
}

import type { Ctx } from '../../platform/context.ts'
import { tierRole } from '../../platform/context.ts'
import { isViolation, switchRole, type Tx } from '../../platform/db.ts'
import { invariant, notFound } from '../../platform/errors.ts'
import { recordAudit } from '../audit/service.ts'
import { markSellerDue, type ServiceDays } from '../billing/due.ts'
import { listFrozen, notYourList, priceOverlap } from './errors.ts'
import * as queries from './queries-lists.ts'
import { listOverlaps } from './queries-rates.ts'

/** Where a SKU's rate stands in the request, for the pointers of a refusal. */
export type PointerOfSku = (skuId: string) => string

/**
 * Says that what the actor has rated and not billed for these days is out of date. Comes before the lists are locked:
 * a rater takes its marks first and the lists after them, and so must we.
 */
export async function markDue(ctx: Ctx, tx: Tx, days: ServiceDays): Promise<void> {
  await switchRole(tx, 'weir_seller')
  await markSellerDue(tx, ctx.actor.organizationId, days)
  await switchRole(tx, tierRole(ctx.actor.level))
}

/** The days of a list, for marking. */
export const daysOf = ({ validFrom, validTo }: queries.ListRow): ServiceDays => ({ from: validFrom, to: validTo })

/** An own list, not locked yet. @throws notFound, notYourList for a list that the actor may read only. */
export async function findOwnList(ctx: Ctx, tx: Tx, id: string): Promise<queries.ListRow> {
  const list = await queries.findList(tx, ctx.actor, id)
  if (!list) throw notFound()
  if (list.sellerId !== ctx.actor.organizationId) throw notYourList()
  return list
}

/** Locks an own list that was found under the seller's price lock. */
export async function lockFoundList(ctx: Ctx, tx: Tx, id: string): Promise<queries.ListRow> {
  const list = await queries.lockOwnList(tx, ctx.actor.organizationId, id)
  invariant(list, 'a found list stays while the prices of its seller are locked')
  return list
}

/** Lets a draft price from now on; the open-ended version before it ends where it starts. @throws priceOverlap */
export async function activate(ctx: Ctx, tx: Tx, list: queries.ListRow, skus: readonly string[], at: PointerOfSku) {
  const predecessor = await queries.endPredecessor(tx, list)
  if (predecessor) await noteList(ctx, tx, 'price_list.ended', predecessor.id)
  if (await queries.isCodeTaken(tx, list)) throw priceOverlap(['/validFrom'])
  await assertNoOverlap(tx, list.id, skus, at)
  await queries.activateList(tx, list.id)
  await noteList(ctx, tx, 'price_list.activated', list.id)
}

/**
 * Finds what the exclusion constraint would refuse, to be able to point at it: the seller's price lock keeps others out
 * between this look and the write. @throws priceOverlap
 */
export async function assertNoOverlap(tx: Tx, listId: string, skuIds: readonly string[], at: PointerOfSku) {
  const overlaps = await listOverlaps(tx, listId, skuIds)
  if (overlaps.length > 0) throw priceOverlap(overlaps.map(({ skuId }) => at(skuId)).sort())
}

/** Notes a change of a list. */
export const noteList = (ctx: Ctx, tx: Tx, action: string, objectId: string): Promise<void> =>
  recordAudit(tx, ctx.actor, { action, objectType: 'price_list', objectId }, ctx.requestId)

/** Turns the database's refusal to touch a used list into an answer at `pointer`. Goes around the transaction. */
export async function refusingFrozen<T>(pointer: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (isViolation(error, 'price_list_is_frozen')) throw listFrozen(pointer)
    throw error
  }
}

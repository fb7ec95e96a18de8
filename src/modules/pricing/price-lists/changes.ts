import type { Ctx } from '../../../platform/context.ts'
import { isViolation, type Tx } from '../../../platform/db.ts'
import { invariant, notFound, type Pointer } from '../../../platform/errors.ts'
import { nilId } from '../../../platform/ids.ts'
import { recordAudit } from '../../audit/service.ts'
import type { ServiceDays } from '../../billing/rating/due.ts'
import { listFrozen, notYourList, priceOverlap } from '../errors.ts'
import { followBase } from './derive.ts'
import { markPricesDue } from './marks.ts'
import { endDerivation, findPrecedingDerivation } from './queries-derivations.ts'
import { listOverlaps } from './queries-rates.ts'
import * as queries from './queries.ts'

/** Where a SKU's rate stands in the request, for the pointers of a refusal. */
type PointerOfSku = (skuId: string) => Pointer

/** As `markPricesDue`, of the actor. */
export const markDue = (ctx: Ctx, tx: Tx, days: ServiceDays): Promise<void> => markPricesDue(tx, ctx.actor, days)

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
  await endPreceding(ctx, tx, list)
  if (await queries.isCodeTaken(tx, list)) throw priceOverlap(['/validFrom'])
  await assertNoOverlap(tx, list.id, skus, at)
  await queries.activateList(tx, list.id)
  await noteList(ctx, tx, 'price_list.activated', list.id)
}

/** Lets the open-ended version before a list end where the list begins; one that is derived follows its base until then. */
export async function endPreceding(ctx: Ctx, tx: Tx, list: queries.Beginning): Promise<void> {
  const series = { ...list, targetId: list.targetId ?? nilId }
  const derivation = await findPrecedingDerivation(tx, series)
  if (derivation) {
    await endDerivation(tx, derivation.id, list.validFrom)
    await followBase(tx, ctx.actor, { ...derivation, to: list.validFrom })
  }
  const predecessor = await queries.endPredecessor(tx, list)
  if (predecessor) await noteList(ctx, tx, 'price_list.ended', predecessor.id)
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
export async function refusingFrozen<T>(pointer: Pointer, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (isViolation(error, 'price_list_is_frozen')) throw listFrozen(pointer)
    throw error
  }
}

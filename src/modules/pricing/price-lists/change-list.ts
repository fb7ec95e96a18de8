import { mayMove } from '../../../billing/states.ts'
import { type Ctx, inTx, inTxOnce } from '../../../platform/context.ts'
import type { Tx } from '../../../platform/db.ts'
import { invalidField, invariant } from '../../../platform/errors.ts'
import { stale, type Versioned } from '../../../platform/request.ts'

import {
  activate,
  assertNoOverlap,
  daysOf,
  findOwnList,
  lockFoundList,
  markDue,
  noteList,
  refusingFrozen,
} from './changes.ts'
import { checkDay, checkRates } from './check.ts'
import { followBase } from './derive.ts'
import { listDerived, listFrozen, listNotActive, listNotDraft } from '../errors.ts'
import { idsOf, pairs, pointerOf, readPriceList } from './service.ts'
import type { ListEnd, PriceList, RateChange } from './model.ts'
import { endDerivation, findDerivation } from './queries-derivations.ts'
import * as queries from './queries.ts'
import { deleteRates, insertRates, listRates } from './queries-rates.ts'
import { assertScopes } from './scopes.ts'
import { resolveSkus } from '../skus/service.ts'
import { readToday } from '../../../platform/clock.ts'

/** True while nothing was priced by the list: only then may its rates change. */
export const isUnused = ({ state }: queries.ListRow): boolean => state === 'draft' || state === 'active'

/**
 * Replaces all rates of a list that has priced nothing yet. `version` is the one that the caller read.
 * @throws notFound, notYourList, stale, listFrozen, priceOverlap, DomainError 422 with pointers.
 */
export async function replaceRates(ctx: Ctx, id: string, version: number, input: RateChange) {
  const rates = checkRates(input.rates, '/rates')
  return changeList(ctx, id, async (tx, found) => {
    if (found.state !== 'draft') await markDue(ctx, tx, daysOf(found))
    const list = await lockFoundList(ctx, tx, id)
    if (list.version !== version) throw stale()
    if (list.derivationId !== null) throw listDerived()
    if (!isUnused(list)) throw listFrozen()
    const skus = await resolveSkus(tx, input.rates, '/rates')
    await assertScopes(tx, ctx.actor, list.kind, pairs(skus, rates))
    await deleteRates(tx, id)
    if (list.state !== 'draft') await assertNoOverlap(tx, id, idsOf(skus), pointerOf(skus))
    await insertRates(tx, id, pairs(skus, rates))
    await queries.touchList(tx, id)
    await noteList(ctx, tx, 'price_list.rates_replaced', id)
  })
}

/** Lets a draft price from its first day on. @throws notFound, notYourList, listNotDraft, listFrozen, priceOverlap */
export const activatePriceList = (ctx: Ctx, id: string): Promise<Versioned<PriceList>> =>
  refusingFrozen('/validFrom', () =>
    changeList(ctx, id, async (tx, found) => {
      if (!mayMove('priceListVersion', found.state, 'active')) throw listNotDraft()
      await markDue(ctx, tx, daysOf(found))
      const rates = await listRates(tx, id)
      const skuIds = rates.map(({ skuId }) => skuId)
      await activate(ctx, tx, found, skuIds, (skuId) => `/rates/${skuIds.indexOf(skuId)}`)
    }),
  )

/**
 * Lets a list end on a day from tomorrow on, after its start, before its present end and after what is on paper.
 * @throws notFound, notYourList, listNotActive, listFrozen, DomainError 422 at /validTo
 */
export async function endPriceList(ctx: Ctx, id: string, input: ListEnd): Promise<Versioned<PriceList>> {
  const validTo = checkDay(input.validTo, '/validTo')
  return refusingFrozen('/validTo', () =>
    changeList(ctx, id, async (tx, found) => {
      if (found.state === 'draft') throw listNotActive()
      assertEnd(found, validTo, await readToday(tx))
      if (found.derivationId !== null) return endDerived(ctx, tx, found.derivationId, id, validTo)
      await markDue(ctx, tx, { from: validTo, to: found.validTo })
      await lockFoundList(ctx, tx, id)
      await queries.endList(tx, id, validTo)
      await noteList(ctx, tx, 'price_list.ended', id)
    }),
  )
}

/** The derived list ends with all its later versions. @throws listFrozen when a document stands behind the day */
async function endDerived(ctx: Ctx, tx: Tx, derivationId: string, listId: string, validTo: string): Promise<void> {
  const derivation = await findDerivation(tx, ctx.actor.organizationId, derivationId)
  invariant(derivation, 'a derived list has its derivation')
  await endDerivation(tx, derivationId, validTo)
  await followBase(tx, ctx.actor, { ...derivation, to: validTo })
  const ended = await queries.findList(tx, ctx.actor, listId)
  if (ended?.validTo !== validTo) throw listFrozen('/validTo')
}

function assertEnd(list: queries.ListRow, validTo: string, today: string): void {
  if (validTo <= list.validFrom) throw invalidField('/validTo', 'range.empty', 'must be after validFrom')
  if (validTo <= today) throw invalidField('/validTo', 'pricing.end_past', 'must be tomorrow or later')
  if (list.validTo !== null && validTo > list.validTo) {
    throw invalidField('/validTo', 'pricing.end_later', 'a list can only end earlier: make a new version of it')
  }
}

/** Deletes a draft with its rates. @throws notFound, notYourList, listNotDraft */
export const deletePriceList = (ctx: Ctx, id: string): Promise<void> =>
  inTx(ctx, async (tx) => {
    await queries.lockPrices(tx, ctx.actor.organizationId)
    const list = await findOwnList(ctx, tx, id)
    if (list.state !== 'draft') throw listNotDraft()
    await queries.deleteList(tx, id)
    await noteList(ctx, tx, 'price_list.deleted', id)
  })

const changeList = (
  ctx: Ctx,
  id: string,
  change: (tx: Tx, found: queries.ListRow) => Promise<void>,
): Promise<Versioned<PriceList>> =>
  inTxOnce(ctx, async (tx) => {
    await queries.lockPrices(tx, ctx.actor.organizationId)
    await change(tx, await findOwnList(ctx, tx, id))
    return readPriceList(tx, ctx.actor, id)
  })

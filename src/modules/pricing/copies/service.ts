import { compareRates, isSameRate } from '../../../billing/compare-rates.ts'
import { checkRaise, raiseRate, type RaiseTerms } from '../../../billing/raise-rate.ts'
import { type Ctx, inTx, inTxOnce } from '../../../platform/context.ts'
import type { Tx } from '../../../platform/db.ts'
import { invalidFields, unknownReference } from '../../../platform/errors.ts'
import type { Versioned } from '../../../platform/request.ts'
import { checkedInput, checkedItems } from '../../billing-errors.ts'
import { findOwnList, noteList } from '../price-lists/changes.ts'
import { checkListFrame } from '../price-lists/check.ts'
import type { ListedRate, PriceList } from '../price-lists/model.ts'
import { insertRates, listRates, type NewRate } from '../price-lists/queries-rates.ts'
import { type ListRow, lockPrices } from '../price-lists/queries.ts'
import { assertScopes } from '../price-lists/scopes.ts'
import { insertDraft, readPriceList } from '../price-lists/service.ts'
import { assertSeller } from '../sellers.ts'
import type { Comparison, Increased, ListCopy, ListIncrease, RateDifference } from './model.ts'

/**
 * Copies an own list into a draft: with the same code it is to be the next version, with another one a list of its own. A
 * copy of a derived list has its prices and follows nothing. @throws notASeller, notFound, notYourList, DomainError 422
 */
export const cloneList = (ctx: Ctx, id: string, copy: ListCopy): Promise<Versioned<PriceList>> =>
  inTxOnce(ctx, async (tx) => {
    const source = await lockSource(ctx, tx, id)
    return makeDraft(ctx, tx, source, copy, await listRates(tx, id))
  })

/**
 * Raises the prices of an own list by a percent or an amount, in a draft of its next version: the list itself stays. Answers
 * every changed price; a preview makes no draft. @throws notASeller, notFound, notYourList, DomainError 422 with pointers.
 */
export async function increaseList(ctx: Ctx, id: string, input: ListIncrease, isPreview: boolean): Promise<Increased> {
  const terms = checkedInput(() => checkRaise(input))
  const work = async (tx: Tx): Promise<Increased> => {
    const source = await lockSource(ctx, tx, id)
    const rates = await listRates(tx, id)
    const raised = raise(rates, terms, input)
    const changed = rates.flatMap((before, index) => differenceOf(before, raised[index]) ?? [])
    const { skus: _, percent: __, amount: ___, digits: ____, ...copy } = input
    const draft = isPreview ? null : (await makeDraft(ctx, tx, source, copy, raised)).value
    return { priceList: draft, changed, unchanged: rates.length - changed.length }
  }
  return isPreview ? inTx(ctx, work) : inTxOnce(ctx, work)
}

/** What differs between two own lists, per SKU and amount. @throws notFound, notYourList, DomainError 422 at /query/with */
export const compareLists = (ctx: Ctx, id: string, otherId: string): Promise<Comparison> =>
  inTx(ctx, async (tx) => {
    await findOwnList(ctx, tx, id)
    await findOwnList(ctx, tx, otherId).catch(() => {
      throw unknownReference('/query/with')
    })
    return comparisonOf(await listRates(tx, id), await listRates(tx, otherId))
  })

/** A rate with the SKU that it is for. */
export type NamedRate = Pick<ListedRate, 'skuId' | 'sku' | 'rate'>

/** From one set of rates to another, by SKU. */
export function comparisonOf(before: readonly ListedRate[], after: readonly NamedRate[]): Comparison {
  const old = new Map(before.map((rate) => [rate.skuId, rate]))
  const next = new Map(after.map((rate) => [rate.skuId, rate]))
  const shown = ({ skuId, sku, rate }: NamedRate) => ({ skuId, sku, rate })
  const shared = before.filter(({ skuId }) => next.has(skuId))
  const changed = shared.flatMap((rate) => differenceOf(rate, next.get(rate.skuId)) ?? [])
  return {
    added: after.filter(({ skuId }) => !old.has(skuId)).map(shown),
    removed: before.filter(({ skuId }) => !next.has(skuId)).map(shown),
    changed,
    unchanged: shared.length - changed.length,
  }
}

function differenceOf(before: ListedRate, after: Pick<ListedRate, 'rate'> | undefined): RateDifference | undefined {
  if (!after || isSameRate(before.rate, after.rate)) return undefined
  const { skuId, sku } = before
  return { skuId, sku, before: before.rate, after: after.rate, amounts: compareRates(before.rate, after.rate) }
}

/** An own list, while nobody else changes prices of its seller. @throws notASeller, notFound, notYourList */
export async function lockSource(ctx: Ctx, tx: Tx, id: string): Promise<ListRow> {
  await assertSeller(tx, ctx.actor)
  await lockPrices(tx, ctx.actor.organizationId)
  return findOwnList(ctx, tx, id)
}

function raise(rates: readonly ListedRate[], terms: RaiseTerms, { skus, digits = 12 }: ListIncrease): ListedRate[] {
  const known = new Set(rates.map(({ sku }) => sku))
  const strange = (skus ?? []).flatMap((sku, index) => (known.has(sku) ? [] : [`/skus/${index}`]))
  if (strange.length > 0) {
    throw invalidFields(
      strange.map((pointer) => ({ pointer, code: 'reference.unknown', message: 'is not on this price list' })),
    )
  }
  const wanted = skus && new Set(skus)
  return checkedItems(rates, (one, index) =>
    wanted && !wanted.has(one.sku) ? one : { ...one, rate: raiseRate(one.rate, terms, digits, `/rates/${index}`) },
  )
}

/** Makes a draft like the source, with other rates. @throws DomainError 422 with the pointer of the faulty field */
export async function makeDraft(ctx: Ctx, tx: Tx, source: ListRow, copy: ListCopy, rates: readonly NewRate[]) {
  const { scope = source.scope, targetId = copy.scope === undefined ? source.targetId : null } = copy
  const { kind, currency } = source
  const { code = source.code, name = source.name, validFrom, validTo } = copy
  const frame = { code, name, kind, currency, scope, validFrom, ...(validTo !== undefined && { validTo }) }
  const input = { ...frame, ...(targetId !== null && { targetId }) }
  checkListFrame(input, ctx.actor.level === 'platform')
  await assertScopes(tx, ctx.actor, kind, rates, () => '')
  const id = await insertDraft(ctx, tx, input)
  await insertRates(tx, id, rates)
  await noteList(ctx, tx, 'price_list.cloned', id)
  return readPriceList(tx, ctx.actor, id)
}

import type { Rate } from '../../billing/rate.ts'
import { type Actor, type Ctx, inTx, inTxOnce } from '../../platform/context.ts'
import type { Tx } from '../../platform/db.ts'
import { invariant, notFound } from '../../platform/errors.ts'
import { idPageRequest, type Page, pageOf } from '../../platform/page.ts'
import type { Versioned } from '../../platform/request.ts'
import { activate, markDue, noteList, refusingFrozen } from './changes.ts'
import { checkListFrame, checkRates } from './check.ts'
import type { NewPriceList, PriceList, PriceListFilters, PriceListSummary, Sku } from './model.ts'
import * as queries from './queries-lists.ts'
import { insertRates, listRates } from './queries-rates.ts'
import { assertSeller } from './sellers.ts'
import { resolveSkus } from './skus.ts'
import { resolveTarget } from './targets.ts'

/**
 * Creates a list of the actor's prices, active unless it is said to be a draft. A later version of an open-ended list
 * (same code, kind, scope, target and currency) lets that one end on the day it starts itself.
 * @throws notASeller, priceOverlap, listFrozen when a document stands behind that day, DomainError 422 with pointers.
 */
export async function createPriceList(ctx: Ctx, input: NewPriceList): Promise<Versioned<PriceList>> {
  checkListFrame(input, ctx.actor.level === 'platform')
  const rates = checkRates(input.rates, '/rates')
  return refusingFrozen('/validFrom', () => inTxOnce(ctx, (tx) => insertPriceList(ctx, tx, input, rates)))
}

async function insertPriceList(ctx: Ctx, tx: Tx, input: NewPriceList, rates: readonly Rate[]) {
  await assertSeller(tx, ctx.actor)
  await queries.lockPrices(tx, ctx.actor.organizationId)
  const skus = await resolveSkus(tx, input.rates, '/rates')
  const id = await insertDraft(ctx, tx, input)
  await insertRates(tx, id, pairs(skus, rates))
  await noteList(ctx, tx, 'price_list.created', id)
  if (input.state !== 'draft') {
    await markDue(ctx, tx, { from: input.validFrom, to: input.validTo ?? null })
    const list = await queries.findList(tx, ctx.actor, id)
    invariant(list, 'a new list is in sight of its seller')
    await activate(ctx, tx, list, idsOf(skus), pointerOf(skus))
  }
  return readPriceList(tx, ctx.actor, id)
}

const insertDraft = async (ctx: Ctx, tx: Tx, input: NewPriceList): Promise<string> =>
  queries.insertDraft(tx, {
    sellerId: ctx.actor.organizationId,
    kind: input.kind ?? 'sale',
    code: input.code,
    name: input.name,
    currency: input.currency,
    scope: input.scope,
    target: await resolveTarget(tx, ctx.actor, input),
    validFrom: input.validFrom,
    validTo: input.validTo ?? null,
  })

/** SKUs with their rates, both in the order of the request. */
export const pairs = (skus: readonly Sku[], rates: readonly Rate[]) =>
  skus.map(({ id }, index) => {
    const rate = rates[index]
    invariant(rate, 'every SKU of the request has its rate')
    return { skuId: id, rate }
  })

export const idsOf = (skus: readonly Sku[]): string[] => skus.map(({ id }) => id)

/** Where each SKU's rate stands in the request. */
export const pointerOf =
  (skus: readonly Sku[]) =>
  (skuId: string): string =>
    `/rates/${skus.findIndex(({ id }) => id === skuId)}`

/** A list in the actor's sight, with its rates. @throws notFound */
export async function readPriceList(tx: Tx, actor: Actor, id: string): Promise<Versioned<PriceList>> {
  const row = await queries.findList(tx, actor, id)
  if (!row) throw notFound()
  return { value: { ...toSummary(row), rates: [...(await listRates(tx, id))] }, version: row.version }
}

/** @throws notFound */
export const getPriceList = (ctx: Ctx, id: string): Promise<Versioned<PriceList>> =>
  inTx(ctx, (tx) => readPriceList(tx, ctx.actor, id))

/** Own lists, and of the sellers above what is shared with the actor or made for an edge in its sight; the newest first. */
export const listPriceLists = (ctx: Ctx, filters: PriceListFilters): Promise<Page<PriceListSummary>> => {
  const page = idPageRequest('price-lists', filters)
  return inTx(ctx, async (tx) =>
    pageOf('price-lists', page, await queries.listLists(tx, ctx.actor, filters, page), ({ id }) => id, toSummary),
  )
}

const toSummary = ({ version: _, ...list }: queries.ListRow): PriceListSummary => list

import type { Rate } from '../../../billing/rate.ts'
import { type Actor, type Ctx, inTx, inTxOnce } from '../../../platform/context.ts'
import type { Tx } from '../../../platform/db.ts'
import { invalidField, invariant, notFound, type Pointer } from '../../../platform/errors.ts'
import { idPageRequest, type Page, pageOf } from '../../../platform/page.ts'
import type { Versioned } from '../../../platform/request.ts'
import { assertSeller } from '../sellers.ts'
import type { Sku } from '../skus/model.ts'
import { resolveSkus } from '../skus/service.ts'
import { activate, markDue, noteList, refusingFrozen } from './changes.ts'
import { checkListFrame, checkRates } from './check.ts'
import { checkDerivedList, insertDerivedList } from './derived-lists.ts'
import type { DerivedFrom, NewPriceList, NewRates, PriceList, PriceListFilters, PriceListSummary } from './model.ts'
import { findDerivation } from './queries-derivations.ts'
import { findOrigin } from './queries-derived.ts'
import { insertRates, listRates } from './queries-rates.ts'
import * as queries from './queries.ts'
import { assertScopes } from './scopes.ts'
import { resolveTarget } from './targets.ts'

/**
 * Creates a list of the actor's prices, active unless it is said to be a draft. A later version of an open-ended list
 * (same code, kind, scope, target and currency) lets that one end on the day it starts itself. With `derivedFrom` the rates
 * come out of a base and follow it.
 * @throws notASeller, priceOverlap, listFrozen when a document stands behind that day, DomainError 422 with pointers.
 */
export async function createPriceList(ctx: Ctx, input: NewPriceList): Promise<Versioned<PriceList>> {
  checkListFrame(input, ctx.actor.level === 'platform')
  return refusingFrozen('/validFrom', () => createChecked(ctx, input))
}

async function createChecked(ctx: Ctx, input: NewPriceList): Promise<Versioned<PriceList>> {
  const { rates: given, derivedFrom } = input
  if (derivedFrom) {
    const derived = { ...input, derivedFrom }
    const terms = checkDerivedList(derived)
    return createAs(ctx, (tx) => insertDerivedList(ctx, tx, derived, terms))
  }
  if (!given) throw invalidField('/rates', 'field.required', 'a list has rates, or a base to derive them from')
  const rates = checkRates(given, '/rates')
  return createAs(ctx, (tx) => insertPriceList(ctx, tx, { ...input, rates: given }, rates))
}

const createAs = (ctx: Ctx, insert: (tx: Tx) => Promise<string>): Promise<Versioned<PriceList>> =>
  inTxOnce(ctx, async (tx) => {
    await assertSeller(tx, ctx.actor)
    await queries.lockPrices(tx, ctx.actor.organizationId)
    return readPriceList(tx, ctx.actor, await insert(tx))
  })

type PlainList = NewPriceList & { readonly rates: NewRates }

/** Answers the id. */
async function insertPriceList(ctx: Ctx, tx: Tx, input: PlainList, rates: readonly Rate[]): Promise<string> {
  const skus = await resolveSkus(tx, input.rates, '/rates')
  const placed = pairs(skus, rates)
  await assertScopes(tx, ctx.actor, input.kind ?? 'sale', placed)
  const id = await insertDraft(ctx, tx, input)
  await insertRates(tx, id, placed)
  await noteList(ctx, tx, 'price_list.created', id)
  if (input.state !== 'draft') {
    await markDue(ctx, tx, { from: input.validFrom, to: input.validTo ?? null })
    const list = await queries.findList(tx, ctx.actor, id)
    invariant(list, 'a new list is in sight of its seller')
    await activate(ctx, tx, list, idsOf(skus), pointerOf(skus))
  }
  return id
}

/** Makes an empty draft. @throws DomainError 422 at /targetId */
export const insertDraft = async (ctx: Ctx, tx: Tx, input: NewPriceList): Promise<string> =>
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
    derivationId: null,
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
  (skuId: string): Pointer =>
    `/rates/${skus.findIndex(({ id }) => id === skuId)}`

/** A list in the actor's sight, with its rates. @throws notFound */
export async function readPriceList(tx: Tx, actor: Actor, id: string): Promise<Versioned<PriceList>> {
  const row = await queries.findList(tx, actor, id)
  if (!row) throw notFound()
  const rates = [...(await listRates(tx, id))]
  return { value: { ...toSummary(row), rates, derivedFrom: await derivedFromOf(tx, actor, row) }, version: row.version }
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

/** What the list came out of: its seller's business alone. */
async function derivedFromOf(tx: Tx, actor: Actor, list: queries.ListRow): Promise<DerivedFrom | null> {
  if (list.derivationId === null || list.sellerId !== actor.organizationId) return null
  const derivation = await findDerivation(tx, list.sellerId, list.derivationId)
  const origin = await findOrigin(tx, list.sellerId, list.id)
  invariant(derivation && origin, 'a derived list has its derivation')
  const { basis, method, percent, amount } = derivation
  return { basis, method, percent, amount, priceListId: origin.baseListId, leftOut: origin.leftOut }
}

const toSummary = ({ version: _, derivationId: __, ...list }: queries.ListRow): PriceListSummary => list

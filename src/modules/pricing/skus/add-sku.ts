import type { Rate } from '../../../billing/rate.ts'
import { type Ctx, inTxOnce } from '../../../platform/context.ts'
import type { Tx } from '../../../platform/db.ts'
import { type Fault, invalidFields, invariant, unknownReference } from '../../../platform/errors.ts'
import { listDerived, listFrozen, skuOnList } from '../errors.ts'
import type { NewPricing, Pricing } from '../model.ts'
import { isUnused } from '../price-lists/change-list.ts'
import { assertNoOverlap, daysOf, lockFoundList, markDue, noteList } from '../price-lists/changes.ts'
import { checkRates } from '../price-lists/check.ts'
import { insertRates } from '../price-lists/queries-rates.ts'
import * as queries from '../price-lists/queries.ts'
import { scopeFaults } from '../price-lists/scopes.ts'
import { assertSeller } from '../sellers.ts'
import type { Sku } from './model.ts'
import { findSkuByCode, insertSku } from './service.ts'

/**
 * Puts one SKU with its rates on own price lists, all or nothing. The platform makes the SKU; a reseller takes it up
 * by its code. The lists must not have priced anything yet.
 * @throws notASeller, skuCodeTaken, listFrozen, skuOnList, priceOverlap, DomainError 422 with pointers.
 */
export async function addSku(ctx: Ctx, input: NewPricing): Promise<Pricing> {
  const rates = checkRates(input.rates, '/rates')
  return inTxOnce(ctx, async (tx) => {
    await assertSeller(tx, ctx.actor)
    await queries.lockPrices(tx, ctx.actor.organizationId)
    const sku = ctx.actor.level === 'platform' ? await insertSku(ctx, tx, newSkuOf(input)) : await knownSku(tx, input)
    const lists = await findLists(ctx, tx, input)
    await assertAllScopes(ctx, tx, sku, lists, rates)
    for (const list of lists) if (list.state !== 'draft') await markDue(ctx, tx, daysOf(list))
    const placed: Pricing['rates'] = []
    for (const [index, { id }] of lists.entries()) placed.push(await addRate(ctx, tx, sku, id, rates[index], index))
    return { sku, rates: placed }
  })
}

function newSkuOf({ code, name, unit, aggregation, uniqueBy }: NewPricing) {
  const missing = (pointer: string): Fault => ({ pointer, code: 'field.required', message: 'a new SKU needs it' })
  if (name === undefined || unit === undefined) {
    throw invalidFields([
      ...(name === undefined ? [missing('/name')] : []),
      ...(unit === undefined ? [missing('/unit')] : []),
    ])
  }
  return { code, name, unit, ...(aggregation && { aggregation }), ...(uniqueBy && { uniqueBy }) }
}

async function knownSku(tx: Tx, input: NewPricing): Promise<Sku> {
  const given = (['name', 'unit', 'aggregation', 'uniqueBy'] as const).filter((field) => input[field] !== undefined)
  if (given.length > 0) {
    throw invalidFields(
      given.map((field) => ({
        pointer: `/${field}`,
        code: 'pricing.platform_only',
        message: 'only the platform describes a SKU',
      })),
    )
  }
  const sku = await findSkuByCode(tx, input.code)
  if (!sku) throw unknownReference('/code')
  return sku
}

async function findLists(ctx: Ctx, tx: Tx, input: NewPricing): Promise<queries.ListRow[]> {
  const lists: queries.ListRow[] = []
  for (const [index, { priceListId }] of input.rates.entries()) {
    const list = await queries.findList(tx, ctx.actor, priceListId)
    if (list?.sellerId !== ctx.actor.organizationId) throw unknownReference(`/rates/${index}/priceListId`)
    lists.push(list)
  }
  return lists
}

async function assertAllScopes(
  ctx: Ctx,
  tx: Tx,
  { id: skuId }: Sku,
  lists: readonly queries.ListRow[],
  rates: readonly Rate[],
): Promise<void> {
  const faults: Fault[] = []
  for (const [index, { kind }] of lists.entries()) {
    const rate = rates[index]
    invariant(rate, 'every list of the request has its rate')
    const placed = { skuId, rate, at: `/rates/${index}/rate/tierScope` }
    faults.push(...(await scopeFaults(tx, ctx.actor, kind, [placed])))
  }
  if (faults.length > 0) throw invalidFields(faults)
}

async function addRate(ctx: Ctx, tx: Tx, sku: Sku, priceListId: string, rate: Rate | undefined, index: number) {
  invariant(rate, 'every list of the request has its rate')
  const list = await lockFoundList(ctx, tx, priceListId)
  if (list.derivationId !== null) throw listDerived(`/rates/${index}/priceListId`)
  if (!isUnused(list)) throw listFrozen(`/rates/${index}/priceListId`)
  if (list.state !== 'draft') await assertNoOverlap(tx, priceListId, [sku.id], () => `/rates/${index}`)
  const [placed] = await insertRates(tx, priceListId, [{ skuId: sku.id, rate }])
  if (!placed) throw skuOnList(`/rates/${index}/priceListId`)
  await queries.touchList(tx, priceListId)
  await noteList(ctx, tx, 'price_list.sku_added', priceListId)
  return { id: placed.id, priceListId, rate }
}

import { type Ctx, inTx, inTxOnce } from '../../../platform/context.ts'
import { one, type Tx } from '../../../platform/db.ts'
import { type Fault, invalidField, invalidFields, notFound } from '../../../platform/errors.ts'
import { idPageRequest, type Page, pageOf } from '../../../platform/page.ts'
import { recordAudit } from '../../audit/service.ts'
import { platformOnly, skuCodeTaken } from '../errors.ts'
import type { NewSku, Sku, SkuFilters } from './model.ts'
import * as queries from './queries.ts'

/** Adds to the one catalog of the installation. @throws platformOnly, skuCodeTaken, DomainError 422 */
export const createSku = (ctx: Ctx, input: NewSku): Promise<Sku> => inTxOnce(ctx, (tx) => insertSku(ctx, tx, input))

/** As `createSku`, in the caller's transaction. */
export async function insertSku(ctx: Ctx, tx: Tx, input: NewSku): Promise<Sku> {
  if (ctx.actor.level !== 'platform') throw platformOnly()
  if (input.uniqueBy !== undefined && input.aggregation !== 'unique') {
    throw invalidField('/uniqueBy', 'sku.not_unique', 'is only for SKUs that count distinct values')
  }
  const sku = await queries.insertSku(tx, input)
  if (!sku) throw skuCodeTaken()
  const entry = { action: 'sku.created', objectType: 'sku', objectId: sku.id, details: { code: sku.code } }
  await recordAudit(tx, ctx.actor, entry, ctx.requestId)
  return sku
}

/** The catalog is the same for everybody: codes and units, no amounts. */
export const listSkus = (ctx: Ctx, filters: SkuFilters): Promise<Page<Sku>> => {
  const page = idPageRequest('skus', filters)
  return inTx(ctx, async (tx) =>
    pageOf(
      'skus',
      page,
      await queries.listSkus(tx, filters.code, page),
      ({ id }) => id,
      (row) => row,
    ),
  )
}

/** @throws notFound */
export const getSku = (ctx: Ctx, id: string): Promise<Sku> =>
  inTx(ctx, async (tx) => {
    const sku = await queries.findSku(tx, id)
    if (!sku) throw notFound()
    return sku
  })

/** The SKU of this code, or undefined. */
export const findSkuByCode = async (tx: Tx, code: string): Promise<Sku | undefined> =>
  one(await queries.listNamedSkus(tx, [], [code]))

/** A SKU as a caller names it: by id or by code. */
type SkuReference = { readonly skuId?: string | undefined; readonly sku?: string | undefined }

/**
 * Finds the named SKUs, in the order of their naming. `pointer` is where the list of references stands.
 * @throws DomainError 422 that points at each one that is unknown, named twice, or named by neither or both ways.
 */
export async function resolveSkus(tx: Tx, references: readonly SkuReference[], pointer: string): Promise<Sku[]> {
  const ids = references.flatMap(({ skuId }) => skuId ?? [])
  const codes = references.flatMap(({ sku }) => sku ?? [])
  const found = references.length === 0 ? [] : await queries.listNamedSkus(tx, ids, codes)
  const byName = new Map(found.flatMap((sku) => [[`id ${sku.id}`, sku] as const, [`code ${sku.code}`, sku] as const]))
  const seen = new Set<Sku>()
  const faults: Fault[] = []
  const skus = references.flatMap((reference, index) => {
    const sku = byName.get(reference.skuId === undefined ? `code ${reference.sku}` : `id ${reference.skuId}`)
    const fault = faultOf(reference, sku, seen, `${pointer}/${index}`)
    if (fault) faults.push(fault)
    if (!sku) return []
    seen.add(sku)
    return sku
  })
  if (faults.length > 0) throw invalidFields(faults)
  return skus
}

function faultOf({ skuId, sku: code }: SkuReference, sku: Sku | undefined, seen: ReadonlySet<Sku>, at: string) {
  if ((skuId === undefined) === (code === undefined)) {
    return { pointer: at, code: 'sku.one_name', message: 'needs either sku or skuId' }
  }
  const pointer = `${at}/${skuId === undefined ? 'sku' : 'skuId'}`
  if (!sku) return { pointer, code: 'reference.unknown', message: 'names something that does not exist' }
  return seen.has(sku) ? { pointer, code: 'sku.twice', message: 'is named twice' } : undefined
}

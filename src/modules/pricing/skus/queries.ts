import { one, type Tx } from '../../../platform/db.ts'
import { newId } from '../../../platform/ids.ts'
import { onePast, type PageRequest } from '../../../platform/page.ts'
import type { NewSku, Sku } from './model.ts'

const columns = (tx: Tx) => tx`
  sku.id, sku.code, sku.name, sku.unit, sku.aggregation, sku.counts_by as "uniqueBy", sku.created_at as "createdAt", sku.updated_at as "updatedAt"`

/** Undefined when the code names a SKU already. */
export const insertSku = async (tx: Tx, sku: NewSku) =>
  one(
    await tx<Sku[]>`
      insert into sku (id, code, name, unit, aggregation, counts_by)
      values (${newId()}, ${sku.code}, ${sku.name}, ${sku.unit}, ${sku.aggregation ?? 'sum'},
              ${sku.aggregation === 'unique' ? (sku.uniqueBy ?? 'resource') : null})
      on conflict on constraint sku_code_taken do nothing
      returning ${columns(tx)}`,
  )

export const listSkus = (tx: Tx, code: string | undefined, page: PageRequest) =>
  tx<Sku[]>`
    select ${columns(tx)} from sku
    where true
      ${code === undefined ? tx`` : tx`and sku.code = ${code}`}
      ${page.after ? tx`and sku.id < ${page.after}` : tx``}
    order by sku.id desc limit ${onePast(tx, page)}`

export const findSku = async (tx: Tx, id: string) =>
  one(await tx<Sku[]>`select ${columns(tx)} from sku where sku.id = ${id}`)

/** Those of the named SKUs that there are. */
export const listNamedSkus = (tx: Tx, ids: readonly string[], codes: readonly string[]) =>
  tx<Sku[]>`
    select ${columns(tx)} from sku
    where sku.id = any (${[...ids]}::uuid[]) or sku.code = any (${[...codes]}::text[])`

import { one, type Tx } from '../../platform/db.ts'
import { newId } from '../../platform/ids.ts'
import { onePast, type PageRequest } from '../../platform/page.ts'
import type { Meter } from './model.ts'

const columns = (tx: Tx) => tx`
  meter.id, meter.region_id as "regionId", meter.meter, sku.code as sku, sku.id as "skuId",
  trim_scale(meter.factor)::text as factor, lower(meter.valid)::text as "validFrom", upper(meter.valid)::text as "validTo"`

export const listMeters = (tx: Tx, regionId: string, meter: string | undefined, page: PageRequest) =>
  tx<Meter[]>`
    select ${columns(tx)} from meter join sku on sku.id = meter.sku_id
    where meter.region_id = ${regionId}
      ${meter === undefined ? tx`` : tx`and meter.meter = ${meter}`}
      ${page.after ? tx`and meter.id < ${page.after}` : tx``}
    order by meter.id desc limit ${onePast(tx, page)}`

export const findSkuId = async (tx: Tx, code: string) =>
  one(await tx<{ id: string }[]>`select id from sku where code = ${code}`)?.id

type NewRow = {
  regionId: string
  meter: string
  skuId: string
  factor: string
  validFrom: string
  validTo: string | null
}

export const insertMeter = async (tx: Tx, row: NewRow) =>
  one(
    await tx<Meter[]>`
      with added as (
        insert into meter (id, region_id, meter, sku_id, factor, valid)
        values (${newId()}, ${row.regionId}, ${row.meter}, ${row.skuId}, ${row.factor},
                daterange(${row.validFrom}::date, ${row.validTo}::date))
        returning *)
      select ${columns(tx)} from added meter join sku on sku.id = meter.sku_id`,
  )

export const lockMeter = async (tx: Tx, regionId: string, id: string) =>
  one(
    await tx<{ validFrom: string }[]>`
      select lower(valid)::text as "validFrom" from meter where region_id = ${regionId} and id = ${id} for update`,
  )

export const updateMeterEnd = async (tx: Tx, id: string, validTo: string) =>
  one(
    await tx<Meter[]>`
      with ended as (
        update meter set valid = daterange(lower(valid), ${validTo}::date) where id = ${id} returning *)
      select ${columns(tx)} from ended meter join sku on sku.id = meter.sku_id`,
  )

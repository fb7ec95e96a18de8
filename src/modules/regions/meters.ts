import { day } from '../../billing/days.ts'
import { boundedNonNegative } from '../../billing/money.ts'
import { type Ctx, inTx, inTxOnce } from '../../platform/context.ts'
import { isViolation } from '../../platform/db.ts'
import { invariant, notFound, unknownReference } from '../../platform/errors.ts'
import { idPageRequest, type Page, pageOf } from '../../platform/page.ts'
import { recordAudit } from '../audit/service.ts'
import { checkedInput } from '../billing-errors.ts'
import { emptyRange, factorNotPositive, meterOverlaps } from './errors.ts'
import type { Meter, MeterEnd, MeterFilters, NewMeter } from './model.ts'
import * as queries from './queries-meters.ts'
import { getRegion } from './service.ts'

/** From here on every record may be mapped: no record is older. */
const firstDay = '2000-01-01'

/** What a region's meters stand for, newest first. @throws notFound */
export async function listMeters(ctx: Ctx, regionId: string, filters: MeterFilters): Promise<Page<Meter>> {
  const page = idPageRequest('meters', filters)
  await getRegion(ctx, regionId)
  const rows = await inTx(ctx, (tx) => queries.listMeters(tx, regionId, filters.meter, page))
  return pageOf(
    'meters',
    page,
    rows,
    (row) => row.id,
    (row) => row,
  )
}

/**
 * Maps a meter of the region to a SKU for a span of days; a quantity of the meter counts `factor` times.
 * @throws notFound, unknownReference, factorNotPositive, meterOverlaps, DomainError 422 for impossible days
 */
export async function createMeter(ctx: Ctx, regionId: string, input: NewMeter): Promise<Meter> {
  const { validFrom, validTo } = daysOf(input)
  const factor = input.factor ?? '1'
  if (checkedInput(() => boundedNonNegative(factor, '/factor')).isZero()) throw factorNotPositive()
  await getRegion(ctx, regionId)
  try {
    return await inTxOnce(ctx, async (tx) => {
      const skuId = await queries.findSkuId(tx, input.sku)
      if (!skuId) throw unknownReference('/sku')
      const row = { regionId, meter: input.meter, skuId, factor, validFrom, validTo }
      const meter = await queries.insertMeter(tx, row)
      invariant(meter, 'what was inserted comes back')
      await audit(ctx, tx, 'meter.created', meter)
      return meter
    })
  } catch (error) {
    throw isViolation(error, 'meter_one_per_day') ? meterOverlaps() : error
  }
}

function daysOf({ validFrom = firstDay, validTo = null }: NewMeter) {
  checkedInput(() => day(validFrom, '/validFrom'))
  if (validTo !== null) checkedInput(() => day(validTo, '/validTo'))
  if (validTo !== null && validTo <= validFrom) throw emptyRange()
  return { validFrom, validTo }
}

/** Ends a mapping before a day; usage that was taken in stays as it is. @throws notFound, emptyRange, meterOverlaps */
export async function endMeter(ctx: Ctx, regionId: string, id: string, { validTo }: MeterEnd): Promise<Meter> {
  checkedInput(() => day(validTo, '/validTo'))
  try {
    return await inTxOnce(ctx, async (tx) => {
      const before = await queries.lockMeter(tx, regionId, id)
      if (!before) throw notFound()
      if (validTo <= before.validFrom) throw emptyRange()
      const meter = await queries.updateMeterEnd(tx, id, validTo)
      invariant(meter, 'a locked meter can be written')
      await audit(ctx, tx, 'meter.ended', meter)
      return meter
    })
  } catch (error) {
    throw isViolation(error, 'meter_one_per_day') ? meterOverlaps() : error
  }
}

const audit = (ctx: Ctx, tx: Parameters<typeof recordAudit>[0], action: string, meter: Meter) =>
  recordAudit(
    tx,
    ctx.actor,
    { action, objectType: 'meter', objectId: meter.id, details: { regionId: meter.regionId, skuId: meter.skuId } },
    ctx.requestId,
  )

import type { Aggregation } from '../../../billing/aggregate.ts'
import type { Tx } from '../../../platform/db.ts'

export type SubscriptionNameRow = {
  name: string
  id: string
  tenantId: string
  partnerId: string
  distributorId: string
  startDate: string
  endDate: string | null
  isTenantClosed: boolean
}

/** The subscriptions that a region's names stand for: by what is registered for the region, or by our own id. */
export const listSubscriptionsByName = (tx: Tx, regionId: string, names: readonly string[], ids: readonly string[]) =>
  tx<SubscriptionNameRow[]>`
    select named.name, subscription.id, subscription.tenant_id as "tenantId", subscription.partner_id as "partnerId",
           subscription.distributor_id as "distributorId", start_date as "startDate", end_date as "endDate",
           tenant.state = 'closed' as "isTenantClosed"
    from (
      select external_id as name, subscription_id as id from subscription_alias
      where region_id = ${regionId} and external_id = any (${[...names]}::text[])
      union
      select id::text, id from unnest(${[...ids]}::uuid[]) as own (id)
    ) named join subscription on subscription.id = named.id
    join organization tenant on tenant.id = subscription.tenant_id`

/** The ended chains of tenants: who stood above them before. */
export const listFormerPlaces = (tx: Tx, tenantIds: readonly string[]) =>
  tx<{ tenantId: string; partnerId: string; distributorId: string; from: string | null; to: string }[]>`
    select tenant_id as "tenantId", partner_id as "partnerId", distributor_id as "distributorId", lower(valid)::text as from,
           upper(valid)::text as to
    from chain where not upper_inf(valid) and tenant_id = any (${[...tenantIds]}::uuid[])`

type SkuRow = { id: string; code: string; unit: string; aggregation: Aggregation; uniqueBy: string | null }

export const listSkusByCode = (tx: Tx, codes: readonly string[]) =>
  tx<
    SkuRow[]
  >`select id, code, unit, aggregation, counts_by as "uniqueBy" from sku where code = any (${[...codes]}::text[])`

export type MeterRow = Omit<SkuRow, 'code'> & { meter: string; factor: string; from: string; to: string | null }

export const listMetersByName = (tx: Tx, regionId: string, meters: readonly string[]) =>
  tx<MeterRow[]>`
    select meter.meter, trim_scale(factor)::text as factor, lower(valid)::text as from, upper(valid)::text as to,
           sku.id, sku.unit, sku.aggregation, sku.counts_by as "uniqueBy"
    from meter join sku on sku.id = meter.sku_id
    where meter.region_id = ${regionId} and meter.meter = any (${[...meters]}::text[])`

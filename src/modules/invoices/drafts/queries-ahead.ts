import type { DiscountableLine } from '../../../billing/discount.ts'
import type { Tx } from '../../../platform/db.ts'
import type { UsageLineRow } from './queries-discounts.ts'

// The lines that the next drafts will have. Runs as weir_seller.

/** Some edges of one seller in one posting month. */
export type EdgesAt = { readonly sellerId: string; readonly period: string; readonly edgeIds: readonly string[] }

/** A rated bucket with its place on the draft to come. */
export type AheadRow = Omit<DiscountableLine, 'used'> & {
  edgeId: string
  tenantId: string
  servicePeriod: string
  regionId: string
  serviceStart: string
  kind: string
}

/** What is rated and on no paper, rounded and in the order that drafting gives it. */
export const linesAhead = (tx: Tx, { sellerId, period, edgeIds }: EdgesAt) => tx`
  select bucket.*, round(unrounded, currency_digits) as net,
         (row_number() over (partition by edge_id order by tenant_id, subscription_id, sku_id, service_period, region_id,
                                                           service_start, kind))::int as line
  from rated_bucket bucket
  where seller_id = ${sellerId} and period = ${period} and edge_id = any (${[...edgeIds]}::uuid[]) and state = 'fresh'`

export const listAhead = (tx: Tx, at: EdgesAt) =>
  tx<AheadRow[]>`
    select edge_id as "edgeId", line, tenant_id as "tenantId", subscription_id as "subscriptionId", sku_id as "skuId",
           service_period as "servicePeriod", region_id as "regionId", service_start as "serviceStart", kind,
           service_end as "serviceEnd", trim_scale(quantity)::text as quantity, net::text
    from (${linesAhead(tx, at)}) ahead order by edge_id, line`

/** Those that are sums of what these subscriptions used, by edge. */
export const listUsageAhead = (tx: Tx, at: EdgesAt, subscriptionIds: readonly string[]) =>
  tx<UsageLineRow[]>`
    select edge_id as "invoiceId", line, tenant_id as "tenantId", subscription_id as "subscriptionId", sku_id as "skuId",
           period as posting, service_start as "from", service_end as "to", region_id as "regionId",
           array(select distinct own.region_id::text from rated_bucket own
                 where own.seller_id = ahead.seller_id and own.period = ahead.period and own.edge_id = ahead.edge_id
                   and own.tenant_id = ahead.tenant_id and own.subscription_id = ahead.subscription_id
                   and own.sku_id = ahead.sku_id and own.service_period = ahead.service_period and own.kind = 'usage'
                   and own.region_id <> ahead.region_id) as "otherRegionIds"
    from (${linesAhead(tx, at)}) ahead
    join sku on sku.id = ahead.sku_id and sku.aggregation = 'sum'
    where ahead.kind = 'usage' and subscription_id = any (${[...subscriptionIds]}::uuid[])
    order by edge_id, line`

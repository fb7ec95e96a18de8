import type { DiscountableLine } from '../../../billing/discount.ts'
import type { Tx } from '../../../platform/db.ts'

// Drafts are written by their seller's money duties: everything here runs as weir_seller.

export type DiscountableRow = Omit<DiscountableLine, 'used'> & { invoiceId: string }

/** The lines of drafts. */
export const listDiscountable = (tx: Tx, invoiceIds: readonly string[]) =>
  tx<DiscountableRow[]>`
    select invoice_id as "invoiceId", line, subscription_id as "subscriptionId", sku_id as "skuId",
           service_end as "serviceEnd", trim_scale(quantity)::text as quantity, net::text
    from invoice_line
    where invoice_id = any (${[...invoiceIds]}::uuid[]) and kind <> 'discount'
    order by invoice_id, line`

/** A line that is a sum of usage: whose it is, where, and which regions are billed by themselves. */
export type UsageLineRow = {
  invoiceId: string
  line: number
  tenantId: string
  subscriptionId: string
  skuId: string
  posting: string
  from: string
  to: string
  regionId: string
  otherRegionIds: string[]
}

/** The lines of some documents that are sums of what these subscriptions used. */
export const listUsageLines = (tx: Tx, invoiceIds: readonly string[], subscriptionIds: readonly string[]) =>
  tx<UsageLineRow[]>`
    select line.invoice_id as "invoiceId", line.line, line.tenant_id as "tenantId", line.subscription_id as "subscriptionId",
           line.sku_id as "skuId", invoice.period as posting, line.service_start as "from", line.service_end as "to",
           line.region_id as "regionId",
           array(select distinct own.region_id::text from rated_bucket own
                 where own.seller_id = line.seller_id and own.period = invoice.period and own.edge_id = invoice.edge_id
                   and own.tenant_id = line.tenant_id and own.subscription_id = line.subscription_id
                   and own.sku_id = line.sku_id and own.service_period = line.service_period and own.kind = 'usage'
                   and own.region_id <> line.region_id) as "otherRegionIds"
    from invoice_line line
    join invoice on invoice.id = line.invoice_id
    join sku on sku.id = line.sku_id and sku.aggregation = 'sum'
    where line.invoice_id = any (${[...invoiceIds]}::uuid[]) and line.kind in ('usage', 'late')
      and line.subscription_id = any (${[...subscriptionIds]}::uuid[])
    order by line.invoice_id, line.line`

/** Behind the last line of a draft: a line for each reduction, of the same service as the line that it amends; and counts them in. */
export const insertLines = (
  tx: Tx,
  invoiceId: string,
  reductions: readonly { amends: number; amount: string; details: string }[],
) => tx`
  with added as (
    insert into invoice_line (
      invoice_id, line, kind, subscription_id, tenant_id, sku_id, service_period, region_id, service_start, service_end,
      quantity, unrounded, net, details, amends_line, seller_id, see_platform_id, see_distributor_id, see_partner_id, see_tenant_id)
    select line.invoice_id, invoice.lines + given.number, 'discount', subscription_id, tenant_id, sku_id, service_period, region_id,
           service_start, service_end, 0, -given.amount, -given.amount, given.details::jsonb, line.line, line.seller_id,
           line.see_platform_id, line.see_distributor_id, line.see_partner_id, line.see_tenant_id
    from unnest(${reductions.map((one) => one.amends)}::int[], ${reductions.map((one) => one.amount)}::numeric[],
                ${reductions.map((one) => one.details)}::text[]) with ordinality as given (amends, amount, details, number)
    join invoice_line line on line.invoice_id = ${invoiceId} and line.line = given.amends
    join invoice on invoice.id = line.invoice_id
    returning net)
  update invoice
  set lines = invoice.lines + sums.lines, net = invoice.net + sums.net, total = invoice.total + sums.net, updated_at = clock_timestamp()
  from (select count(*)::int as lines, sum(net) as net from added) sums
  where invoice.id = ${invoiceId}`

import type { Tx } from '../../../platform/db.ts'
import { nilId } from '../../../platform/ids.ts'
import type { AheadLine, EdgesAt } from '../../invoices/drafts/ahead.ts'
import { taxShares } from '../summary/queries-papers.ts'

// What the next drafts will say beyond what is rated. Written by the seller's money duties: everything here runs as weir_seller.

/** In the order of the key, so that two writers never wait for each other. */
export const upsertDue = (tx: Tx, { sellerId, period, edgeIds }: EdgesAt) => tx`
  insert into estimate (seller_id, period, edge_id)
  select distinct ${sellerId}::uuid, ${period}::text, edge_id from unnest(${[...edgeIds]}::uuid[]) as edge_id
  order by edge_id
  on conflict on constraint estimate_key do update set is_due = true`

/** Marks every estimate of the seller, or those of some buyers. */
export const markAll = (tx: Tx, sellerId: string, buyerIds: readonly string[] | undefined) => tx`
  update estimate set is_due = true
  where ctid = any (array(
    select estimate.ctid from estimate join edge on edge.id = estimate.edge_id
    where estimate.seller_id = ${sellerId} and not is_due
      ${buyerIds === undefined ? tx`` : tx`and edge.buyer_id = any (${[...buyerIds]}::uuid[])`}
    order by estimate.period, estimate.edge_id for no key update of estimate))`

/** Marks the estimates of everything else that the buyers of these edges have on no paper. */
export const markBeside = (tx: Tx, sellerId: string, edgeIds: readonly string[]) => tx`
  update estimate set is_due = true
  where ctid = any (array(
    select estimate.ctid
    from (select distinct other.id from edge mine
          join edge other on other.seller_id = mine.seller_id and other.buyer_id = mine.buyer_id
          where mine.id = any (${[...edgeIds]}::uuid[]) and mine.seller_id = ${sellerId}) beside
    join estimate on estimate.edge_id = beside.id
    where estimate.seller_id = ${sellerId} and not is_due
    order by estimate.period, estimate.edge_id for no key update of estimate))`

/** Who else sells to an organization, in one order for all writers. Runs as weir_chain. */
export const listSellersTo = (tx: Tx, buyerId: string) =>
  tx<{ sellerId: string }[]>`
    select distinct seller_id as "sellerId" from edge where buyer_id = ${buyerId} and seller_id <> buyer_id order by 1`

export type DueEdge = { edgeId: string; buyerId: string; currency: string; lines: number }

/** The next estimates of a seller's month that are out of date, locked. The larger a document, the rarer it is estimated. */
export const lockDue = (tx: Tx, sellerId: string, period: string, limit: number) =>
  tx<DueEdge[]>`
    select estimate.edge_id as "edgeId", edge.buyer_id as "buyerId", edge.currency, estimate.lines
    from estimate join edge on edge.id = estimate.edge_id
    where estimate.seller_id = ${sellerId} and estimate.period = ${period} and ${isReady(tx)}
    order by estimate.edge_id limit ${limit} for update of estimate`

/** `estimate` has a pause of a millisecond for each of its lines. */
export const isReady = (tx: Tx) => tx`
  estimate.is_due and estimate.made_at + estimate.lines * interval '1 millisecond' <= clock_timestamp()`

/** A line of a draft to come, with the bucket that it is about. */
export type NewLine = Pick<
  AheadLine,
  'edgeId' | 'tenantId' | 'subscriptionId' | 'skuId' | 'servicePeriod' | 'regionId' | 'serviceStart' | 'kind'
> & { line: number; isReduction: boolean; net: string; tax: string | null }

/** What a line does not say is copied from its bucket. */
export const insertLines = (tx: Tx, { sellerId, period }: EdgesAt, lines: readonly NewLine[]) => tx`
  insert into estimate_line (
    seller_id, period, edge_id, invoice_id, line, is_reduction, buyer_id, tenant_id, partner_id, distributor_id, subscription_id,
    sku_id, service_period, region_id, service_start, service_end, bucket_kind, currency, net, tax,
    see_platform_id, see_distributor_id, see_partner_id, see_tenant_id)
  select bucket.seller_id, bucket.period, bucket.edge_id, ${nilId}, own.line, own.is_reduction::boolean, bucket.buyer_id, bucket.tenant_id,
         bucket.partner_id, bucket.distributor_id, bucket.subscription_id, bucket.sku_id, bucket.service_period,
         bucket.region_id, bucket.service_start, bucket.service_end, bucket.kind, bucket.currency, own.net, own.tax,
         bucket.see_platform_id, bucket.see_distributor_id, bucket.see_partner_id, bucket.see_tenant_id
  from unnest(${lines.map((one) => one.edgeId)}::uuid[], ${lines.map((one) => one.tenantId)}::uuid[],
              ${lines.map((one) => one.subscriptionId)}::uuid[], ${lines.map((one) => one.skuId)}::uuid[],
              ${lines.map((one) => one.servicePeriod)}::text[], ${lines.map((one) => one.regionId)}::uuid[],
              ${lines.map((one) => one.serviceStart)}::date[], ${lines.map((one) => one.kind)}::text[],
              ${lines.map((one) => one.line)}::int[], ${lines.map((one) => String(one.isReduction))}::text[],
              ${lines.map((one) => one.net)}::numeric[], ${lines.map((one) => one.tax)}::numeric[])
    as own (edge_id, tenant_id, subscription_id, sku_id, service_period, region_id, service_start, kind, line, is_reduction, net, tax)
  cross join lateral (
    select * from rated_bucket
    where seller_id = ${sellerId} and period = ${period} and edge_id = own.edge_id and tenant_id = own.tenant_id
      and subscription_id = own.subscription_id and sku_id = own.sku_id and service_period = own.service_period
      and region_id = own.region_id and service_start = own.service_start and kind = own.kind offset 0) bucket`

/** Takes away what was estimated of what is on no paper. */
export const deleteFresh = (tx: Tx, { sellerId, period, edgeIds }: EdgesAt) => tx`
  delete from estimate_line
  where seller_id = ${sellerId} and period = ${period} and edge_id = any (${[...edgeIds]}::uuid[]) and invoice_id = ${nilId}`

/** Notes how large each of these is now; what has no lines is estimated no more. */
export const finish = async (tx: Tx, { sellerId, period, edgeIds }: EdgesAt, lines: readonly number[]) => {
  await tx`
    update estimate set is_due = false, lines = made.lines, made_at = clock_timestamp()
    from unnest(${[...edgeIds]}::uuid[], ${[...lines]}::int[]) as made (edge_id, lines)
    where estimate.seller_id = ${sellerId} and estimate.period = ${period} and estimate.edge_id = made.edge_id`
  await tx`
    delete from estimate
    where seller_id = ${sellerId} and period = ${period} and edge_id = any (${[...edgeIds]}::uuid[]) and lines = 0`
}

/** Documents of one seller's month, each with its edge at the same position. */
export type Papers = EdgesAt & { readonly invoiceIds: readonly string[] }

/**
 * Keeps what finished drafts say beyond their buckets, for those who do not see them: reductions, and the shares of lines in taxes.
 * What a draft waits for that can't be taxed is unknown.
 */
export const insertDrafted = (tx: Tx, { sellerId, invoiceIds }: Pick<Papers, 'sellerId' | 'invoiceIds'>) => tx`
  insert into estimate_line (
    seller_id, period, edge_id, invoice_id, line, is_reduction, buyer_id, tenant_id, partner_id, distributor_id, subscription_id,
    sku_id, service_period, region_id, service_start, service_end, bucket_kind, currency, net, tax,
    see_platform_id, see_distributor_id, see_partner_id, see_tenant_id)
  select invoice.seller_id, invoice.period, invoice.edge_id, invoice.id, line.line, line.kind = 'discount', invoice.buyer_id,
         line.tenant_id, chain.partner_id, chain.distributor_id, line.subscription_id, line.sku_id, line.service_period,
         line.region_id, line.service_start, line.service_end, case coalesce(reduced.kind, line.kind) when 'late' then 'usage' else coalesce(reduced.kind, line.kind) end,
         invoice.currency, case when line.kind = 'discount' then line.net else 0 end,
         case when coalesce(invoice.parked_for, '') not like 'tax.%' then coalesce(share.tax, 0) end,
         line.see_platform_id, line.see_distributor_id, line.see_partner_id, line.see_tenant_id
  from invoice
  join invoice_line line on line.invoice_id = invoice.id
  left join invoice_line reduced on reduced.invoice_id = line.invoice_id and reduced.line = line.amends_line and line.kind = 'discount'
  join chain on chain.tenant_id = line.tenant_id
    and chain.valid @> ((line.service_period || '-01')::date + interval '1 month' - interval '1 day')::date
  left join (${taxShares(tx, tx`invoice.id = any (${[...invoiceIds]}::uuid[])`)}) share
    on share.invoice_id = line.invoice_id and share.line = line.line
  where invoice.id = any (${[...invoiceIds]}::uuid[]) and invoice.seller_id = ${sellerId}
    and (line.kind = 'discount' or share.tax <> 0 or invoice.parked_for like 'tax.%')`

/** Takes away what was kept of drafts that are none any more. */
export const deleteDrafted = (tx: Tx, { sellerId, period, edgeIds, invoiceIds }: Papers) => tx`
  delete from estimate_line
  where ctid = any (array(
    select line.ctid
    from unnest(${[...edgeIds]}::uuid[], ${[...invoiceIds]}::uuid[]) as paper (edge_id, invoice_id)
    cross join lateral (
      select ctid from estimate_line
      where seller_id = ${sellerId} and period = ${period} and edge_id = paper.edge_id and invoice_id = paper.invoice_id
      offset 0) line))`

import type { Aggregation } from '../../billing/aggregate.ts'
import type { ChargeDetails } from '../../billing/charge-amounts.ts'
import type { ResourceShare } from '../../billing/discount.ts'
import type { LineKind } from '../../billing/invoice.ts'
import type { Rate } from '../../billing/rate.ts'
import type { PriceScope } from '../../billing/resolve.ts'
import { utcToday } from '../../platform/clock.ts'
import type { Actor } from '../../platform/context.ts'
import { one, type Tx } from '../../platform/db.ts'
import { onePast, type PageRequest } from '../../platform/page.ts'
import type { HeadTax } from './canonical.ts'
import { settledColumns, settledJoin } from './issue/queries-settle.ts'
import { taxesOf } from './issue/queries.ts'
import type { Invoice, InvoiceFilters } from './model.ts'
import { inScope, type LineScope, ofLines } from './queries-scope.ts'

export type InvoiceRow = {
  id: string
  number: string | null
  state: Invoice['state']
  parkedFor: string | null
  runId: string | null
  sellerId: string
  buyerId: string
  period: string
  currency: string
  issueDate: string | null
  dueDate: string | null
  lines: number
  net: string
  tax: string
  total: string
  paid: string
  credited: string
  writtenOff: string
  creditedTotal: string
  today: string
  isTaxed: boolean
  taxes: HeadTax[]
  amends: string | null
  reason: string | null
  amendedBy: Invoice['amendedBy']
  contentHash: string | null
  version: number
  createdAt: string
  updatedAt: string
}

/** The documents that correct this one; a draft is nobody's business yet. */
const amendedBy = (tx: Tx) => tx`
  (select coalesce(json_agg(json_build_object('id', later.id, 'type', later.type, 'number', later.number) order by later.id), '[]')
   from invoice later where later.amends = invoice.id and later.state = 'issued')`

const columns = (tx: Tx) => tx`
  id, number, state, parked_for as "parkedFor", run_id as "runId", seller_id as "sellerId", buyer_id as "buyerId", period,
  currency, issue_date as "issueDate", due_date as "dueDate", lines, net::text, tax::text, ${settledColumns(tx)},
  is_taxed as "isTaxed", case when is_taxed then ${taxesOf(tx)} else '[]' end as taxes,
  amends, reason, ${amendedBy(tx)} as "amendedBy", ${utcToday(tx)} as today, encode(hash, 'hex') as "contentHash", version + settled.changes as version, created_at as "createdAt",
  greatest(updated_at, settled.changed_at) as "updatedAt"`

/** On the viewer's edges, and a draft on its seller's side only: the first of the two locks. */
const isSeen = (tx: Tx, viewer: Actor) => tx`
  ${tx(`see_${viewer.level}_id`)} = ${viewer.organizationId}
  and (state = 'issued' or seller_id = ${viewer.organizationId})`

const onSide = (tx: Tx, viewer: Actor, side: InvoiceFilters['side']) => {
  const id = viewer.organizationId
  if (side === 'sell') return tx`and seller_id = ${id}`
  if (side === 'buy') return tx`and buyer_id = ${id}`
  if (side !== 'agency') return tx``
  return viewer.level === 'platform' ? tx`and false` : tx`and seller_id <> ${id} and buyer_id <> ${id}`
}

/** A run is its seller's: for others a filter by it finds nothing. */
export const listInvoices = (tx: Tx, viewer: Actor, filters: InvoiceFilters, page: PageRequest) =>
  tx<InvoiceRow[]>`
    select ${columns(tx)} from invoice ${settledJoin(tx)}
    where type = 'invoice' and ${isSeen(tx, viewer)} ${onSide(tx, viewer, filters.side)}
      ${filters.period ? tx`and period = ${filters.period}` : tx``}
      ${filters.state ? tx`and state = ${filters.state}` : tx``}
      ${filters.sellerId ? tx`and seller_id = ${filters.sellerId}` : tx``}
      ${filters.buyerId ? tx`and buyer_id = ${filters.buyerId}` : tx``}
      ${filters.runId ? tx`and run_id = ${filters.runId} and seller_id = ${viewer.organizationId}` : tx``}
      ${inScope(tx, viewer, filters)}
      ${page.after ? tx`and id < ${page.after}` : tx``}
    order by id desc limit ${onePast(tx, page)}`

export const findInvoice = async (tx: Tx, viewer: Actor, id: string) =>
  one(
    await tx<InvoiceRow[]>`select ${columns(tx)} from invoice ${settledJoin(tx)}
      where type = 'invoice' and ${isSeen(tx, viewer)} and id = ${id}`,
  )

export type LineRow = {
  line: number
  kind: LineKind
  subscriptionId: string
  tenantId: string
  sku: string
  serviceStart: string
  serviceEnd: string
  region: string | null
  quantity: string
  unit: string
  unrounded: string
  net: string
  taxCategory: string | null
  priceVersionId: string | null
  fxRateId: string | null
  amendsLine: number | null
  creditedNet: string
}

/** Lines of a document that the viewer was shown, by number. */
export const listLines = (
  tx: Tx,
  viewer: Actor,
  invoiceId: string,
  { after, limit, ...filters }: { after: number; limit: number } & LineScope,
) =>
  tx<LineRow[]>`
    select line.line, line.kind, line.subscription_id as "subscriptionId", line.tenant_id as "tenantId", sku.code as sku,
           line.service_start as "serviceStart", line.service_end as "serviceEnd", region.code as region,
           trim_scale(line.quantity)::text as quantity, sku.unit, trim_scale(line.unrounded)::text as unrounded, line.net::text,
           line.tax_category as "taxCategory", line.price_rate_id as "priceVersionId", line.fx_rate_id as "fxRateId",
           line.amends_line as "amendsLine",
           coalesce((select sum(credit.net) from invoice note join invoice_line credit on credit.invoice_id = note.id
              where note.amends = line.invoice_id and note.type = 'credit_note' and note.state = 'issued'
                and credit.amends_line = line.line), 0)::text as "creditedNet"
    from invoice_line line
    join sku on sku.id = line.sku_id
    left join region on region.id = line.region_id
    where line.invoice_id = ${invoiceId} and ${tx(`line.see_${viewer.level}_id`)} = ${viewer.organizationId}
      and line.line > ${after} ${ofLines(tx, filters)}
    order by line.line limit ${limit + 1}`

export type PartRow = {
  line: number
  kind: LineKind
  serviceStart: string
  serviceEnd: string
  quantity: string
  quantityBefore: string
  unit: string
  aggregation: Aggregation
  uniqueBy: string | null
  unrounded: string
  net: string
  priceVersionId: string
  fxRateId: string | null
  /** Of a charge or a credit: its span and full amount. */
  charge?: ChargeDetails | null
  details: object | null
}

/** The line and all others of the document whose running total it shares, in time order. */
export const listParts = (tx: Tx, viewer: Actor, invoiceId: string, line: number) =>
  tx<PartRow[]>`
    select part.line, part.kind, part.service_start as "serviceStart", part.service_end as "serviceEnd",
           trim_scale(part.quantity)::text as quantity, trim_scale(part.quantity_before)::text as "quantityBefore", sku.unit,
           sku.aggregation, sku.counts_by as "uniqueBy",
           trim_scale(part.unrounded)::text as unrounded, part.net::text, part.price_rate_id as "priceVersionId",
           part.fx_rate_id as "fxRateId", part.details,
           case when part.kind in ('recurring', 'oneTime', 'credit') then part.details end as charge
    from invoice_line asked
    join invoice_line part on part.invoice_id = asked.invoice_id and part.subscription_id = asked.subscription_id
      and part.sku_id = asked.sku_id and part.service_period = asked.service_period and part.region_id = asked.region_id
      and part.kind = asked.kind
    join sku on sku.id = part.sku_id
    where asked.invoice_id = ${invoiceId} and asked.line = ${line}
      and ${tx(`part.see_${viewer.level}_id`)} = ${viewer.organizationId}
    order by part.service_start`

export type ReductionRow = {
  line: number
  amendsLine: number
  unrounded: string
  net: string
  details: {
    discountId: string
    name: string
    scope: string
    kind: string
    value: string
    base: string
    share?: ResourceShare
  }
}

/** The line, where it is a discount. */
export const findReduction = async (tx: Tx, viewer: Actor, invoiceId: string, line: number) =>
  one(
    await tx<ReductionRow[]>`
      select line, amends_line as "amendsLine", trim_scale(unrounded)::text as unrounded, net::text, details from invoice_line
      where invoice_id = ${invoiceId} and line = ${line} and kind = 'discount' and details ? 'discountId'
        and ${tx(`see_${viewer.level}_id`)} = ${viewer.organizationId}`,
  )

export type PriceRow = {
  id: string
  rate: Rate
  priceList: string
  scope: PriceScope
  currency: string
  validFrom: string
  validTo: string | null
}

/** The prices of lines that were shown. Runs as the seller whose lists they are of. */
export const listPrices = (tx: Tx, sellerId: string, ids: readonly string[]) =>
  tx<PriceRow[]>`
    select price_rate.id, price_rate.rate, price_list.code as "priceList", price_list.scope, price_list.currency,
           lower(price_rate.valid) as "validFrom", upper(price_rate.valid) as "validTo"
    from price_rate join price_list on price_list.id = price_rate.price_list_id
    where price_rate.seller_id = ${sellerId} and price_rate.id = any (${[...ids]}::uuid[])`

type DiscardedRow = { edgeId: string; period: string }

/** Undefined unless it is an own draft or parked document whose run has finished drafting. Runs as weir_seller. */
export const discardInvoice = async (tx: Tx, sellerId: string, id: string) =>
  one(
    await tx<DiscardedRow[]>`
    update invoice set state = 'discarded', parked_for = null, version = version + 1, updated_at = clock_timestamp()
    where id = ${id} and seller_id = ${sellerId} and state in ('draft', 'parked')
      and exists (select from billing_run where billing_run.id = run_id and billing_run.state in ('drafted', 'done'))
    returning edge_id as "edgeId", period`,
  )

import type { Aggregation } from '../../../billing/aggregate.ts'
import type { LineKind } from '../../../billing/invoice.ts'
import type { Actor } from '../../../platform/context.ts'
import { one, type Tx } from '../../../platform/db.ts'
import { linesAhead } from './queries-estimates.ts'
import { documentsOf as documentsIn, taxShares } from './queries-papers.ts'
import { filtered, inMonths, onSide, type SummaryScope } from './queries-parts.ts'
import type { Months } from './question.ts'

/** Which figure of which rows, and where the page begins. */
export type ExplainWish = SummaryScope & {
  readonly months: Months
  readonly figure: 'unbilled' | 'draft' | 'billed' | 'credited'
  readonly currency: string
  readonly after: string | undefined
  readonly limit: number
}

/** A line of a figure: of a document, or of an estimate. Numbers are decimal text. */
export type ExplainedRow = {
  key: string
  kind: LineKind
  period: string
  tenantId: string
  subscriptionId: string
  sku: string
  unit: string
  serviceStart: string
  serviceEnd: string
  quantity: string
  unrounded: string | null
  net: string | null
  /** Its share in the taxes of its document; null where nobody can say it. */
  tax: string | null
  parkedFor: string | null
  invoiceId: string | null
  line: number | null
}

/** A late line is a bucket of an earlier month of service. */
const lineKindOf = (tx: Tx) => tx`
  case when bucket.kind = 'usage' and bucket.service_period < bucket.period then 'late' else bucket.kind end`

const bucketKey = (tx: Tx) => tx`
  concat_ws(':', bucket.period, bucket.edge_id, bucket.subscription_id, bucket.sku_id, bucket.service_period,
            bucket.region_id, bucket.service_start, bucket.kind)`

const bucketLines = (tx: Tx, wish: ExplainWish, isWanted: ReturnType<typeof lineKindOf>) => tx`
  select ${bucketKey(tx)} as key, ${lineKindOf(tx)} as kind, bucket.period, bucket.tenant_id, bucket.subscription_id, bucket.sku_id,
         bucket.service_start, bucket.service_end, bucket.quantity, bucket.unrounded,
         round(bucket.unrounded, bucket.currency_digits) as net, 0::numeric as tax, bucket.parked_for, null::uuid as invoice_id, null::int as line
  from rated_bucket bucket
  where ${onSide(tx, wish, 'bucket')} and ${inMonths(tx, 'bucket.period', wish.months)} and bucket.currency = ${wish.currency}
    and ${isWanted} ${filtered(tx, wish.filters, 'bucket')}`

/**
 * What is not billed yet: not rated onto paper, or on a draft that is not the viewer's own. What waits is shown as well, and what
 * the next draft takes off.
 */
const unbilledLines = (tx: Tx, wish: ExplainWish) => {
  const isWanted = tx`(bucket.state in ('fresh', 'parked') or (bucket.state = 'drafted' and bucket.seller_id <> ${wish.viewer.organizationId}))`
  return tx`
    select rated.key, rated.kind, rated.period, rated.tenant_id, rated.subscription_id, rated.sku_id, rated.service_start,
           rated.service_end, rated.quantity, rated.unrounded, rated.net, case when ahead.line is null then 0 else ahead.tax end as tax,
           rated.parked_for, rated.invoice_id, rated.line
    from (${bucketLines(tx, wish, isWanted)}) rated
    left join (${aheadLines(tx, wish, tx`not ahead.is_reduction`)}) ahead on ahead.key = rated.key
    union all
    select concat_ws(':', ahead.key, 'discount', lpad(ahead.line::text, 8, '0')), 'discount', ahead.period, ahead.tenant_id,
           ahead.subscription_id, ahead.sku_id, ahead.service_start, ahead.service_end, 0, ahead.net, ahead.net, ahead.tax,
           null, null, null
    from (${aheadLines(tx, wish, tx`ahead.is_reduction`)}) ahead`
}

/** What the next drafts add, each with the key of the bucket that it is about. */
const aheadLines = (tx: Tx, wish: ExplainWish, isWanted: ReturnType<typeof lineKindOf>) => tx`
  select ahead.*, concat_ws(':', ahead.period, ahead.edge_id, ahead.subscription_id, ahead.sku_id, ahead.service_period,
                            ahead.region_id, ahead.service_start, ahead.bucket_kind) as key
  from estimate_line ahead
  where ${linesAhead(tx, wish, wish.months)} and ahead.currency = ${wish.currency} and ${isWanted}
    ${filtered(tx, wish.filters, 'ahead')}`

/** What is final without a document. */
const settledLines = (tx: Tx, wish: ExplainWish) => bucketLines(tx, wish, tx`bucket.state = 'settled'`)

/** Which documents a figure is made of. */
const documentsOf = (tx: Tx, { figure, viewer }: ExplainWish) => {
  if (figure === 'credited') return tx`invoice.type = 'credit_note' and invoice.state = 'issued'`
  return figure === 'billed'
    ? tx`invoice.type = 'invoice' and invoice.state = 'issued'`
    : tx`invoice.type = 'invoice' and invoice.state in ('draft', 'parked') and invoice.seller_id = ${viewer.organizationId}`
}

/** The lines of documents, discounts too. */
const paperLines = (tx: Tx, wish: ExplainWish) => tx`
  select concat_ws(':', paper.invoice_id, lpad(paper.line::text, 8, '0')) as key, paper.kind, paper.period, paper.tenant_id,
         paper.subscription_id, paper.sku_id, paper.service_start, paper.service_end, paper.quantity, paper.unrounded, paper.net, paper.tax,
         null::text as parked_for, paper.invoice_id, paper.line
  from (
    select line.*, coalesce(share.tax, 0) as tax, invoice.period, chain.partner_id, chain.distributor_id
    from invoice
    join invoice_line line on line.invoice_id = invoice.id
    join chain on chain.tenant_id = line.tenant_id
      and chain.valid @> ((line.service_period || '-01')::date + interval '1 month' - interval '1 day')::date
    left join (${taxShares(tx, documentsIn(tx, wish, { ...wish.months, asOf: null }))}) share
      on share.invoice_id = line.invoice_id and share.line = line.line
    where ${onSide(tx, wish, 'invoice')} and ${inMonths(tx, 'invoice.period', wish.months)}
      and invoice.currency = ${wish.currency} and ${documentsOf(tx, wish)}
  ) paper
  where true ${filtered(tx, wish.filters, 'paper')}`

const linesOf = (tx: Tx, wish: ExplainWish) => {
  if (wish.figure === 'unbilled') return unbilledLines(tx, wish)
  return wish.figure === 'billed'
    ? tx`${paperLines(tx, wish)} union all ${settledLines(tx, wish)}`
    : paperLines(tx, wish)
}

/** A page of the lines, in the order of their keys. */
export const listLines = (tx: Tx, wish: ExplainWish) =>
  tx<ExplainedRow[]>`
    select key, kind, period, tenant_id as "tenantId", subscription_id as "subscriptionId", sku.code as sku, sku.unit,
           service_start as "serviceStart", service_end as "serviceEnd", trim_scale(quantity)::text as quantity,
           trim_scale(unrounded)::text as unrounded, net::text, tax::text, parked_for as "parkedFor", invoice_id as "invoiceId", line
    from (${linesOf(tx, wish)}) explained
    join sku on sku.id = explained.sku_id
    ${wish.after ? tx`where key collate "C" > ${wish.after}` : tx``}
    order by key collate "C" limit ${wish.limit + 1}`

/** What all lines of all pages come to: null where there are some, and all of them wait. */
export const sumLines = async (tx: Tx, wish: ExplainWish) =>
  one(
    await tx<{ net: string | null; tax: string | null; lines: number; parked: number }[]>`
      select case when count(*) = 0 then '0' else sum(net)::text end as net,
             case when count(*) = 0 then '0' when bool_or(net is not null and tax is null) then null
                  else (sum(tax) filter (where net is not null))::text end as tax,
             count(*)::int as lines, (count(*) filter (where net is null))::int as parked
      from (${linesOf(tx, wish)}) explained`,
  )

/** Where one bucket is found. */
export type BucketKey = {
  readonly period: string
  readonly edgeId: string
  readonly subscriptionId: string
  readonly skuId: string
  readonly servicePeriod: string
  readonly regionId: string
  readonly serviceStart: string
  readonly kind: string
}

type BucketPartRow = {
  sellerId: string
  currency: string
  kind: LineKind
  serviceStart: string
  serviceEnd: string
  quantity: string
  quantityBefore: string
  unit: string
  aggregation: Aggregation
  uniqueBy: string | null
  unrounded: string | null
  priceVersionId: string | null
  fxRateId: string | null
  details: object | null
}

/** A bucket and all others whose running total it shares, in time order; none where the viewer does not see its edge. */
export const listBucketParts = (tx: Tx, viewer: Actor, key: BucketKey) =>
  tx<BucketPartRow[]>`
    select bucket.seller_id as "sellerId", bucket.currency, ${lineKindOf(tx)} as kind, bucket.service_start as "serviceStart",
           bucket.service_end as "serviceEnd", trim_scale(bucket.quantity)::text as quantity,
           trim_scale(bucket.quantity_before)::text as "quantityBefore", sku.unit, sku.aggregation,
           sku.counts_by as "uniqueBy", trim_scale(bucket.unrounded)::text as unrounded, bucket.price_rate_id as "priceVersionId",
           bucket.fx_rate_id as "fxRateId", bucket.details
    from edge
    join rated_bucket bucket on bucket.seller_id = edge.seller_id and bucket.edge_id = edge.id
    join sku on sku.id = bucket.sku_id
    where edge.id = ${key.edgeId} and ${tx(`bucket.see_${viewer.level}_id`)} = ${viewer.organizationId}
      and bucket.period = ${key.period} and bucket.subscription_id = ${key.subscriptionId} and bucket.sku_id = ${key.skuId}
      and bucket.service_period = ${key.servicePeriod} and bucket.region_id = ${key.regionId} and bucket.kind = ${key.kind}
    order by bucket.service_start`

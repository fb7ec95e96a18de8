import { one, type Tx } from '../../../platform/db.ts'
import type { DocumentParty, HeadTax } from '../../invoices/canonical.ts'
import { type FoundRow, namedRows } from '../check.ts'

export const countDocuments = async (tx: Tx) =>
  one(
    await tx<{ documents: number; lines: number; issued: number; issuedLines: number }[]>`
      select count(*)::int as documents, coalesce(sum(lines), 0)::int as lines,
             count(*) filter (where state = 'issued')::int as issued,
             coalesce(sum(lines) filter (where state = 'issued'), 0)::int as "issuedLines"
      from invoice where state <> 'discarded'`,
  )

/** Documents of runs that are at work: what is on them is decided while the run rates, their lines are written afterwards. */
const beingWritten = (tx: Tx) => tx`
  select invoice.id from invoice join billing_run run on run.id = invoice.run_id
  where invoice.state in ('draft', 'parked') and run.state in ('queued', 'rating')`

/** Documents that are not the sum of their lines, or have not one line for each bucket. */
export const listWrongTotals = (tx: Tx) =>
  tx<FoundRow[]>`
    select 'invoice ' || id as row,
           case when invoice.lines <> coalesce(summed.lines, 0)
                  then format('counts %s lines and has %s', invoice.lines, coalesce(summed.lines, 0))
                when summed.rated <> coalesce(rated.buckets, 0) and invoice.run_id is not null and not is_written_on
                  then format('has %s lines for %s rated buckets', summed.rated, coalesce(rated.buckets, 0))
                when invoice.net <> summed.net then format('its net is %s, its lines add up to %s', invoice.net, summed.net)
                else format('its total is %s, net and tax add up to %s', total, invoice.net + tax) end as says,
           count(*) over ()::int as total
    from invoice
    left join (select invoice_id, count(*) as lines, count(*) filter (where kind <> 'discount') as rated, sum(net) as net
               from invoice_line group by invoice_id) summed
      on summed.invoice_id = invoice.id
    left join (select invoice_id, count(*) as buckets from rated_bucket where invoice_id is not null group by invoice_id) rated
      on rated.invoice_id = invoice.id
    cross join lateral (select invoice.id in (${beingWritten(tx)}) as is_written_on) run
    where state <> 'discarded'
      and (invoice.lines <> coalesce(summed.lines, 0) or invoice.net <> coalesce(summed.net, 0) or total <> invoice.net + tax
           or (coalesce(summed.rated, 0) <> coalesce(rated.buckets, 0) and invoice.run_id is not null and not is_written_on))
    order by id limit ${namedRows}`

/** Lines whose net is not their unrounded amount rounded once, half away from zero, as numeric rounds. */
export const listWrongRounding = (tx: Tx) =>
  tx<FoundRow[]>`
    select format('line %s of invoice %s', line.line, line.invoice_id) as row,
           format('its net is %s, its unrounded amount %s rounds to %s', line.net, trim_scale(line.unrounded),
                  round(line.unrounded, invoice.currency_digits)) as says,
           count(*) over ()::int as total
    from invoice_line line join invoice on invoice.id = line.invoice_id
    where invoice.state <> 'discarded' and line.net <> round(line.unrounded, invoice.currency_digits)
    order by line.invoice_id, line.line limit ${namedRows}`

/** Lines without their rated bucket, buckets on paper without their line, and pairs that say different things. */
export const listWrongLines = (tx: Tx) =>
  tx<FoundRow[]>`
    with printed as (
      select line.*, case line.kind when 'late' then 'usage' else line.kind end as bucket_kind, invoice.edge_id, invoice.period,
             invoice.state = 'issued' as is_issued
      from invoice_line line join invoice on invoice.id = line.invoice_id
      where invoice.state <> 'discarded' and invoice.run_id is not null and line.kind <> 'discount' and invoice.id not in (${beingWritten(tx)})
    ), bucket as (
      select *, kind as bucket_kind from rated_bucket where invoice_id is not null and invoice_id not in (${beingWritten(tx)})
    )
    select case when printed.line is null
                  then format('bucket of subscription %s, SKU %s from %s', subscription_id, sku_id, service_start)
                else format('line %s of invoice %s', printed.line, invoice_id) end as row,
           case when printed.line is null then format('is on invoice %s, which has no line for it', invoice_id)
                when bucket.state is null then 'is of no rated bucket'
                when is_issued <> (bucket.state = 'billed') then format('its bucket is %s', bucket.state)
                else format('says %s for %s, its bucket %s for %s', trim_scale(printed.unrounded), trim_scale(printed.quantity),
                            trim_scale(bucket.unrounded), trim_scale(bucket.quantity)) end as says,
           count(*) over ()::int as total
    from printed
    full join bucket using (invoice_id, tenant_id, subscription_id, sku_id, service_period, region_id, service_start, bucket_kind)
    where printed.line is null or bucket.state is null or is_issued <> (bucket.state = 'billed')
      or (printed.seller_id, printed.edge_id, printed.period, printed.service_end, printed.quantity, printed.quantity_before,
          printed.unrounded, printed.price_rate_id, printed.fx_rate_id, printed.details)
        is distinct from
         (bucket.seller_id, bucket.edge_id, bucket.period, bucket.service_end, bucket.quantity, bucket.quantity_before,
          bucket.unrounded, bucket.price_rate_id, bucket.fx_rate_id, bucket.details)
    order by invoice_id, printed.line limit ${namedRows}`

/** The head of an issued document; amounts are decimal text, hashes hexadecimal. */
export type IssuedDocument = {
  id: string
  type: 'invoice' | 'credit_note'
  amends: string | null
  reason: string | null
  sellerId: string
  buyerId: string
  period: string
  currency: string
  parties: { seller: DocumentParty; buyer: DocumentParty }
  taxes: HeadTax[]
  issueDate: string
  dueDate: string
  net: string
  tax: string
  total: string
  lines: number
  number: string
  bodyHash: string
  hash: string
}

/** The next issued documents by id. */
export const listIssued = (tx: Tx, after: string, limit: number) =>
  tx<IssuedDocument[]>`
    select id, type, amends, reason, seller_id as "sellerId", buyer_id as "buyerId", period, currency, parties, issue_date as "issueDate", due_date as "dueDate", net::text, tax::text,
           total::text, lines, number,
           (select coalesce(jsonb_agg(jsonb_build_object(
              'category', category, 'name', name, 'percent', trim_scale(percent)::text, 'base', base::text, 'amount', amount::text, 'reason', tax.reason)
              order by position), '[]') from invoice_tax tax where tax.invoice_id = invoice.id) as taxes, encode(body_hash, 'hex') as "bodyHash", encode(hash, 'hex') as hash
    from invoice where state = 'issued' and id > ${after} order by id limit ${limit}`

export type LinePlace = { readonly invoiceId: string; readonly line: number }

/** A line as it is printed and hashed; numbers are text without trailing zeros. */
export type IssuedLine = LinePlace & {
  kind: string
  subscriptionId: string
  skuId: string
  servicePeriod: string
  regionId: string
  serviceStart: string
  serviceEnd: string
  quantity: string
  quantityBefore: string
  unrounded: string
  net: string
  taxCategory: string | null
  priceRateId: string | null
  /** Details, rate of exchange and amended line as Postgres prints them; null where there are none. */
  further: string | null
}

/** The next lines of documents up to and with the last one, in the order of documents and lines. */
export const listLines = (tx: Tx, after: LinePlace, lastId: string, limit: number) =>
  tx<IssuedLine[]>`
    select invoice_id as "invoiceId", line, kind, subscription_id as "subscriptionId", sku_id as "skuId",
           service_period as "servicePeriod", region_id as "regionId", service_start as "serviceStart",
           service_end as "serviceEnd", trim_scale(quantity)::text as quantity,
           trim_scale(quantity_before)::text as "quantityBefore", trim_scale(unrounded)::text as unrounded,
           trim_scale(net)::text as net, tax_category as "taxCategory", price_rate_id as "priceRateId",
           nullif(jsonb_strip_nulls(jsonb_build_object(
             'details', details, 'fxRateId', fx_rate_id, 'amendsLine', amends_line,
             'taxRateIds', nullif(tax_rate_ids, '{}')))::text, '{}') as further
    from invoice_line
    where (invoice_id, line) > (${after.invoiceId}, ${after.line}) and invoice_id <= ${lastId}
    order by invoice_id, line limit ${limit}`

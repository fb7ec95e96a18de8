import type { Json } from '../../../billing/canonical.ts'
import type { Level } from '../../../platform/context.ts'
import { one, type Tx } from '../../../platform/db.ts'

import type { DocumentParty, HeadTax } from '../canonical.ts'

// Issuing is a money duty: everything here runs as weir_seller.

/** An organization as the tax office knows it now; null where nothing is known. */
const identityOf = (tx: Tx, id: 'organization.id' | 'invoice.buyer_id') => tx`
  (select details || jsonb_build_object('country', country) from tax_identity where org_id = ${tx(id)})`

export type SellerRow = { name: string; identity: Json | null; level: Level; today: string; year: number }

/** The seller with the day that it is where it keeps its books. */
export const findSeller = async (tx: Tx, sellerId: string) =>
  one(
    await tx<SellerRow[]>`
    select name, level, ${identityOf(tx, 'organization.id')} as identity, local.day as today, extract(year from local.day)::int as year
    from organization cross join lateral (select (clock_timestamp() at time zone time_zone)::date as day) local
    where id = ${sellerId}`,
  )

/** The last number given of a year. The row stays locked until the transaction ends: nobody else numbers meanwhile. */
export async function lockSeries(tx: Tx, sellerId: string, type: DocumentType, year: number): Promise<number> {
  await tx`
    insert into number_series (seller_id, document_type, year) values (${sellerId}, ${type}, ${year})
    on conflict on constraint number_series_key do nothing`
  const series = one(
    await tx<{ last: number }[]>`
    select last from number_series where seller_id = ${sellerId} and document_type = ${type} and year = ${year}
    for update`,
  )
  return series?.last ?? 0
}

export const raiseSeries = (tx: Tx, sellerId: string, type: DocumentType, year: number, last: number) => tx`
  update number_series set last = ${last}
  where seller_id = ${sellerId} and document_type = ${type} and year = ${year}`

/** Each type of document has series of its own. */
export type DocumentType = 'invoice' | 'credit_note'

export type DraftRow = {
  id: string
  type: DocumentType
  amends: string | null
  reason: string | null
  edgeId: string
  buyerId: string
  buyerName: string
  period: string
  currency: string
  net: string
  tax: string
  total: string
  lines: number
  paymentTermDays: number
  agentDistributorId: string | null
  agentPartnerId: string | null
  buyerIdentity: Json | null
  taxes: HeadTax[]
}

/** The taxes of an invoice, in their order, as they are printed in its head. */
export const taxesOf = (tx: Tx) => tx`
  (select coalesce(jsonb_agg(jsonb_build_object(
     'category', category, 'name', tax.name, 'percent', trim_scale(percent)::text, 'base', base::text, 'amount', amount::text, 'reason', tax.reason)
     order by position), '[]')
   from invoice_tax tax where tax.invoice_id = invoice.id)`

const draftColumns = (tx: Tx) => tx`
  invoice.id, invoice.type, invoice.amends, invoice.reason, invoice.edge_id as "edgeId", invoice.buyer_id as "buyerId",
  buyer.name as "buyerName", invoice.period, invoice.currency, invoice.net::text, invoice.tax::text, invoice.total::text,
  invoice.lines, edge.payment_term_days as "paymentTermDays", edge.agent_distributor_id as "agentDistributorId",
  edge.agent_partner_id as "agentPartnerId", ${identityOf(tx, 'invoice.buyer_id')} as "buyerIdentity",
  case when is_taxed then ${taxesOf(tx)} else '[]' end as taxes`

/** A draft of the seller that amends another document, locked. */
export const lockAmending = async (tx: Tx, sellerId: string, type: DocumentType, id: string) =>
  one(
    await tx<DraftRow[]>`
    select ${draftColumns(tx)}
    from invoice
    join edge on edge.id = invoice.edge_id
    join organization buyer on buyer.id = invoice.buyer_id
    where invoice.id = ${id} and invoice.seller_id = ${sellerId} and invoice.type = ${type} and invoice.state = 'draft'
      and invoice.amends is not null
    for update of invoice`,
  )

/** The next drafts in the order in which they are numbered, at most `limit`, locked. */
export const lockDrafts = (tx: Tx, runId: string, limit: number, only?: string) =>
  tx<DraftRow[]>`
    select ${draftColumns(tx)}
    from invoice
    join edge on edge.id = invoice.edge_id
    join organization buyer on buyer.id = invoice.buyer_id
    where invoice.run_id = ${runId} and invoice.state = 'draft' ${only ? tx`and invoice.id = ${only}` : tx``}
    order by invoice.id limit ${limit} for update of invoice`

/** What makes a draft a document. `header` is its canonical text, `parties` the snapshot of names. */
export type Issue = {
  readonly id: string
  readonly number: string
  readonly sequence: number
  readonly dueDate: string
  readonly header: string
  readonly parties: { readonly seller: DocumentParty; readonly buyer: DocumentParty }
}

/**
 * Gives documents their number and hashes (docs: `canonical.ts` says what is hashed). From this statement's commit on no
 * column of theirs changes.
 */
export const issueDrafts = (tx: Tx, issueDate: string, year: number, issues: readonly Issue[]) => tx`
  update invoice
  set state = 'issued', number = issue.number, number_year = ${year}, number_sequence = issue.sequence,
      issue_date = ${issueDate}, due_date = issue.due_date, parties = issue.parties::jsonb, body_hash = body.hash,
      hash = sha256(body.hash || convert_to(issue.number, 'UTF8')), version = version + 1,
      issued_at = clock_timestamp(), updated_at = clock_timestamp()
  from unnest(${issues.map((one) => one.id)}::uuid[], ${issues.map((one) => one.number)}::text[],
              ${issues.map((one) => one.sequence)}::int[], ${issues.map((one) => one.dueDate)}::date[],
              ${issues.map((one) => JSON.stringify(one.parties))}::text[], ${issues.map((one) => one.header)}::text[])
    as issue (id, number, sequence, due_date, parties, header)
  cross join lateral (
    select sha256(convert_to(issue.header || E'\n' || string_agg(${lineText(tx)}, E'\n' order by line.line), 'UTF8')) as hash
    from invoice_line line where line.invoice_id = issue.id) body
  where invoice.id = issue.id`

/**
 * One line as canonical text: its fields in this order, `|` between them, numbers without trailing zeros; then, for a line that
 * has any, what else it is made of, as an object.
 */
const lineText = (tx: Tx) => tx`
  concat_ws('|', line.line, line.kind, line.subscription_id, line.sku_id, line.service_period, line.region_id,
            line.service_start, line.service_end, trim_scale(line.quantity), trim_scale(line.quantity_before),
            trim_scale(line.unrounded), trim_scale(line.net), coalesce(line.tax_category, ''), coalesce(line.price_rate_id::text, ''),
            ${furtherText(tx)})`

const furtherText = (tx: Tx) => tx`
  nullif(jsonb_strip_nulls(jsonb_build_object(
    'details', line.details, 'fxRateId', line.fx_rate_id, 'amendsLine', line.amends_line,
    'taxRateIds', nullif(line.tax_rate_ids, '{}')))::text, '{}')`

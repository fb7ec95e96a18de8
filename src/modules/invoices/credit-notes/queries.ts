import type { InstantSpan } from '../../../billing/prorate.ts'
import type { Actor } from '../../../platform/context.ts'
import { one, type Tx } from '../../../platform/db.ts'
import { onePast, type PageRequest } from '../../../platform/page.ts'
import type { HeadTax } from '../canonical.ts'
import { type DocumentType, taxesOf } from '../issue/queries.ts'
import { inScope } from '../queries-scope.ts'
import type { CreditNote, CreditNoteFilters } from './model.ts'

export type CreditNoteRow = {
  id: string
  number: string | null
  state: CreditNote['state']
  amends: string
  amendsNumber: string
  reason: string
  sellerId: string
  buyerId: string
  period: string
  currency: string
  issueDate: string | null
  lines: number
  net: string
  tax: string
  total: string
  taxes: HeadTax[]
  applied: string
  contentHash: string | null
  version: number
  createdAt: string
  updatedAt: string
}

const columns = (tx: Tx) => tx`
  invoice.id, invoice.number, invoice.state, invoice.amends, amended.number as "amendsNumber", invoice.reason,
  invoice.seller_id as "sellerId", invoice.buyer_id as "buyerId", invoice.period, invoice.currency,
  invoice.issue_date as "issueDate", invoice.lines, invoice.net::text, invoice.tax::text, invoice.total::text,
  ${taxesOf(tx)} as taxes,
  coalesce((select sum(event.amount) from invoice_event event
            where event.invoice_id = invoice.amends and event.kind = 'credited' and event.source_id = invoice.id), 0)::text as applied,
  encode(invoice.hash, 'hex') as "contentHash", invoice.version, invoice.created_at as "createdAt",
  invoice.updated_at as "updatedAt"`

/** On the viewer's edges, and a draft on its seller's side only: the first of the two locks. */
const isSeen = (tx: Tx, viewer: Actor) => tx`
  invoice.type = 'credit_note' and ${tx(`invoice.see_${viewer.level}_id`)} = ${viewer.organizationId}
  and (invoice.state = 'issued' or invoice.seller_id = ${viewer.organizationId})`

const onSide = (tx: Tx, viewer: Actor, side: CreditNoteFilters['side']) => {
  const id = viewer.organizationId
  if (side === 'sell') return tx`and invoice.seller_id = ${id}`
  if (side === 'buy') return tx`and invoice.buyer_id = ${id}`
  return side === 'agency' ? tx`and invoice.seller_id <> ${id} and invoice.buyer_id <> ${id}` : tx``
}

export const listCreditNotes = (tx: Tx, viewer: Actor, filters: CreditNoteFilters, page: PageRequest) =>
  tx<CreditNoteRow[]>`
    select ${columns(tx)} from invoice join invoice amended on amended.id = invoice.amends
    where ${isSeen(tx, viewer)} ${onSide(tx, viewer, filters.side)}
      ${filters.period ? tx`and invoice.period = ${filters.period}` : tx``}
      ${filters.state ? tx`and invoice.state = ${filters.state}` : tx``}
      ${filters.invoiceId ? tx`and invoice.amends = ${filters.invoiceId}` : tx``}
      ${filters.sellerId ? tx`and invoice.seller_id = ${filters.sellerId}` : tx``}
      ${filters.buyerId ? tx`and invoice.buyer_id = ${filters.buyerId}` : tx``}
      ${inScope(tx, viewer, filters)}
      ${page.after ? tx`and invoice.id < ${page.after}` : tx``}
    order by invoice.id desc limit ${onePast(tx, page)}`

export const findCreditNote = async (tx: Tx, viewer: Actor, id: string) =>
  one(
    await tx<CreditNoteRow[]>`
      select ${columns(tx)} from invoice join invoice amended on amended.id = invoice.amends
      where ${isSeen(tx, viewer)} and invoice.id = ${id}`,
  )

// What follows is written by the seller's money duties: it runs as weir_seller.

export type CreditableRow = { line: number; net: string; credited: string }

/** The lines of later documents of runs that give something of a charge back. */
const givenLines = (tx: Tx) => tx`
  invoice_line given join invoice later on later.id = given.invoice_id and later.state = 'issued' and later.type = 'invoice'
  where line.kind = 'recurring' and given.kind = 'credit' and given.subscription_id = line.subscription_id
    and given.sku_id = line.sku_id and given.seller_id = line.seller_id
    and given.details->>'chargedOn' = any (
      select id::text from invoice where id = line.invoice_id union all select amends::text from invoice where id = line.invoice_id)
    and given.details->>'chargedFrom' = line.details->>'from'`

/** The lines of issued notes that take something of a line back. */
const creditsOn = (tx: Tx, line: 'line' | 'given') => tx`
  invoice note join invoice_line credit on credit.invoice_id = note.id
  where note.amends = ${tx(`${line}.invoice_id`)} and note.type = 'credit_note' and note.state = 'issued'
    and credit.kind = 'credit' and credit.amends_line = ${tx(`${line}.line`)}`

/** What later documents gave back of a charge, less what was off it, as far as that was not taken back itself. */
const givenBack = (tx: Tx) => tx`
  select sum(coalesce((select sum(credit.net) from ${creditsOn(tx, 'given')}), 0) - given.net
             - coalesce((select sum(discount.net) from invoice_line discount
                         where discount.invoice_id = given.invoice_id and discount.kind = 'discount'
                           and discount.amends_line = given.line), 0))
  from ${givenLines(tx)}`

const creditable = (tx: Tx, sellerId: string, invoiceId: string) => tx`
  select line.line, line.kind,
         line.net + coalesce((select sum(discount.net) from invoice_line discount
            where discount.invoice_id = line.invoice_id and discount.kind = 'discount'
              and discount.amends_line = line.line), 0) as net,
         coalesce((select sum(credit.net) from ${creditsOn(tx, 'line')}), 0) + coalesce((${givenBack(tx)}), 0) as credited
  from invoice_line line
  where line.invoice_id = ${invoiceId} and line.seller_id = ${sellerId} and line.kind <> 'discount'`

/**
 * The lines of an own document with their discounts, and what issued notes and later documents took back of them. Read once
 * it is locked.
 */
export const listCreditable = (tx: Tx, sellerId: string, invoiceId: string) =>
  tx<CreditableRow[]>`
    select line, net::text, credited::text from (${creditable(tx, sellerId, invoiceId)}) rest order by line`

/** What a discount has off a line, and what notes and later documents left of it; of the sign of the line. */
export type ReductionRow = { line: number; discountId: string; amount: string }

/** What of a discount notes gave up with a line. */
const goneWith = (tx: Tx, line: 'line' | 'given') => tx`
  select coalesce(sum((gone->>'amount')::numeric), 0) as amount
  from (select credit.details from ${creditsOn(tx, line)}) credit cross join lateral jsonb_array_elements(credit.details->'discounts') gone
  where gone->>'discountId' = taken.details->>'discountId'`

const reductions = (tx: Tx, sellerId: string, invoiceId: string) => tx`
    select line.line, taken.line as place, taken.details->>'discountId' as discount_id,
           -taken.net - noted.amount - later.amount as amount
    from invoice_line taken
    join invoice_line line on line.invoice_id = taken.invoice_id and line.line = taken.amends_line
    cross join lateral (${goneWith(tx, 'line')}) noted
    cross join lateral (
      select coalesce(sum(undone.amount + coalesce((
               select sum(discount.net) from invoice_line discount
               where discount.invoice_id = given.invoice_id and discount.kind = 'discount' and discount.amends_line = given.line
                 and discount.details->>'discountId' = taken.details->>'discountId'), 0)), 0) as amount
      from (select given.* from ${givenLines(tx)}) given cross join lateral (${goneWith(tx, 'given')}) undone) later
    where taken.invoice_id = ${invoiceId} and taken.seller_id = ${sellerId} and taken.kind = 'discount'`

/** The reductions of an own document's lines, in their order, with what is left of them. Read once the document is locked. */
export const listReductions = (tx: Tx, sellerId: string, invoiceId: string) =>
  tx<ReductionRow[]>`
    select line, discount_id as "discountId", amount::text from (${reductions(tx, sellerId, invoiceId)}) off order by place`

/**
 * The charges that a draft note credits a part of and keeps billed, each with what is left of its line before and after it,
 * both before discounts. Read once the amended document is locked, and before the note is issued.
 */
export const listKept = (tx: Tx, sellerId: string, note: { id: string; invoiceId: string }) =>
  tx<{ line: number; before: string; after: string }[]>`
    select rest.line, (rest.net - rest.credited + coalesce(off.amount, 0))::text as before,
           (rest.net - rest.credited + coalesce(off.amount, 0) - given.net
            - coalesce((select sum((gone->>'amount')::numeric) from jsonb_array_elements(given.details->'discounts') gone), 0))::text as after
    from (${creditable(tx, sellerId, note.invoiceId)}) rest
    left join (select line, sum(amount) as amount from (${reductions(tx, sellerId, note.invoiceId)}) each group by line) off
      on off.line = rest.line
    join invoice_line given on given.invoice_id = ${note.id} and given.amends_line = rest.line
      and given.details->'freed' is null
    where rest.kind in ('recurring', 'oneTime') and rest.net > rest.credited`

/** A draft on the edge, in the month and currency of the document that it amends. */
export const insertDraft = (
  tx: Tx,
  sellerId: string,
  note: { id: string; invoiceId: string; reason: string; correctionId?: string | undefined },
  type: DocumentType = 'credit_note',
) => tx`
  insert into invoice (id, type, amends, correction_id, reason, seller_id, buyer_id, edge_id, period, currency, currency_digits,
                       see_platform_id, see_distributor_id, see_partner_id, see_tenant_id)
  select ${note.id}, ${type}, id, ${note.correctionId ?? null}, ${note.reason}, seller_id, buyer_id, edge_id, period, currency, currency_digits,
         see_platform_id, see_distributor_id, see_partner_id, see_tenant_id
  from invoice where id = ${note.invoiceId} and seller_id = ${sellerId}`

/** What of a discount is given up with a line, in minor units; of the sign of the line. */
export type GivenUp = { readonly discountId: string; readonly amount: string }

/** What is credited of a line; `freed` are the spans of its service that are free again. */
export type NewCredit = {
  readonly line: number
  readonly net: string
  readonly isWhole: boolean
  readonly freed: readonly InstantSpan[]
  readonly discounts: readonly GivenUp[]
}

/**
 * The lines of a note in the order of those that they amend, positive: what is given back. A whole line gives its quantity
 * back too; a part of one is an amount and no quantity.
 */
export const insertLines = (
  tx: Tx,
  sellerId: string,
  note: { id: string; invoiceId: string },
  credits: readonly NewCredit[],
) => tx`
  insert into invoice_line (
    invoice_id, line, kind, subscription_id, tenant_id, sku_id, service_period, region_id, service_start, service_end, quantity,
    unrounded, net, price_rate_id, fx_rate_id, tax_category, tax_rate_ids, amends_line, details, seller_id,
    see_platform_id, see_distributor_id, see_partner_id, see_tenant_id)
  select ${note.id}, made.number, 'credit', subscription_id, tenant_id, sku_id, service_period, region_id, service_start,
         service_end, case when made.is_whole::boolean then quantity else 0 end, made.net, made.net, price_rate_id, fx_rate_id,
         tax_category, tax_rate_ids, target.line, made.details::jsonb, seller_id, see_platform_id, see_distributor_id, see_partner_id, see_tenant_id
  from unnest(${credits.map((one) => one.line)}::int[], ${credits.map((one) => one.net)}::numeric[],
              ${credits.map((one) => String(one.isWhole))}::text[], ${credits.map(detailsOf)}::text[])
    with ordinality as made (line, net, is_whole, details, number)
  join invoice_line target on target.invoice_id = ${note.invoiceId} and target.seller_id = ${sellerId}
    and target.line = made.line`

function detailsOf({ freed, discounts }: NewCredit): string | null {
  if (freed.length === 0 && discounts.length === 0) return null
  return JSON.stringify({ ...(freed.length > 0 && { freed }), ...(discounts.length > 0 && { discounts }) })
}

/** A line that a draft note credits, with what it says is given up. */
export type DraftedRow = { line: number; net: string; discounts: GivenUp[] }

export const listDrafted = (tx: Tx, noteId: string) =>
  tx<DraftedRow[]>`
    select amends_line as line, net::text, coalesce(details->'discounts', '[]') as discounts
    from invoice_line where invoice_id = ${noteId} order by amends_line`

/** A tax of the amended document: its base, what issued notes took back of the lines it is on, and what this one does. */
type TaxBaseRow = HeadTax & { creditedBase: string; nowBase: string }

/** A line is under a tax by its category, and by one of its rates where it has any. */
const isUnder = (tx: Tx, line: 'credit' | 'given') => tx`
  ${tx(`${line}.tax_category`)} = tax.category
  and (coalesce(cardinality(${tx(`${line}.tax_rate_ids`)}), 0) = 0 or exists (
    select from tax_rate where tax_rate.id = any (${tx(`${line}.tax_rate_ids`)}) and tax_rate.name = tax.name
      and tax_rate.percent = tax.percent))`

export const listTaxBases = (tx: Tx, note: { id: string; invoiceId: string }) =>
  tx<TaxBaseRow[]>`
    select tax.category, tax.name, trim_scale(tax.percent)::text as percent, tax.base::text, tax.amount::text, tax.reason,
           coalesce((select sum(credit.net) from invoice issued join invoice_line credit on credit.invoice_id = issued.id
              where issued.amends = tax.invoice_id and issued.type = 'credit_note' and issued.state = 'issued'
                and ${isUnder(tx, 'credit')}), 0)::text as "creditedBase",
           coalesce((select sum(given.net) from invoice_line given where given.invoice_id = ${note.id}
                and ${isUnder(tx, 'given')}), 0)::text as "nowBase"
    from invoice_tax tax where tax.invoice_id = ${note.invoiceId} order by tax.position`

/** Counts the lines of a draft in. */
export const countLines = (tx: Tx, id: string) => tx`
  update invoice set lines = sums.lines, net = sums.net, total = sums.net
  from (select count(*)::int as lines, sum(net) as net from invoice_line where invoice_id = ${id}) sums
  where invoice.id = ${id}`

/** True when an own draft was discarded. */
export const discardDraft = async (tx: Tx, sellerId: string, id: string): Promise<boolean> =>
  (
    await tx`
      update invoice set state = 'discarded', version = version + 1, updated_at = clock_timestamp()
      where id = ${id} and seller_id = ${sellerId} and type = 'credit_note' and state = 'draft' returning id`
  ).length > 0

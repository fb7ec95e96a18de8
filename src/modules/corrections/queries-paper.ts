import { one, type Tx } from '../../platform/db.ts'
import type { QuantityChange } from '../billing/rating/rate-again.ts'

// What is on paper of a tenant's month, and what a correction makes of it. Runs as weir_seller, in one seller's name at a time.

/** A document that is in force on an edge for the month: the last one that replaced it, and whether a run made it. */
export type DocumentRow = { edgeId: string; invoiceId: string; buyerId: string; currency: string; isOfRun: boolean }

const inForce = (tx: Tx, sellerId: string, period: string) => tx`
  invoice.seller_id = ${sellerId} and invoice.period = ${period} and invoice.type = 'invoice' and invoice.state = 'issued'
  and not exists (
    select from invoice later where later.amends = invoice.id and later.type = 'invoice' and later.correction_id is null
      and later.state = 'issued')`

export const listDocuments = (tx: Tx, sellerId: string, period: string, edgeIds: readonly string[]) =>
  tx<DocumentRow[]>`
    select distinct on (edge_id) edge_id as "edgeId", id as "invoiceId", buyer_id as "buyerId", currency,
           run_id is not null as "isOfRun"
    from invoice
    where ${inForce(tx, sellerId, period)} and correction_id is null and edge_id = any (${[...edgeIds]}::uuid[])
    order by edge_id, id`

/** What a discount has off a line, corrections counted in. */
type OffRow = { discountId: string; amount: string }

/**
 * A line on paper with what corrections took back of it: `net` is before discounts, `left` is what can be credited of it with
 * them; numbers are decimal text.
 */
export type PaperRow = {
  edgeId: string
  tenantId: string
  documentId: string
  isCorrection: boolean
  line: number
  kind: 'usage' | 'minimum' | 'recurring' | 'oneTime'
  subscriptionId: string
  skuId: string
  servicePeriod: string
  regionId: string
  serviceStart: string
  serviceEnd: string
  quantity: string
  rateId: string
  net: string
  left: string
  off: OffRow[]
  obstacle: string | null
}

const creditsOn = (tx: Tx) => tx`
  invoice note join invoice_line credit on credit.invoice_id = note.id
  where note.amends = line.invoice_id and note.type = 'credit_note' and note.state = 'issued'
    and credit.kind = 'credit' and credit.amends_line = line.line`

/** What discounts have off a line, by discount: what corrections gave up of them is gone. */
const offOf = (tx: Tx) => tx`
  select coalesce(jsonb_agg(jsonb_build_object('discountId', id, 'amount', amount::text) order by id), '[]') as off,
         coalesce(sum(amount), 0) as amount
  from (
    select id, sum(amount) as amount
    from (
      select taken.details->>'discountId' as id, -taken.net as amount from invoice_line taken
      where taken.invoice_id = line.invoice_id and taken.kind = 'discount' and taken.amends_line = line.line
      union all
      select gone->>'discountId', -(gone->>'amount')::numeric
      from (select credit.details from ${creditsOn(tx)} and note.correction_id is not null) credit
      cross join lateral jsonb_array_elements(credit.details->'discounts') gone) each
    group by id having sum(amount) <> 0) discounts`

/** Why a line can't be corrected by itself: some of its service was given back since. */
const obstacleOf = (tx: Tx) => tx`
  case
    when line.kind in ('recurring', 'oneTime') and (
      exists (select from invoice note join invoice_line freed on freed.invoice_id = note.id
              where note.amends = line.invoice_id and note.state = 'issued' and freed.kind = 'credit' and freed.amends_line = line.line
                and freed.details->'freed' is not null)
      or exists (select from invoice_line given join invoice later on later.id = given.invoice_id
                 where given.subscription_id = line.subscription_id and given.sku_id = line.sku_id and given.kind = 'credit'
                   and given.seller_id = line.seller_id and later.type = 'invoice' and later.state <> 'discarded'
                   and given.details->>'chargedFrom' = line.details->>'from'
                   and given.details->>'chargedOn' in (line.invoice_id::text, invoice.amends::text)))
      then 'correction.given_back' end`

/** The lines on paper of a tenant, or of all on an edge. */
export const listPaper = (
  tx: Tx,
  sellerId: string,
  period: string,
  of: { readonly tenantId: string } | { readonly edgeId: string },
) =>
  tx<PaperRow[]>`
    select invoice.edge_id as "edgeId", line.tenant_id as "tenantId", invoice.id as "documentId",
           invoice.correction_id is not null as "isCorrection", line.line,
           case line.kind when 'late' then 'usage' else line.kind end as kind, line.subscription_id as "subscriptionId",
           line.sku_id as "skuId", line.service_period as "servicePeriod", line.region_id as "regionId",
           line.service_start as "serviceStart", line.service_end as "serviceEnd", trim_scale(line.quantity)::text as quantity,
           line.price_rate_id as "rateId", (line.net - corrected.net - corrected.given_up)::text as net,
           (line.net - discounts.amount - corrected.given_up - corrected.net - credited.net)::text as left, discounts.off,
           ${obstacleOf(tx)} as obstacle
    from invoice join invoice_line line on line.invoice_id = invoice.id
    cross join lateral (
      select coalesce(sum(credit.net), 0) as net,
             coalesce(sum((select sum((gone->>'amount')::numeric) from jsonb_array_elements(credit.details->'discounts') gone)), 0)
               as given_up
      from ${creditsOn(tx)} and note.correction_id is not null) corrected
    cross join lateral (
      select coalesce(sum(credit.net), 0) as net from ${creditsOn(tx)} and note.correction_id is null) credited
    cross join lateral (${offOf(tx)}) discounts
    where ${inForce(tx, sellerId, period)} and line.kind in ('usage', 'late', 'minimum', 'recurring', 'oneTime')
      and ${
        'tenantId' in of
          ? tx`line.tenant_id = ${of.tenantId} and invoice.edge_id in (select edge_id from chain_edge where tenant_id = ${of.tenantId})`
          : tx`invoice.edge_id = ${of.edgeId}`
      }
    order by invoice.correction_id nulls first, invoice.id, line.line`

/**
 * A discount that was in force for a document: it was made before it. Of one that the document used, the days that it had then
 * and what was left of it.
 */
type InForceRow = { id: string; validFrom: string | null; validTo: string | null; available: string | null }

export const listInForce = (tx: Tx, sellerId: string, { invoiceId, buyerId }: DocumentRow) =>
  tx<InForceRow[]>`
    select discount.id, lower(used.valid) as "validFrom", upper(used.valid) as "validTo", used.available::text as available
    from discount
    join invoice document on document.id = ${invoiceId}
    left join discount_use used on used.discount_id = discount.id and used.invoice_id = document.id
    where discount.seller_id = ${sellerId} and discount.buyer_id = ${buyerId} and discount.currency = document.currency
      and (used.invoice_id is not null or discount.created_at < document.created_at)
    order by discount.id`

/** A document of a correction with what it comes to. */
type MadeRow = { amends: string; net: string; tax: string; total: string }

export const findMade = async (tx: Tx, sellerId: string, id: string) =>
  one(
    await tx<MadeRow[]>`
    select amends, round(net, currency_digits)::text as net, round(tax, currency_digits)::text as tax,
           round(total, currency_digits)::text as total from invoice where id = ${id} and seller_id = ${sellerId}`,
  )

/** What was taken back of earnings for these notes, by payee. */
export const sumEarnings = (tx: Tx, sellerId: string, noteIds: readonly string[]) =>
  tx<{ payeeId: string; amount: string }[]>`
    select payee_id as "payeeId", sum(amount)::text as amount from earning
    where payer_id = ${sellerId} and invoice_id = any (${[...noteIds]}::uuid[]) group by payee_id order by payee_id`

/** Quantities that applied corrections of the tenants' month changed before, whoever's they were. */
export const listQuantities = (tx: Tx, sellerId: string, tenantIds: readonly string[], period: string) =>
  tx<QuantityChange[]>`
    select tenant_id as "tenantId", subscription_id as "subscriptionId", sku_id as "skuId", day, trim_scale(quantity)::text as quantity
    from corrected_quantity where seller_id = ${sellerId} and tenant_id = any (${[...tenantIds]}::uuid[]) and period = ${period}
    order by correction_id, position`

/** Tells a seller what an applied correction says was counted wrong. */
export const insertQuantities = (
  tx: Tx,
  sellerId: string,
  { id, tenantId, period }: { readonly id: string; readonly tenantId: string; readonly period: string },
  changes: readonly QuantityChange[],
) => tx`
  insert into corrected_quantity (seller_id, correction_id, position, tenant_id, period, subscription_id, sku_id, day, quantity)
  select ${sellerId}, ${id}, position, ${tenantId}, ${period}, subscription_id, sku_id, day, quantity
  from unnest(${changes.map(({ subscriptionId }) => subscriptionId)}::uuid[], ${changes.map(({ skuId }) => skuId)}::uuid[],
              ${changes.map(({ day }) => day)}::date[], ${changes.map(({ quantity }) => quantity)}::numeric[])
    with ordinality as change (subscription_id, sku_id, day, quantity, position)`

export const listCodes = (tx: Tx, ids: readonly string[]) =>
  tx<{ id: string; code: string }[]>`select id, code from sku where id = any (${[...ids]}::uuid[])`

/** True when something of the month is final on the edge without a document. */
export const isSettled = async (tx: Tx, sellerId: string, period: string, edgeId: string): Promise<boolean> =>
  one(
    await tx<{ settled: boolean }[]>`
    select exists (select from rated_bucket
                   where seller_id = ${sellerId} and period = ${period} and edge_id = ${edgeId} and state = 'settled') as settled`,
  )?.settled ?? false

/** What one edge comes to, as it is stored with the correction. */
type NewEdge = {
  readonly correctionId: string
  readonly orgId: string
  readonly edgeId: string
  readonly effects: object
  readonly creditNoteIds: readonly string[]
  readonly invoiceId: string | null
}

/** Who sees the edge is copied from it. */
export const insertEdge = (tx: Tx, sellerId: string, made: NewEdge) => tx`
  insert into correction_edge (correction_id, org_id, edge_id, seller_id, effects, see_platform_id, see_distributor_id,
                               see_partner_id, see_tenant_id)
  select ${made.correctionId}, ${made.orgId}, id, seller_id, ${tx.json(made.effects as never)}, see_platform_id,
         see_distributor_id, see_partner_id, see_tenant_id
  from edge where id = ${made.edgeId} and seller_id = ${sellerId}`

/** Names the documents that an edge of a correction was given. */
export const markEdge = (tx: Tx, sellerId: string, made: NewEdge) => tx`
  update correction_edge set credit_note_ids = ${[...made.creditNoteIds]}::uuid[], invoice_id = ${made.invoiceId}
  where correction_id = ${made.correctionId} and edge_id = ${made.edgeId} and seller_id = ${sellerId}`

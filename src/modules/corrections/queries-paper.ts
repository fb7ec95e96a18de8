import { one, type Tx } from '../../platform/db.ts'
import type { QuantityChange } from '../billing/rating/rate-again.ts'

// What is on paper of a tenant's month, and what a correction makes of it. Runs as weir_seller, in one seller's name at a time.

/** A document that is in force on an edge for the month: the last one that replaced it. */
export type DocumentRow = { edgeId: string; invoiceId: string; buyerId: string; currency: string }

const inForce = (tx: Tx, sellerId: string, period: string) => tx`
  invoice.seller_id = ${sellerId} and invoice.period = ${period} and invoice.type = 'invoice' and invoice.state = 'issued'
  and not exists (
    select from invoice later where later.amends = invoice.id and later.type = 'invoice' and later.correction_id is null
      and later.state = 'issued')`

export const listDocuments = (tx: Tx, sellerId: string, period: string, edgeIds: readonly string[]) =>
  tx<DocumentRow[]>`
    select distinct on (edge_id) edge_id as "edgeId", id as "invoiceId", buyer_id as "buyerId", currency
    from invoice
    where ${inForce(tx, sellerId, period)} and correction_id is null and edge_id = any (${[...edgeIds]}::uuid[])
    order by edge_id, id`

/** A line on paper with what corrections took back of it; numbers are decimal text. */
export type PaperRow = {
  edgeId: string
  documentId: string
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
  obstacle: string | null
}

const creditsOf = (tx: Tx, corrections: boolean) => tx`
  coalesce((select sum(credit.net) from invoice note join invoice_line credit on credit.invoice_id = note.id
    where note.amends = line.invoice_id and note.type = 'credit_note' and note.state = 'issued'
      ${corrections ? tx`and note.correction_id is not null` : tx``} and credit.amends_line = line.line), 0)`

/** Why a line can't be corrected by itself: it is under a discount, or some of its service was given back since. */
const obstacleOf = (tx: Tx) => tx`
  case
    when exists (select from invoice_line discount where discount.invoice_id = line.invoice_id and discount.kind = 'discount'
                   and discount.amends_line = line.line) then 'correction.discounted'
    when line.kind in ('recurring', 'oneTime') and (
      exists (select from invoice note join invoice_line freed on freed.invoice_id = note.id
              where note.amends = line.invoice_id and note.state = 'issued' and freed.amends_line = line.line
                and freed.details->'freed' is not null)
      or exists (select from invoice_line given join invoice later on later.id = given.invoice_id
                 where given.subscription_id = line.subscription_id and given.sku_id = line.sku_id and given.kind = 'credit'
                   and given.seller_id = line.seller_id and later.type = 'invoice' and later.state <> 'discarded'
                   and given.details->>'chargedFrom' = line.details->>'from'
                   and given.details->>'chargedOn' in (line.invoice_id::text, invoice.amends::text)))
      then 'correction.given_back' end`

export const listPaper = (tx: Tx, sellerId: string, period: string, tenantId: string) =>
  tx<PaperRow[]>`
    select invoice.edge_id as "edgeId", invoice.id as "documentId", line.line,
           case line.kind when 'late' then 'usage' else line.kind end as kind, line.subscription_id as "subscriptionId",
           line.sku_id as "skuId", line.service_period as "servicePeriod", line.region_id as "regionId",
           line.service_start as "serviceStart", line.service_end as "serviceEnd", trim_scale(line.quantity)::text as quantity,
           line.price_rate_id as "rateId", (line.net - ${creditsOf(tx, true)})::text as net, (line.net - ${creditsOf(tx, false)})::text as left,
           ${obstacleOf(tx)} as obstacle
    from invoice join invoice_line line on line.invoice_id = invoice.id
    where ${inForce(tx, sellerId, period)} and line.tenant_id = ${tenantId} and line.kind in ('usage', 'late', 'minimum', 'recurring', 'oneTime')
    order by invoice.correction_id nulls first, invoice.id, line.line`

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

/** Quantities that applied corrections of the tenant's month changed before, whoever's they were. */
export const listQuantities = (tx: Tx, sellerId: string, tenantId: string, period: string) =>
  tx<QuantityChange[]>`
    select subscription_id as "subscriptionId", sku_id as "skuId", day, trim_scale(quantity)::text as quantity
    from corrected_quantity where seller_id = ${sellerId} and tenant_id = ${tenantId} and period = ${period}
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

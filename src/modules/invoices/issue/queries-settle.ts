import type { SettlementKind } from '../../../billing/payment.ts'
import { one, type Tx } from '../../../platform/db.ts'
import { newId } from '../../../platform/ids.ts'

// What settles issued documents, as their seller's money duties: everything here runs as weir_seller.

/** A document that something is to be taken off, locked until the transaction ends. */
export type PayableRow = {
  id: string
  type: 'invoice' | 'credit_note'
  state: string
  number: string | null
  buyerId: string
  edgeId: string
  currency: string
  period: string
}

/** The seller's own documents among these, locked in the order of their ids. What is due of them is read afterwards. */
export const lockPayables = (tx: Tx, sellerId: string, ids: readonly string[]) =>
  tx<PayableRow[]>`
    select id, type, state, number, buyer_id as "buyerId", edge_id as "edgeId", currency, period
    from invoice where seller_id = ${sellerId} and id = any (${[...ids]}::uuid[])
    order by id for no key update`

/** The sums of what settled a document, as decimal text; the columns of `settledJoin`. */
export type SettledRow = { total: string; paid: string; credited: string; writtenOff: string; creditedTotal: string }

/** Joins what settled each `invoice` of a query: by its events, and all that its credit notes say. */
export const settledJoin = (tx: Tx) => tx`
  cross join lateral (
    select coalesce(sum(amount) filter (where kind in ('paid', 'credit_applied')), 0) as paid,
           coalesce(sum(amount) filter (where kind = 'credited'), 0) as credited,
           coalesce(sum(amount) filter (where kind = 'written_off'), 0) as written_off,
           count(*)::int as changes, max(at) as changed_at
    from invoice_event where invoice_event.invoice_id = invoice.id) settled
  cross join lateral (
    select coalesce(sum(note.total), 0) as total from invoice note where note.amends = invoice.id and note.type = 'credit_note' and note.state = 'issued') noted`

/** The columns of a `SettledRow`. */
export const settledColumns = (tx: Tx) => tx`
  invoice.total::text, settled.paid::text, settled.credited::text, settled.written_off::text as "writtenOff",
  noted.total::text as "creditedTotal"`

/** What settled some documents so far. Read after they are locked. */
export const listSettled = (tx: Tx, sellerId: string, ids: readonly string[]) =>
  tx<(SettledRow & { id: string })[]>`
    select invoice.id, ${settledColumns(tx)} from invoice ${settledJoin(tx)}
    where invoice.seller_id = ${sellerId} and invoice.id = any (${[...ids]}::uuid[])`

/** Something that takes an amount off a document; `id` names the row, which is its own source where nothing else is. */
export type NewEvent = {
  readonly id: string
  readonly invoiceId: string
  readonly kind: SettlementKind
  readonly amount: string
  readonly sourceId: string
  readonly reason: string | null
}

/** Notes what settles documents; seen by who sees the document. The database refuses more than is due. */
export const insertEvents = (tx: Tx, sellerId: string, events: readonly NewEvent[]) => tx`
  insert into invoice_event (id, invoice_id, seller_id, kind, amount, currency, source_id, reason,
                             see_platform_id, see_distributor_id, see_partner_id, see_tenant_id)
  select made.id, invoice.id, invoice.seller_id, made.kind, made.amount, invoice.currency, made.source_id, made.reason,
         see_platform_id, see_distributor_id, see_partner_id, see_tenant_id
  from unnest(${events.map((one) => one.id)}::uuid[], ${events.map((one) => one.invoiceId)}::uuid[],
              ${events.map((one) => one.kind)}::text[], ${events.map((one) => one.amount)}::numeric[],
              ${events.map((one) => one.sourceId)}::uuid[], ${events.map((one) => one.reason)}::text[])
    as made (id, invoice_id, kind, amount, source_id, reason)
  join invoice on invoice.id = made.invoice_id and invoice.seller_id = ${sellerId}`

/** A change of a buyer's credit balance; negative draws on it. */
export type NewCreditEntry = {
  readonly edgeId: string
  readonly currency: string
  readonly kind: 'overpaid' | 'credited' | 'applied' | 'refunded'
  readonly amount: string
  readonly sourceId: string
}

/** The database refuses to draw a balance below zero. */
export const insertCreditEntry = (tx: Tx, sellerId: string, entry: NewCreditEntry) => tx`
  insert into credit_entry (id, seller_id, buyer_id, edge_id, currency, kind, amount, source_id,
                            see_platform_id, see_distributor_id, see_partner_id, see_tenant_id)
  select ${newId()}, seller_id, buyer_id, id, ${entry.currency}, ${entry.kind}, ${entry.amount}, ${entry.sourceId},
         see_platform_id, see_distributor_id, see_partner_id, see_tenant_id
  from edge where id = ${entry.edgeId} and seller_id = ${sellerId}`

/** Who stands on an edge besides its seller. */
export type EdgeRow = {
  id: string
  buyerId: string
  currency: string
  agentDistributorId: string | null
  agentPartnerId: string | null
}

const edgeColumns = (tx: Tx) => tx`
  id, buyer_id as "buyerId", currency, agent_distributor_id as "agentDistributorId", agent_partner_id as "agentPartnerId"`

export const findEdge = async (tx: Tx, sellerId: string, edgeId: string) =>
  one(await tx<EdgeRow[]>`select ${edgeColumns(tx)} from edge where id = ${edgeId} and seller_id = ${sellerId}`)

/** The latest edge on which the seller sells to this buyer in this currency. */
export const findEdgeTo = async (tx: Tx, sellerId: string, buyerId: string, currency: string) =>
  one(
    await tx<EdgeRow[]>`
    select ${edgeColumns(tx)} from edge
    where seller_id = ${sellerId} and buyer_id = ${buyerId} and currency = ${currency} and kind = 'sale'
    order by lower(valid) desc limit 1`,
  )

/** Nobody else draws on the balance of this buyer until the transaction ends. */
export const lockBalance = (tx: Tx, sellerId: string, buyerId: string) => tx`
  select id from edge where seller_id = ${sellerId} and buyer_id = ${buyerId} order by id for no key update`

type BalanceRow = { buyerId: string; currency: string; balance: string }

/** What some buyers have with the seller, where it is something. */
export const listBalances = (tx: Tx, sellerId: string, buyerIds: readonly string[]) =>
  tx<BalanceRow[]>`
    select buyer_id as "buyerId", currency, sum(amount)::text as balance from credit_entry
    where seller_id = ${sellerId} and buyer_id = any (${[...buyerIds]}::uuid[])
    group by buyer_id, currency having sum(amount) > 0`

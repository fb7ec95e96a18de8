import type { Level } from '../../../platform/context.ts'
import type { Tx } from '../../../platform/db.ts'

/** A seller that has billed, with its place in the hierarchy. */
type BilledSeller = { sellerId: string; level: Level; distributorId: string; partnerId: string }

/** Runs as weir_relay. */
export const listBilledSellers = (tx: Tx) =>
  tx<BilledSeller[]>`
    select organization.id as "sellerId", organization.level, organization.distributor_id as "distributorId",
           organization.partner_id as "partnerId"
    from (select distinct seller_id from billing_run) billed
    join organization on organization.id = billed.seller_id order by organization.id`

type OverdueRow = {
  id: string
  number: string
  currency: string
  dueDate: string
  open: string
  buyerId: string
  agentDistributorId: string | null
  agentPartnerId: string | null
}

/**
 * Marks the next invoices of a seller whose due day has passed, by its own calendar, while something is due: each once for
 * ever. As weir_seller.
 */
export const markOverdue = (tx: Tx, sellerId: string, limit: number) =>
  tx<OverdueRow[]>`
    with late as (
      select invoice.id, invoice.total - coalesce(settled.amount, 0) as open
      from invoice
      join organization seller on seller.id = invoice.seller_id
      cross join lateral (select sum(amount) as amount from invoice_event where invoice_id = invoice.id) settled
      where invoice.seller_id = ${sellerId} and invoice.state = 'issued' and invoice.type = 'invoice'
        and invoice.due_date < (clock_timestamp() at time zone seller.time_zone)::date
        and invoice.total > coalesce(settled.amount, 0)
        and not exists (select from invoice_event told where told.invoice_id = invoice.id and told.kind = 'overdue')
      order by invoice.due_date, invoice.id limit ${limit}
    ), marked as (
      insert into invoice_event (id, invoice_id, seller_id, kind, amount, currency, source_id,
                                 see_platform_id, see_distributor_id, see_partner_id, see_tenant_id)
      select gen_random_uuid(), invoice.id, invoice.seller_id, 'overdue', 0, invoice.currency, invoice.id, invoice.see_platform_id,
             invoice.see_distributor_id, invoice.see_partner_id, invoice.see_tenant_id
      from late join invoice on invoice.id = late.id
      on conflict do nothing returning invoice_id)
    select invoice.id, invoice.number, invoice.currency, invoice.due_date as "dueDate", late.open::text, invoice.buyer_id as "buyerId",
           edge.agent_distributor_id as "agentDistributorId", edge.agent_partner_id as "agentPartnerId"
    from marked join late on late.id = marked.invoice_id join invoice on invoice.id = late.id
    join edge on edge.id = invoice.edge_id`

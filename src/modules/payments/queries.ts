import type { Actor } from '../../platform/context.ts'
import { one, type Tx } from '../../platform/db.ts'
import { onePast, type PageRequest } from '../../platform/page.ts'
import type { PaymentFilters } from './model.ts'

export type PaymentRow = {
  id: string
  sellerId: string
  buyerId: string
  edgeId: string
  currency: string
  amount: string
  receivedOn: string
  reference: string
  reverses: string | null
  reversedBy: string | null
  reason: string | null
  allocations: { invoiceId: string; amount: string }[]
  overpaid: string
  createdAt: string
}

const columns = (tx: Tx) => tx`
  id, seller_id as "sellerId", buyer_id as "buyerId", edge_id as "edgeId", currency, amount::text, received_on as "receivedOn",
  reference, reverses, (select other.id from payment other where other.reverses = payment.id) as "reversedBy", reason,
  coalesce((select jsonb_agg(jsonb_build_object('invoiceId', part.invoice_id, 'amount', part.amount::text) order by part.id)
            from invoice_event part where part.source_id = payment.id and part.kind = 'paid'), '[]') as allocations,
  coalesce((select sum(entry.amount) from credit_entry entry
            where entry.source_id = payment.id and entry.kind = 'overpaid'), 0)::text as overpaid,
  created_at as "createdAt"`

const isSeen = (tx: Tx, viewer: Actor) => tx`${tx(`see_${viewer.level}_id`)} = ${viewer.organizationId}`

const onSide = (tx: Tx, viewer: Actor, side: PaymentFilters['side']) => {
  const id = viewer.organizationId
  if (side === 'sell') return tx`and seller_id = ${id}`
  if (side === 'buy') return tx`and buyer_id = ${id}`
  return side === 'agency' ? tx`and seller_id <> ${id} and buyer_id <> ${id}` : tx``
}

/** Payments on the viewer's edges, newest first. */
export const listPayments = (tx: Tx, viewer: Actor, filters: PaymentFilters, page: PageRequest) =>
  tx<PaymentRow[]>`
    select ${columns(tx)} from payment
    where ${isSeen(tx, viewer)} ${onSide(tx, viewer, filters.side)}
      ${filters.sellerId ? tx`and seller_id = ${filters.sellerId}` : tx``}
      ${filters.buyerId ? tx`and buyer_id = ${filters.buyerId}` : tx``}
      ${filters.reference ? tx`and reference = ${filters.reference}` : tx``}
      ${filters['receivedOn[gte]'] ? tx`and received_on >= ${filters['receivedOn[gte]']}` : tx``}
      ${filters['receivedOn[lt]'] ? tx`and received_on < ${filters['receivedOn[lt]']}` : tx``}
      ${filters.invoiceId ? tx`and id in (select source_id from invoice_event where invoice_id = ${filters.invoiceId})` : tx``}
      ${page.after ? tx`and id < ${page.after}` : tx``}
    order by id desc limit ${onePast(tx, page)}`

export const findPayment = async (tx: Tx, viewer: Actor, id: string) =>
  one(await tx<PaymentRow[]>`select ${columns(tx)} from payment where ${isSeen(tx, viewer)} and id = ${id}`)

/** True when the day has begun somewhere on earth. */
export const hasBegun = async (tx: Tx, day: string): Promise<boolean> =>
  one(
    await tx<{ begun: boolean }[]>`
    select ${day}::date <= (clock_timestamp() at time zone 'UTC' + interval '14 hours')::date as begun`,
  )?.begun ?? false

/** A payment as it is written down. */
export type NewRow = {
  readonly id: string
  readonly sellerId: string
  readonly edgeId: string
  readonly currency: string
  readonly amount: string
  readonly receivedOn: string
  readonly reference: string
  readonly reverses: string | null
  readonly reason: string | null
}

/** Runs as weir_seller. Undefined where the reference is taken, or the payment is reversed already. */
export const insertPayment = async (tx: Tx, row: NewRow) =>
  one(
    await tx<{ id: string }[]>`
    insert into payment (id, seller_id, buyer_id, edge_id, currency, amount, received_on, reference, reverses, reason,
                         see_platform_id, see_distributor_id, see_partner_id, see_tenant_id)
    select ${row.id}, seller_id, buyer_id, id, ${row.currency}, ${row.amount}, ${row.receivedOn}, ${row.reference},
           ${row.reverses}, ${row.reason}, see_platform_id, see_distributor_id, see_partner_id, see_tenant_id
    from edge where id = ${row.edgeId} and seller_id = ${row.sellerId}
    on conflict do nothing
    returning id`,
  )

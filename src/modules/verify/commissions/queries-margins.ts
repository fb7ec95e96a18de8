import type { Tx } from '../../../platform/db.ts'

/** What the seller of a document pays for the service of a line, with the lines that share it; null: unknown. */
export type CostRow = {
  invoiceId: string
  line: number
  cost: string | null
  before: string
  upTo: string
  whole: string
}

/** Read from all books at once, past what any tier sees. */
export const listCosts = (tx: Tx, invoiceIds: readonly string[]) =>
  tx<CostRow[]>`
    with service as (
      select line.*, invoice.period, invoice.currency, case line.kind when 'late' then 'usage' else line.kind end as own_kind
      from invoice_line line join invoice on invoice.id = line.invoice_id
      where line.invoice_id = any (${[...invoiceIds]}::uuid[]) and line.kind <> 'discount'
    ), shared as (
      select *, sum(abs(quantity)) over (same order by line) as up_to, sum(abs(quantity)) over same as whole
      from service
      window same as (partition by invoice_id, own_kind, subscription_id, sku_id, service_period,
                      case own_kind when 'usage' then null else service_start end)
    )
    select invoice_id as "invoiceId", line, cost.amount::text as cost, (up_to - abs(quantity))::text as before,
           up_to::text as "upTo", whole::text as whole
    from shared cross join lateral (
      select case when count(*) = 0 or bool_or(bucket.unrounded is null or bucket.currency <> shared.currency) then null
                  else sum(round(bucket.unrounded, bucket.currency_digits)) end as amount
      from edge join rated_bucket bucket on bucket.seller_id = edge.seller_id and bucket.edge_id = edge.id
      where edge.buyer_id = shared.seller_id and bucket.period = shared.period and bucket.tenant_id = shared.tenant_id
        and bucket.subscription_id = shared.subscription_id and bucket.sku_id = shared.sku_id
        and bucket.service_period = shared.service_period and bucket.kind = shared.own_kind
        and (shared.own_kind = 'usage' or bucket.service_start = shared.service_start)) cost`

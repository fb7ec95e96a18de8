import type { Tx } from '../../../platform/db.ts'

/** What the seller of a document pays for the service of a line, with the lines that share it; null: unknown. */
export type CostRow = {
  invoiceId: string
  line: number
  cost: string | null
  /** When the last part of the cost was rated; null where nothing is bought. */
  ratedAt: string | null
  before: string
  upTo: string
  whole: string
}

/** Read from all books at once, past what any tier sees. What a minimum adds to the use of a SKU is one service with it. */
export const listCosts = (tx: Tx, invoiceIds: readonly string[]) =>
  tx<CostRow[]>`
    with service as (
      select line.*, invoice.period, invoice.currency, line.kind = 'minimum' as is_minimum,
             case when line.kind in ('late', 'minimum') then 'usage' else line.kind end as own_kind,
             case when line.kind in ('usage', 'late', 'minimum') then null else line.service_start end as own_start
      from invoice_line line join invoice on invoice.id = line.invoice_id
      where line.invoice_id = any (${[...invoiceIds]}::uuid[]) and line.kind <> 'discount'
    ), weighed as (
      select *, case sum(abs(quantity)) over same when 0 then 1 else abs(quantity) end as weight,
             bool_and(is_minimum) over same as is_unused
      from service window same as (partition by invoice_id, own_kind, subscription_id, sku_id, service_period, own_start)
    ), placed as (
      select *, sum(weight) over (same order by line) as up_to, sum(weight) over same as whole
      from weighed window same as (partition by invoice_id, own_kind, subscription_id, sku_id, service_period, own_start)
    )
    select invoice_id as "invoiceId", line, cost.amount::text as cost, cost.rated_at as "ratedAt", (up_to - weight)::text as before,
           up_to::text as "upTo", whole::text as whole
    from placed cross join lateral (
      select max(bucket.rated_at) as rated_at,
             case when count(*) = 0 then case when placed.is_unused then 0 end
                  when not bool_or(bucket.unrounded is null or bucket.currency <> placed.currency)
                  then sum(round(bucket.unrounded, bucket.currency_digits)) end as amount
      from edge join rated_bucket bucket on bucket.seller_id = edge.seller_id and bucket.edge_id = edge.id
      where edge.buyer_id = placed.seller_id and bucket.period = placed.period and bucket.tenant_id = placed.tenant_id
        and bucket.subscription_id = placed.subscription_id and bucket.sku_id = placed.sku_id
        and bucket.service_period = placed.service_period
        and case bucket.kind when 'minimum' then 'usage' else bucket.kind end = placed.own_kind
        and (placed.own_start is null or bucket.service_start = placed.own_start)) cost`

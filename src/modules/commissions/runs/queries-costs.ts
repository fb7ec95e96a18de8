import type { Tx } from '../../../platform/db.ts'
import type { Run } from './queries.ts'

/** Whether any rule of the payer is for a share of its margin. */
export const asksForCosts = async (tx: Tx, payerId: string): Promise<boolean> =>
  (await tx`select from commission_rule where payer_id = ${payerId} and basis = 'margin' limit 1`).length > 0

/**
 * What the payer itself pays for the service of a line: for all lines of the document that share it together, with the
 * quantities by which they do, `upTo` with and `before` without this one. Null: unknown.
 */
export type CostRow = {
  readonly invoiceId: string
  readonly line: number
  readonly cost: string | null
  readonly before: string
  readonly upTo: string
  readonly whole: string
}

/**
 * The payer's costs of the lines of its documents. What a SKU of a subscription was used for and what a minimum adds to it are
 * one service, on either side. A reseller's cost is known once its own seller has billed or settled it, the platform's once it is rated; a
 * part without a price, or in another currency than the document, makes the whole unknown. A minimum of what was not used may
 * be one that the payer itself owes nothing for. Runs as the payer's tier, which sees what it buys.
 */
export const listCosts = (tx: Tx, { payerId, payerLevel }: Run, invoiceIds: readonly string[]) => {
  const isSeen = (table: string) => tx`${tx(`${table}.see_${payerLevel}_id`)} = ${payerId}`
  return tx<CostRow[]>`
    with service as (
      select line.*, invoice.period, invoice.currency,
             case when line.kind in ('late', 'minimum') then 'usage' else line.kind end as own_kind
      from invoice_line line join invoice on invoice.id = line.invoice_id
      where line.invoice_id = any (${[...invoiceIds]}::uuid[]) and ${isSeen('invoice')} and ${isSeen('line')}
        and invoice.seller_id = ${payerId} and line.kind <> 'discount'
    ), weighed as (
      select *, case when sum(abs(quantity)) over same = 0 then 1 else abs(quantity) end as weight,
             bool_and(kind = 'minimum') over same as is_unused
      from service window same as (${sameService(tx)})
    ), shared as (
      select *, sum(weight) over (same order by line) as up_to, sum(weight) over same as whole
      from weighed window same as (${sameService(tx)})
    )
    select invoice_id as "invoiceId", line, cost.amount::text as cost, (up_to - weight)::text as before,
           up_to::text as "upTo", whole::text as whole
    from shared cross join lateral (
      select case when count(*) = 0 then case when shared.is_unused and (${hasBought(tx, { payerId, payerLevel })}) then 0 end
                  when not bool_or(bucket.unrounded is null or bucket.currency <> shared.currency
                    or (bucket.seller_id <> bucket.buyer_id and bucket.state not in ('billed', 'settled')))
                  then sum(round(bucket.unrounded, bucket.currency_digits)) end as amount
      from edge join rated_bucket bucket on bucket.seller_id = edge.seller_id and bucket.edge_id = edge.id
      where edge.buyer_id = ${payerId} and ${isSeen('edge')} and ${isSeen('bucket')} and bucket.period = shared.period
        and bucket.tenant_id = shared.tenant_id and bucket.subscription_id = shared.subscription_id
        and bucket.sku_id = shared.sku_id and bucket.service_period = shared.service_period
        and case bucket.kind when 'minimum' then 'usage' else bucket.kind end = shared.own_kind
        and (shared.own_kind = 'usage' or bucket.service_start = shared.service_start)) cost`
}

const sameService = (tx: Tx) => tx`
  partition by invoice_id, own_kind, subscription_id, sku_id, service_period,
               case own_kind when 'usage' then null else service_start end`

/** Whether what the payer itself pays for the month is known: by a cost list of its own, or billed or settled by its seller. */
const hasBought = (tx: Tx, { payerId, payerLevel }: Pick<Run, 'payerId' | 'payerLevel'>) => tx`
  exists (select from price_list where seller_id = ${payerId} and is_active and kind = 'cost')
  or exists (select from invoice bought
             where bought.buyer_id = ${payerId} and ${tx(`bought.see_${payerLevel}_id`)} = ${payerId}
               and bought.period = shared.period and bought.type = 'invoice' and bought.state = 'issued')
  or exists (select from edge join rated_bucket nothing on nothing.seller_id = edge.seller_id and nothing.edge_id = edge.id
             where edge.kind = 'sale' and edge.buyer_id = ${payerId} and ${tx(`edge.see_${payerLevel}_id`)} = ${payerId}
               and ${tx(`nothing.see_${payerLevel}_id`)} = ${payerId} and nothing.period = shared.period
               and nothing.state = 'settled')`

import { one, type Tx } from '../../platform/db.ts'

// Which seconds are billed, written in the transaction that issues. Runs as weir_seller.

/** The charges and credits on these documents. */
const charged = (tx: Tx, invoiceIds: readonly string[]) => tx`
  rated_bucket where invoice_id = any (${[...invoiceIds]}::uuid[]) and kind <> 'usage' and invoice_id is not null`

const spanOf = (tx: Tx) => tx`
  tstzrange((details->>'from')::timestamptz, (details->>'to')::timestamptz)`

/** A credit on these documents for what is not billed, if there is one. */
export const findLooseCredit = async (tx: Tx, sellerId: string, invoiceIds: readonly string[]) =>
  one(
    await tx<{ subscriptionId: string }[]>`
    select credit.subscription_id as "subscriptionId"
    from (select subscription_id, sku_id, ${spanOf(tx)} as span from ${charged(tx, invoiceIds)} and kind = 'credit') credit
    where not exists (
      select from billed_service served
      where served.seller_id = ${sellerId} and served.subscription_id = credit.subscription_id
        and served.charge_id = credit.sku_id and served.period @> credit.span)
    limit 1`,
  )

/** Takes what these documents give back out of what is billed. */
export const shortenServices = (tx: Tx, sellerId: string, invoiceIds: readonly string[]) => tx`
  with credited as (
    select subscription_id, sku_id, range_agg(${spanOf(tx)}) as spans from ${charged(tx, invoiceIds)} and kind = 'credit'
    group by subscription_id, sku_id
  ), gone as (
    delete from billed_service served using credited
    where served.seller_id = ${sellerId} and served.subscription_id = credited.subscription_id
      and served.charge_id = credited.sku_id and served.kind = 'recurring' and served.period && credited.spans
    returning served.*, tstzmultirange(served.period) - credited.spans as rest
  )
  insert into billed_service (seller_id, edge_id, tenant_id, subscription_id, charge_id, kind, period, plan_version_id, quantity,
                              price_rate_id, fx_rate_id, tax_category, details, invoice_id)
  select seller_id, edge_id, tenant_id, subscription_id, charge_id, kind, span, plan_version_id, quantity, price_rate_id,
         fx_rate_id, tax_category, details, invoice_id
  from gone cross join lateral unnest(gone.rest) as span`

/** Says that what these documents charge is billed. A second that is billed already is refused by `billed_service_once`. */
export const insertServices = (tx: Tx, invoiceIds: readonly string[]) => tx`
  insert into billed_service (seller_id, edge_id, tenant_id, subscription_id, charge_id, kind, period, plan_version_id, quantity,
                              price_rate_id, fx_rate_id, tax_category, details, invoice_id)
  select seller_id, edge_id, tenant_id, subscription_id, sku_id, kind, ${spanOf(tx)}, plan_version_id, quantity,
         price_rate_id, fx_rate_id, tax_category, details, invoice_id
  from ${charged(tx, invoiceIds)} and kind in ('recurring', 'oneTime')
  order by subscription_id, sku_id, service_start`

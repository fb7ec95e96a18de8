import type { Discount, DiscountableLine, ResourceShare } from '../../../billing/discount.ts'
import { one, type Tx } from '../../../platform/db.ts'
import { type FoundRow, namedRows } from '../check.ts'

const isDiscounted = (tx: Tx) => tx`
  run_id is not null and state <> 'discarded' and (
    exists (select from discount_use where discount_use.invoice_id = invoice.id)
    or exists (select from invoice_line line where line.invoice_id = invoice.id and line.kind = 'discount'))`

export const countDocuments = async (tx: Tx): Promise<number> =>
  one(await tx<{ count: number }[]>`select count(*)::int as count from invoice where ${isDiscounted(tx)}`)?.count ?? 0

export type DiscountedDocument = { id: string; currency: string; state: string }

export const listDiscounted = (tx: Tx, after: string, limit: number) =>
  tx<DiscountedDocument[]>`
    select id, currency, state from invoice where ${isDiscounted(tx)} and id > ${after} order by id limit ${limit}`

/** A line; of a discount the amount that it takes off, in the digits of the currency. */
export type LineRow = Omit<DiscountableLine, 'used'> & {
  invoiceId: string
  kind: string
  amends: number | null
  discountId: string | null
  off: string
  share: ResourceShare | null
}

export const listLines = (tx: Tx, invoiceIds: readonly string[]) =>
  tx<LineRow[]>`
    select invoice_id as "invoiceId", line, line.kind, subscription_id as "subscriptionId", sku_id as "skuId",
           service_end as "serviceEnd", trim_scale(quantity)::text as quantity, line.net::text, amends_line as amends,
           line.details ->> 'discountId' as "discountId", line.details -> 'share' as share, (-round(line.net, invoice.currency_digits))::text as off,
           case when line.net < 0 then array(
             select distinct before.details ->> 'discountId' from invoice_line before
             join invoice paper on paper.id = before.invoice_id and paper.state = 'issued' and paper.edge_id = invoice.edge_id
               and paper.issued_at < invoice.created_at
             where before.seller_id = line.seller_id and before.subscription_id = line.subscription_id
               and before.service_period = line.service_period and before.sku_id = line.sku_id and before.kind = 'discount'
               and before.net < 0 order by 1) else '{}' end as "givenBefore"
    from invoice_line line join invoice on invoice.id = line.invoice_id
    where invoice_id = any (${[...invoiceIds]}::uuid[]) order by invoice_id, line`

/** A discount as a document used it. */
export type UseRow = Discount & { invoiceId: string }

export const listUses = (tx: Tx, invoiceIds: readonly string[]) =>
  tx<UseRow[]>`
    select discount_use.invoice_id as "invoiceId", discount.id, scope, subscription_id as "subscriptionId", sku_id as "skuId", resource, kind,
           trim_scale(value)::text as value, lower(discount_use.valid) as "validFrom", upper(discount_use.valid) as "validTo",
           discount_use.available::text as available
    from discount_use join discount on discount.id = discount_use.discount_id
    where discount_use.invoice_id = any (${[...invoiceIds]}::uuid[])`

/** Discounts of which documents used more than their limit. */
export const listOverdrawn = (tx: Tx) =>
  tx<FoundRow[]>`
    select 'discount ' || discount.id as row, format('%s of %s are used', sum(discount_use.amount), limit_amount) as says,
           count(*) over ()::int as total
    from discount
    join discount_use on discount_use.discount_id = discount.id
    join invoice on invoice.id = discount_use.invoice_id and invoice.state <> 'discarded'
    where limit_amount is not null
    group by discount.id having sum(discount_use.amount) > limit_amount
    order by discount.id limit ${namedRows}`

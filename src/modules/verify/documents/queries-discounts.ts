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
           line.details ->> 'discountId' as "discountId", line.details -> 'share' as share, (-round(line.net, invoice.currency_digits))::text as off
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

/**
 * Discounts of which documents used more than their limit, or gave up more than was used. What a note or a document in place
 * of another one takes again was on a document before.
 */
export const listOverdrawn = (tx: Tx) =>
  tx<FoundRow[]>`
    select 'discount ' || discount.id as row, format('%s of %s are used', used.amount, coalesce(limit_amount::text, 'no limit')) as says,
           count(*) over ()::int as total
    from discount
    cross join lateral (
      select sum(discount_use.amount - case invoice.state when 'issued' then given_up else 0 end) as amount,
             sum(case when invoice.run_id is null then 0 else discount_use.amount end
                 - case invoice.state when 'issued' then given_up else 0 end) as drawn
      from discount_use join invoice on invoice.id = discount_use.invoice_id and invoice.state <> 'discarded'
      where discount_use.discount_id = discount.id) used
    where used.drawn > limit_amount or used.amount < 0
    order by discount.id limit ${namedRows}`

/** What documents say they used of a discount, where their lines say otherwise or it is another seller's or buyer's. */
export const listWrongUses = (tx: Tx) =>
  tx<FoundRow[]>`
    select format('discount %s on invoice %s', used.discount_id, used.invoice_id) as row,
           case when discount.id is null then 'is not one of its seller and buyer'
                else format('takes %s and gives up %s, the lines take %s and give up %s', trim_scale(used.amount),
                  trim_scale(given_up), trim_scale(lines.taken), trim_scale(lines.given)) end as says,
           count(*) over ()::int as total
    from discount_use used
    join invoice on invoice.id = used.invoice_id and invoice.state <> 'discarded'
    left join discount on discount.id = used.discount_id
      and (discount.seller_id, discount.buyer_id) = (invoice.seller_id, invoice.buyer_id)
    cross join lateral (
      select coalesce(-sum(net) filter (where net < 0), 0) as taken, coalesce(sum(net) filter (where net > 0), 0) as given
      from invoice_line line
      where line.invoice_id = used.invoice_id and line.kind = 'discount' and line.details ->> 'discountId' = used.discount_id::text) lines
    where discount.id is null or (used.amount, given_up) <> (lines.taken, lines.given)
    order by used.discount_id, used.invoice_id limit ${namedRows}`

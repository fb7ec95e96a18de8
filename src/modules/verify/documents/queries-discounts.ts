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

/**
 * What documents say they use, or give up, of a discount where their lines say otherwise, or it is another seller's or buyer's.
 * One in place of another uses what it has beyond that one: of it the lines do not say how much.
 */
export const listWrongUses = (tx: Tx) =>
  tx<FoundRow[]>`
    with line as (
      select invoice_id, (details->>'discountId')::uuid as discount_id, -net as off from invoice_line where kind = 'discount'
      union all
      select invoice_id, (gone->>'discountId')::uuid, -(gone->>'amount')::numeric
      from invoice_line cross join lateral jsonb_array_elements(details->'discounts') gone
    ), said as (
      select invoice_id, discount_id, sum(greatest(off, 0)) as taken, sum(greatest(-off, 0)) as given from line group by 1, 2
    ), used as (
      select invoice_id, discount_id, discount_use.amount, given_up from discount_use)
    select format('discount %s on invoice %s', discount_id, invoice_id) as row,
           case when discount.id is null then 'is not one of its seller and buyer'
                else format('takes %s and gives up %s, the lines take %s and give up %s', trim_scale(used.amount),
                  trim_scale(given_up), trim_scale(said.taken), trim_scale(said.given)) end as says,
           count(*) over ()::int as total
    from said full join used using (invoice_id, discount_id)
    join invoice on invoice.id = invoice_id and invoice.state <> 'discarded' and (type = 'invoice' or state = 'issued')
    left join discount on discount.id = discount_id
      and (discount.seller_id, discount.buyer_id) = (invoice.seller_id, invoice.buyer_id)
    where discount.id is null
      or ((run_id is not null or correction_id is not null or type = 'credit_note') and (used.amount, given_up) is distinct from (said.taken, said.given))
    order by discount_id, invoice_id limit ${namedRows}`

/**
 * Lines of which notes gave up another part of a discount than they credited of what was paid: each note rounds once, and the
 * last one gives up the rest. Corrections say themselves what their notes give up.
 */
export const listWrongGivenUp = (tx: Tx) =>
  tx<FoundRow[]>`
    with credited as (
      select note.amends as invoice_id, credit.amends_line as line, sum(credit.net) as net, count(*) as notes
      from invoice note join invoice_line credit on credit.invoice_id = note.id
      where note.type = 'credit_note' and note.state = 'issued' group by 1, 2
      having bool_and(note.correction_id is null)
    ), gone as (
      select note.amends as invoice_id, credit.amends_line as line, gone->>'discountId' as discount_id,
             sum((gone->>'amount')::numeric) as amount
      from invoice note join invoice_line credit on credit.invoice_id = note.id
      cross join lateral jsonb_array_elements(credit.details->'discounts') gone
      where note.type = 'credit_note' and note.state = 'issued' group by 1, 2, 3
      having bool_and(note.correction_id is null)
    ), taken as (
      select credited.invoice_id, credited.line, credited.notes, credited.net, discount.details->>'discountId' as discount_id,
             -discount.net as amount, worth.net as worth, power(10::numeric, -invoice.currency_digits) as minor
      from credited
      join invoice on invoice.id = credited.invoice_id
      join invoice_line discount on discount.invoice_id = credited.invoice_id and discount.kind = 'discount'
        and discount.amends_line = credited.line
      cross join lateral (
        select sum(part.net) as net from invoice_line part where part.invoice_id = credited.invoice_id
          and (part.line = credited.line or (part.kind = 'discount' and part.amends_line = credited.line))) worth
    )
    select format('discount %s on line %s of invoice %s', discount_id, line, invoice_id) as row,
           format('is %s, notes that credit %s of %s give up %s', trim_scale(taken.amount), taken.net, worth,
                  coalesce(gone.amount, 0)) as says,
           count(*) over ()::int as total
    from taken full join gone using (invoice_id, line, discount_id)
    where taken.worth is null
      or coalesce(gone.amount, 0) not between least(taken.amount, 0) and greatest(taken.amount, 0)
      or abs(coalesce(gone.amount, 0) - taken.amount * taken.net / nullif(worth, 0)) >= minor * (notes + 1)
      or (taken.net = worth and coalesce(gone.amount, 0) <> taken.amount)
    order by invoice_id, line, discount_id limit ${namedRows}`

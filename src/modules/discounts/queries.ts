import type { Discount as Applied, DiscountKind, DiscountScope } from '../../billing/discount.ts'
import { inBranch } from '../../platform/branch.ts'
import type { Actor } from '../../platform/context.ts'
import { one, type Tx } from '../../platform/db.ts'
import { newId } from '../../platform/ids.ts'
import { onePast, type PageRequest } from '../../platform/page.ts'
import type { DiscountFilters } from './model.ts'

export type DiscountRow = {
  id: string
  sellerId: string
  buyerId: string
  name: string
  scope: DiscountScope
  subscriptionId: string | null
  sku: string | null
  resource: string | null
  kind: DiscountKind
  value: string
  currency: string
  validFrom: string
  validTo: string | null
  limitAmount: string | null
  limitPeriods: number | null
  used: string
  usedPeriods: number
  createdAt: string
}

const columns = (tx: Tx) => tx`
  discount.id, discount.seller_id as "sellerId", discount.buyer_id as "buyerId", discount.name, scope,
  subscription_id as "subscriptionId", sku.code as sku, resource, kind, trim_scale(value)::text as value, discount.currency,
  lower(discount.valid) as "validFrom", upper(discount.valid) as "validTo", limit_amount::text as "limitAmount",
  limit_periods as "limitPeriods", used.amount::text as used, used.periods as "usedPeriods", discount.created_at as "createdAt"`

/**
 * What documents that were not discarded have used of it, less what issued ones gave up. A month counts unless credit notes
 * took back all that was used in it; what one takes again that undoes a document is of another month.
 */
const uses = (tx: Tx) => tx`
  cross join lateral (
    select coalesce(sum(monthly.amount), 0) as amount, count(*) filter (where monthly.is_used)::int as periods,
           coalesce(array_agg(monthly.period) filter (where monthly.is_used), '{}') as months
    from (
      select invoice.period, sum(discount_use.amount - case invoice.state when 'issued' then given_up else 0 end) as amount,
             sum(case when invoice.type = 'invoice' then discount_use.amount
                      when invoice.correction_id is null then -given_up else discount_use.amount - given_up end) > 0 as is_used
      from discount_use join invoice on invoice.id = discount_use.invoice_id and invoice.state <> 'discarded'
      where discount_use.discount_id = discount.id
      group by invoice.period) monthly) as used`

/** What row level security says too: those of own sales and purchases. */
const isReadable = (tx: Tx, { organizationId }: Actor) => tx`
  (discount.seller_id = ${organizationId} or discount.buyer_id = ${organizationId})`

export const listDiscounts = (tx: Tx, actor: Actor, filters: DiscountFilters, page: PageRequest) =>
  tx<DiscountRow[]>`
    select ${columns(tx)} from discount left join sku on sku.id = sku_id ${uses(tx)}
    where ${isReadable(tx, actor)}
      ${filters.buyerId === undefined ? tx`` : tx`and discount.buyer_id = ${filters.buyerId}`}
      ${page.after ? tx`and discount.id < ${page.after}` : tx``}
    order by discount.id desc limit ${onePast(tx, page)}`

export const findDiscount = async (tx: Tx, actor: Actor, id: string) =>
  one(
    await tx<DiscountRow[]>`
      select ${columns(tx)} from discount left join sku on sku.id = sku_id ${uses(tx)}
      where discount.id = ${id} and ${isReadable(tx, actor)}`,
  )

/** The currency that the buyer is billed in, by the latest edge. */
export const findEdgeCurrency = async (tx: Tx, actor: Actor, buyerId: string) =>
  one(
    await tx<{ currency: string }[]>`
      select currency from edge
      where kind = 'sale' and seller_id = ${actor.organizationId} and buyer_id = ${buyerId}
        and ${tx(`see_${actor.level}_id`)} = ${actor.organizationId}
      order by valid desc limit 1`,
  )?.currency

/** Whether the actor sells this subscription to the buyer. */
export const isSoldTo = async (tx: Tx, actor: Actor, subscriptionId: string, buyerId: string): Promise<boolean> =>
  (
    await tx`
      select from subscription
      join chain_edge on chain_edge.tenant_id = subscription.tenant_id
      join edge on edge.id = chain_edge.edge_id and edge.kind = 'sale' and edge.seller_id = ${actor.organizationId}
        and edge.buyer_id = ${buyerId}
      where subscription.id = ${subscriptionId} and ${inBranch(tx, actor, 'subscription')} limit 1`
  ).length > 0

type NewRow = Omit<DiscountRow, 'id' | 'sku' | 'used' | 'usedPeriods' | 'createdAt'> & { skuId: string | null }

export const insertDiscount = async (tx: Tx, row: NewRow): Promise<string> => {
  const id = newId()
  await tx`
    insert into discount (id, seller_id, buyer_id, name, scope, subscription_id, sku_id, resource, kind, value, currency, valid,
                          limit_amount, limit_periods)
    values (${id}, ${row.sellerId}, ${row.buyerId}, ${row.name}, ${row.scope}, ${row.subscriptionId}, ${row.skuId}, ${row.resource},
            ${row.kind}, ${row.value}, ${row.currency}, daterange(${row.validFrom}, ${row.validTo}), ${row.limitAmount}, ${row.limitPeriods})`
  return id
}

export const endDiscount = (tx: Tx, sellerId: string, id: string, validTo: string) => tx`
  update discount set valid = daterange(lower(valid), ${validTo}) where id = ${id} and seller_id = ${sellerId}`

/** Only one uses a seller's discounts at a time; the lock goes with the transaction. */
export const lockDiscounts = (tx: Tx, sellerId: string) =>
  tx`select pg_advisory_xact_lock(hashtextextended(${`discounts/${sellerId}`}, 0))`

type OpenRow = Omit<Applied, 'available'> & {
  buyerId: string
  name: string
  currency: string
  limitAmount: string | null
  limitPeriods: number | null
  used: string
  usedPeriods: number
  usedInPeriod: boolean
}

/** The discounts of some buyers that had begun before a day, with what was used of them. Runs as weir_seller. */
export const listOpen = (
  tx: Tx,
  sellerId: string,
  wanted: { buyerIds: readonly string[]; before: string; period: string },
) =>
  tx<OpenRow[]>`
    select discount.id, discount.buyer_id as "buyerId", name, scope, subscription_id as "subscriptionId", sku_id as "skuId", resource, kind,
           trim_scale(value)::text as value, discount.currency, lower(discount.valid) as "validFrom",
           upper(discount.valid) as "validTo", limit_amount::text as "limitAmount", limit_periods as "limitPeriods",
           used.amount::text as used, used.periods as "usedPeriods",
           ${wanted.period} = any (used.months) as "usedInPeriod"
    from discount ${uses(tx)}
    where discount.seller_id = ${sellerId} and discount.buyer_id = any (${[...wanted.buyerIds]}::uuid[])
      and lower(discount.valid) < ${wanted.before}::date
    order by discount.id`

/** Runs as weir_seller. */
export const listBuyersWithResources = (tx: Tx, sellerId: string, buyerIds: readonly string[]) =>
  tx<{ buyerId: string }[]>`
    select distinct buyer_id as "buyerId" from discount
    where seller_id = ${sellerId} and buyer_id = any (${[...buyerIds]}::uuid[]) and scope = 'resource'`

/** What a document takes of a discount, of which there was `available` before, and what it gives up; both above 0. */
export type Use = { discountId: string; invoiceId: string; available: string | null; amount: string; givenUp: string }

export const insertUses = (tx: Tx, uses: readonly Use[]) => tx`
  insert into discount_use (discount_id, invoice_id, seller_id, buyer_id, valid, available, amount, given_up)
  select discount.id, used.invoice_id, discount.seller_id, discount.buyer_id, discount.valid, used.available, used.amount,
         used.given_up
  from unnest(${uses.map((use) => use.discountId)}::uuid[], ${uses.map((use) => use.invoiceId)}::uuid[],
              ${uses.map((use) => use.available)}::numeric[], ${uses.map((use) => use.amount)}::numeric[],
              ${uses.map((use) => use.givenUp)}::numeric[])
    as used (discount_id, invoice_id, available, amount, given_up)
  join discount on discount.id = used.discount_id`

import type { Currency } from '../../../billing/money.ts'
import type { Rate } from '../../../billing/rate.ts'
import type { PriceScope } from '../../../billing/resolve.ts'
import type { Actor } from '../../../platform/context.ts'
import type { Tx } from '../../../platform/db.ts'
import { isReadable } from '../price-lists/queries.ts'

export type SheetRateRow = {
  rateId: string
  skuId: string
  scope: PriceScope
  currency: Currency
  rate: Rate
  listId: string
  listCode: string
  from: string
  to: string | null
}

type SheetWanted = {
  sellerId: string
  kind: 'sale' | 'cost'
  day: string
  skuIds: readonly string[]
  /** What the scopes stand for in this question; a scope that is not named has no part in it. */
  targets: readonly { scope: PriceScope; targetId: string }[]
}

/** The rates in the actor's sight that may price the SKUs on the day. */
export const listSheetRates = (tx: Tx, actor: Actor, wanted: SheetWanted) =>
  tx<SheetRateRow[]>`
    select price_rate.id as "rateId", price_rate.sku_id as "skuId", list.scope, list.currency, price_rate.rate,
           list.id as "listId", list.code as "listCode", lower(list.valid) as "from", upper(list.valid) as "to"
    from price_list list
    join unnest(${wanted.targets.map(({ scope }) => scope)}::text[], ${wanted.targets.map(({ targetId }) => targetId)}::uuid[])
      as target (scope, id) on target.scope = list.scope and target.id = list.target_id
    join price_rate on price_rate.price_list_id = list.id and price_rate.sku_id = any (${[...wanted.skuIds]}::uuid[])
    where list.seller_id = ${wanted.sellerId} and list.kind = ${wanted.kind} and list.state <> 'draft'
      and list.valid @> ${wanted.day}::date and ${isReadable(tx, actor)}`

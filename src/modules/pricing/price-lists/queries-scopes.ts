import { utcToday } from '../../../platform/clock.ts'
import { type Actor, lineOf } from '../../../platform/context.ts'
import type { Tx } from '../../../platform/db.ts'

/** Those of the SKUs that a plan in the actor's sight charges, whether its version still takes subscriptions or not. */
export const listChargedSkus = (tx: Tx, actor: Actor, skuIds: readonly string[]) =>
  tx<{ skuId: string }[]>`
    select distinct item.sku_id as "skuId"
    from plan_item item join plan_version version on version.id = item.plan_version_id
    where item.sku_id = any (${[...skuIds]}::uuid[]) and item.kind <> 'usage' and version.state <> 'draft'
      ${actor.level === 'platform' ? tx`` : tx`and item.owner_id = any (${lineOf(actor)}::uuid[])`}`

/** Those of the SKUs for which one of the sellers has a price, in force, to come or in a draft, whose tiers count over all of a buyer. */
export const listPerBuyerSkus = (tx: Tx, sellerIds: readonly string[], skuIds: readonly string[]) =>
  tx<{ skuId: string }[]>`
    select distinct sku_id as "skuId" from price_rate
    where seller_id = any (${[...sellerIds]}::uuid[]) and sku_id = any (${[...skuIds]}::uuid[]) and kind = 'sale'
      and rate ->> 'tierScope' = 'buyer' and not valid << daterange(${utcToday(tx)}, null)`

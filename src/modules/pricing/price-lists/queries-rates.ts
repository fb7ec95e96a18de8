import type { Rate } from '../../../billing/rate.ts'
import type { PriceScope } from '../../../billing/resolve.ts'
import { utcToday } from '../../../platform/clock.ts'
import type { Tx } from '../../../platform/db.ts'
import { newId } from '../../../platform/ids.ts'
import type { ListedRate } from './model.ts'

export type NewRate = { skuId: string; rate: Rate }

/** Puts rates on a list; what the list says (scope, target, currency, days) is copied from it. Skips a SKU that is on it already. */
export const insertRates = (tx: Tx, priceListId: string, rates: readonly NewRate[]) => tx<{ id: string }[]>`
  insert into price_rate (id, price_list_id, seller_id, kind, scope, target_id, currency, valid, is_active, sku_id, rate)
  select given.id, list.id, list.seller_id, list.kind, list.scope, list.target_id, list.currency, list.valid, list.is_active,
         given.sku_id, given.rate::jsonb
  from price_list list
  cross join unnest(${rates.map(() => newId())}::uuid[], ${rates.map(({ skuId }) => skuId)}::uuid[],
                    ${rates.map(({ rate }) => JSON.stringify(rate))}::text[]) as given (id, sku_id, rate)
  where list.id = ${priceListId}
  order by given.sku_id
  on conflict on constraint price_rate_once_per_list do nothing
  returning id`

export const deleteRates = (tx: Tx, priceListId: string) => tx`
  delete from price_rate where price_list_id = ${priceListId}`

export const listRates = (tx: Tx, priceListId: string) =>
  tx<ListedRate[]>`
    select price_rate.id, price_rate.sku_id as "skuId", sku.code as sku, sku.unit, price_rate.rate
    from price_rate join sku on sku.id = price_rate.sku_id
    where price_rate.price_list_id = ${priceListId}
    order by sku.code`

/** Those of the SKUs that another active list of the seller prices at the same scope, target and currency on some of the days. */
export const listOverlaps = (tx: Tx, priceListId: string, skuIds: readonly string[]) =>
  tx<{ skuId: string }[]>`
    select distinct other.sku_id as "skuId"
    from price_list list
    join price_rate other on other.seller_id = list.seller_id and other.kind = list.kind and other.scope = list.scope
      and other.target_id = list.target_id and other.currency = list.currency and other.valid && list.valid
      and other.is_active and other.price_list_id <> list.id
    where list.id = ${priceListId} and other.sku_id = any (${[...skuIds]}::uuid[])`

export type RateCandidateRow = {
  rateId: string
  priceListId: string
  scope: PriceScope
  targetId: string
  currency: string
  skuId: string
  from: string
  to: string | null
  rate: Rate
}

/** Locks the lists against a change of their rates until the transaction ends; other readers and freezing go on. */
export const listRateCandidates = (
  tx: Tx,
  wanted: { sellerId: string; kind: 'sale' | 'cost'; skuIds: readonly string[]; from: string; to: string },
) => tx<RateCandidateRow[]>`
  select price_rate.id as "rateId", list.id as "priceListId", list.scope, list.target_id as "targetId", list.currency,
         price_rate.sku_id as "skuId", lower(price_rate.valid) as "from", upper(price_rate.valid) as "to", price_rate.rate
  from price_rate join price_list list on list.id = price_rate.price_list_id
  where price_rate.seller_id = ${wanted.sellerId} and price_rate.kind = ${wanted.kind} and price_rate.is_active
    and price_rate.sku_id = any (${[...wanted.skuIds]}::uuid[])
    and price_rate.valid && daterange(${wanted.from}, ${wanted.to})
  for key share of list`

/** A list that is used already is not touched, so that simultaneous chunks do not wait for each other. */
export const freezeLists = (tx: Tx, priceListIds: readonly string[]) => tx`
  update price_list set state = 'used', version = version + 1, updated_at = clock_timestamp()
  where id in (select id from price_list where id = any (${[...priceListIds]}::uuid[]) and state = 'active'
               order by id for no key update)
    and state = 'active'`

/** Those of the SKUs that none of the owner's lists prices today for everybody who takes the plan version. */
export const listUnpricedSkus = (
  tx: Tx,
  ownerId: string,
  planVersionId: string,
  wanted: readonly { readonly skuId: string; readonly kind: string }[],
) =>
  tx<{ skuId: string }[]>`
    select wanted.id as "skuId"
    from unnest(${wanted.map((one) => one.skuId)}::uuid[], ${wanted.map((one) => one.kind)}::text[]) as wanted (id, kind)
    where not exists (
      select from price_rate
      where price_rate.seller_id = ${ownerId} and price_rate.kind = 'sale' and price_rate.is_active
        and price_rate.sku_id = wanted.id and price_rate.valid @> ${utcToday(tx)}
        and (price_rate.scope = 'default' or (price_rate.scope = 'region' and wanted.kind = 'usage')
          or (price_rate.scope = 'plan_version' and price_rate.target_id = ${planVersionId})))`

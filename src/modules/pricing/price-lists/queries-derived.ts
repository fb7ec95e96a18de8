import type { DerivationBasis, DerivationMethod } from '../../../billing/derive-rate.ts'
import type { DerivedRate, LeftOut } from '../../../billing/derive-versions.ts'
import type { Currency } from '../../../billing/money.ts'
import type { Rate } from '../../../billing/rate.ts'
import type { PriceScope } from '../../../billing/resolve.ts'
import { one, type Tx } from '../../../platform/db.ts'
import type { DerivationRow } from './queries-derivations.ts'
import { isReadable, type Viewer } from './queries.ts'

/** Half-open days; `to` null is without end. */
type Days = { from: string; to: string | null }

/** An edge on which a seller buys, with its days; null bounds are without end. */
type BuyEdgeRow = { sellerId: string; currency: string; from: string | null; to: string | null }

/** Where the organization buys and bought, on the edges in its own sight. */
export const listBuyEdges = (tx: Tx, buyer: Pick<Viewer, 'organizationId' | 'level'>) =>
  tx<BuyEdgeRow[]>`
    select seller_id as "sellerId", currency, lower(valid) as "from", upper(valid) as "to" from edge
    where kind = 'sale' and buyer_id = ${buyer.organizationId} and ${tx(`see_${buyer.level}_id`)} = ${buyer.organizationId}
    order by valid`

type BaseRateRow = {
  rateId: string
  listId: string
  skuId: string
  scope: PriceScope
  currency: Currency
  rate: Rate
} & Days

type PriceTarget = { readonly scope: PriceScope; readonly targetId: string }

/** Which prices of one seller are a base: every version of a list, or those of some targets. */
export type BaseWanted = {
  readonly sellerId: string
  readonly kind: 'sale' | 'cost'
  readonly currency: string
  readonly days: Days
  readonly code: string | undefined
  readonly targets: readonly PriceTarget[]
}

/** The rates in the actor's sight that a list is derived from. */
export const listBaseRates = (tx: Tx, actor: Viewer, wanted: BaseWanted) =>
  tx<BaseRateRow[]>`
    select price_rate.id as "rateId", list.id as "listId", price_rate.sku_id as "skuId", list.scope, list.currency,
           lower(list.valid) as "from", upper(list.valid) as "to", price_rate.rate
    from price_list list
    join unnest(${wanted.targets.map(({ scope }) => scope)}::text[], ${wanted.targets.map(({ targetId }) => targetId)}::uuid[])
      as target (scope, id) on target.scope = list.scope and target.id = list.target_id
    join price_rate on price_rate.price_list_id = list.id
    where list.seller_id = ${wanted.sellerId} and list.kind = ${wanted.kind} and list.currency = ${wanted.currency}
      and list.state <> 'draft' and list.valid && daterange(${wanted.days.from}, ${wanted.days.to})
      ${wanted.code === undefined ? tx`` : tx`and list.code = ${wanted.code}`} and ${isReadable(tx, actor)}`

export const findPlanVersionOf = async (tx: Tx, subscriptionId: string) =>
  one(await tx<{ id: string }[]>`select plan_version_id as id from subscription where id = ${subscriptionId}`)?.id

/** What other active lists of the seller price at the derivation's scope, target and currency, with their days. */
export const listTaken = (tx: Tx, one: DerivationRow) =>
  tx<({ skuId: string } & Days)[]>`
    select price_rate.sku_id as "skuId", lower(price_rate.valid) as "from", upper(price_rate.valid) as "to"
    from price_rate join price_list list on list.id = price_rate.price_list_id
    where price_rate.seller_id = ${one.sellerId} and price_rate.kind = ${one.kind} and price_rate.scope = ${one.scope}
      and price_rate.target_id = ${one.target.targetId} and price_rate.currency = ${one.currency} and price_rate.is_active
      and list.derivation_id is distinct from ${one.id} and price_rate.valid && daterange(${one.from}, ${one.to})`

type StandingRow = {
  id: string
  isFrozen: boolean
  rates: { skuId: string; listId: string; rate: Rate }[]
  gaps: LeftOut[]
} & Days

/** The versions of a derived list with what they ask, in the order of their days. */
export const listStanding = (tx: Tx, sellerId: string, derivationId: string) =>
  tx<StandingRow[]>`
    select list.id, lower(list.valid) as "from", upper(list.valid) as "to", list.state = 'used' as "isFrozen",
           coalesce((select jsonb_agg(jsonb_build_object('skuId', rate.sku_id, 'listId', origin.base_list_id, 'rate', rate.rate))
                     from price_rate rate join derived_rate origin on origin.price_rate_id = rate.id
                     where rate.price_list_id = list.id), '[]') as rates,
           coalesce((select jsonb_agg(jsonb_build_object('skuId', gap.sku_id, 'reason', gap.reason)) from derived_gap gap
                     where gap.price_list_id = list.id), '[]') as gaps
    from price_list list
    where list.seller_id = ${sellerId} and list.derivation_id = ${derivationId}
    order by list.valid`

/** Locks the versions of a derived list against rating that reads them, and against its freezing them. */
export const lockStanding = (tx: Tx, sellerId: string, derivationId: string) => tx`
  select from price_list where seller_id = ${sellerId} and derivation_id = ${derivationId} order by id for update`

/** The end of the last day from `from` on that a document has at the list's prices, or null. */
export const findPaperEnd = async (tx: Tx, sellerId: string, listId: string, from: string) =>
  one(
    await tx<{ end: string | null }[]>`
      select max(line.service_end) as "end"
      from invoice
      join invoice_line line on line.invoice_id = invoice.id and line.service_end > ${from}
      join price_rate on price_rate.id = line.price_rate_id and price_rate.price_list_id = ${listId}
      where invoice.seller_id = ${sellerId} and invoice.period >= left(${from}, 7) and invoice.state <> 'discarded'`,
  )?.end ?? null

/** Makes an unused version a draft with other days, to be filled anew. */
export const redraftList = (tx: Tx, id: string, { from, to }: Days) => tx`
  update price_list
  set state = 'draft', valid = daterange(${from}, ${to}), version = version + 1, updated_at = clock_timestamp()
  where id = ${id}`

/** Keeps what each rate of a list came from. */
export const insertOrigins = (tx: Tx, derivation: DerivationRow, listId: string, rates: readonly DerivedRate[]) => tx`
  insert into derived_rate (price_rate_id, seller_id, derivation_id, base_rate_id, base_list_id, base_rate)
  select price_rate.id, ${derivation.sellerId}, ${derivation.id}, origin.rate_id, origin.list_id, origin.rate::jsonb
  from unnest(${rates.map(({ skuId }) => skuId)}::uuid[], ${rates.map(({ base }) => base.rateId)}::uuid[],
              ${rates.map(({ base }) => base.listId)}::uuid[], ${rates.map(({ base }) => JSON.stringify(base.rate))}::text[])
    as origin (sku_id, rate_id, list_id, rate)
  join price_rate on price_rate.price_list_id = ${listId} and price_rate.sku_id = origin.sku_id`

export const replaceGaps = async (tx: Tx, sellerId: string, listId: string, gaps: readonly LeftOut[]) => {
  await tx`delete from derived_gap where price_list_id = ${listId}`
  await tx`
    insert into derived_gap (price_list_id, sku_id, seller_id, reason)
    select ${listId}, gap.sku_id, ${sellerId}, gap.reason
    from unnest(${gaps.map(({ skuId }) => skuId)}::uuid[], ${gaps.map(({ reason }) => reason)}::text[]) as gap (sku_id, reason)`
}

/** The list that a version's rates were derived from, where it is one, and the SKUs left out. */
export const findOrigin = async (tx: Tx, sellerId: string, listId: string) =>
  one(
    await tx<{ baseListId: string | null; leftOut: { sku: string; reason: string }[] }[]>`
      select (select case when min(base_list_id::text) = max(base_list_id::text) then min(base_list_id::text) end
              from derived_rate join price_rate on price_rate.id = derived_rate.price_rate_id
              where price_rate.price_list_id = list.id) as "baseListId",
             coalesce((select jsonb_agg(jsonb_build_object('sku', sku.code, 'reason', gap.reason) order by sku.code)
                       from derived_gap gap join sku on sku.id = gap.sku_id where gap.price_list_id = list.id), '[]') as "leftOut"
      from price_list list where list.id = ${listId} and list.seller_id = ${sellerId}`,
  )

/** What a rate was derived from, and how; numbers are decimal text. */
export type RateOriginRow = {
  rateId: string
  basis: DerivationBasis
  method: DerivationMethod
  percent: string | null
  amount: string | null
  priceListId: string
  baseRate: Rate
}

/** The origins of those of a seller's rates that are derived. */
export const listOrigins = (tx: Tx, sellerId: string, rateIds: readonly string[]) =>
  tx<RateOriginRow[]>`
    select origin.price_rate_id as "rateId", derivation.basis, derivation.method,
           trim_scale(derivation.percent)::text as percent, trim_scale(derivation.amount)::text as amount,
           origin.base_list_id as "priceListId", origin.base_rate as "baseRate"
    from derived_rate origin join price_derivation derivation on derivation.id = origin.derivation_id
    where origin.seller_id = ${sellerId} and origin.price_rate_id = any (${[...rateIds]}::uuid[])`

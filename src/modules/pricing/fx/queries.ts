import type { FxRate, FxWish } from '../../../billing/fx.ts'
import { inBranch } from '../../../platform/branch.ts'
import type { Actor } from '../../../platform/context.ts'
import { one, type Tx } from '../../../platform/db.ts'
import { newId } from '../../../platform/ids.ts'
import { onePast, type PageRequest } from '../../../platform/page.ts'
import type { ExchangeRate, ExchangeRateFilters, NewExchangeRate } from './model.ts'

const columns = (tx: Tx) => tx`
  fx_rate.id, fx_rate.seller_id as "sellerId", from_currency as "from", to_currency as "to", trim_scale(rate)::text as rate,
  valid_from as "validFrom", source, created_at as "createdAt"`

/** What row level security says too: own rows and the platform's. */
const isReadable = (tx: Tx, actor: Actor) => tx`(fx_rate.seller_id = ${actor.organizationId} or fx_rate.is_shared)`

export const insertRate = async (tx: Tx, actor: Actor, rate: NewExchangeRate) =>
  one(
    await tx<ExchangeRate[]>`
    insert into fx_rate (id, seller_id, is_shared, from_currency, to_currency, rate, valid_from, source)
    values (${newId()}, ${actor.organizationId}, ${actor.level === 'platform'}, ${rate.from}, ${rate.to}, ${rate.rate},
            ${rate.validFrom}, ${rate.source})
    returning ${columns(tx)}`,
  )

export const findRate = async (tx: Tx, actor: Actor, id: string) =>
  one(await tx<ExchangeRate[]>`select ${columns(tx)} from fx_rate where id = ${id} and ${isReadable(tx, actor)}`)

export const listRates = (tx: Tx, actor: Actor, filters: ExchangeRateFilters, page: PageRequest) =>
  tx<ExchangeRate[]>`
    select ${columns(tx)} from fx_rate
    where ${isReadable(tx, actor)}
      ${filters.from === undefined ? tx`` : tx`and from_currency = ${filters.from}`}
      ${filters.to === undefined ? tx`` : tx`and to_currency = ${filters.to}`}
      ${page.after ? tx`and id < ${page.after}` : tx``}
    order by id desc limit ${onePast(tx, page)}`

/** Everybody in the actor's sight who sells and prices in this currency, and the platform, whose suppliers ask in any; by id. */
export const listSellers = (tx: Tx, actor: Actor, currency: string) =>
  tx<{ id: string }[]>`
    select id from organization
    where (level = 'platform' or (commercial_model = 'reseller' and currency = ${currency})) and ${inBranch(tx, actor, 'organization')}
    order by id`

/** A rate of exchange with where it came from. */
export type SourcedRate = FxRate & { readonly source: string }

/** For each wish the row that began last by its day, of the seller and of the platform. Runs as weir_seller. */
export const listCandidates = (tx: Tx, wishes: readonly FxWish[]) =>
  tx<SourcedRate[]>`
    select distinct found.id, found.seller_id as "sellerId", found.from_currency as "from", found.to_currency as "to",
           trim_scale(found.rate)::text as rate, found.valid_from as "validFrom", found.source
    from unnest(${wishes.map((wish) => wish.sellerId)}::uuid[], ${wishes.map((wish) => wish.from)}::text[],
                ${wishes.map((wish) => wish.to)}::text[], ${wishes.map((wish) => wish.day)}::date[])
      as wish (seller_id, from_currency, to_currency, day)
    cross join lateral (
      (select * from fx_rate
       where fx_rate.seller_id = wish.seller_id and fx_rate.from_currency = wish.from_currency
         and fx_rate.to_currency = wish.to_currency and valid_from <= wish.day
       order by valid_from desc, id desc limit 1)
      union all
      (select * from fx_rate
       where is_shared and fx_rate.from_currency = wish.from_currency and fx_rate.to_currency = wish.to_currency
         and valid_from <= wish.day
       order by valid_from desc, id desc limit 1)) as found`

/** Rows by their ids. Runs as weir_seller. */
export const listByIds = (tx: Tx, ids: readonly string[]) =>
  tx<SourcedRate[]>`
    select id, seller_id as "sellerId", from_currency as "from", to_currency as "to", trim_scale(rate)::text as rate,
           valid_from as "validFrom", source
    from fx_rate where id = any (${[...ids]}::uuid[])`

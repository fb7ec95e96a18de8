import type { PriceScope } from '../../../billing/resolve.ts'
import { utcToday } from '../../../platform/clock.ts'
import type { Actor } from '../../../platform/context.ts'
import { one, type Tx } from '../../../platform/db.ts'
import { newId, nilId } from '../../../platform/ids.ts'
import { onePast, type PageRequest } from '../../../platform/page.ts'
import type { PriceListFilters, PriceListSummary } from './model.ts'
import type { Target } from './targets.ts'

/** A list with what only its seller is told: the derivation it follows, if it does. */
export type ListRow = PriceListSummary & { version: number; derivationId: string | null }

/** Who looks, and whose shared lists it may read. */
export type Viewer = Pick<Actor, 'organizationId' | 'level' | 'sellerOfRecordId'>

/** Makes the changes of one seller's prices one after the other, so that none meets a half of another. Ends with the transaction. */
export const lockPrices = (tx: Tx, sellerId: string) =>
  tx`select pg_advisory_xact_lock(hashtextextended(${`prices/${sellerId}`}, 0))`

const state = (tx: Tx) => tx`
  case when list.state = 'used' and upper(list.valid) <= ${utcToday(tx)} then 'ended' else list.state end`

const columns = (tx: Tx) => tx`
  list.id, list.seller_id as "sellerId", list.kind, list.code, list.name, list.currency, list.scope,
  nullif(list.target_id, ${nilId}::uuid) as "targetId", list.buyer_id as "buyerId",
  lower(list.valid) as "validFrom", upper(list.valid) as "validTo", ${state(tx)} as state, list.version,
  list.derivation_id as "derivationId", list.created_at as "createdAt", list.updated_at as "updatedAt"`

/** What row level security says too: own lists; of others no draft, and only what is shared or made for an edge in sight. */
export const isReadable = (tx: Tx, actor: Viewer) => tx`(
  list.seller_id = ${actor.organizationId}
  or (list.kind = 'sale' and list.state <> 'draft'
    and ((list.buyer_id is null and list.seller_id = ${actor.sellerOfRecordId})
      or ${tx(`list.see_${actor.level}_id`)} = ${actor.organizationId})))`

export const listLists = (tx: Tx, actor: Actor, filters: PriceListFilters, page: PageRequest) =>
  tx<ListRow[]>`
    select ${columns(tx)} from price_list list
    where ${isReadable(tx, actor)}
      ${filters.code === undefined ? tx`` : tx`and list.code = ${filters.code}`}
      ${filters.kind === undefined ? tx`` : tx`and list.kind = ${filters.kind}`}
      ${filters.scope === undefined ? tx`` : tx`and list.scope = ${filters.scope}`}
      ${filters.state === undefined ? tx`` : tx`and ${state(tx)} = ${filters.state}`}
      ${page.after ? tx`and list.id < ${page.after}` : tx``}
    order by list.id desc limit ${onePast(tx, page)}`

export const findList = async (tx: Tx, actor: Actor, id: string) =>
  one(
    await tx<ListRow[]>`
      select ${columns(tx)} from price_list list where list.id = ${id} and ${isReadable(tx, actor)}`,
  )

/** Locks an own list against every other change, and against rating that reads it. */
export const lockOwnList = async (tx: Tx, sellerId: string, id: string) =>
  one(
    await tx<ListRow[]>`
      select ${columns(tx)} from price_list list where list.id = ${id} and list.seller_id = ${sellerId} for update`,
  )

type NewDraft = {
  sellerId: string
  kind: 'sale' | 'cost'
  code: string
  name: string
  currency: string
  scope: PriceScope
  target: Target
  validFrom: string
  validTo: string | null
  derivationId: string | null
}

export const insertDraft = async (tx: Tx, list: NewDraft): Promise<string> => {
  const id = newId()
  const { target } = list
  await tx`
    insert into price_list (id, kind, seller_id, code, name, currency, scope, target_id, buyer_id, valid, state,
                            derivation_id, see_platform_id, see_distributor_id, see_partner_id, see_tenant_id)
    values (${id}, ${list.kind}, ${list.sellerId}, ${list.code}, ${list.name}, ${list.currency}, ${list.scope},
            ${target.targetId}, ${target.buyerId}, daterange(${list.validFrom}, ${list.validTo}), 'draft',
            ${list.derivationId}, ${target.sees.platform}, ${target.sees.distributor}, ${target.sees.partner}, ${target.sees.tenant})`
  return id
}

/** A list that begins: what ends before it, and what must not be there on its days, follows from this. */
export type Beginning = Pick<
  ListRow,
  'id' | 'sellerId' | 'code' | 'kind' | 'currency' | 'scope' | 'targetId' | 'validFrom' | 'validTo' | 'derivationId'
>

/** Lets the open-ended list before a new version of it end where the new one starts. Answers the ended one. */
export const endPredecessor = async (tx: Tx, next: Beginning) =>
  one(
    await tx<{ id: string }[]>`
      update price_list
      set valid = daterange(lower(valid), ${next.validFrom}), version = version + 1, updated_at = clock_timestamp()
      where seller_id = ${next.sellerId} and code = ${next.code} and kind = ${next.kind} and currency = ${next.currency}
        and scope = ${next.scope} and target_id = ${next.targetId ?? nilId} and state <> 'draft' and id <> ${next.id}
        and upper_inf(valid) and lower(valid) < ${next.validFrom}
      returning id`,
  )

/** Whether another active list of the same code covers some of the days, or may as a derived one. */
export const isCodeTaken = async (tx: Tx, list: Beginning): Promise<boolean> =>
  (
    await tx`
      select from price_list
      where seller_id = ${list.sellerId} and code = ${list.code} and state <> 'draft' and id <> ${list.id}
        and valid && daterange(${list.validFrom}, ${list.validTo})
      union all
      select from price_derivation
      where seller_id = ${list.sellerId} and code = ${list.code} and id is distinct from ${list.derivationId}
        and valid && daterange(${list.validFrom}, ${list.validTo})`
  ).length > 0

export const activateList = (tx: Tx, id: string) => tx`
  update price_list set state = 'active', version = version + 1, updated_at = clock_timestamp() where id = ${id}`

export const endList = (tx: Tx, id: string, validTo: string) => tx`
  update price_list
  set valid = daterange(lower(valid), ${validTo}), version = version + 1, updated_at = clock_timestamp()
  where id = ${id}`

export const touchList = (tx: Tx, id: string) =>
  tx`update price_list set version = version + 1, updated_at = clock_timestamp() where id = ${id}`

export const deleteList = (tx: Tx, id: string) => tx`delete from price_list where id = ${id}`

/** The version of a derived list that asks today, else its first one. */
export const findVersionFor = async (tx: Tx, sellerId: string, derivationId: string) =>
  one(
    await tx<{ id: string }[]>`
      select id from price_list where seller_id = ${sellerId} and derivation_id = ${derivationId}
      order by valid @> ${utcToday(tx)} desc, valid limit 1`,
  )?.id

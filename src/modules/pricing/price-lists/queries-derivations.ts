import type { DerivationBasis, DerivationMethod } from '../../../billing/derive-rate.ts'
import type { PriceScope } from '../../../billing/resolve.ts'
import { one, type Tx } from '../../../platform/db.ts'
import { newId } from '../../../platform/ids.ts'
import type { Target } from './targets.ts'

/** The list that a derivation follows: every version of it has these in common. */
export type Series = { sellerId: string; kind: 'sale' | 'cost'; code: string; scope: PriceScope; targetId: string }

/** A seller's derivation. `percent` and `amount` are decimal text, one of them null; days are half-open. */
export type DerivationRow = {
  id: string
  sellerId: string
  kind: 'sale' | 'cost'
  code: string
  name: string
  currency: string
  scope: PriceScope
  target: Target
  from: string
  to: string | null
  basis: DerivationBasis
  base: Series | null
  method: DerivationMethod
  percent: string | null
  amount: string | null
}

const columns = (tx: Tx) => tx`
  id, seller_id as "sellerId", kind, code, name, currency, scope, lower(valid) as "from", upper(valid) as "to", basis,
  jsonb_build_object('targetId', target_id, 'buyerId', buyer_id, 'sees', jsonb_build_object('platform', see_platform_id,
    'distributor', see_distributor_id, 'partner', see_partner_id, 'tenant', see_tenant_id)) as target,
  case when basis = 'list' then jsonb_build_object('sellerId', base_seller_id, 'kind', base_kind, 'code', base_code,
    'scope', base_scope, 'targetId', base_target_id) end as base,
  method, trim_scale(percent)::text as percent, trim_scale(amount)::text as amount`

/** Answers the id; the code's days must be free. */
export const insertDerivation = async (tx: Tx, row: Omit<DerivationRow, 'id'>): Promise<string> => {
  const id = newId()
  const { target, base } = row
  await tx`
    insert into price_derivation (
      id, seller_id, kind, code, name, currency, scope, target_id, buyer_id, see_platform_id, see_distributor_id,
      see_partner_id, see_tenant_id, valid, basis, base_seller_id, base_kind, base_code, base_scope, base_target_id, method,
      percent, amount)
    values (${id}, ${row.sellerId}, ${row.kind}, ${row.code}, ${row.name}, ${row.currency}, ${row.scope}, ${target.targetId},
            ${target.buyerId}, ${target.sees.platform}, ${target.sees.distributor}, ${target.sees.partner},
            ${target.sees.tenant}, daterange(${row.from}, ${row.to}), ${row.basis}, ${base?.sellerId ?? null},
            ${base?.kind ?? null}, ${base?.code ?? null}, ${base?.scope ?? null}, ${base?.targetId ?? null}, ${row.method},
            ${row.percent}, ${row.amount})`
  return id
}

export const findDerivation = async (tx: Tx, sellerId: string, id: string) =>
  one(
    await tx<DerivationRow[]>`
      select ${columns(tx)} from price_derivation where id = ${id} and seller_id = ${sellerId}`,
  )

/** All that a seller derives. */
export const listDerivations = (tx: Tx, sellerId: string) =>
  tx<DerivationRow[]>`select ${columns(tx)} from price_derivation where seller_id = ${sellerId} order by id`

export const endDerivation = (tx: Tx, id: string, to: string) => tx`
  update price_derivation set valid = daterange(lower(valid), ${to}) where id = ${id} and upper(valid) is distinct from ${to}`

/** The open-ended derivation whose lists a new version with the same code follows on. */
export const findPrecedingDerivation = async (
  tx: Tx,
  next: Series & { currency: string; validFrom: string; derivationId: string | null },
) =>
  one(
    await tx<DerivationRow[]>`
      select ${columns(tx)} from price_derivation
      where seller_id = ${next.sellerId} and code = ${next.code} and kind = ${next.kind} and currency = ${next.currency}
        and scope = ${next.scope} and target_id = ${next.targetId} and upper_inf(valid) and lower(valid) < ${next.validFrom}
        and id is distinct from ${next.derivationId}`,
  )

/** Takes the mark of a derivation away; whoever changes its base meanwhile marks it again. */
export const takeDue = async (tx: Tx, sellerId: string) =>
  one(
    await tx<{ id: string }[]>`
      delete from derivation_due where derivation_id = (
        select derivation_id from derivation_due where seller_id = ${sellerId} order by derivation_id limit 1 for update)
      returning derivation_id as id`,
  )?.id

/** Lets a derivation be looked at once more after this transaction. */
export const markDerivation = (tx: Tx, sellerId: string, id: string) => tx`
  insert into derivation_due (derivation_id, seller_id) values (${id}, ${sellerId})
  on conflict on constraint derivation_due_key do update set marked_at = clock_timestamp()`

/** Turns noted changes of prices into marks: of who follows that seller's lists, buys from it, or prices itself. Runs as weir_relay. */
export const spreadChanges = (tx: Tx) => tx`
  with changed as materialized (
    delete from price_change where seller_id in (select seller_id from price_change for update skip locked)
    returning seller_id)
  insert into derivation_due (derivation_id, seller_id)
  select distinct derivation.id, derivation.seller_id
  from price_derivation derivation
  join changed on changed.seller_id in (derivation.seller_id, derivation.base_seller_id)
    or (derivation.basis = 'buyPrice' and exists (
      select from edge where edge.kind = 'sale' and edge.buyer_id = derivation.seller_id and edge.seller_id = changed.seller_id))
  order by derivation.id
  on conflict on constraint derivation_due_key do update set marked_at = clock_timestamp()`

type FollowingSeller = {
  sellerId: string
  level: 'platform' | 'distributor' | 'partner'
  distributorId: string
  partnerId: string
}

/** Sellers with marks that no job is on its way to serve; a parked one waits for a person. Runs as weir_relay. */
export const listFollowingSellers = (tx: Tx, kind: string) =>
  tx<FollowingSeller[]>`
    select organization.id as "sellerId", organization.level, organization.distributor_id as "distributorId",
           organization.partner_id as "partnerId"
    from organization
    where organization.id in (select seller_id from derivation_due)
      and not exists (select from job where job.kind = ${kind} and job.org_id = organization.id
                      and job.state in ('queued', 'running', 'parked'))
    order by organization.id`

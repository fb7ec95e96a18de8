import { inBranch } from '../../platform/branch.ts'
import { utcToday } from '../../platform/clock.ts'
import { type Actor, lineOf } from '../../platform/context.ts'
import { one, type Tx } from '../../platform/db.ts'
import { newId } from '../../platform/ids.ts'
import { onePast, type PageRequest } from '../../platform/page.ts'
import type { ExternalIds, Subscription, SubscriptionFilters } from './model.ts'

export type SubscriptionRow = Omit<Subscription, 'startTime'> & { startTime: string; version: number }

/** The subscription with its dated row of today: what was ordered holds until the first one. */
const dated = (tx: Tx) => tx`
  subscription left join lateral (
    select change.plan_version_id, change.quantity, change.is_suspended from subscription_change change
    where change.subscription_id = subscription.id and change.effective_on <= ${utcToday(tx)}
    order by change.effective_on desc limit 1) present on true`

/** All of it is what the calendar says today, so that no job has to turn anything. */
const state = (tx: Tx) => tx`
  case when subscription.end_date <= ${utcToday(tx)} then 'ended'
       when subscription.start_date > ${utcToday(tx)} then 'pending'
       when present.is_suspended then 'suspended' else 'active' end`

const columns = (tx: Tx) => tx`
  subscription.id, subscription.tenant_id as "tenantId", subscription.name, subscription.external_id as "externalId",
  coalesce(present.plan_version_id, subscription.plan_version_id) as "planVersionId",
  array(select distinct region.code from subscription_alias alias join region on region.id = alias.region_id
        where alias.subscription_id = subscription.id order by region.code) as "regionCodes",
  (select coalesce(json_agg(json_build_object('region', region.code, 'externalId', alias.external_id)
                            order by region.code, alias.external_id), '[]')
   from subscription_alias alias join region on region.id = alias.region_id
   where alias.subscription_id = subscription.id) as "externalIds",
  subscription.start_date as "startDate", to_char(subscription.start_time, 'HH24:MI:SS') as "startTime", subscription.end_date as "endDate",
  trim_scale(coalesce(present.quantity, subscription.quantity))::text as quantity, ${state(tx)} as state, subscription.version,
  subscription.created_at as "createdAt", subscription.updated_at as "updatedAt"`

export const listSubscriptions = (tx: Tx, actor: Actor, filters: SubscriptionFilters, page: PageRequest) =>
  tx<SubscriptionRow[]>`
    select ${columns(tx)} from ${dated(tx)}
    where ${inBranch(tx, actor, 'subscription')}
      ${filters.tenantId === undefined ? tx`` : tx`and subscription.tenant_id = ${filters.tenantId}`}
      ${filters.state === undefined ? tx`` : tx`and ${state(tx)} = ${filters.state}`}
      ${filters.externalId === undefined ? tx`` : tx`and subscription.external_id = ${filters.externalId}`}
      ${page.after ? tx`and subscription.id < ${page.after}` : tx``}
    order by subscription.id desc limit ${onePast(tx, page)}`

export const findSubscription = async (tx: Tx, actor: Actor, id: string) =>
  one(
    await tx<SubscriptionRow[]>`
      select ${columns(tx)} from ${dated(tx)}
      where subscription.id = ${id} and ${inBranch(tx, actor, 'subscription')}`,
  )

/** Locks it against every other change; answers whether it is in the actor's branch. */
export const lockSubscription = async (tx: Tx, actor: Actor, id: string): Promise<boolean> =>
  (
    await tx`
      select from subscription
      where subscription.id = ${id} and ${inBranch(tx, actor, 'subscription')} for no key update`
  ).length > 0

/** The owner of a published version of a plan in the actor's sight. */
export const findPublishedOwner = async (tx: Tx, actor: Actor, planVersionId: string) =>
  one(
    await tx<{ ownerId: string }[]>`
      select owner_id as "ownerId" from plan_version
      where id = ${planVersionId} and state = 'published'
        ${actor.level === 'platform' ? tx`` : tx`and owner_id = any (${lineOf(actor)}::uuid[])`}`,
  )?.ownerId

type NewRow = {
  tenantId: string
  partnerId: string
  distributorId: string
  externalId: string | null
  name: string
  planVersionId: string
  startDate: string
  startTime: string
  quantity: string
}

/** Undefined when the tenant uses the external id already. */
export const insertSubscription = async (tx: Tx, row: NewRow) =>
  one(
    await tx<{ id: string }[]>`
      insert into subscription (id, tenant_id, partner_id, distributor_id, external_id, name, plan_version_id, start_date, start_time, quantity)
      values (${newId()}, ${row.tenantId}, ${row.partnerId}, ${row.distributorId}, ${row.externalId}, ${row.name},
              ${row.planVersionId}, ${row.startDate}, ${row.startTime}::time, ${row.quantity})
      on conflict on constraint subscription_external_id_per_tenant do nothing
      returning id`,
  )?.id

export const listRegions = (tx: Tx, codes: readonly string[]) =>
  tx<{ id: string; code: string }[]>`select id, code from region where code = any (${[...codes]}::text[])`

export const deleteAliases = (tx: Tx, subscriptionId: string) => tx`
  delete from subscription_alias where subscription_id = ${subscriptionId}`

/** Answers the aliases that are new; the others are taken by another subscription of the tenant. */
export const insertAliases = (tx: Tx, subscriptionId: string, aliases: ExternalIds) =>
  tx<{ regionId: string; externalId: string }[]>`
    insert into subscription_alias (subscription_id, tenant_id, partner_id, distributor_id, region_id, external_id)
    select subscription.id, subscription.tenant_id, subscription.partner_id, subscription.distributor_id, region.id, given.external_id
    from subscription
    cross join unnest(${aliases.map(({ region }) => region)}::text[], ${aliases.map(({ externalId }) => externalId)}::text[])
      as given (region, external_id)
    join region on region.code = given.region
    where subscription.id = ${subscriptionId}
    order by region.id, given.external_id
    on conflict on constraint subscription_alias_key do nothing
    returning region_id as "regionId", external_id as "externalId"`

export const updateEnd = (tx: Tx, id: string, endDate: string) => tx`
  update subscription set end_date = ${endDate}, version = version + 1, updated_at = clock_timestamp() where id = ${id}`

export const touchSubscription = (tx: Tx, id: string) => tx`
  update subscription set version = version + 1, updated_at = clock_timestamp() where id = ${id}`

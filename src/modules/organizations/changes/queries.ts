import type { CommercialModel } from '../../../billing/chain.ts'
import { inBranch } from '../../../platform/branch.ts'
import type { Actor, Branch, Level } from '../../../platform/context.ts'
import { one, type Tx } from '../../../platform/db.ts'
import { newId, nilId } from '../../../platform/ids.ts'
import { onePast, type PageRequest } from '../../../platform/page.ts'
import type { ChangeFilters, PlannedChange } from './model.ts'

/** A change as its reader may see it: a parent outside the reader's branch is not named. */
export type ChangeRow = PlannedChange

const columns = (tx: Tx) => tx`
  change.id, change.kind, change.organization_id as "organizationId", change.from_period as "fromPeriod",
  (select parent.id from organization parent where parent.id = change.to_parent_id) as "toParentId",
  change.to_model as "toModel", change.to_confidential as "toConfidential", change.seller_id as "sellerId", change.to_currency as "toCurrency",
  change.to_payment_term as "toPaymentTerm", change.state, change.created_at as "createdAt", change.updated_at as "updatedAt"`

/** Both sides of a change see it: the line as it was when it was planned, and the line of the new parent. */
const inSight = (tx: Tx, actor: Actor) => {
  const seen = tx`${tx(`change.see_${actor.level}_id`)} = ${actor.organizationId}`
  const isDealer = actor.level === 'distributor' || actor.level === 'partner'
  return isDealer ? tx`(${seen} or ${tx(`change.to_${actor.level}_id`)} = ${actor.organizationId})` : seen
}

export const listChanges = (tx: Tx, actor: Actor, filters: ChangeFilters, page: PageRequest) => tx<ChangeRow[]>`
  select ${columns(tx)} from organization_change change
  where ${inSight(tx, actor)}
    ${filters.organizationId ? tx`and change.organization_id = ${filters.organizationId}` : tx``}
    ${filters.state ? tx`and change.state = ${filters.state}` : tx``}
    ${page.after ? tx`and change.id < ${page.after}` : tx``}
  order by change.id desc limit ${onePast(tx, page)}`

export const findChange = async (tx: Tx, actor: Actor, id: string) =>
  one(
    await tx<ChangeRow[]>`
      select ${columns(tx)} from organization_change change where change.id = ${id} and ${inSight(tx, actor)}`,
  )

/** One plans at a time: what is planned already decides about what may be planned. Ends with the transaction. */
export const lockPlanning = (tx: Tx) => tx`select pg_advisory_xact_lock(hashtextextended('organization-changes', 12))`

/** True when something is planned for that month for the organization, for one above it or for one below it, or that moves below it. */
export const isLinePlanned = async (tx: Tx, place: Branch, period: string): Promise<boolean> =>
  one(
    await tx<{ planned: boolean }[]>`
      select exists (
        select from organization_change change
        join organization subject on subject.id = change.organization_id
        left join organization parent on parent.id = change.to_parent_id
        where change.state = 'planned' and change.from_period = ${period}
          and (change.organization_id in (${place.organizationId}, ${place.distributorId}, ${place.partnerId})
            or ${place.organizationId} in (${tx(`subject.${place.level}_id`)}, ${tx(`parent.${place.level}_id`)}))) as planned`,
  )?.planned ?? false

/** True when something is planned for that month for the organization itself or for one above it. */
export const isPlannedAbove = async (
  tx: Tx,
  { organizationId, distributorId, partnerId }: Branch,
  period: string,
): Promise<boolean> =>
  one(
    await tx<{ planned: boolean }[]>`
      select exists (
        select from organization_change
        where state = 'planned' and from_period = ${period}
          and organization_id in (${organizationId}, ${distributorId}, ${partnerId})) as planned`,
  )?.planned ?? false

/** True when a child of the parent, in the actor's branch, goes by that name already. */
export const isExternalIdTaken = async (tx: Tx, actor: Actor, parentId: string, externalId: string): Promise<boolean> =>
  (
    await tx`
      select from organization
      where ${inBranch(tx, actor, 'organization')} and parent_id = ${parentId} and external_id = ${externalId}`
  ).length > 0

/** What a new change is about; see_… is the line of its organization, to_… that of its new parent. */
export type NewChange = {
  readonly kind: PlannedChange['kind']
  readonly organizationId: string
  readonly askedBy: string
  readonly fromPeriod: string
  readonly toParentId?: string
  readonly toModel?: CommercialModel
  readonly toConfidential?: boolean
  readonly sellerId?: string
  readonly currency?: { readonly code: string; readonly digits: number }
  readonly paymentTermDays?: number
  readonly sees: Readonly<Record<Level, string | null>>
  readonly to?: Pick<Branch, 'distributorId' | 'partnerId'>
}

const orNull = (id: string | undefined) => (id === undefined || id === nilId ? null : id)

/** Runs as weir_chain. */
export async function insertChange(tx: Tx, change: NewChange): Promise<string> {
  const id = newId()
  await tx`
    insert into organization_change (id, kind, organization_id, asked_org_id, from_period, to_parent_id, to_model,
                                     to_confidential, seller_id,
                                     to_currency, to_currency_digits, to_payment_term, see_platform_id, see_distributor_id,
                                     see_partner_id, see_tenant_id, to_distributor_id, to_partner_id)
    values (${id}, ${change.kind}, ${change.organizationId}, ${change.askedBy}, ${change.fromPeriod},
            ${change.toParentId ?? null}, ${change.toModel ?? null}, ${change.toConfidential ?? null}, ${change.sellerId ?? null},
            ${change.currency?.code ?? null}, ${change.currency?.digits ?? null}, ${change.paymentTermDays ?? null},
            ${change.sees.platform}, ${change.sees.distributor}, ${change.sees.partner}, ${change.sees.tenant},
            ${orNull(change.to?.distributorId)}, ${orNull(change.to?.partnerId)})`
  return id
}

type ToCancel = { state: PlannedChange['state']; askedBy: string; isDue: boolean }

/** Runs as weir_chain, after the change was found in sight. */
export const lockChange = async (tx: Tx, id: string) =>
  one(
    await tx<ToCancel[]>`
      select state, asked_org_id as "askedBy",
             from_period <= to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM') as "isDue"
      from organization_change where id = ${id} for update`,
  )

export const cancelChange = (tx: Tx, id: string) => tx`
  update organization_change set state = 'cancelled', updated_at = clock_timestamp() where id = ${id}`

/** This month by the database's clock, `YYYY-MM`, UTC. */
export const findCurrentPeriod = async (tx: Tx): Promise<string> =>
  one(await tx<{ period: string }[]>`select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM') as period`)
    ?.period ?? ''

/** The planned changes whose month has begun, the earliest first. */
export const listDueChanges = (tx: Tx) => tx<{ id: string }[]>`
  select id from organization_change
  where state = 'planned' and from_period <= to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM')
  order by from_period, id limit 100`

/**
 * True when a change from that month or an earlier one has not been brought about yet and touches what this seller sells.
 * Runs as weir_seller.
 */
export const isChangePending = async (tx: Tx, sellerId: string, period: string): Promise<boolean> =>
  one(
    await tx<{ pending: boolean }[]>`
      select exists (
        select from organization_change change
        join chain on upper_inf(chain.valid)
          and change.organization_id in (chain.tenant_id, chain.partner_id, chain.distributor_id)
        join chain_edge on chain_edge.chain_id = chain.id
        join edge on edge.id = chain_edge.edge_id and edge.seller_id = ${sellerId}
        where change.state = 'planned' and change.from_period <= ${period}) as pending`,
  )?.pending ?? false

/** A SKU that a subscription needs and that its seller has no price for. */
type MissingRow = { sellerId: string; tenantId: string; sku: string }

/** Which SKUs of the tenants' plans have no price of the seller on a day, in the scopes that hold everywhere. */
export const listMissingPrices = (
  tx: Tx,
  wanted: readonly { readonly sellerId: string; readonly buyerId: string; readonly tenantId: string }[],
  day: string,
  limit: number,
) => tx<MissingRow[]>`
  select distinct wanted.seller_id as "sellerId", wanted.tenant_id as "tenantId", sku.code as sku
  from unnest(${wanted.map((one) => one.sellerId)}::uuid[], ${wanted.map((one) => one.buyerId)}::uuid[],
              ${wanted.map((one) => one.tenantId)}::uuid[]) as wanted (seller_id, buyer_id, tenant_id)
  join subscription on subscription.tenant_id = wanted.tenant_id and (end_date is null or end_date > ${day}::date)
  join plan_item item on item.plan_version_id = subscription.plan_version_id
  join sku on sku.id = item.sku_id
  where not exists (
    select from price_rate rate
    where rate.seller_id = wanted.seller_id and rate.sku_id = item.sku_id and rate.is_active and rate.kind = 'sale'
      and rate.valid @> ${day}::date
      and (rate.scope, rate.target_id) in (
        ('default', ${nilId}::uuid), ('buyer', wanted.buyer_id), ('plan_version', subscription.plan_version_id),
        ('subscription', subscription.id)))
  order by 1, 2, 3 limit ${limit}`

/** Subscriptions whose plan belongs to nobody of the new lines: they keep it, new orders can't have it. */
export const listForeignPlans = (
  tx: Tx,
  tenants: readonly { readonly tenantId: string; readonly ownerIds: readonly string[] }[],
  limit: number,
) => tx<{ subscriptionId: string; planVersionId: string }[]>`
  select subscription.id as "subscriptionId", plan_version_id as "planVersionId"
  from unnest(${tenants.map((one) => one.tenantId)}::uuid[], ${tenants.map((one) => one.ownerIds.join(','))}::text[])
    as wanted (tenant_id, owners)
  join subscription on subscription.tenant_id = wanted.tenant_id
  join plan_version version on version.id = subscription.plan_version_id
  where version.owner_id::text <> all (string_to_array(wanted.owners, ','))
  order by 1 limit ${limit}`

import type { CommercialModel } from '../../../billing/chain.ts'
import type { Branch, Level } from '../../../platform/context.ts'
import { one, type Tx } from '../../../platform/db.ts'
import type { Organization } from '../model.ts'
import type { ChangeRow } from './queries.ts'

// How a planned change is brought about. Everything here runs as weir_chain, after `lockChains`.

/** An organization with its ancestors, as far as they matter to who sells to whom. */
export type MemberRow = {
  id: string
  level: Level
  distributorId: string
  partnerId: string
  commercialModel: CommercialModel | null
  isConfidential: boolean
  currency: string
  state: Organization['state']
}

const memberColumns = (tx: Tx) => tx`
  id, level, distributor_id as "distributorId", partner_id as "partnerId", commercial_model as "commercialModel",
  is_confidential as "isConfidential", currency, state`

/** An organization and everything below it. */
export const listBranch = (tx: Tx, { id, level }: Pick<MemberRow, 'id' | 'level'>) => tx<MemberRow[]>`
  select ${memberColumns(tx)} from organization where ${tx(`${level}_id`)} = ${id} order by id`

export const listMembers = (tx: Tx, ids: readonly string[]) => tx<MemberRow[]>`
  select ${memberColumns(tx)} from organization where id = any (${[...ids]}::uuid[]) order by id`

/** The planned change, which nobody cancels or applies until the transaction ends. */
export const lockPlanned = async (tx: Tx, id: string) =>
  one(
    await tx<
      Pick<
        ChangeRow,
        | 'id'
        | 'kind'
        | 'organizationId'
        | 'fromPeriod'
        | 'toParentId'
        | 'toModel'
        | 'toConfidential'
        | 'toCurrency'
        | 'toPaymentTerm'
      >[]
    >`
      select id, kind, organization_id as "organizationId", from_period as "fromPeriod", to_parent_id as "toParentId",
             to_model as "toModel", to_confidential as "toConfidential", to_currency as "toCurrency",
             to_payment_term as "toPaymentTerm"
      from organization_change where id = ${id} and state = 'planned' for update`,
  )

/**
 * Gives a branch its new ancestors; people, roles and subscriptions follow by cascade. An external id that the new parent
 * uses already is dropped: it was the old parent's name. Answers the subject's external id.
 */
export const moveBranch = async (
  tx: Tx,
  subject: MemberRow,
  parent: Pick<Branch, 'organizationId' | 'distributorId' | 'partnerId'>,
) => tx`
  update organization
  set distributor_id = ${parent.distributorId},
      partner_id = ${subject.level === 'tenant' ? tx`${parent.partnerId}` : tx`partner_id`},
      parent_id = case when id = ${subject.id} then ${parent.organizationId} else parent_id end,
      external_id = case when id = ${subject.id} and external_id in (
        select sibling.external_id from organization sibling where sibling.parent_id = ${parent.organizationId})
        then null else external_id end,
      version = version + 1, updated_at = clock_timestamp()
  where ${tx(`${subject.level}_id`)} = ${subject.id}`

/** What regions call the subscriptions of a branch belongs to whom the subscriptions belong to. */
export const moveAliases = (tx: Tx, tenantIds: readonly string[]) => tx`
  update subscription_alias alias set partner_id = subscription.partner_id, distributor_id = subscription.distributor_id
  from subscription
  where subscription.id = alias.subscription_id and alias.tenant_id = any (${[...tenantIds]}::uuid[])
    and (alias.partner_id, alias.distributor_id) is distinct from (subscription.partner_id, subscription.distributor_id)`

/** Roles that somebody of another branch now would hold in this one. Answers how many there were. */
export const deleteForeignGrants = async (tx: Tx, organizationIds: readonly string[], platformId: string) =>
  (
    await tx`
      delete from role_grant using account, organization
      where account.id = role_grant.account_id and organization.id = role_grant.org_id
        and role_grant.org_id = any (${[...organizationIds]}::uuid[])
        and account.org_id not in (${platformId}, organization.id, organization.distributor_id, organization.partner_id)
      returning role_grant.id`
  ).length

/** Who is no reseller any more has no confidential contract any more. */
export const updateModel = (tx: Tx, id: string, model: CommercialModel) => tx`
  update organization set commercial_model = ${model}, is_confidential = is_confidential and ${model} = 'reseller',
    version = version + 1, updated_at = clock_timestamp() where id = ${id}`

/** An agent has no contract that could be confidential: nothing comes of it. */
export const updateConfidential = (tx: Tx, id: string, confidential: boolean) => tx`
  update organization set is_confidential = ${confidential} and commercial_model = 'reseller', version = version + 1,
    updated_at = clock_timestamp() where id = ${id}`

/** An edge on which somebody buys today and on. */
export type OpenEdgeRow = {
  id: string
  sellerId: string
  buyerId: string
  currency: string
  digits: number
  paymentTermDays: number
  agentDistributorId: string | null
  agentPartnerId: string | null
  isSeenByPlatform: boolean
}

export const listOpenEdges = (tx: Tx, buyerIds: readonly string[]) => tx<OpenEdgeRow[]>`
  select id, seller_id as "sellerId", buyer_id as "buyerId", currency, currency_digits as digits,
         payment_term_days as "paymentTermDays", agent_distributor_id as "agentDistributorId",
         agent_partner_id as "agentPartnerId", see_platform_id is not null as "isSeenByPlatform"
  from edge where kind = 'sale' and upper_inf(valid) and buyer_id = any (${[...buyerIds]}::uuid[]) order by id`

export const endEdges = (tx: Tx, ids: readonly string[], day: string) => tx`
  update edge set valid = daterange(lower(valid), ${day}), updated_at = clock_timestamp() where id = any (${[...ids]}::uuid[])`

/** The open chains of these tenants end. */
export const endChains = (tx: Tx, tenantIds: readonly string[], day: string) => tx`
  update chain set valid = daterange(lower(valid), ${day})
  where tenant_id = any (${[...tenantIds]}::uuid[]) and upper_inf(valid)`

/**
 * Usage of the new days that came in before the change was brought about belongs to whom its day belongs to. Nobody posts
 * usage meanwhile.
 */
export async function moveUsage(tx: Tx, tenantIds: readonly string[], day: string): Promise<void> {
  await tx`
    update usage_daily usage set partner_id = chain.partner_id, distributor_id = chain.distributor_id
    from chain
    where chain.tenant_id = usage.tenant_id and chain.valid @> usage.day
      and usage.tenant_id = any (${[...tenantIds]}::uuid[]) and usage.day >= ${day}::date
      and (usage.partner_id, usage.distributor_id) is distinct from (chain.partner_id, chain.distributor_id)`
  await tx`
    update usage_value usage set partner_id = chain.partner_id, distributor_id = chain.distributor_id
    from chain
    where chain.tenant_id = usage.tenant_id and chain.valid @> usage.day
      and usage.tenant_id = any (${[...tenantIds]}::uuid[]) and usage.day >= ${day}::date
      and (usage.partner_id, usage.distributor_id) is distinct from (chain.partner_id, chain.distributor_id)`
  await tx`
    update usage_event usage set partner_id = chain.partner_id, distributor_id = chain.distributor_id
    from chain
    where chain.tenant_id = usage.tenant_id and chain.valid @> (usage.start_at at time zone 'UTC')::date
      and usage.tenant_id = any (${[...tenantIds]}::uuid[]) and usage.start_at >= (${day}::date::timestamp at time zone 'UTC')
      and (usage.partner_id, usage.distributor_id) is distinct from (chain.partner_id, chain.distributor_id)`
}

/** The posting periods from `period` on that hold usage of these tenants. */
export const listPostedFrom = (tx: Tx, tenantIds: readonly string[], period: string) =>
  tx<{ tenantId: string; period: string }[]>`
    select distinct tenant_id as "tenantId", posting_period as period from usage_daily
    where tenant_id = any (${[...tenantIds]}::uuid[]) and posting_period >= ${period}
    order by tenant_id, posting_period`

export const finishChange = (tx: Tx, id: string) => tx`
  update organization_change set state = 'done', updated_at = clock_timestamp() where id = ${id}`

/** Says in the name of an organization, below these ancestors, that something was done to it. */
export const insertAuditAt = (
  tx: Tx,
  entry: { id: string; place: Branch; action: string; changeId: string; details: object },
) => tx`
  insert into audit (id, org_id, distributor_id, partner_id, tenant_id, action, object_type, object_id, details)
  values (${entry.id}, ${entry.place.organizationId}, ${entry.place.distributorId}, ${entry.place.partnerId},
          ${entry.place.tenantId}, ${entry.action}, 'organization', ${entry.place.organizationId}, ${tx.json({
            changeId: entry.changeId,
            ...entry.details,
          })})`

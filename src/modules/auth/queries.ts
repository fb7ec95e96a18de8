import type { Level } from '../../platform/context.ts'
import { one, type Tx } from '../../platform/db.ts'
import type { Switch } from '../roles/permissions.ts'

export type AccountRow = { id: string; passwordHash: string | null }

/** The active accounts with this address, oldest first, or the one of a named organization: an address is unique there. */
export const listAccountsByEmail = (tx: Tx, email: string, organizationId: string | undefined) =>
  tx<AccountRow[]>`
    select account.id, password_hash as "passwordHash"
    from account join organization on organization.id = account.org_id
    where email = ${email} ${organizationId ? tx`and account.org_id = ${organizationId}` : tx``}
      and account.state = 'active' and organization.state <> 'closed'
    order by account.id limit 5`

export type GrantRow = {
  organizationId: string
  level: Level
  distributorId: string
  partnerId: string
  tenantId: string
  platformId: string
  distributorModel: string | null
  partnerModel: string | null
  roles: string[]
  switches: Switch[]
}

/** The organizations an account may act for, with their line and its commercial models. */
export const listGrants = (tx: Tx, accountId: string) =>
  tx<GrantRow[]>`
    select organization.id as "organizationId", organization.level, organization.distributor_id as "distributorId",
           organization.partner_id as "partnerId", organization.tenant_id as "tenantId", platform.id as "platformId",
           distributor.commercial_model as "distributorModel", partner.commercial_model as "partnerModel",
           array_agg(role_grant.role order by role_grant.role) as roles,
           array_remove(array[case when switched.self_provisioning then 'selfProvisioning' end,
                              case when switched.user_billing then 'userBilling' end], null) as switches
    from role_grant
    join account on account.id = role_grant.account_id and account.state = 'active'
    join organization on organization.id = role_grant.org_id and organization.state <> 'closed'
    join organization platform on platform.level = 'platform'
    left join organization distributor on distributor.id = organization.distributor_id
    left join organization partner on partner.id = organization.partner_id
    left join tenant_switch switched on switched.tenant_id = organization.id
    where role_grant.account_id = ${accountId}
    group by organization.id, platform.id, distributor.id, partner.id, switched.tenant_id
    order by organization.id limit 50`

export const insertRefreshToken = (
  tx: Tx,
  token: { id: string; familyId: string; accountId: string; tokenHash: Uint8Array; expiresAt: string },
) => tx`
  insert into refresh_token (id, family_id, account_id, token_hash, expires_at)
  values (${token.id}, ${token.familyId}, ${token.accountId}, ${token.tokenHash}, ${token.expiresAt})`

type RefreshRow = { id: string; familyId: string; accountId: string; isUsed: boolean; isDead: boolean }

/** Locks the token, so that of two simultaneous uses one is the second. */
export const lockRefreshToken = async (tx: Tx, tokenHash: Uint8Array) =>
  one(
    await tx<RefreshRow[]>`
      select id, family_id as "familyId", account_id as "accountId", used_at is not null as "isUsed",
             revoked_at is not null or expires_at <= clock_timestamp() as "isDead"
      from refresh_token where token_hash = ${tokenHash} for update`,
  )

export const markRefreshTokenUsed = (tx: Tx, id: string) =>
  tx`update refresh_token set used_at = clock_timestamp() where id = ${id}`

export const revokeFamily = (tx: Tx, familyId: string) =>
  tx`update refresh_token set revoked_at = clock_timestamp() where family_id = ${familyId} and revoked_at is null`

export const findOrganizationName = async (tx: Tx, id: string) =>
  one(await tx<{ name: string }[]>`select name from organization where id = ${id}`)

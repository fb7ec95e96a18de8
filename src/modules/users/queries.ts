import { inBranch } from '../../platform/branch.ts'
import type { Branch } from '../../platform/context.ts'
import { one, type Tx } from '../../platform/db.ts'
import { newId } from '../../platform/ids.ts'
import { onePast, type PageRequest } from '../../platform/page.ts'
import type { Role } from '../roles/permissions.ts'
import type { User, UserFilters } from './model.ts'

export type UserRow = User & { version: number }

const columns = (tx: Tx) => tx`
  account.id, account.org_id as "organizationId", account.email, account.name, account.state, account.version,
  account.created_at as "createdAt", account.updated_at as "updatedAt",
  coalesce((
    select json_agg(json_build_object('organizationId', role_grant.org_id, 'role', role_grant.role)
                    order by role_grant.org_id, role_grant.role)
    from role_grant where role_grant.account_id = account.id), '[]') as roles`

export const listUsers = (tx: Tx, viewer: Branch, filters: UserFilters, page: PageRequest) =>
  tx<UserRow[]>`
    select ${columns(tx)} from account
    where ${inBranch(tx, viewer, 'account')}
      ${filters.organizationId ? tx`and account.org_id = ${filters.organizationId}` : tx``}
      ${filters.email ? tx`and account.email = ${filters.email.toLowerCase()}` : tx``}
      ${filters.state ? tx`and account.state = ${filters.state}` : tx``}
      ${page.after ? tx`and account.id < ${page.after}` : tx``}
    order by account.id desc limit ${onePast(tx, page)}`

/** Those of one organization's users who hold a role there. */
export const listHolders = (tx: Tx, viewer: Branch, organizationId: string, role: Role, page: PageRequest) =>
  tx<UserRow[]>`
    select ${columns(tx)} from account
    where ${inBranch(tx, viewer, 'account')}
      and exists (select from role_grant where role_grant.account_id = account.id
                  and role_grant.org_id = ${organizationId} and role_grant.role = ${role})
      ${page.after ? tx`and account.id < ${page.after}` : tx``}
    order by account.id desc limit ${onePast(tx, page)}`

export const findUser = async (tx: Tx, viewer: Branch, id: string) =>
  one(
    await tx<UserRow[]>`
    select ${columns(tx)} from account where ${inBranch(tx, viewer, 'account')} and account.id = ${id}`,
  )

export type NewAccount = { id: string; email: string; name: string; passwordHash: string }

export const insertAccount = (tx: Tx, place: Branch, account: NewAccount) => tx`
  insert into account (id, org_id, distributor_id, partner_id, tenant_id, email, name, password_hash)
  values (${account.id}, ${place.organizationId}, ${place.distributorId}, ${place.partnerId}, ${place.tenantId},
          ${account.email}, ${account.name}, ${account.passwordHash})`

/** Answers whether the account did not hold the role there yet. */
export const insertGrant = async (
  tx: Tx,
  place: Branch,
  grant: { accountId: string; role: Role; grantedBy: string | null },
): Promise<boolean> => {
  const inserted = await tx`
    insert into role_grant (id, account_id, org_id, distributor_id, partner_id, tenant_id, role, granted_by)
    values (${newId()}, ${grant.accountId}, ${place.organizationId}, ${place.distributorId}, ${place.partnerId},
            ${place.tenantId}, ${grant.role}, ${grant.grantedBy})
    on conflict on constraint role_grant_once do nothing
    returning id`
  return inserted.length > 0
}

/** Answers whether there was such a grant. */
export const deleteGrant = async (
  tx: Tx,
  viewer: Branch,
  grant: { accountId: string; organizationId: string; role: Role },
): Promise<boolean> => {
  const deleted = await tx`
    delete from role_grant where ${inBranch(tx, viewer, 'role_grant')}
      and account_id = ${grant.accountId} and org_id = ${grant.organizationId} and role = ${grant.role}
    returning id`
  return deleted.length > 0
}

/** Answers the new version, or undefined when the row is not at `version` any more. */
export const updateUserName = async (tx: Tx, viewer: Branch, id: string, version: number, name: string) =>
  one(
    await tx<{ version: number }[]>`
    update account set name = ${name}, version = version + 1, updated_at = clock_timestamp()
    where ${inBranch(tx, viewer, 'account')} and id = ${id} and version = ${version}
    returning version`,
  )

/** Answers false when the user was in that state already. */
export const updateUserState = async (tx: Tx, viewer: Branch, id: string, state: User['state']): Promise<boolean> => {
  const updated = await tx`
    update account set state = ${state}, version = version + 1, updated_at = clock_timestamp()
    where ${inBranch(tx, viewer, 'account')} and id = ${id} and state <> ${state}
    returning id`
  return updated.length > 0
}

/** How many of these organizations would be without an active administrator if this account were none. */
export const countLeftAlone = async (tx: Tx, accountId: string, organizationIds: readonly string[], roles: Role[]) =>
  one(
    await tx<{ count: number }[]>`
    select count(*)::int from unnest(${[...organizationIds]}::uuid[]) as led (org_id)
    where not exists (
      select from role_grant join account on account.id = role_grant.account_id and account.state = 'active'
      where role_grant.org_id = led.org_id and role_grant.role = any (${roles}::text[])
        and role_grant.account_id <> ${accountId})`,
  )?.count ?? 0

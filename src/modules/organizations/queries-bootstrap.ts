import { one, type Tx } from '../../platform/db.ts'
import { newId, nilId } from '../../platform/ids.ts'

type FirstPlatform = {
  readonly platformName: string
  readonly currency: string
  readonly email: string
  readonly passwordHash: string
}

export const findPlatform = async (tx: Tx) =>
  one(await tx<{ id: string }[]>`select id from organization where level = 'platform'`)

/** The platform, its administrator, the administrator's role and the audit line of all three. */
export async function insertPlatform(tx: Tx, input: FirstPlatform): Promise<void> {
  const organizationId = newId()
  const accountId = newId()
  await tx`
    insert into organization (id, level, distributor_id, partner_id, tenant_id, name, currency)
    values (${organizationId}, 'platform', ${nilId}, ${nilId}, ${nilId}, ${input.platformName}, ${input.currency})`
  await tx`
    insert into account (id, org_id, distributor_id, partner_id, tenant_id, email, name, password_hash)
    values (${accountId}, ${organizationId}, ${nilId}, ${nilId}, ${nilId}, ${input.email.toLowerCase()},
            'Platform administrator', ${input.passwordHash})`
  await tx`
    insert into role_grant (id, account_id, org_id, distributor_id, partner_id, tenant_id, role)
    values (${newId()}, ${accountId}, ${organizationId}, ${nilId}, ${nilId}, ${nilId}, 'PlatformAdministrator')`
  await tx`
    insert into audit (id, org_id, distributor_id, partner_id, tenant_id, action, object_type, object_id)
    values (${newId()}, ${organizationId}, ${nilId}, ${nilId}, ${nilId}, 'platform.bootstrapped', 'organization', ${organizationId})`
}

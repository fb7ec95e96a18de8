import { openDatabase, one, type Tx } from '../../platform/db.ts'
import { newId, nilId } from '../../platform/ids.ts'

/** The first administrator, made by the operator who owns the database. */
export type Bootstrap = {
  readonly adminUrl: string
  readonly platformName: string
  readonly currency: string
  readonly email: string
  readonly password: string
}

/**
 * Makes the platform organization and its first administrator where there is no platform yet.
 * May run twice: the second run changes nothing. Answers whether it made them.
 */
export async function bootstrapPlatform(input: Bootstrap): Promise<{ made: boolean }> {
  const db = openDatabase({ url: input.adminUrl, name: 'weir-bootstrap', poolMax: 1, statementTimeoutMs: 30_000 })
  const passwordHash = await Bun.password.hash(input.password, 'argon2id')
  const scope = {
    role: 'weir_backfill',
    organizationId: nilId,
    accountId: null,
    sellerOfRecordId: nilId,
    line: [],
  } as const
  try {
    return await db.transaction(scope, (tx) => insertPlatform(tx, input, passwordHash))
  } finally {
    await db.close()
  }
}

async function insertPlatform(tx: Tx, input: Bootstrap, passwordHash: string): Promise<{ made: boolean }> {
  const existing = one(await tx`select id from organization where level = 'platform'`)
  if (existing) return { made: false }
  const organizationId = newId()
  const accountId = newId()
  await tx`
    insert into organization (id, level, distributor_id, partner_id, tenant_id, name, currency)
    values (${organizationId}, 'platform', ${nilId}, ${nilId}, ${nilId}, ${input.platformName}, ${input.currency})`
  await tx`
    insert into account (id, org_id, distributor_id, partner_id, tenant_id, email, name, password_hash)
    values (${accountId}, ${organizationId}, ${nilId}, ${nilId}, ${nilId}, ${input.email.toLowerCase()},
            'Platform administrator', ${passwordHash})`
  await tx`
    insert into role_grant (id, account_id, org_id, distributor_id, partner_id, tenant_id, role)
    values (${newId()}, ${accountId}, ${organizationId}, ${nilId}, ${nilId}, ${nilId}, 'PlatformAdministrator')`
  await tx`
    insert into audit (id, org_id, distributor_id, partner_id, tenant_id, action, object_type, object_id)
    values (${newId()}, ${organizationId}, ${nilId}, ${nilId}, ${nilId}, 'platform.bootstrapped', 'organization', ${organizationId})`
  return { made: true }
}

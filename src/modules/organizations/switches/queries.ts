import { inBranch } from '../../../platform/branch.ts'
import type { Actor } from '../../../platform/context.ts'
import { one, type Tx } from '../../../platform/db.ts'
import type { NewTenantSwitches, TenantSwitches } from './model.ts'

/** Undefined while nobody has said anything. */
export const findSwitches = async (tx: Tx, actor: Actor, tenantId: string) =>
  one(
    await tx<TenantSwitches[]>`
      select self_provisioning as "selfProvisioning", user_billing as "userBilling", updated_at as "updatedAt"
      from tenant_switch where tenant_id = ${tenantId} and ${inBranch(tx, actor, 'tenant_switch')}`,
  )

/** Says it for a tenant of the actor's branch; of another one nothing is written. */
export const upsertSwitches = (tx: Tx, actor: Actor, tenantId: string, switches: NewTenantSwitches) => tx`
  insert into tenant_switch (tenant_id, partner_id, distributor_id, self_provisioning, user_billing)
  select id, partner_id, distributor_id, ${switches.selfProvisioning}, ${switches.userBilling}
  from organization where id = ${tenantId} and level = 'tenant' and ${inBranch(tx, actor, 'organization')}
  on conflict on constraint tenant_switch_key do update
  set self_provisioning = excluded.self_provisioning, user_billing = excluded.user_billing, updated_at = clock_timestamp()`

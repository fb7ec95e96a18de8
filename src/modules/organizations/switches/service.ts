import { type Ctx, inTx } from '../../../platform/context.ts'
import type { Tx } from '../../../platform/db.ts'
import { notFound } from '../../../platform/errors.ts'
import { recordAudit } from '../../audit/service.ts'
import { findBranch } from '../service.ts'
import type { NewTenantSwitches, TenantSwitches } from './model.ts'
import * as queries from './queries.ts'

/** What is switched on for a tenant of the caller's branch, or for itself. @throws notFound */
export const getSwitches = (ctx: Ctx, tenantId: string): Promise<TenantSwitches> =>
  inTx(ctx, (tx) => readSwitches(ctx, tx, tenantId))

/**
 * Switches rights of a tenant's people on or off, as an organization above. It holds from their next access token on.
 * @throws notFound
 */
export const putSwitches = (ctx: Ctx, tenantId: string, switches: NewTenantSwitches): Promise<TenantSwitches> =>
  inTx(ctx, async (tx) => {
    await readSwitches(ctx, tx, tenantId)
    await queries.upsertSwitches(tx, ctx.actor, tenantId, switches)
    const entry = { action: 'tenant_switches.changed', objectType: 'organization', objectId: tenantId }
    await recordAudit(tx, ctx.actor, { ...entry, details: switches }, ctx.requestId)
    return readSwitches(ctx, tx, tenantId)
  })

async function readSwitches({ actor }: Ctx, tx: Tx, tenantId: string): Promise<TenantSwitches> {
  const place = await findBranch(tx, actor, tenantId)
  if (place?.level !== 'tenant') throw notFound()
  const said = await queries.findSwitches(tx, actor, tenantId)
  return said ?? { selfProvisioning: false, userBilling: false, updatedAt: null }
}

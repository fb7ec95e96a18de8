import type { Tx } from '../../platform/db.ts'
import { newId } from '../../platform/ids.ts'
import type { AuditActor, AuditEntry } from './service.ts'

export const insertAudit = async (tx: Tx, actor: AuditActor, entry: AuditEntry, requestId?: string): Promise<void> => {
  await tx`
    insert into audit (id, org_id, distributor_id, partner_id, tenant_id, account_id, action, object_type, object_id, details, request_id)
    values (${newId()}, ${actor.organizationId}, ${actor.distributorId}, ${actor.partnerId}, ${actor.tenantId},
            ${actor.accountId}, ${entry.action}, ${entry.objectType}, ${entry.objectId}, ${tx.json(entry.details ?? {})},
            ${requestId ?? null})`
}

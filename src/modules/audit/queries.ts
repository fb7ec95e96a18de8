import { inBranch } from '../../platform/branch.ts'
import type { Branch } from '../../platform/context.ts'
import type { Tx } from '../../platform/db.ts'
import { newId } from '../../platform/ids.ts'
import { onePast, type PageRequest } from '../../platform/page.ts'
import type { AuditFilters, AuditRecord } from './model.ts'
import type { AuditActor, AuditEntry } from './service.ts'

/**
 * The line is read where it stands: an actor or a job may know an older one, and the old parents see nothing new. Answers
 * whether the actor's organization was found.
 */
export const insertAudit = async (
  tx: Tx,
  actor: AuditActor,
  entry: AuditEntry,
  requestId?: string,
): Promise<boolean> => {
  const inserted = await tx`
    insert into audit (id, org_id, distributor_id, partner_id, tenant_id, account_id, action, object_type, object_id, details, request_id)
    select ${newId()}, organization.id, distributor_id, partner_id, tenant_id, ${actor.accountId}::uuid, ${entry.action}::text,
           ${entry.objectType}::text, ${entry.objectId}::uuid, ${tx.json(entry.details ?? {})}::jsonb, ${requestId ?? null}::text
    from organization where organization.id = ${actor.organizationId}`
  return inserted.count === 1
}

export const listAudit = (tx: Tx, viewer: Branch, filters: AuditFilters, page: PageRequest) =>
  tx<AuditRecord[]>`
    select id, at, org_id as "organizationId", account_id as "accountId", action, object_type as "objectType",
           object_id as "objectId", details, request_id as "requestId"
    from audit
    where ${inBranch(tx, viewer, 'audit')}
      ${filters.organizationId ? tx`and org_id = ${filters.organizationId}` : tx``}
      ${filters.objectId ? tx`and object_id = ${filters.objectId}` : tx``}
      ${filters.action ? tx`and action = ${filters.action}` : tx``}
      ${page.after ? tx`and id < ${page.after}` : tx``}
    order by id desc limit ${onePast(tx, page)}`

import { type Branch, type Ctx, inTx } from '../../platform/context.ts'
import type { Tx } from '../../platform/db.ts'
import { invariant } from '../../platform/errors.ts'
import { idPageRequest, type Page, pageOf } from '../../platform/page.ts'
import type { AuditFilters, AuditRecord } from './model.ts'
import * as queries from './queries.ts'

/** By whom: an actor of a request, or the owner of a job. */
export type AuditActor = Branch & { readonly accountId: string | null }

/** What was done to what. `details` holds ids, states and names of fields, never secrets. */
export type AuditEntry = {
  readonly action: string
  readonly objectType: string
  readonly objectId: string
  readonly details?: Readonly<Record<string, string | number | boolean | null>>
}

/** Notes a change in the change's own transaction: no change without its line, no line without its change. */
export async function recordAudit(tx: Tx, actor: AuditActor, entry: AuditEntry, requestId?: string): Promise<void> {
  const isRecorded = await queries.insertAudit(tx, actor, entry, requestId)
  invariant(isRecorded, 'who changes something sees its own organization')
}

/** What was done by organizations of the caller's branch, newest first. */
export async function listAudit(ctx: Ctx, filters: AuditFilters): Promise<Page<AuditRecord>> {
  const page = idPageRequest('audit', filters)
  const rows = await inTx(ctx, (tx) => queries.listAudit(tx, ctx.actor, filters, page))
  return pageOf(
    'audit',
    page,
    rows,
    (row) => row.id,
    (row) => row,
  )
}

import type { Branch } from './context.ts'
import { one, type Tx } from './db.ts'
import { newId } from './ids.ts'
import type { Static, TSchema } from './schema.ts'

/** The queues: one file of `workers/` each. */
const queues = ['usage', 'rating', 'billing', 'commissions', 'webhooks', 'maintenance'] as const
export type QueueName = (typeof queues)[number]

/** A stable name and what it takes; code that does nothing. */
export type JobDefinition<S extends TSchema = TSchema> = {
  readonly kind: string
  readonly queue: QueueName
  readonly version: number
  /** Ids and instants only, never rows or amounts. */
  readonly payload: S
  readonly maxAttempt: number
  /** Whether a running job may be stopped between chunks. */
  readonly cancellable: boolean
}

/** Defines a job. Its comment says whether it may run twice, and why. */
export const defineJob = <S extends TSchema>(
  job: Pick<JobDefinition<S>, 'kind' | 'queue' | 'version' | 'payload'> & {
    maxAttempt?: number
    cancellable?: boolean
  },
): JobDefinition<S> => ({ maxAttempt: 10, cancellable: true, ...job })

/** For whom a job runs: the organization that sees it, and the account that asked. */
export type JobOwner = Branch & { readonly accountId: string | null }

/**
 * Accepts work in the caller's transaction: rolled back, it never was; committed, it is never forgotten.
 * The same (kind, dedupeKey) twice is one job: the id of the first comes back.
 */
export async function enqueue<S extends TSchema>(
  tx: Tx,
  owner: JobOwner,
  job: JobDefinition<S>,
  payload: Static<S>,
  options: { dedupeKey: string; delaySeconds?: number },
): Promise<{ id: string; isNew: boolean }> {
  const id = newId()
  const inserted = one(
    await tx<{ id: string }[]>`
      insert into job (id, kind, schema_version, queue, org_id, distributor_id, partner_id, tenant_id, asked_by,
                       dedupe_key, payload, max_attempt, cancellable, due_at)
      values (${id}, ${job.kind}, ${job.version}, ${job.queue}, ${owner.organizationId}, ${owner.distributorId},
              ${owner.partnerId}, ${owner.tenantId}, ${owner.accountId}, ${options.dedupeKey}, ${tx.json(payload as never)},
              ${job.maxAttempt}, ${job.cancellable},
              clock_timestamp() + make_interval(secs => ${options.delaySeconds ?? 0}))
      on conflict on constraint job_once do nothing
      returning id`,
  )
  if (inserted) return { id, isNew: true }
  const before = one(
    await tx<{ id: string }[]>`select id from job where kind = ${job.kind} and dedupe_key = ${options.dedupeKey}`,
  )
  return { id: before?.id ?? id, isNew: false }
}

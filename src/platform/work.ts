import { lineOf } from './context.ts'
import type { Database, DatabaseRole, Scope, Tx } from './db.ts'
import { nilId } from './ids.ts'
import type { JobDefinition, JobOwner } from './jobs.ts'
import type { Log } from './log.ts'
import type { Static, TSchema } from './schema.ts'

/** What a job leaves behind: a link and counts, never amounts. */
export type JobResult = { readonly href?: string } & Readonly<Record<string, string | number | null>>

/**
 * What a job's code is given. Every transaction first renews the job's lease where the fence is still ours;
 * when it is not, the work stops with an error that nobody has to handle.
 */
export type WorkCtx = {
  readonly db: Database
  readonly log: Log
  readonly now: () => Date
  readonly job: { readonly id: string; readonly kind: string; readonly attempt: number; readonly owner: JobOwner }
  /** One fenced transaction. */
  transaction<T>(scope: Scope, work: (tx: Tx) => Promise<T>): Promise<T>
  /**
   * One fenced transaction that is done once in the life of the job: a retry gets the stored result.
   * Numbers start at 1. At most 3 s of work. A wish to cancel is honoured before it starts.
   */
  chunk<R extends JobResult>(number: number, scope: Scope, work: (tx: Tx) => Promise<R>): Promise<R>
  /** Shown to whoever polls, from the next transaction on. */
  progress(done: number, total: number, unit: string): void
}

/** A job's code with its definition. */
export type Handler = {
  readonly job: JobDefinition
  readonly run: (ctx: WorkCtx, payload: never) => Promise<JobResult>
  /** Cleans up when the job ends without being done. May run twice. */
  readonly onEnded: ((ctx: WorkCtx, payload: never, reason: 'failed' | 'cancelled') => Promise<void>) | undefined
}

/** Binds code to a job definition; the payload's type comes from the definition. */
export const handle = <S extends TSchema>(
  job: JobDefinition<S>,
  run: (ctx: WorkCtx, payload: Static<S>) => Promise<JobResult>,
  onEnded?: (ctx: WorkCtx, payload: Static<S>, reason: 'failed' | 'cancelled') => Promise<void>,
): Handler => ({
  job: job,
  run: run,
  onEnded: onEnded,
})

/** The scope of a job: the organization that it works for, in a work role or its tier's. */
export const workScope = (owner: JobOwner, role: DatabaseRole): Scope => ({
  role,
  organizationId: owner.organizationId,
  accountId: owner.accountId,
  sellerOfRecordId: nilId,
  line: lineOf(owner),
})

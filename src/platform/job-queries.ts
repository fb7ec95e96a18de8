import type { Branch } from './context.ts'
import { one, type Tx } from './db.ts'
import { nilId } from './ids.ts'
import type { QueueName } from './jobs.ts'
import type { Problem } from './schema.ts'
import type { JobResult } from './work.ts'

// What the relay role does with jobs. "Now" is the database's clock: leases of several machines are compared.

/** A job that a doorbell is to be rung for. */
export type Ring = { readonly id: string; readonly queue: QueueName; readonly attempt: number }

/** Takes due jobs that nobody was called for yet. Two relays never take the same. */
export const takeUnrung = (tx: Tx, limit: number) =>
  tx<Ring[]>`
    with due as materialized (
      select id from job
      where state = 'queued' and rung_at is null and due_at <= clock_timestamp()
      order by due_at limit ${limit} for update skip locked)
    update job set rung_at = clock_timestamp() from due where job.id = due.id
    returning job.id, job.queue, job.attempt`

/** Takes jobs that were rung for and not claimed for `seconds`: the ring was lost, or everybody is busy. */
export const takeUnanswered = (tx: Tx, seconds: number, limit: number) =>
  tx<Ring[]>`
    with silent as materialized (
      select id from job
      where state = 'queued' and rung_at < clock_timestamp() - make_interval(secs => ${seconds})
      order by rung_at limit ${limit} for update skip locked)
    update job set rung_at = clock_timestamp() from silent where job.id = silent.id
    returning job.id, job.queue, job.attempt`

/** A job in hand. `fence` is a bigint as text. */
export type Claim = {
  readonly id: string
  readonly kind: string
  readonly schemaVersion: number
  readonly attempt: number
  readonly maxAttempt: number
  readonly fence: string
  readonly payload: unknown
  readonly isCancelAsked: boolean
  readonly accountId: string | null
} & Omit<Branch, 'level'>

/**
 * Takes a queued job that is due (or that somebody wants cancelled) and gives it a lease and a new fence.
 * Undefined: somebody else has it, or it is not to be run now.
 */
export const claimJob = async (tx: Tx, id: string, leaseSeconds: number) =>
  one(
    await tx<Claim[]>`
      with mine as materialized (
        select id, exists (select from job_cancel where job_cancel.job_id = job.id) as cancel from job
        where id = ${id} and state = 'queued'
          and (due_at <= clock_timestamp() or exists (select from job_cancel where job_cancel.job_id = job.id))
        for update skip locked)
      update job
      set state = 'running', attempt = attempt + 1, fence = fence + 1, rung_at = null, problem = null,
          lease_until = clock_timestamp() + make_interval(secs => ${leaseSeconds}),
          progress_done = 0, progress_total = null, progress_unit = null,
          started_at = coalesce(started_at, clock_timestamp()), updated_at = clock_timestamp()
      from mine where job.id = mine.id
      returning job.id, kind, schema_version as "schemaVersion", attempt, max_attempt as "maxAttempt", fence::text, payload,
                mine.cancel as "isCancelAsked", asked_by as "accountId", org_id as "organizationId",
                (select platform.id from organization platform where platform.level = 'platform') as "platformId",
                distributor_id as "distributorId", partner_id as "partnerId", tenant_id as "tenantId"`,
  )

/** Which attempt of which worker writes. A higher fence in the row means that somebody else has the job. */
type Held = { readonly id: string; readonly fence: string }

/** How far the work is. */
export type JobProgress = { readonly done: number; readonly total: number; readonly unit: string }

const shown = (tx: Tx, progress: JobProgress | undefined) =>
  progress
    ? tx`, progress_done = greatest(progress_done, ${progress.done}), progress_total = ${progress.total},
           progress_unit = ${progress.unit}, updated_at = clock_timestamp()`
    : tx``

const isMine = (tx: Tx, held: Held) => tx`id = ${held.id} and fence = ${held.fence} and state = 'running'`

/** Renews the lease and locks the job's row until the transaction ends. False: it is not ours any more. */
export const renewLease = async (tx: Tx, held: Held, leaseSeconds: number, progress?: JobProgress): Promise<boolean> =>
  (
    await tx`
    update job set lease_until = clock_timestamp() + make_interval(secs => ${leaseSeconds}) ${shown(tx, progress)}
    where ${isMine(tx, held)} returning id`
  ).length > 0

/** What a chunk finds when it begins: its stored result when it was done before. */
type ChunkStart = { readonly result: JobResult | null; readonly isCancelAsked: boolean }

/** Renews the lease like `renewLease` and looks the chunk up. Undefined: the job is not ours any more. */
export const beginChunk = async (
  tx: Tx,
  held: Held,
  chunk: { number: number; leaseSeconds: number; progress: JobProgress | undefined },
) =>
  one(
    await tx<ChunkStart[]>`
      with mine as (
        update job
        set lease_until = clock_timestamp() + make_interval(secs => ${chunk.leaseSeconds}) ${shown(tx, chunk.progress)}
        where ${isMine(tx, held)} returning id, cancellable)
      select (select result from job_chunk where job_id = mine.id and number = ${chunk.number}) as result,
             cancellable and exists (select from job_cancel where job_id = mine.id) as "isCancelAsked"
      from mine`,
  )

/** From now on the running job can't be cancelled: what it does next is final. Runs inside one of its chunks. */
export const forbidCancel = (tx: Tx, jobId: string) => tx`update job set cancellable = false where id = ${jobId}`

/** Remembers that a chunk is done. */
export const insertChunk = (tx: Tx, jobId: string, number: number, result: JobResult) =>
  tx`insert into job_chunk (job_id, number, result) values (${jobId}, ${number}, ${tx.json(result)})`

/** Renews the lease between transactions; when one of ours holds the row, that one has done it. */
export const beat = (tx: Tx, held: Held, leaseSeconds: number, progress?: JobProgress) =>
  tx`
    with mine as materialized (select id from job where ${isMine(tx, held)} for update skip locked)
    update job set lease_until = clock_timestamp() + make_interval(secs => ${leaseSeconds}) ${shown(tx, progress)}
    from mine where job.id = mine.id`

/** Ends the job for good. False: it is not ours any more. */
export const endJob = async (
  tx: Tx,
  held: Held,
  end: {
    state: 'done' | 'failed' | 'cancelled'
    result?: JobResult
    problem?: Problem
    progress?: JobProgress | undefined
  },
): Promise<boolean> =>
  (
    await tx`
    update job
    set state = ${end.state}, lease_until = null, finished_at = clock_timestamp(), updated_at = clock_timestamp(),
        result = ${end.result ? tx.json(end.result) : null},
        problem = ${end.problem ? tx.json(end.problem) : null}
        ${
          end.progress
            ? tx`, progress_done = greatest(progress_done, ${end.progress.done}),
                              progress_total = ${end.progress.total}, progress_unit = ${end.progress.unit}`
            : tx``
        }
    where ${isMine(tx, held)} returning id`
  ).length > 0

/** Gives the job back, to be tried again after a while. False: it is not ours any more. */
export const requeueJob = async (tx: Tx, held: Held, delaySeconds: number): Promise<boolean> =>
  (
    await tx`
    update job
    set state = 'queued', lease_until = null, rung_at = null, updated_at = clock_timestamp(),
        due_at = clock_timestamp() + make_interval(secs => ${delaySeconds})
    where ${isMine(tx, held)} returning id`
  ).length > 0

/** Sets the job aside for a person. False: it is not ours any more. */
export const parkJob = async (tx: Tx, held: Held, problem: Problem): Promise<boolean> =>
  (
    await tx`
    update job
    set state = 'parked', lease_until = null, rung_at = null, updated_at = clock_timestamp(),
        problem = ${tx.json(problem)}
    where ${isMine(tx, held)} returning id`
  ).length > 0

/** A job whose worker went silent, and what became of it. */
export type Lost = {
  readonly id: string
  readonly kind: string
  readonly attempt: number
  readonly organizationId: string
  readonly state: 'queued' | 'parked'
}

/** Takes jobs from workers whose lease ran out: to be tried again, or parked when the attempts are used up. */
export const releaseLost = (tx: Tx, problemOfLost: Problem, limit: number) =>
  tx<Lost[]>`
    with lost as materialized (
      select id from job where state = 'running' and lease_until < clock_timestamp()
      order by lease_until limit ${limit} for update skip locked)
    update job
    set state = case when attempt < max_attempt then 'queued' else 'parked' end,
        lease_until = null, rung_at = null, due_at = clock_timestamp(), updated_at = clock_timestamp(),
        problem = case when attempt < max_attempt then null
                  else ${tx.json(problemOfLost)}::jsonb || jsonb_build_object('instance', '/api/v1/jobs/' || job.id) end
    from lost where job.id = lost.id
    returning job.id, kind, attempt, org_id as "organizationId", state`

/** Lets wishes take effect on jobs that nobody works on: a waiting one is due at once, so that it can be cancelled. */
export const wakeCancelled = (tx: Tx) =>
  tx`
    update job set state = 'queued', rung_at = null, due_at = clock_timestamp(), updated_at = clock_timestamp()
    from job_cancel
    where job_cancel.job_id = job.id
      and (job.state = 'parked' or (job.state = 'queued' and job.due_at > clock_timestamp()))`

/** Gives parked jobs that a person wants tried again as many attempts as they had at first. */
export const wakeRetried = (tx: Tx) =>
  tx`
    with wish as (delete from job_retry returning job_id)
    update job
    set state = 'queued', rung_at = null, due_at = clock_timestamp(), updated_at = clock_timestamp(),
        max_attempt = greatest(max_attempt, attempt + 10)
    from wish where job.id = wish.job_id and job.state = 'parked'`

/** Waiting jobs per queue. */
export const countWaiting = (tx: Tx) =>
  tx<{ queue: string; waiting: number }[]>`
    select queue, count(*)::int as waiting from job
    where state = 'queued' and due_at <= clock_timestamp() group by queue`

/** The platform's own organization, for work that nobody asked for. Undefined before the first start. */
export const findPlatformId = async (tx: Tx) =>
  one(await tx<{ id: string }[]>`select id from organization where level = 'platform'`)?.id

/** The level that the ids of a line name. */
export const levelOf = (line: Omit<Branch, 'level'>): Branch['level'] => {
  if (line.tenantId !== nilId) return 'tenant'
  if (line.partnerId !== nilId) return 'partner'
  return line.distributorId === nilId ? 'platform' : 'distributor'
}

/** True for one transaction of the fleet at a time, until it ends. */
export const tryTickLock = async (tx: Tx, name: string): Promise<boolean> =>
  one(await tx<{ taken: boolean }[]>`select pg_try_advisory_xact_lock(hashtextextended(${name}, 11)) as taken`)
    ?.taken ?? false

import type { Actor } from '../../platform/context.ts'
import { one, type Tx } from '../../platform/db.ts'
import { onePast, type PageRequest } from '../../platform/page.ts'
import type { Problem } from '../../platform/schema.ts'
import type { JobFilters, JobState } from './model.ts'

export type JobRow = {
  id: string
  kind: string
  state: JobState
  attempt: number
  progressDone: number
  progressTotal: number | null
  progressUnit: string | null
  result: { href?: string } | null
  problem: Problem | null
  isCancellable: boolean
  isCancelAsked: boolean
  startedAt: string | null
  finishedAt: string | null
  createdAt: string
  updatedAt: string
}

const columns = (tx: Tx) => tx`
  id, kind, state, attempt, progress_done::float8 as "progressDone", progress_total::float8 as "progressTotal",
  progress_unit as "progressUnit", result, problem, cancellable as "isCancellable",
  exists (select from job_cancel where job_cancel.job_id = job.id) as "isCancelAsked",
  started_at as "startedAt", finished_at as "finishedAt", created_at as "createdAt", updated_at as "updatedAt"`

/** Undefined: absent, or another organization's. */
export const findJob = async (tx: Tx, organizationId: string, id: string) =>
  one(await tx<JobRow[]>`select ${columns(tx)} from job where id = ${id} and org_id = ${organizationId}`)

export const listJobs = (tx: Tx, organizationId: string, filters: JobFilters, page: PageRequest) =>
  tx<JobRow[]>`
    select ${columns(tx)} from job
    where org_id = ${organizationId}
      ${filters.state ? tx`and state = ${filters.state}` : tx``}
      ${filters.kind ? tx`and kind = ${filters.kind}` : tx``}
      ${page.after ? tx`and id < ${page.after}` : tx``}
    order by id desc limit ${onePast(tx, page)}`

/** Notes the wish; the worker or the sweeper fulfils it. The same wish twice is one. */
export const insertCancelWish = (tx: Tx, actor: Actor, jobId: string) => tx`
  insert into job_cancel (job_id, org_id, asked_by) values (${jobId}, ${actor.organizationId}, ${actor.accountId})
  on conflict on constraint job_cancel_key do nothing`

/** Notes the wish; the sweeper fulfils it. The same wish twice is one. */
export const insertRetryWish = (tx: Tx, actor: Actor, jobId: string) => tx`
  insert into job_retry (job_id, org_id, asked_by) values (${jobId}, ${actor.organizationId}, ${actor.accountId})
  on conflict on constraint job_retry_key do nothing`

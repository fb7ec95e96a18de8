import type { Branch } from '../../platform/context.ts'
import { one, type Tx } from '../../platform/db.ts'
import { onePast, type PageRequest } from '../../platform/page.ts'
import type { Batch, BatchFilters, BatchRecord, BatchRecordFilters } from './model.ts'

type IntakeRegion = {
  id: string
  state: 'active' | 'paused'
  lateLimitHours: number | null
  /** Now by the database's clock: when the batch came. */
  receivedAt: string
}

export const findIntakeRegion = async (tx: Tx, code: string) =>
  one(
    await tx<IntakeRegion[]>`
      select id, state, late_limit_hours as "lateLimitHours", clock_timestamp() as "receivedAt"
      from region where code = ${code}`,
  )

type NewBatch = {
  id: string
  jobId: string
  regionId: string
  askedBy: string | null
  format: Batch['format']
  body: Uint8Array
  strict: boolean
  completeUntil: string | null
  sent: number
  firstStart: string | null
  receivedAt: string
}

export const insertBatch = (tx: Tx, batch: NewBatch) => tx`
  insert into usage_batch (id, job_id, region_id, asked_by, format, body, strict, complete_until, sent, first_start, received_at)
  values (${batch.id}, ${batch.jobId}, ${batch.regionId}, ${batch.askedBy}, ${batch.format}, ${batch.body},
          ${batch.strict}, ${batch.completeUntil}, ${batch.sent}, ${batch.firstStart}, ${batch.receivedAt})`

/** Parked is what the job says: the batch itself waits in the middle. The first start is a guess until the batch is done. */
const columns = (tx: Tx) => tx`
  batch.id, batch.job_id as "jobId", region.code as region, format, strict, batch.complete_until as "completeUntil",
  case when batch.state <> 'done' and job.state = 'parked' then 'parked' else batch.state end as state,
  sent, accepted, duplicate, conflict, quarantined, rejected,
  case when batch.state = 'done' then first_start end as "firstStart", last_end as "lastEnd",
  received_at as "receivedAt", batch.finished_at as "finishedAt"`

/** Batches are the platform's. */
const isSeen = (tx: Tx, viewer: Branch) => (viewer.level === 'platform' ? tx`true` : tx`false`)

export const listBatches = (tx: Tx, viewer: Branch, filters: BatchFilters, page: PageRequest) =>
  tx<Batch[]>`
    select * from (
      select ${columns(tx)} from usage_batch batch
      join region on region.id = batch.region_id join job on job.id = batch.job_id
      where ${isSeen(tx, viewer)}
        ${filters.region ? tx`and region.code = ${filters.region}` : tx``}
        ${page.after ? tx`and batch.id < ${page.after}` : tx``}
    ) batch
    where true ${filters.state ? tx`and state = ${filters.state}` : tx``}
    order by id desc limit ${onePast(tx, page)}`

export const findBatch = async (tx: Tx, viewer: Branch, id: string) =>
  one(
    await tx<Batch[]>`
      select ${columns(tx)} from usage_batch batch
      join region on region.id = batch.region_id join job on job.id = batch.job_id
      where ${isSeen(tx, viewer)} and batch.id = ${id}`,
  )

export const listBatchRecords = (tx: Tx, batchId: string, filters: BatchRecordFilters, page: PageRequest) =>
  tx<BatchRecord[]>`
    select index, record_id as "recordId", outcome, faults->'list' as faults
    from usage_outcome
    where batch_id = ${batchId}
      ${filters.outcome ? tx`and outcome = ${filters.outcome}` : tx``}
      ${page.after ? tx`and index > ${Number(page.after)}` : tx``}
    order by index limit ${onePast(tx, page)}`

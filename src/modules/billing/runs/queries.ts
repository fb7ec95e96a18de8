import type { StateOf } from '../../../billing/states.ts'
import { one, type Tx } from '../../../platform/db.ts'
import { onePast, type PageRequest } from '../../../platform/page.ts'

export type RunRow = {
  id: string
  sellerId: string
  period: string
  state: StateOf<'billingRun'>
  issue: boolean
  jobId: string
  discardJobId: string | null
  invoices: number
  lines: number
  parked: number
  issued: number
  settled: number
  waiting: number
  waitingFor: string[]
  createdAt: string
  updatedAt: string
}

const columns = (tx: Tx) => tx`
  id, seller_id as "sellerId", period, state, issue, job_id as "jobId", discard_job_id as "discardJobId", invoices, lines, parked, issued,
  settled, waiting, waiting_for as "waitingFor", created_at as "createdAt", updated_at as "updatedAt"`

export const insertRun = (
  tx: Tx,
  run: { id: string; sellerId: string; period: string; issue: boolean; jobId: string },
) => tx`
  insert into billing_run (id, seller_id, period, issue, job_id)
  values (${run.id}, ${run.sellerId}, ${run.period}, ${run.issue}, ${run.jobId})`

export const findRun = async (tx: Tx, sellerId: string, id: string) =>
  one(await tx<RunRow[]>`select ${columns(tx)} from billing_run where id = ${id} and seller_id = ${sellerId}`)

/** Nobody else changes the run until the transaction ends. Runs as weir_seller. */
export const lockRun = async (tx: Tx, sellerId: string, id: string) =>
  one(
    await tx<RunRow[]>`
    select ${columns(tx)} from billing_run where id = ${id} and seller_id = ${sellerId} for no key update`,
  )

type RunFilters = { period?: string | undefined; state?: string | undefined }

export const listRuns = (tx: Tx, sellerId: string, filters: RunFilters, page: PageRequest) =>
  tx<RunRow[]>`
    select ${columns(tx)} from billing_run
    where seller_id = ${sellerId}
      ${filters.period ? tx`and period = ${filters.period}` : tx``}
      ${filters.state ? tx`and state = ${filters.state}` : tx``}
      ${page.after ? tx`and id < ${page.after}` : tx``}
    order by id desc limit ${onePast(tx, page)}`

export const updateRunState = (tx: Tx, id: string, state: RunRow['state']) => tx`
  update billing_run set state = ${state}, updated_at = clock_timestamp() where id = ${id}`

/** Answers how many lines waited when the drafts were written, and how many drafts were settled so far. */
export const updateRunCounts = async (
  tx: Tx,
  id: string,
  counts: { invoices: number; lines: number; parked: number; issued: number },
) =>
  one(
    await tx<{ waiting: number; settled: number }[]>`
      update billing_run
      set invoices = ${counts.invoices}, lines = ${counts.lines}, parked = ${counts.parked}, issued = ${counts.issued},
          updated_at = clock_timestamp()
      where id = ${id} returning waiting, settled`,
  ) ?? { waiting: 0, settled: 0 }

/** Counts drafts that were settled in. Runs as weir_seller in the transaction that settles them. */
export const addSettled = (tx: Tx, id: string, settled: number) => tx`
  update billing_run set settled = settled + ${settled}, updated_at = clock_timestamp() where id = ${id}`

/** Notes how many lines of the month wait for a price or a rate of exchange, and are on no document, and what for. */
export const updateWaiting = (tx: Tx, { id, sellerId, period }: { id: string; sellerId: string; period: string }) => tx`
  update billing_run set waiting = held.lines, waiting_for = held.reasons
  from (
    select count(*) as lines, coalesce(array_agg(distinct parked_for order by parked_for), '{}') as reasons
    from rated_bucket
    where seller_id = ${sellerId} and period = ${period} and parked_for is not null and buyer_id <> seller_id
  ) held
  where billing_run.id = ${id}`

/** This month by the database's clock, `YYYY-MM`, UTC. */
export const findCurrentPeriod = async (tx: Tx) =>
  one(await tx<{ period: string }[]>`select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM') as period`)
    ?.period ?? ''

/** Notes which job discards the drafts: from then on they are not issued. */
export const updateDiscardJob = (tx: Tx, id: string, jobId: string) => tx`
  update billing_run set discard_job_id = ${jobId}, updated_at = clock_timestamp() where id = ${id}`

/** Every tenant on whose chain the seller has an edge, in order. Runs as weir_seller. */
export const listTenantIds = async (tx: Tx, sellerId: string): Promise<string[]> =>
  (
    await tx<{ id: string }[]>`
      select distinct chain_edge.tenant_id as id
      from edge join chain_edge on chain_edge.edge_id = edge.id
      where edge.seller_id = ${sellerId} order by 1`
  ).map(({ id }) => id)

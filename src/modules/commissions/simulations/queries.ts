import { one, type Tx } from '../../../platform/db.ts'
import { nilId } from '../../../platform/ids.ts'
import { onePast, type PageRequest } from '../../../platform/page.ts'
import type { Basis } from '../rules/model.ts'
import type { RuleTerms } from '../rules/terms.ts'
import type { IssuedLine } from '../runs/earn.ts'

export type SimulationRow = {
  id: string
  payerId: string
  payeeId: string
  period: string
  jobId: string
  state: 'queued' | 'running' | 'done' | 'failed' | 'parked' | 'cancelled'
  createdAt: string
}

/** A draft rule with the period that it is tried out on. */
export type Draft = {
  id: string
  payerId: string
  payeeId: string
  period: string
  currency: string
  basis: Basis
  terms: RuleTerms
  inheritable: boolean
}

export const insertSimulation = (tx: Tx, { terms, ...row }: Draft & { jobId: string }) => tx`
  insert into commission_simulation (id, payer_id, payee_id, period, currency, basis, terms, inheritable, job_id)
  values (${row.id}, ${row.payerId}, ${row.payeeId}, ${row.period}, ${row.currency}, ${row.basis}, ${tx.json(terms)},
          ${row.inheritable}, ${row.jobId})`

const columns = (tx: Tx) => tx`
  simulation.id, simulation.payer_id as "payerId", simulation.payee_id as "payeeId", simulation.period,
  simulation.job_id as "jobId", job.state, simulation.created_at as "createdAt"`

export const findSimulation = async (tx: Tx, payerId: string, id: string) =>
  one(
    await tx<SimulationRow[]>`
      select ${columns(tx)} from commission_simulation simulation join job on job.id = simulation.job_id
      where simulation.id = ${id} and simulation.payer_id = ${payerId}`,
  )

export const listSimulations = (tx: Tx, payerId: string, page: PageRequest) =>
  tx<SimulationRow[]>`
    select ${columns(tx)} from commission_simulation simulation join job on job.id = simulation.job_id
    where simulation.payer_id = ${payerId} ${page.after ? tx`and simulation.id < ${page.after}` : tx``}
    order by simulation.id desc limit ${onePast(tx, page)}`

/** Runs as weir_seller, who does not read jobs. */
export const findDraft = async (tx: Tx, payerId: string, id: string) =>
  one(
    await tx<Draft[]>`
      select id, payer_id as "payerId", payee_id as "payeeId", period, currency, basis, terms, inheritable
      from commission_simulation where id = ${id} and payer_id = ${payerId}`,
  )

/** Whose service a line is for, in the chain of its first day, else the first one; the nil id stands for a skipped level. */
export type ServedRow = { invoiceId: string; line: number; tenantId: string; partnerId: string; distributorId: string }

export const listServed = (tx: Tx, payerId: string, lines: readonly IssuedLine[]) =>
  tx<ServedRow[]>`
    select line.invoice_id as "invoiceId", line.line, line.tenant_id as "tenantId",
           coalesce(chain.partner_id, ${nilId}) as "partnerId", coalesce(chain.distributor_id, ${nilId}) as "distributorId"
    from unnest(${lines.map(({ invoiceId }) => invoiceId)}::uuid[], ${lines.map(({ line }) => line)}::int[]) as asked (invoice_id, line)
    join invoice_line line on line.invoice_id = asked.invoice_id and line.line = asked.line and line.seller_id = ${payerId}
    left join lateral (
      select partner_id, distributor_id from chain
      where chain.tenant_id = line.tenant_id order by valid @> line.service_start desc, lower(valid) limit 1) chain on true`

/** Amounts are decimal text. */
export type NewResult = {
  payeeId: string
  tenantId: string
  partnerId: string
  distributorId: string
  skuId: string
  currency: string
  lines: number
  before: string
  after: string
  unknown: number
}

export const insertResults = (tx: Tx, { id, payerId }: Draft, rows: readonly NewResult[]) => tx`
  insert into commission_simulation_row (simulation_id, payer_id, payee_id, tenant_id, partner_id, distributor_id, sku_id,
                                         currency, lines, before, after, unknown)
  select ${id}, ${payerId}, one.*
  from unnest(${rows.map(({ payeeId }) => payeeId)}::uuid[], ${rows.map(({ tenantId }) => tenantId)}::uuid[],
              ${rows.map(({ partnerId }) => partnerId)}::uuid[], ${rows.map((row) => row.distributorId)}::uuid[],
              ${rows.map(({ skuId }) => skuId)}::uuid[], ${rows.map(({ currency }) => currency)}::text[],
              ${rows.map(({ lines }) => lines)}::int[], ${rows.map(({ before }) => before)}::numeric[],
              ${rows.map(({ after }) => after)}::numeric[], ${rows.map(({ unknown }) => unknown)}::int[]) as one`

/** What differences are shown by. */
export const simulationGroups = ['payee', 'distributor', 'partner', 'tenant', 'sku'] as const
type SimulationGroup = (typeof simulationGroups)[number]

export type TotalRow = {
  currency: string
  lines: number
  before: string
  after: string
  difference: string
  unknown: number
}
type ResultRow = TotalRow & { groupId: string; name: string | null }

const figures = (tx: Tx) => tx`
  currency, sum(lines)::int as lines, sum(before)::text as before, sum(after)::text as after,
  (sum(after) - sum(before))::text as difference, sum(unknown)::int as unknown`

/** Where a page of results goes on. */
export type ResultPlace = { readonly groupId: string; readonly currency: string }

/** Differences by group and currency. The names are those in the reader's sight. */
export const listResults = (
  tx: Tx,
  { payerId, id }: { payerId: string; id: string },
  by: SimulationGroup,
  page: { after: ResultPlace | undefined; limit: number },
) => tx<ResultRow[]>`
  select result.*, ${by === 'sku' ? tx`sku.code` : tx`organization.name`} as name
  from (
    select ${tx(`${by}_id`)} as "groupId", ${figures(tx)} from commission_simulation_row
    where simulation_id = ${id} and payer_id = ${payerId}
      ${page.after ? tx`and (${tx(`${by}_id`)}, currency) > (${page.after.groupId}::uuid, ${page.after.currency})` : tx``}
    group by ${tx(`${by}_id`)}, currency order by 1, currency limit ${onePast(tx, page)}) result
  left join ${by === 'sku' ? tx`sku` : tx`organization`} on ${by === 'sku' ? tx`sku.id` : tx`organization.id`} = result."groupId"
  order by result."groupId", result.currency`

export const listTotals = (tx: Tx, payerId: string, id: string) =>
  tx<TotalRow[]>`
    select ${figures(tx)} from commission_simulation_row
    where simulation_id = ${id} and payer_id = ${payerId} group by currency order by currency`

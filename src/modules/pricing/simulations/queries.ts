import type { Rate } from '../../../billing/rate.ts'
import { one, type Tx } from '../../../platform/db.ts'
import { onePast, type PageRequest } from '../../../platform/page.ts'
import type { ListRow } from '../price-lists/queries.ts'

export type SimulationRow = {
  id: string
  sellerId: string
  period: string
  priceListId: string
  jobId: string
  state: 'queued' | 'running' | 'done' | 'failed' | 'parked' | 'cancelled'
  createdAt: string
}

const columns = (tx: Tx) => tx`
  simulation.id, simulation.seller_id as "sellerId", simulation.period, simulation.price_list_id as "priceListId",
  simulation.job_id as "jobId", job.state, simulation.created_at as "createdAt"`

export const insertSimulation = (
  tx: Tx,
  row: Pick<SimulationRow, 'id' | 'sellerId' | 'period' | 'priceListId' | 'jobId'>,
) => tx`
  insert into price_simulation (id, seller_id, period, price_list_id, job_id)
  values (${row.id}, ${row.sellerId}, ${row.period}, ${row.priceListId}, ${row.jobId})`

export const findSimulation = async (tx: Tx, sellerId: string, id: string) =>
  one(
    await tx<SimulationRow[]>`
      select ${columns(tx)} from price_simulation simulation join job on job.id = simulation.job_id
      where simulation.id = ${id} and simulation.seller_id = ${sellerId}`,
  )

export const listSimulations = (tx: Tx, sellerId: string, page: PageRequest) =>
  tx<SimulationRow[]>`
    select ${columns(tx)} from price_simulation simulation join job on job.id = simulation.job_id
    where simulation.seller_id = ${sellerId} ${page.after ? tx`and simulation.id < ${page.after}` : tx``}
    order by simulation.id desc limit ${onePast(tx, page)}`

/** What a worker needs of a simulation. Runs as weir_seller, who does not read jobs. */
export const findTask = async (tx: Tx, sellerId: string, id: string) =>
  one(
    await tx<{ period: string; priceListId: string }[]>`
      select period, price_list_id as "priceListId" from price_simulation where id = ${id} and seller_id = ${sellerId}`,
  )

export type Draft = Pick<ListRow, 'id' | 'kind' | 'scope' | 'currency'> & {
  targetId: string
  rates: { rateId: string; skuId: string; rate: Rate }[]
  /** The versions that it would take over from: of the same code, kind, scope, target and currency. */
  versions: string[]
}

/** The list that is tried out, as it is when it is asked. Runs as weir_seller. */
export const findDraft = async (tx: Tx, sellerId: string, id: string) =>
  one(
    await tx<Draft[]>`
      select draft.id, draft.kind, draft.scope, draft.currency, draft.target_id as "targetId",
             coalesce((select jsonb_agg(jsonb_build_object('rateId', id, 'skuId', sku_id, 'rate', rate)) from price_rate
                       where price_list_id = draft.id), '[]') as rates,
             array(select id::text from price_list other
                   where other.seller_id = draft.seller_id and other.code = draft.code and other.kind = draft.kind
                     and other.scope = draft.scope and other.target_id = draft.target_id and other.currency = draft.currency)
               as versions
      from price_list draft where draft.id = ${id} and draft.seller_id = ${sellerId}`,
  )

/** Amounts are decimal text. */
export type NewResult = {
  chainId: string
  skuId: string
  currency: string
  lines: number
  before: string
  after: string
  parkedBefore: number
  parkedAfter: number
}

export const insertResults = (tx: Tx, simulationId: string, sellerId: string, rows: readonly NewResult[]) => tx`
  insert into price_simulation_row (simulation_id, seller_id, tenant_id, partner_id, distributor_id, sku_id, currency, lines,
                                    before, after, parked_before, parked_after)
  select ${simulationId}, ${sellerId}, chain.tenant_id, chain.partner_id, chain.distributor_id, one.sku_id, one.currency,
         sum(one.lines), sum(one.before), sum(one.after), sum(one.parked_before), sum(one.parked_after)
  from unnest(${rows.map(({ chainId }) => chainId)}::uuid[], ${rows.map(({ skuId }) => skuId)}::uuid[],
              ${rows.map(({ currency }) => currency)}::text[], ${rows.map(({ lines }) => lines)}::int[],
              ${rows.map(({ before }) => before)}::numeric[], ${rows.map(({ after }) => after)}::numeric[],
              ${rows.map(({ parkedBefore }) => parkedBefore)}::int[], ${rows.map(({ parkedAfter }) => parkedAfter)}::int[])
    as one (chain_id, sku_id, currency, lines, before, after, parked_before, parked_after)
  join chain on chain.id = one.chain_id
  group by chain.tenant_id, chain.partner_id, chain.distributor_id, one.sku_id, one.currency`

/** What differences are shown by. */
export const simulationGroups = ['distributor', 'partner', 'tenant', 'sku'] as const
type SimulationGroup = (typeof simulationGroups)[number]

type ResultRow = {
  groupId: string
  name: string | null
  currency: string
  lines: number
  before: string
  after: string
  difference: string
  parkedBefore: number
  parkedAfter: number
}

const figures = (tx: Tx) => tx`
  currency, sum(lines)::int as lines, trim_scale(sum(before))::text as before, trim_scale(sum(after))::text as after,
  trim_scale(sum(after) - sum(before))::text as difference, sum(parked_before)::int as "parkedBefore",
  sum(parked_after)::int as "parkedAfter"`

/** Where a page of results goes on. */
export type ResultPlace = { readonly groupId: string; readonly currency: string }

/** Differences by group and currency; a level that a tenant has skipped is the nil id. The names are those in the reader's sight. */
export const listResults = (
  tx: Tx,
  seller: { sellerId: string; simulationId: string },
  by: SimulationGroup,
  page: { after: ResultPlace | undefined; limit: number },
) => tx<ResultRow[]>`
  select result.*, ${by === 'sku' ? tx`sku.code` : tx`organization.name`} as name
  from (
    select ${tx(`${by}_id`)} as "groupId", ${figures(tx)} from price_simulation_row
    where simulation_id = ${seller.simulationId} and seller_id = ${seller.sellerId}
      ${page.after ? tx`and (${tx(`${by}_id`)}, currency) > (${page.after.groupId}::uuid, ${page.after.currency})` : tx``}
    group by ${tx(`${by}_id`)}, currency order by 1, currency limit ${onePast(tx, page)}) result
  left join ${by === 'sku' ? tx`sku` : tx`organization`} on ${by === 'sku' ? tx`sku.id` : tx`organization.id`} = result."groupId"
  order by result."groupId", result.currency`

export const listTotals = (tx: Tx, sellerId: string, simulationId: string) =>
  tx<Omit<ResultRow, 'groupId' | 'name'>[]>`
    select ${figures(tx)} from price_simulation_row
    where simulation_id = ${simulationId} and seller_id = ${sellerId} group by currency order by currency`

import { one, type Tx, withoutNestedLoops } from '../../platform/db.ts'

// From fresh buckets to documents, and back. Runs as weir_seller. Statistics lag behind tables that grow by a run, so no
// statement here leaves the planner a choice of joins that could be wrong.

/** Where a chunk ends and the next one begins: behind the buckets of this tenant on this edge. */
export type Position = { readonly edgeId: string; readonly tenantId: string }

/** Some fresh buckets of a seller's period, behind one position and up to another. */
export type Range = {
  readonly sellerId: string
  readonly period: string
  readonly after: Position
  readonly upTo: Position
}

/** A cost is on no document. */
const isFreshBehind = (tx: Tx, range: Omit<Range, 'upTo'>) => tx`
  seller_id = ${range.sellerId} and period = ${range.period}
  and (edge_id, tenant_id) > (${range.after.edgeId}, ${range.after.tenantId})
  and state = 'fresh' and buyer_id <> seller_id`

const isFreshWithin = (tx: Tx, range: Range) => tx`
  ${isFreshBehind(tx, range)} and (edge_id, tenant_id) <= (${range.upTo.edgeId}, ${range.upTo.tenantId})`

/** The position behind about the next `limit` fresh buckets, with all of a tenant's; undefined when there are none. */
export const findNextPosition = async (tx: Tx, range: Omit<Range, 'upTo'>, limit: number) =>
  one(
    await tx<Position[]>`
    select edge_id as "edgeId", tenant_id as "tenantId"
    from (select edge_id, tenant_id from rated_bucket where ${isFreshBehind(tx, range)}
          order by edge_id, tenant_id limit ${limit}) next
    order by edge_id desc, tenant_id desc limit 1`,
  )

/** The edges that the range has fresh buckets on, in order. */
export const listFreshEdges = async (tx: Tx, range: Range): Promise<string[]> =>
  (
    await tx<{ edgeId: string }[]>`
      select distinct edge_id as "edgeId" from rated_bucket where ${isFreshWithin(tx, range)} order by edge_id`
  ).map(({ edgeId }) => edgeId)

/** The range's buckets are on the run's drafts from now on. */
export const markDrafted = (tx: Tx, runId: string, range: Range) =>
  withoutNestedLoops(
    tx,
    () => tx`
      update rated_bucket set state = 'drafted', invoice_id = draft.id
      from (select id, edge_id as on_edge_id from invoice where run_id = ${runId}) draft
      where ${isFreshWithin(tx, range)} and edge_id = draft.on_edge_id`,
  )

/** Documents of one seller's period, each with its edge at the same position. */
export type Papers = {
  readonly sellerId: string
  readonly period: string
  readonly edgeIds: readonly string[]
  readonly invoiceIds: readonly string[]
}

const onPapers = (tx: Tx, { sellerId, period, edgeIds, invoiceIds }: Papers) => tx`
  array(
    select bucket.ctid
    from unnest(${[...edgeIds]}::uuid[], ${[...invoiceIds]}::uuid[]) as paper (edge_id, invoice_id)
    cross join lateral (
      select ctid from rated_bucket
      where seller_id = ${sellerId} and period = ${period} and edge_id = paper.edge_id and invoice_id = paper.invoice_id
        and state = 'drafted' offset 0) bucket)`

/** What these documents hold is billed for good. */
export const markBilled = (tx: Tx, papers: Papers) => tx`
  update rated_bucket set state = 'billed' where ctid = any (${onPapers(tx, papers)})`

/** What these documents held is free again. */
export const release = (tx: Tx, papers: Papers) => tx`
  update rated_bucket set state = 'fresh', invoice_id = null where ctid = any (${onPapers(tx, papers)})`

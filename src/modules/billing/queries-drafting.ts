import type { Tx } from '../../platform/db.ts'

// From fresh buckets to the places on paper, and back. Runs as weir_seller.

/** Where drafting goes on: at this edge's tenant; nil ids are the beginning. */
export type Position = { readonly edgeId: string; readonly tenantId: string }

type Slice = { sellerId: string; period: string; from: Position; limit: number }

const keyOrder = (tx: Tx) => tx`edge_id, tenant_id, subscription_id, sku_id, service_period, region_id, service_start`

/** The next fresh buckets of documents, in the order of documents and lines. A cost is on no document. */
const nextFresh = (tx: Tx, { sellerId, period, from, limit }: Slice) => tx`
  select * from rated_bucket
  where seller_id = ${sellerId} and period = ${period} and (edge_id, tenant_id) >= (${from.edgeId}, ${from.tenantId})
    and state = 'fresh' and buyer_id <> seller_id
  order by ${keyOrder(tx)} limit ${limit}`

export type FreshEdge = { edgeId: string; lastTenantId: string; buckets: number }

/** Which edges the next buckets are on, in order. */
export const listFreshEdges = (tx: Tx, slice: Slice) =>
  tx<FreshEdge[]>`
    select edge_id as "edgeId", max(tenant_id::text) as "lastTenantId", count(*)::int as buckets
    from (${nextFresh(tx, slice)}) next group by edge_id order by edge_id`

/** Gives the next buckets their line on the run's draft of their edge, behind the lines it has. */
export const assignLines = (tx: Tx, runId: string, slice: Slice) => tx`
  update rated_bucket bucket set state = 'drafted', invoice_id = assigned.invoice_id, line = assigned.line
  from (
    select next.edge_id, next.tenant_id, next.subscription_id, next.sku_id, next.service_period, next.region_id,
           next.service_start, invoice.id as invoice_id,
           invoice.lines + row_number() over (partition by next.edge_id order by ${keyOrder(tx)}) as line
    from (${nextFresh(tx, slice)}) next
    join (select id as id, edge_id as draft_edge_id, lines from invoice where run_id = ${runId}) invoice
      on invoice.draft_edge_id = next.edge_id
  ) assigned
  where bucket.seller_id = ${slice.sellerId} and bucket.period = ${slice.period} and bucket.edge_id = assigned.edge_id
    and bucket.tenant_id = assigned.tenant_id and bucket.subscription_id = assigned.subscription_id
    and bucket.sku_id = assigned.sku_id and bucket.service_period = assigned.service_period
    and bucket.region_id = assigned.region_id and bucket.service_start = assigned.service_start`

/** Documents of one seller's period, each with its edge at the same position. */
export type Papers = { sellerId: string; period: string; edgeIds: readonly string[]; invoiceIds: readonly string[] }

const onPapers = (tx: Tx, { sellerId, period, edgeIds, invoiceIds }: Papers) => tx`
  unnest(${[...edgeIds]}::uuid[], ${[...invoiceIds]}::uuid[]) as paper (edge_id, invoice_id)
  where bucket.seller_id = ${sellerId} and bucket.period = ${period} and bucket.edge_id = paper.edge_id
    and bucket.invoice_id = paper.invoice_id and bucket.state = 'drafted'`

/** What these documents hold is billed for good. */
export const markBilled = (tx: Tx, papers: Papers) => tx`
  update rated_bucket bucket set state = 'billed' from ${onPapers(tx, papers)}`

/** What these documents held is free again. */
export const release = (tx: Tx, papers: Papers) => tx`
  update rated_bucket bucket set state = 'fresh', invoice_id = null, line = null from ${onPapers(tx, papers)}`

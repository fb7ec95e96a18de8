import { one, type Tx } from '../../../platform/db.ts'

// From drafted buckets to billed and settled ones, and back. Runs as weir_seller.

/** Where a chunk ends and the next one begins: behind the buckets of this tenant on this edge. */
export type Position = { readonly edgeId: string; readonly tenantId: string }

/** The position behind about the next `limit` drafted buckets, with all of a tenant's; undefined when there are none. */
export const findNextPosition = async (
  tx: Tx,
  { sellerId, period, after }: { sellerId: string; period: string; after: Position },
  limit: number,
) =>
  one(
    await tx<Position[]>`
    select edge_id as "edgeId", tenant_id as "tenantId"
    from (
      select edge_id, tenant_id from rated_bucket
      where seller_id = ${sellerId} and period = ${period} and state = 'drafted'
        and (edge_id, tenant_id) > (${after.edgeId}, ${after.tenantId})
      order by edge_id, tenant_id limit ${limit}) next
    order by edge_id desc, tenant_id desc limit 1`,
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

/** What these drafts held is final without a document. */
export const markSettled = (tx: Tx, papers: Papers) => tx`
  update rated_bucket set state = 'settled', invoice_id = null where ctid = any (${onPapers(tx, papers)})`

/** What these documents held is free again. */
export const release = (tx: Tx, papers: Papers) => tx`
  update rated_bucket set state = 'fresh', invoice_id = null where ctid = any (${onPapers(tx, papers)})`

import { inBranch } from '../../platform/branch.ts'
import type { Branch, Level } from '../../platform/context.ts'
import { one, type Tx } from '../../platform/db.ts'
import { onePast, type PageRequest } from '../../platform/page.ts'
import type { Correction, CorrectionFilters } from './model.ts'

/** A correction as it is stored, without its edges. */
export type CorrectionRow = Omit<Correction, 'edges'> & { digest: string }

const columns = (tx: Tx) => tx`
  id, tenant_id as "tenantId", period, reason, state, quantities, digest, created_at as "createdAt", updated_at as "updatedAt",
  applied_at as "appliedAt"`

export const listCorrections = (tx: Tx, orgId: string, filters: CorrectionFilters, page: PageRequest) =>
  tx<CorrectionRow[]>`
    select ${columns(tx)} from correction
    where org_id = ${orgId}
      ${filters.tenantId ? tx`and tenant_id = ${filters.tenantId}` : tx``}
      ${filters.period ? tx`and period = ${filters.period}` : tx``}
      ${page.after ? tx`and id < ${page.after}` : tx``}
    order by id desc limit ${onePast(tx, page)}`

export const findCorrection = async (tx: Tx, orgId: string, id: string) =>
  one(await tx<CorrectionRow[]>`select ${columns(tx)} from correction where org_id = ${orgId} and id = ${id}`)

/** As `findCorrection`; nobody else applies it until the transaction ends. */
export const lockCorrection = async (tx: Tx, orgId: string, id: string) =>
  one(
    await tx<CorrectionRow[]>`select ${columns(tx)} from correction where org_id = ${orgId} and id = ${id} for update`,
  )

export const insertCorrection = (
  tx: Tx,
  orgId: string,
  made: Pick<CorrectionRow, 'id' | 'tenantId' | 'period' | 'reason' | 'quantities' | 'digest'>,
) => tx`
  insert into correction (id, org_id, tenant_id, period, reason, quantities, digest)
  values (${made.id}, ${orgId}, ${made.tenantId}, ${made.period}, ${made.reason}, ${tx.json(made.quantities)}, ${made.digest})`

/** What the preview came to. */
export const updateDigest = (tx: Tx, orgId: string, id: string, digest: string) => tx`
  update correction set digest = ${digest} where org_id = ${orgId} and id = ${id}`

export const markApplied = (tx: Tx, orgId: string, id: string) => tx`
  update correction set state = 'applied', applied_at = clock_timestamp(), updated_at = clock_timestamp()
  where org_id = ${orgId} and id = ${id}`

/** The edges of corrections that the viewer sees, in the order of their ids. */
export type EdgeRow = {
  correctionId: string
  edgeId: string
  sellerId: string
  effects: Omit<Correction['edges'][number], 'edgeId' | 'sellerId'>
  creditNoteIds: string[]
  invoiceId: string | null
}

export const listEdges = (tx: Tx, viewer: Branch, ids: readonly string[]) =>
  tx<EdgeRow[]>`
    select correction_id as "correctionId", edge_id as "edgeId", seller_id as "sellerId", effects,
           credit_note_ids as "creditNoteIds", invoice_id as "invoiceId"
    from correction_edge
    where correction_id = any (${[...ids]}::uuid[]) and org_id = ${viewer.organizationId}
      and ${tx(`see_${viewer.level}_id`)} = ${viewer.organizationId}
    order by correction_id, edge_id`

/** True when the tenant is of the viewer's branch. */
export const seesTenant = async (tx: Tx, viewer: Branch, tenantId: string): Promise<boolean> =>
  one(
    await tx<{ seen: boolean }[]>`
    select exists (select from organization where id = ${tenantId} and level = 'tenant'
                   and ${inBranch(tx, viewer, 'organization')}) as seen`,
  )?.seen ?? false

/** The SKUs of these codes, and which of these subscriptions are the tenant's. */
export const listSkus = (tx: Tx, codes: readonly string[]) =>
  tx<{ id: string; code: string }[]>`select id, code from sku where code = any (${[...codes]}::text[])`

export const listSubscriptions = (tx: Tx, tenantId: string, ids: readonly string[]) =>
  tx<{ id: string }[]>`select id from subscription where tenant_id = ${tenantId} and id = any (${[...ids]}::uuid[])`

/**
 * Everybody who sold on the tenant's chains, as branches, in one order for all writers. `isSeen`: not where somebody has sold
 * there, until the end of the month, on an edge that the viewer does not see; its books are none of the viewer's business. Runs as
 * weir_chain.
 */
export type SellerRow = { id: string; level: Level; distributorId: string; partnerId: string; isSeen: boolean }

export const listSellers = (tx: Tx, viewer: Branch, { tenantId, period }: { tenantId: string; period: string }) =>
  tx<SellerRow[]>`
    select seller.id, seller.level, seller.distributor_id as "distributorId", seller.partner_id as "partnerId",
           bool_and(${tx(`edge.see_${viewer.level}_id`)} is not distinct from ${viewer.organizationId}) as "isSeen"
    from chain_edge
    join edge on edge.id = chain_edge.edge_id and edge.kind = 'sale'
    join organization seller on seller.id = edge.seller_id
    where chain_edge.tenant_id = ${tenantId} and lower(edge.valid) < ${`${period}-01`}::date + interval '1 month'
    group by seller.id
    order by seller.id`

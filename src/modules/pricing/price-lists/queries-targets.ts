import type { CommercialModel } from '../../../billing/chain.ts'
import type { Currency } from '../../../billing/money.ts'
import { inBranch } from '../../../platform/branch.ts'
import type { Actor, Level } from '../../../platform/context.ts'
import { one, type Tx } from '../../../platform/db.ts'

export type Trader = { level: Level; commercialModel: CommercialModel | null }

export const findTrader = async (tx: Tx, actor: Actor, id: string) =>
  one(
    await tx<Trader[]>`
      select organization.level, organization.commercial_model as "commercialModel"
      from organization where organization.id = ${id} and ${inBranch(tx, actor, 'organization')}`,
  )

/** True for a dealer that has been a seller on some edge, or is planned to be a reseller. */
export const sellsAtSomeTime = async (tx: Tx, actor: Actor): Promise<boolean> =>
  one(
    await tx<{ sells: boolean }[]>`
      select exists (select from edge where edge.kind = 'sale' and edge.seller_id = ${actor.organizationId})
        or exists (select from organization_change change where change.organization_id = ${actor.organizationId}
                   and change.to_model = 'reseller' and change.state = 'planned') as sells`,
  )?.sells ?? false

/** The currency that a seller keeps its own prices in. Runs as weir_seller: a buyer does not see who sells to it. */
export const findOwnCurrency = async (tx: Tx, sellerId: string) =>
  one(await tx<{ currency: Currency }[]>`select currency from organization where id = ${sellerId}`)?.currency

/** Days `[from, to)`; `to` null is without end. */
type Days = { from: string; to: string | null }

export type EdgeRow = {
  buyerId: string
  currency: Currency
  platform: string | null
  distributor: string | null
  partner: string | null
  tenant: string | null
}

const edgeColumns = (tx: Tx) => tx`
  edge.buyer_id as "buyerId", edge.currency, edge.see_platform_id as platform, edge.see_distributor_id as distributor,
  edge.see_partner_id as partner, edge.see_tenant_id as tenant`

/** The actor is on the edge or spans it, and the edge is in force on some of the days. */
const isInSight = (tx: Tx, actor: Actor, sellerId: string, { from, to }: Days) => tx`
  edge.kind = 'sale' and edge.seller_id = ${sellerId} and edge.valid && daterange(${from}, ${to})
  and ${tx(`edge.see_${actor.level}_id`)} = ${actor.organizationId}`

/** The edge between a seller and a buyer; the last one of the days where it changed. */
export const findEdge = async (tx: Tx, actor: Actor, sellerId: string, buyerId: string, days: Days) =>
  one(
    await tx<EdgeRow[]>`
      select ${edgeColumns(tx)} from edge
      where edge.buyer_id = ${buyerId} and ${isInSight(tx, actor, sellerId, days)}
      order by edge.valid desc limit 1`,
  )

export type SubscriptionRow = { tenantId: string; planVersionId: string }

export const findSubscription = async (tx: Tx, actor: Actor, id: string) =>
  one(
    await tx<SubscriptionRow[]>`
      select subscription.tenant_id as "tenantId", subscription.plan_version_id as "planVersionId"
      from subscription where subscription.id = ${id} and ${inBranch(tx, actor, 'subscription')}`,
  )

/** The edge of a seller in the chain of a tenant; the last one of the days where it changed. */
export const findEdgeOfTenant = async (tx: Tx, actor: Actor, sellerId: string, tenantId: string, days: Days) =>
  one(
    await tx<EdgeRow[]>`
      select ${edgeColumns(tx)}
      from chain join chain_edge on chain_edge.chain_id = chain.id join edge on edge.id = chain_edge.edge_id
      where chain.tenant_id = ${tenantId} and chain.valid && daterange(${days.from}, ${days.to})
        and ${inBranch(tx, actor, 'chain')} and ${isInSight(tx, actor, sellerId, days)}
      order by chain.valid desc, edge.valid desc limit 1`,
  )

/** Whether a region has this id. */
export const hasRegion = async (tx: Tx, id: string): Promise<boolean> =>
  (await tx`select from region where id = ${id}`).length > 0

export const findRegionId = async (tx: Tx, code: string) =>
  one(await tx<{ id: string }[]>`select id from region where code = ${code}`)?.id

/** Whether the actor sees a plan version with this id: the platform every one, others those of their line. */
export const hasPlanVersion = async (tx: Tx, line: readonly string[] | 'all', id: string): Promise<boolean> =>
  (
    await tx`
      select from plan_version
      where id = ${id} ${line === 'all' ? tx`` : tx`and owner_id = any (${[...line]}::uuid[])`}`
  ).length > 0

import type { Actor } from '../../../platform/context.ts'
import { one, type Tx } from '../../../platform/db.ts'
import { onePast, type PageRequest } from '../../../platform/page.ts'
import type { Edge, EdgeFilters } from './model.ts'

const columns = (tx: Tx, { organizationId }: Actor) => tx`
  edge.id, edge.seller_id as "sellerId", edge.buyer_id as "buyerId", edge.currency,
  edge.payment_term_days as "paymentTermDays",
  case when edge.seller_id = ${organizationId} then array_remove(array[agent_distributor_id, agent_partner_id], null)
       else '{}'::uuid[] end as "agentIds",
  lower(edge.valid) as "validFrom", upper(edge.valid) as "validTo", edge.created_at as "createdAt",
  edge.updated_at as "updatedAt"`

/** The actor sells or buys there. Who only earns on an edge, or stands above it, has no terms with anybody. */
const isParty = (tx: Tx, actor: Actor, side?: EdgeFilters['side']) => {
  const seen = tx`edge.kind = 'sale' and ${tx(`edge.see_${actor.level}_id`)} = ${actor.organizationId}`
  if (side === 'sell') return tx`${seen} and edge.seller_id = ${actor.organizationId}`
  if (side === 'buy') return tx`${seen} and edge.buyer_id = ${actor.organizationId}`
  return tx`${seen} and ${actor.organizationId} in (edge.seller_id, edge.buyer_id)`
}

export const listEdges = (tx: Tx, actor: Actor, filters: EdgeFilters, page: PageRequest) => tx<Edge[]>`
  select ${columns(tx, actor)} from edge
  where ${isParty(tx, actor, filters.side)}
    ${filters.sellerId ? tx`and edge.seller_id = ${filters.sellerId}` : tx``}
    ${filters.buyerId ? tx`and edge.buyer_id = ${filters.buyerId}` : tx``}
    ${filters.on ? tx`and edge.valid @> ${filters.on}::date` : tx``}
    ${page.after ? tx`and edge.id < ${page.after}` : tx``}
  order by edge.id desc limit ${onePast(tx, page)}`

export const findEdge = async (tx: Tx, actor: Actor, id: string) =>
  one(await tx<Edge[]>`select ${columns(tx, actor)} from edge where edge.id = ${id} and ${isParty(tx, actor)}`)

/** False on an edge of a reseller whose contract is confidential. */
export const isSeenByPlatform = async (tx: Tx, actor: Actor, id: string): Promise<boolean> =>
  (
    await tx`
      select from edge where edge.id = ${id} and see_platform_id is not null and ${isParty(tx, actor)}`
  ).length > 0

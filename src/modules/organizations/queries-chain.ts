import type { ChainEdge, CommercialModel } from '../../billing/chain.ts'
import type { Level } from '../../platform/context.ts'
import { one, type Tx } from '../../platform/db.ts'
import { newId } from '../../platform/ids.ts'
import type { Organization } from './model.ts'

export type LineRow = {
  id: string
  level: Level
  commercialModel: CommercialModel | null
  currency: string
  state: Organization['state']
}

/** The organizations of a line, whatever the caller's tier may see of them. */
export const listLine = (tx: Tx, ids: readonly string[]) => tx<LineRow[]>`
  select id, level, commercial_model as "commercialModel", currency, state
  from organization where id = any (${[...ids]}::uuid[])`

/** The span of days of a row, and the currency of an edge with the digits of its minor unit. */
export type Terms = { valid: string; currency: string; digits: number }

const agentAt = ({ agents }: ChainEdge, level: Level): string | null =>
  agents.find((agent) => agent.level === level)?.id ?? null

export const insertSaleEdge = (tx: Tx, edge: ChainEdge, terms: Terms) => tx`
  insert into edge (id, kind, seller_id, buyer_id, currency, currency_digits, agent_distributor_id, agent_partner_id,
                    see_platform_id, see_distributor_id, see_partner_id, see_tenant_id, valid)
  values (${newId()}, 'sale', ${edge.seller.id}, ${edge.buyer.id}, ${terms.currency}, ${terms.digits},
          ${agentAt(edge, 'distributor')}, ${agentAt(edge, 'partner')}, ${edge.sees.platform}, ${edge.sees.distributor},
          ${edge.sees.partner}, ${edge.sees.tenant}, ${terms.valid}::daterange)`

/** The platform's purchase in one currency; made by whoever needs it first. */
export const insertCostEdge = (tx: Tx, platformId: string, terms: Terms) => tx`
  insert into edge (id, kind, seller_id, buyer_id, currency, currency_digits, see_platform_id, valid)
  values (${newId()}, 'cost', ${platformId}, ${platformId}, ${terms.currency}, ${terms.digits}, ${platformId},
          ${terms.valid}::daterange)
  on conflict on constraint edge_one_per_day do nothing`

export type NewChain = {
  tenantId: string
  partnerId: string
  distributorId: string
  partnerModel: CommercialModel | null
  distributorModel: CommercialModel | null
  valid: string
}

export const insertChain = async (tx: Tx, chain: NewChain) =>
  one(
    await tx<{ id: string }[]>`
    insert into chain (id, tenant_id, partner_id, distributor_id, partner_model, distributor_model, valid)
    values (${newId()}, ${chain.tenantId}, ${chain.partnerId}, ${chain.distributorId}, ${chain.partnerModel},
            ${chain.distributorModel}, ${chain.valid}::daterange)
    returning id`,
  )

/**
 * Hangs a chain on its sale edges, which are given from the top, and on the cost edge of each currency that the platform
 * sells to it in. Answers the positions.
 */
export const insertChainEdges = (tx: Tx, chainId: string, platformId: string, edges: readonly ChainEdge[]) =>
  tx<{ position: number }[]>`
    with sale as (
      select edge.id, edge.currency, pair.position::smallint
      from chain
      cross join unnest(${edges.map(({ seller }) => seller.id)}::uuid[], ${edges.map(({ buyer }) => buyer.id)}::uuid[])
        with ordinality as pair (seller_id, buyer_id, position)
      join edge on edge.seller_id = pair.seller_id and edge.buyer_id = pair.buyer_id and edge.valid && chain.valid
      where chain.id = ${chainId} and edge.kind = 'sale'
    ), cost as (
      select edge.id, 0::smallint as position
      from chain
      join edge on edge.kind = 'cost' and edge.seller_id = ${platformId} and edge.valid && chain.valid
      where chain.id = ${chainId} and edge.currency in (select currency from sale where position = 1)
    )
    insert into chain_edge (chain_id, edge_id, position, tenant_id, partner_id, distributor_id)
    select chain.id, hung.id, hung.position, chain.tenant_id, chain.partner_id, chain.distributor_id
    from chain cross join (select id, position from sale union all select id, position from cost) as hung
    where chain.id = ${chainId}
    returning position`

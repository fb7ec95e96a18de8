import type { ChainEdge, CommercialModel } from '../../billing/chain.ts'
import type { Level } from '../../platform/context.ts'
import type { Tx } from '../../platform/db.ts'
import { newId } from '../../platform/ids.ts'
import type { Organization } from './model.ts'

export type LineRow = {
  id: string
  level: Level
  commercialModel: CommercialModel | null
  isConfidential: boolean
  currency: string
  state: Organization['state']
}

/** The organizations of a line, whatever the caller's tier may see of them. */
export const listLine = (tx: Tx, ids: readonly string[]) => tx<LineRow[]>`
  select id, level, commercial_model as "commercialModel", is_confidential as "isConfidential", currency, state
  from organization where id = any (${[...ids]}::uuid[])`

/**
 * Who changes chains waits for all who read them to write by them, and they for it; usage and onboarding only share. Ends
 * with the transaction, and comes first in it.
 */
export const lockChains = (tx: Tx) => tx`select pg_advisory_xact_lock(hashtextextended('chains', 12))`

/** As long as the transaction lasts, no chain changes. */
export const shareChains = (tx: Tx) => tx`select pg_advisory_xact_lock_shared(hashtextextended('chains', 12))`

/** What is agreed on an edge: its currency with the digits of the minor unit, and the days to pay. */
export type Terms = { readonly currency: string; readonly digits: number; readonly paymentTermDays: number }

/** An edge to be opened. */
export type NewEdge = { readonly edge: ChainEdge; readonly terms: Terms }

const agentAt = ({ agents }: ChainEdge, level: Level): string | null =>
  agents.find((agent) => agent.level === level)?.id ?? null

/** Opens edges for the days `valid`. */
export const insertSaleEdges = (tx: Tx, edges: readonly NewEdge[], valid: string) => tx`
  insert into edge (id, kind, seller_id, buyer_id, currency, currency_digits, payment_term_days, agent_distributor_id,
                    agent_partner_id, see_platform_id, see_distributor_id, see_partner_id, see_tenant_id, valid)
  select opened.id, 'sale', seller_id, buyer_id, currency, digits, term, agent_distributor_id, agent_partner_id,
         see_platform_id, see_distributor_id, see_partner_id, see_tenant_id, ${valid}::daterange
  from unnest(
    ${edges.map(() => newId())}::uuid[], ${edges.map(({ edge }) => edge.seller.id)}::uuid[],
    ${edges.map(({ edge }) => edge.buyer.id)}::uuid[], ${edges.map(({ terms }) => terms.currency)}::text[],
    ${edges.map(({ terms }) => terms.digits)}::smallint[], ${edges.map(({ terms }) => terms.paymentTermDays)}::int[],
    ${edges.map(({ edge }) => agentAt(edge, 'distributor'))}::uuid[],
    ${edges.map(({ edge }) => agentAt(edge, 'partner'))}::uuid[], ${edges.map(({ edge }) => edge.sees.platform)}::uuid[],
    ${edges.map(({ edge }) => edge.sees.distributor)}::uuid[], ${edges.map(({ edge }) => edge.sees.partner)}::uuid[],
    ${edges.map(({ edge }) => edge.sees.tenant)}::uuid[])
    as opened (id, seller_id, buyer_id, currency, digits, term, agent_distributor_id, agent_partner_id, see_platform_id,
               see_distributor_id, see_partner_id, see_tenant_id)`

/** The platform's purchase in one currency, for ever; made by whoever needs it first. */
export const insertCostEdge = (tx: Tx, platformId: string, { currency, digits }: Terms) => tx`
  insert into edge (id, kind, seller_id, buyer_id, currency, currency_digits, see_platform_id, valid)
  values (${newId()}, 'cost', ${platformId}, ${platformId}, ${currency}, ${digits}, ${platformId}, '[2000-01-01,)')
  on conflict on constraint edge_one_per_day do nothing`

/** A chain to be written, with its edges from the top. */
type NewChain = {
  readonly id: string
  readonly tenantId: string
  readonly partnerId: string
  readonly distributorId: string
  readonly partnerModel: CommercialModel | null
  readonly distributorModel: CommercialModel | null
  readonly edges: readonly ChainEdge[]
}

/** Writes chains for the days `valid`. */
export const insertChains = (tx: Tx, chains: readonly NewChain[], valid: string) => tx`
  insert into chain (id, tenant_id, partner_id, distributor_id, partner_model, distributor_model, valid)
  select id, tenant_id, partner_id, distributor_id, partner_model, distributor_model, ${valid}::daterange
  from unnest(
    ${chains.map((chain) => chain.id)}::uuid[], ${chains.map((chain) => chain.tenantId)}::uuid[],
    ${chains.map((chain) => chain.partnerId)}::uuid[], ${chains.map((chain) => chain.distributorId)}::uuid[],
    ${chains.map((chain) => chain.partnerModel)}::text[], ${chains.map((chain) => chain.distributorModel)}::text[])
    as chain (id, tenant_id, partner_id, distributor_id, partner_model, distributor_model)`

/**
 * Hangs chains on their sale edges, which are given from the top, and on the cost edge of the currency that the platform
 * sells to them in. Answers how many edges each chain has.
 */
export const insertChainEdges = (tx: Tx, platformId: string, chains: readonly NewChain[]) => {
  const pairs = chains.flatMap(({ id, edges }) => edges.map((edge, index) => ({ id, edge, position: index + 1 })))
  return tx<{ chainId: string; edges: number }[]>`
    with sale as materialized (
      select chain.id as chain_id, edge.id, edge.currency, upper_inf(edge.valid) as is_open, pair.position
      from unnest(${pairs.map(({ id }) => id)}::uuid[], ${pairs.map(({ edge }) => edge.seller.id)}::uuid[],
                  ${pairs.map(({ edge }) => edge.buyer.id)}::uuid[], ${pairs.map(({ position }) => position)}::smallint[])
        as pair (chain_id, seller_id, buyer_id, position)
      join chain on chain.id = pair.chain_id
      join edge on edge.seller_id = pair.seller_id and edge.buyer_id = pair.buyer_id and edge.valid && chain.valid
      where edge.kind = 'sale'
    ), cost as (
      select sale.chain_id, edge.id, 0::smallint as position
      from sale join edge on edge.kind = 'cost' and edge.seller_id = ${platformId} and edge.currency = sale.currency
      where sale.position = 1 and sale.is_open
    ), hung as (
      insert into chain_edge (chain_id, edge_id, position, tenant_id, partner_id, distributor_id)
      select chain.id, place.id, place.position, chain.tenant_id, chain.partner_id, chain.distributor_id
      from (select chain_id, id, position from sale union select chain_id, id, position from cost) as place
      join chain on chain.id = place.chain_id
      returning chain_id, position)
    select chain_id as "chainId", count(distinct position)::int as edges from hung group by chain_id`
}

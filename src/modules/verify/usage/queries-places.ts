import type { CommercialModel } from '../../../billing/chain.ts'
import { one, type Tx } from '../../../platform/db.ts'
import { type FoundRow, namedRows } from '../check.ts'
import type { Slice } from './queries-usage.ts'

/** Tenants without a chain on some day, or whose present one is not where they stand or not of their sellers' models. */
export const listWrongChains = (tx: Tx) => tx<FoundRow[]>`
  select format('chain of tenant %s', tenant.id) as row,
         case when days.all_days is distinct from '{[2000-01-01,)}'::datemultirange then 'does not cover every day once'
              else 'is not of the place or the commercial models that its tenant has now' end as says,
         count(*) over ()::int as total
  from organization tenant
  left join (select tenant_id, range_agg(valid) as all_days from chain group by tenant_id) days on days.tenant_id = tenant.id
  left join chain on chain.tenant_id = tenant.id and upper_inf(chain.valid)
  left join organization partner on partner.id = tenant.partner_id
  left join organization distributor on distributor.id = tenant.distributor_id
  where tenant.level = 'tenant'
    and (days.all_days is distinct from '{[2000-01-01,)}'::datemultirange
      or (chain.partner_id, chain.distributor_id, chain.partner_model, chain.distributor_model)
        is distinct from (tenant.partner_id, tenant.distributor_id, partner.commercial_model, distributor.commercial_model))
  order by tenant.id limit ${namedRows}`

/** What regions call subscriptions, where it stands elsewhere than its subscription. */
export const listWrongAliases = (tx: Tx) => tx<FoundRow[]>`
  select format('external ids of subscription %s', alias.subscription_id) as row, 'stand in another branch' as says,
         count(*) over ()::int as total
  from subscription_alias alias join subscription on subscription.id = alias.subscription_id
  where (alias.partner_id, alias.distributor_id) is distinct from (subscription.partner_id, subscription.distributor_id)
  order by alias.subscription_id limit ${namedRows}`

/**
 * Sales that the platform sees though the seller's contract is confidential, or the reverse; and what is billed on an edge
 * and seen by others than the edge.
 */
export const listWrongSight = (tx: Tx) => tx<FoundRow[]>`
  with wrong as (
    select format('edge %s', edge.id) as row from edge join organization seller on seller.id = edge.seller_id
    where edge.kind = 'sale' and upper_inf(edge.valid) and (edge.see_platform_id is null) <> seller.is_confidential
    union all
    select format('document %s', invoice.id) from invoice join edge on edge.id = invoice.edge_id
    where (invoice.see_platform_id, invoice.see_distributor_id, invoice.see_partner_id, invoice.see_tenant_id)
      is distinct from (edge.see_platform_id, edge.see_distributor_id, edge.see_partner_id, edge.see_tenant_id)
    union all
    select format('line %s of document %s', line.line, invoice.id)
    from invoice join invoice_line line on line.invoice_id = invoice.id
    where (invoice.see_platform_id, invoice.see_distributor_id, invoice.see_partner_id, invoice.see_tenant_id)
      is distinct from (line.see_platform_id, line.see_distributor_id, line.see_partner_id, line.see_tenant_id)
    union all
    select format('edge %s of chain %s', place.edge_id, place.chain_id)
    from chain_edge place left join chain on chain.id = place.chain_id
    where (place.tenant_id, place.partner_id, place.distributor_id)
      is distinct from (chain.tenant_id, chain.partner_id, chain.distributor_id)
    union all
    select format('bucket of subscription %s, SKU %s, seller %s in %s', subscription_id, sku_id, bucket.seller_id, period)
    from rated_bucket bucket join edge on edge.id = bucket.edge_id
    where (bucket.see_platform_id, bucket.see_distributor_id, bucket.see_partner_id, bucket.see_tenant_id)
      is distinct from (edge.see_platform_id, edge.see_distributor_id, edge.see_partner_id, edge.see_tenant_id)
  )
  select row, 'is seen by others than it should be' as says, count(*) over ()::int as total
  from wrong order by row limit ${namedRows}`

/** Usage that can be read by others than who stood above its tenant on its day. */
export const listWrongPlaces = (tx: Tx, { after, upTo }: Slice) => tx<FoundRow[]>`
  with slice as (
    select tenant_id, valid, partner_id, distributor_id from chain
    where tenant_id > ${after} ${upTo === null ? tx`` : tx`and tenant_id <= ${upTo}`}
  ), wrong as (
    select format('daily usage of subscription %s, SKU %s on %s posted to %s', subscription_id, sku_id, day, posting_period) as row
    from usage_daily usage join slice on slice.tenant_id = usage.tenant_id and slice.valid @> usage.day
    where (usage.partner_id, usage.distributor_id) is distinct from (slice.partner_id, slice.distributor_id)
    union all
    select format('value %s of subscription %s, SKU %s on %s posted to %s', value, subscription_id, sku_id, day, posting_period)
    from usage_value usage join slice on slice.tenant_id = usage.tenant_id and slice.valid @> usage.day
    where (usage.partner_id, usage.distributor_id) is distinct from (slice.partner_id, slice.distributor_id)
    union all
    select format('usage event %s of tenant %s', key, usage.tenant_id)
    from usage_event usage
    join slice on slice.tenant_id = usage.tenant_id and slice.valid @> (usage.start_at at time zone 'UTC')::date
    where (usage.partner_id, usage.distributor_id) is distinct from (slice.partner_id, slice.distributor_id)
  )
  select row, 'stands in the branch of somebody who was not above its tenant on that day' as says, count(*) over ()::int as total
  from wrong order by row limit ${namedRows}`

/** A chain with its sale edges, each as position, seller, buyer, agent distributor and agent partner. */
export type ChainRow = {
  id: string
  tenantId: string
  partnerId: string
  distributorId: string
  partnerModel: CommercialModel | null
  distributorModel: CommercialModel | null
  edges: string[]
}

export const listChains = (tx: Tx, after: string, limit: number) => tx<ChainRow[]>`
  select chain.id, chain.tenant_id as "tenantId", chain.partner_id as "partnerId", chain.distributor_id as "distributorId",
         partner_model as "partnerModel", distributor_model as "distributorModel",
         array(select distinct concat_ws(' ', position, seller_id, buyer_id, coalesce(agent_distributor_id::text, '-'),
                                         coalesce(agent_partner_id::text, '-'))
               from chain_edge join edge on edge.id = chain_edge.edge_id
               where chain_edge.chain_id = chain.id and edge.kind = 'sale' order by 1) as edges
  from chain where chain.id > ${after} order by chain.id limit ${limit}`

export const countChains = async (tx: Tx): Promise<number> =>
  one(await tx<{ count: number }[]>`select count(*)::int as count from chain`)?.count ?? 0

export const findPlatformId = async (tx: Tx): Promise<string | undefined> =>
  one(await tx<{ id: string }[]>`select id from organization where level = 'platform'`)?.id

/** Changes that should have been brought about by now. */
export const listOverdue = (tx: Tx, seconds: number) => tx<FoundRow[]>`
  select format('change %s of organization %s', id, organization_id) as row,
         format('is planned for %s and not brought about', from_period) as says, count(*) over ()::int as total
  from organization_change
  where state = 'planned'
    and (from_period || '-01')::date::timestamp at time zone 'UTC' < clock_timestamp() - make_interval(secs => ${seconds})
  order by from_period, id limit ${namedRows}`

import type postgres from 'postgres'
import { newId, nilId } from '../src/platform/ids.ts'

// A channel of any size, written by set-based SQL. All distributors and partners are resellers: three edges to a tenant.

/** How much there is of everything; partners are dealt to distributors, tenants to partners, in turn. */
export type ChannelSize = {
  readonly distributors: number
  readonly partners: number
  readonly tenants: number
  readonly subscriptionsPerTenant: number
  readonly skus: number
}

/** The kinds of rows whose ids follow from their number. */
export const kinds = {
  distributor: 1,
  partner: 2,
  tenant: 3,
  subscription: 4,
  sku: 5,
  list: 6,
  edge: 7,
  chain: 8,
} as const

/** The id of the n-th of a kind, from 0; the same as `bench_id` gives in SQL. Ids of a kind sort by number. */
export const idOf = (kind: number, number: number): string =>
  `018f0000-${kind.toString(16).padStart(4, '0')}-7000-8000-${number.toString(16).padStart(12, '0')}`

const createIds = (sql: postgres.Sql) => sql`
  create function bench_id(kind int, number bigint) returns uuid language sql immutable parallel safe as $$
    select ('018f0000-' || lpad(to_hex(kind), 4, '0') || '-7000-8000-' || lpad(to_hex(number), 12, '0'))::uuid $$`

/** The code of the n-th SKU. */
export const skuCode = (number: number): string => `sku-${number}`

/** Writes organizations, edges, chains, catalog, prices and subscriptions. Everything is in euros and from 2000 on. */
export async function makeChannel(sql: postgres.Sql, platformId: string, size: ChannelSize): Promise<void> {
  await createIds(sql)
  await insertOrganizations(sql, platformId, size)
  await insertEdges(sql, platformId, size)
  await insertChains(sql, platformId, size)
  await insertCatalog(sql, platformId, size)
  await insertPrices(sql, platformId, size)
  await insertSubscriptions(sql, size)
}

async function insertOrganizations(sql: postgres.Sql, platformId: string, size: ChannelSize): Promise<void> {
  await sql`
    insert into organization (id, level, parent_id, distributor_id, partner_id, tenant_id, name, commercial_model, currency)
    select bench_id(${kinds.distributor}, n), 'distributor', ${platformId}, bench_id(${kinds.distributor}, n), ${nilId}, ${nilId},
           'Distributor ' || n, 'reseller', 'EUR'
    from generate_series(0, ${size.distributors - 1}::int) as n`
  await sql`
    insert into organization (id, level, parent_id, distributor_id, partner_id, tenant_id, name, commercial_model, currency)
    select bench_id(${kinds.partner}, n), 'partner', above.id, above.id, bench_id(${kinds.partner}, n), ${nilId},
           'Partner ' || n, 'reseller', 'EUR'
    from generate_series(0, ${size.partners - 1}::int) as n
    join organization above on above.id = bench_id(${kinds.distributor}, n % ${size.distributors}::int)`
  await sql`
    insert into organization (id, level, parent_id, distributor_id, partner_id, tenant_id, name, currency)
    select bench_id(${kinds.tenant}, n), 'tenant', above.id, above.distributor_id, above.id, bench_id(${kinds.tenant}, n),
           'Tenant ' || n, 'EUR'
    from generate_series(0, ${size.tenants - 1}::int) as n
    join organization above on above.id = bench_id(${kinds.partner}, n % ${size.partners}::int)`
}

/** Numbers of edges: distributors, then partners, then tenants, then the platform's cost. */
async function insertEdges(sql: postgres.Sql, platformId: string, size: ChannelSize): Promise<void> {
  await sql`
    insert into edge (id, kind, seller_id, buyer_id, currency, currency_digits, see_platform_id, see_distributor_id,
                      see_partner_id, see_tenant_id, valid)
    select bench_id(${kinds.edge}, row_number() over (order by buyer.id) - 1), 'sale', buyer.parent_id, buyer.id, 'EUR', 2,
           ${platformId}, case when buyer.level <> 'tenant' then buyer.distributor_id end,
           case when buyer.level <> 'distributor' then buyer.partner_id end,
           case when buyer.level = 'tenant' then buyer.id end, '[2000-01-01,)'
    from organization buyer where buyer.level <> 'platform'`
  const cost = size.distributors + size.partners + size.tenants
  await sql`
    insert into edge (id, kind, seller_id, buyer_id, currency, currency_digits, see_platform_id, valid)
    values (${idOf(kinds.edge, cost)}, 'cost', ${platformId}, ${platformId}, 'EUR', 2, ${platformId}, '[2000-01-01,)')`
}

async function insertChains(sql: postgres.Sql, platformId: string, size: ChannelSize): Promise<void> {
  await sql`
    insert into chain (id, tenant_id, partner_id, distributor_id, partner_model, distributor_model, valid)
    select bench_id(${kinds.chain}, n), tenant.id, tenant.partner_id, tenant.distributor_id, 'reseller', 'reseller',
           '[2000-01-01,)'
    from generate_series(0, ${size.tenants - 1}::int) as n
    join organization tenant on tenant.id = bench_id(${kinds.tenant}, n)`
  await sql`
    insert into chain_edge (chain_id, edge_id, position, tenant_id, partner_id, distributor_id)
    select chain.id, edge.id,
           case edge.buyer_id when ${platformId} then 0 when chain.distributor_id then 1 when chain.partner_id then 2 else 3 end,
           chain.tenant_id, chain.partner_id, chain.distributor_id
    from chain join edge on edge.buyer_id in (${platformId}, chain.distributor_id, chain.partner_id, chain.tenant_id)`
}

async function insertCatalog(sql: postgres.Sql, platformId: string, size: ChannelSize): Promise<void> {
  await sql`
    insert into sku (id, code, name, unit)
    select bench_id(${kinds.sku}, n), 'sku-' || n, 'SKU ' || n, 'hour'
    from generate_series(0, ${size.skus - 1}::int) as n`
  const plan = newId()
  await sql`insert into plan (id, owner_id, code, name) values (${plan}, ${platformId}, 'cloud', 'Cloud')`
  const version = newId()
  await sql`insert into plan_version (id, plan_id, owner_id, number) values (${version}, ${plan}, ${platformId}, 1)`
  await sql`
    insert into plan_item (plan_version_id, owner_id, sku_id) select ${version}, ${platformId}, id from sku`
  await sql`update plan_version set state = 'published', published_at = clock_timestamp() where id = ${version}`
}

/** Seven in ten SKUs cost the same per unit, two are graduated, one goes by volume; the lower the seller, the dearer. */
const rateOf = (sql: postgres.Sql) => sql`
  case n % 10
    when 7 then jsonb_build_object('kind', 'volume', 'tiers', tiers)
    when 8 then jsonb_build_object('kind', 'graduated', 'tiers', tiers)
    when 9 then jsonb_build_object('kind', 'graduated', 'tiers', tiers)
    else jsonb_build_object('kind', 'per_unit', 'unitPrice', price::text)
  end`

async function insertPrices(sql: postgres.Sql, platformId: string, size: ChannelSize): Promise<void> {
  await sql`
    insert into price_list (id, seller_id, code, name, currency, scope, target_id, valid, see_platform_id)
    select bench_id(${kinds.list}, row_number() over (order by id) - 1), id, 'sale', 'Sale prices', 'EUR', 'default', ${nilId},
           '[2000-01-01,)', ${platformId}
    from organization where level <> 'tenant'`
  await sql`
    insert into price_rate (id, price_list_id, seller_id, kind, scope, target_id, currency, sku_id, valid, is_active, rate)
    select uuidv7(), list.id, list.seller_id, list.kind, list.scope, list.target_id, list.currency,
           bench_id(${kinds.sku}, n), list.valid, true, ${rateOf(sql)}
    from price_list list
    join organization seller on seller.id = list.seller_id
    cross join generate_series(0, ${size.skus - 1}::int) as n
    cross join lateral (
      select (0.0521 + 0.0107 * n) * case seller.level when 'platform' then 1 when 'distributor' then 1.1 else 1.25 end as price
    ) own
    cross join lateral (
      select jsonb_build_array(
        jsonb_build_object('upTo', '100', 'unitPrice', price::text),
        jsonb_build_object('upTo', '500', 'unitPrice', (price * 0.9)::text),
        jsonb_build_object('upTo', null, 'unitPrice', (price * 0.8)::text)) as tiers) tiered`
}

const insertSubscriptions = (sql: postgres.Sql, size: ChannelSize) => sql`
  insert into subscription (id, tenant_id, partner_id, distributor_id, name, plan_version_id, start_date)
  select bench_id(${kinds.subscription}, n), tenant.id, tenant.partner_id, tenant.distributor_id, 'Subscription ' || n,
         plan_version.id, '2000-01-01'
  from generate_series(0, ${size.tenants * size.subscriptionsPerTenant - 1}::int) as n
  join organization tenant on tenant.id = bench_id(${kinds.tenant}, n % ${size.tenants}::int)
  cross join plan_version`

/** The region that usage comes from; its nights are far away. Answers its id. */
export async function makeRegion(sql: postgres.Sql, code: string): Promise<string> {
  const id = newId()
  await sql`
    insert into region (id, code, name, time_zone, next_night, nightly_due_at)
    values (${id}, ${code}, ${code}, 'UTC', '2999-01-01', '2999-01-02')`
  return id
}

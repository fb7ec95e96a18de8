import { nilId } from '../src/platform/ids.ts'
import { type ChannelSize, idOf, kinds, makeChannel } from './channel.ts'
import type { BenchHouse } from './house.ts'
import type { Person } from './people.ts'

const size: ChannelSize = { distributors: 2, partners: 20, tenants: 1_000, subscriptionsPerTenant: 1, skus: 10 }
const firstMonth = '2020-01-01'
const months = 60
const invoiceKind = 9

/** Sixty months of issued documents on every edge of the channel; ids rise with the months. Answers how many. */
export async function makeDocuments({ sql, platformId }: BenchHouse): Promise<number> {
  await makeChannel(sql, platformId, size)
  await sql`
    create temporary table bench_month as
    select number, first, to_char(first, 'YYYY-MM') as period
    from generate_series(0, ${months - 1}::int) as number
    cross join lateral (select (${firstMonth}::date + make_interval(months => number))::date as first) day`
  await sql`
    create temporary table bench_run as
    select uuidv7() as run_id, uuidv7() as job_id, seller.*, period
    from bench_month cross join (
      select distinct organization.id, organization.distributor_id, organization.partner_id
      from edge join organization on organization.id = edge.seller_id where edge.kind = 'sale') seller`
  await sql`
    insert into job (id, kind, schema_version, queue, org_id, distributor_id, partner_id, tenant_id, dedupe_key, payload, state,
                     finished_at)
    select job_id, 'billing.run', 1, 'billing', id, distributor_id, partner_id, ${nilId}, run_id::text, '{}', 'done',
           clock_timestamp()
    from bench_run`
  await sql`
    insert into billing_run (id, seller_id, period, job_id, issue, state)
    select run_id, id, period, job_id, true, 'done' from bench_run`
  const { count } = await insertInvoices({ sql })
  await sql`vacuum analyze`
  return count
}

const insertInvoices = ({ sql }: Pick<BenchHouse, 'sql'>) => sql`
  insert into invoice (id, seller_id, buyer_id, edge_id, run_id, period, currency, currency_digits, state, number, number_year,
                       number_sequence, issue_date, due_date, net, total, lines, parties, body_hash, hash, issued_at,
                       see_platform_id, see_distributor_id, see_partner_id, see_tenant_id)
  select bench_id(${invoiceKind}, month.number * edges.count + edges.number), seller_id, buyer_id, edges.id, run_id, month.period,
         edges.currency, currency_digits, 'issued', 'INV-' || year || '-' || lpad(place::text, 6, '0'), year, place, issued,
         issued + 30, net, net, 10,
         jsonb_build_object('seller', jsonb_build_object('id', seller_id, 'name', seller.name),
                            'buyer', jsonb_build_object('id', buyer_id, 'name', buyer.name)),
         sha256(edges.id::text::bytea), sha256(run_id::text::bytea), issued,
         see_platform_id, see_distributor_id, see_partner_id, see_tenant_id
  from bench_month month
  cross join (
    select edge.*, row_number() over (order by id) - 1 as number, count(*) over () as count from edge where kind = 'sale'
  ) edges
  join bench_run run on run.id = edges.seller_id and run.period = month.period
  join organization seller on seller.id = edges.seller_id
  join organization buyer on buyer.id = edges.buyer_id
  cross join lateral (
    select (month.first + interval '1 month')::date as issued, (1000 + edges.number * 13 % 977)::numeric / 100 as net
  ) document
  cross join lateral (
    select extract(year from issued)::int as year,
           (month.number * edges.count + edges.number + 1)::int as place
  ) numbered
  order by month.number, edges.number`

/** Who reads: one person of each level that pages through documents, all on one branch. */
export function readers(platformId: string): Record<'tenant' | 'partner' | 'platform', Person> {
  const [tenantId, partnerId, distributorId] = [
    idOf(kinds.tenant, 0),
    idOf(kinds.partner, 0),
    idOf(kinds.distributor, 0),
  ]
  return {
    tenant: {
      role: 'TenantAdministrator',
      level: 'tenant',
      organizationId: tenantId,
      distributorId,
      partnerId,
      tenantId,
      sellerId: partnerId,
    },
    partner: {
      role: 'PartnerAdministrator',
      level: 'partner',
      organizationId: partnerId,
      distributorId,
      partnerId,
      sellerId: distributorId,
    },
    platform: { role: 'PlatformAdministrator', level: 'platform', organizationId: platformId },
  }
}

import { nilId } from '../src/platform/ids.ts'
import { type ChannelSize, makeChannel } from './channel.ts'
import type { BenchHouse } from './house.ts'

/** The channel whose months are summed up: three edges to every tenant, ten SKUs on each. */
const size: ChannelSize = { distributors: 2, partners: 20, tenants: 2_000, subscriptionsPerTenant: 1, skus: 10 }

/** Buckets of one month on all edges. */
export const bucketsPerMonth = size.tenants * size.skus * 3

const invoiceKind = 10

/** The channel without any history. */
export async function makeEmptyChannel({ sql, platformId }: BenchHouse): Promise<void> {
  await makeChannel(sql, platformId, size)
}

/** A billed month on every edge: a bucket per tenant and SKU, a document per edge. Looked at, as a database at work would be. */
export async function addMonth({ sql }: BenchHouse, period: string): Promise<void> {
  await sql`
    insert into billing_period (period, state, closed_at, certificate) values (${period}, 'closed', clock_timestamp(), '{}')`
  await insertInvoices({ sql }, period)
  await sql`
    insert into rated_bucket (
      seller_id, period, edge_id, tenant_id, subscription_id, sku_id, service_period, region_id, service_start, service_end,
      chain_id, buyer_id, partner_id, distributor_id, plan_version_id, quantity, currency, currency_digits, price_rate_id,
      unrounded, state, invoice_id, see_platform_id, see_distributor_id, see_partner_id, see_tenant_id)
    select edge.seller_id, ${period}, edge.id, subscription.tenant_id, subscription.id, sku.id, ${period}, ${nilId},
           ${`${period}-01`}::date, (${`${period}-01`}::date + interval '1 month')::date, chain.id, edge.buyer_id, chain.partner_id,
           chain.distributor_id, subscription.plan_version_id, 10, 'EUR', 2, rate.id, 12.3456, 'billed', invoice.id,
           edge.see_platform_id, edge.see_distributor_id, edge.see_partner_id, edge.see_tenant_id
    from subscription
    join chain on chain.tenant_id = subscription.tenant_id
    join chain_edge on chain_edge.chain_id = chain.id
    join edge on edge.id = chain_edge.edge_id and edge.kind = 'sale'
    join invoice on invoice.edge_id = edge.id and invoice.period = ${period}
    cross join sku
    join price_rate rate on rate.seller_id = edge.seller_id and rate.sku_id = sku.id
    order by edge.seller_id, edge.id, subscription.tenant_id, subscription.id, sku.id`
}

/** One run per seller and one issued document per edge. */
async function insertInvoices({ sql }: Pick<BenchHouse, 'sql'>, period: string): Promise<void> {
  await sql`drop table if exists bench_run`
  await sql`
    create temporary table bench_run as
    select uuidv7() as run_id, uuidv7() as job_id, seller.* from (
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
    select run_id, id, ${period}, job_id, true, 'done' from bench_run`
  const month = Number(period.slice(0, 4)) * 12 + Number(period.slice(5, 7))
  await sql`
    insert into invoice (id, seller_id, buyer_id, edge_id, run_id, period, currency, currency_digits, state, number, number_year,
                         number_sequence, issue_date, due_date, net, total, lines, parties, body_hash, hash, issued_at,
                         see_platform_id, see_distributor_id, see_partner_id, see_tenant_id)
    select bench_id(${invoiceKind}, ${month}::bigint * count + number), seller_id, buyer_id, edges.id, run_id, ${period}, edges.currency,
           currency_digits, 'issued', 'INV-' || (${month}::bigint * count + number), 2000, ${month}::bigint * count + number, issued, issued + 30,
           123.5, 123.5, 10, '{}', sha256(edges.id::text::bytea), sha256(run_id::text::bytea), issued,
           see_platform_id, see_distributor_id, see_partner_id, see_tenant_id
    from (select edge.*, row_number() over (order by id) as number, count(*) over () as count from edge where kind = 'sale') edges
    join bench_run run on run.id = edges.seller_id
    cross join (select (${`${period}-01`}::date + interval '1 month')::date as issued) as document`
}

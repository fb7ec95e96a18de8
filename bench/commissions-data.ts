import type postgres from 'postgres'
import { newId, nilId } from '../src/platform/ids.ts'
import { type ChannelSize, idOf, kinds, makeChannel } from './channel.ts'
import type { BenchHouse } from './house.ts'

export const size: ChannelSize = { distributors: 2, partners: 50, tenants: 20_000, subscriptionsPerTenant: 1, skus: 10 }
/** Lines of all documents. */
export const lines = size.tenants * size.skus

const invoiceKind = 9

type Sql = postgres.TransactionSql
/** What the first agent earns of each line, in percent. */
export const percent = '7.5'

/**
 * A month of documents that the platform has issued to every tenant, ten lines each, with an agent between: what a commission
 * run finds. They are written past every trigger, as they are only there to be earned on.
 */
export async function makeDocuments(bench: BenchHouse, period: string): Promise<void> {
  const { sql, platformId } = bench
  await makeChannel(sql, platformId, size)
  await sql.begin(async (tx) => {
    await tx`set local session_replication_role = replica`
    await tx`update organization set commercial_model = 'agent' where level in ('distributor', 'partner')`
    await tx`
      update edge set seller_id = ${platformId}, agent_partner_id = tenant.partner_id
      from organization tenant where tenant.id = edge.buyer_id and tenant.level = 'tenant'`
    await tx`
      insert into billing_period (period, state, closed_at, certificate)
      values (${period}, 'closed', clock_timestamp(), '{}')`
    await insertRun(tx, platformId, period)
    await insertDocuments(tx, platformId, period)
    await insertLines(tx, platformId, period)
  })
  await sql`vacuum analyze`
  await sql`checkpoint`
}

const runId = newId()

async function insertRun(sql: Sql, platformId: string, period: string): Promise<void> {
  const jobId = newId()
  await sql`
    insert into job (id, kind, schema_version, queue, org_id, distributor_id, partner_id, tenant_id, dedupe_key, payload, state,
                     finished_at)
    values (${jobId}, 'billing.run', 1, 'billing', ${platformId}, ${nilId}, ${nilId}, ${nilId}, ${runId}, '{}', 'done',
            clock_timestamp())`
  await sql`
    insert into billing_run (id, seller_id, period, job_id, issue, state)
    values (${runId}, ${platformId}, ${period}, ${jobId}, true, 'done')`
}

const insertDocuments = (sql: Sql, platformId: string, period: string) => sql`
  insert into invoice (id, seller_id, buyer_id, edge_id, run_id, period, currency, currency_digits, state, number, number_year,
                       number_sequence, issue_date, due_date, net, total, lines, parties, body_hash, hash, issued_at,
                       see_platform_id, see_distributor_id, see_partner_id, see_tenant_id)
  select bench_id(${invoiceKind}, n), ${platformId}, edge.buyer_id, edge.id, ${runId}, ${period}, 'EUR', 2, 'issued',
         'INV-' || lpad((n + 1)::text, 6, '0'), left(${period}, 4)::int, n + 1, issued.day, issued.day + 30, own.net, own.net,
         ${size.skus}::int, '{}', sha256(edge.id::text::bytea), sha256(edge.id::text::bytea), clock_timestamp(),
         see_platform_id, see_distributor_id, see_partner_id, see_tenant_id
  from generate_series(0, ${size.tenants - 1}::int) as n
  join edge on edge.buyer_id = bench_id(${kinds.tenant}, n)
  cross join lateral (select (${`${period}-01`}::date + interval '1 month')::date as day) issued
  cross join lateral (
    select sum(${netOf(sql)}) as net from generate_series(0, ${size.skus - 1}::int) as sku) own`

const insertLines = (sql: Sql, platformId: string, period: string) => sql`
  insert into invoice_line (invoice_id, line, kind, subscription_id, tenant_id, sku_id, service_period, region_id, service_start,
                            service_end, quantity, unrounded, net, price_rate_id, seller_id, see_platform_id,
                            see_distributor_id, see_partner_id, see_tenant_id)
  select invoice.id, sku + 1, 'usage', bench_id(${kinds.subscription}, n), invoice.buyer_id, bench_id(${kinds.sku}, sku),
         ${period}, ${nilId}, ${`${period}-01`}::date, (${`${period}-01`}::date + interval '1 month')::date, 1, ${netOf(sql)},
         ${netOf(sql)}, rate.id, ${platformId}, see_platform_id, see_distributor_id, see_partner_id, see_tenant_id
  from generate_series(0, ${size.tenants - 1}::int) as n
  join invoice on invoice.id = bench_id(${invoiceKind}, n)
  cross join generate_series(0, ${size.skus - 1}::int) as sku
  join price_rate rate on rate.seller_id = ${platformId} and rate.sku_id = bench_id(${kinds.sku}, sku) and rate.kind = 'sale'
  order by n, sku`

/** A net of cents that differs from line to line. */
const netOf = (sql: Sql) => sql`((n * 7919 + sku * 104729) % 40000)::numeric / 100`

/** The agents between, each of whom needs a rule. */
export const partnerIds = (): string[] => Array.from({ length: size.partners }, (_, n) => idOf(kinds.partner, n))

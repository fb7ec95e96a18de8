import { progressBar } from '../cli/progress.ts'
import { type ChannelSize, kinds, makeChannel } from './channel.ts'
import type { BenchHouse } from './house.ts'

/** The channel of the claim: every tenant buys on the third edge, its partner on the second, its distributor on the first. */
export const size: ChannelSize = { distributors: 2, partners: 50, tenants: 20_000, subscriptionsPerTenant: 1, skus: 10 }

/** One document per edge: two for distributors, fifty for partners, one for each tenant. */
export const documents = size.distributors + size.partners + size.tenants
const edgesAboveTenant = 3
/** Lines of all documents: every tenant's ten SKUs on each of its edges. */
export const lines = size.tenants * size.skus * edgesAboveTenant

const tenantsAtOnce = 1_000

/** Every subscription uses every SKU on each of the period's first `days` days; posted to the period. */
async function makeUsage({ sql, signal }: BenchHouse, regionId: string, period: string, days: number): Promise<void> {
  const bar = progressBar('daily usage', size.tenants * size.skus * days, 'rows')
  for (let first = 0; first < size.tenants; first += tenantsAtOnce) {
    signal.throwIfAborted()
    await sql`
      insert into usage_daily (tenant_id, subscription_id, sku_id, region_id, day, posting_period, partner_id, distributor_id,
                               sum_quantity, max_quantity, last_quantity, last_at, records)
      select subscription.tenant_id, subscription.id, bench_id(${kinds.sku}, sku), ${regionId}, day.day, ${period},
             subscription.partner_id, subscription.distributor_id, used.quantity, used.quantity, used.quantity,
             (day.day + 1)::timestamp at time zone 'UTC', 24
      from generate_series(${first}::int, ${first + tenantsAtOnce - 1}::int) as tenant
      join subscription on subscription.id = bench_id(${kinds.subscription}, tenant)
      cross join generate_series(0, ${size.skus - 1}::int) as sku
      cross join lateral (
        select (${`${period}-01`}::date + day)::date as day, day as number from generate_series(0, ${days - 1}::int) as day
      ) day
      cross join lateral (select ((tenant * 7919 + sku * 104729 + day.number * 1299709) % 40000) / 1000.0 as quantity) used
      order by 1, 2, 3, 5`
    bar.at((first + tenantsAtOnce) * size.skus * days)
  }
  bar.end()
}

/** The channel with a month of usage, closed by the operator; looked at and written out, as a database at work would be. */
export async function makeMonth(bench: BenchHouse, regionId: string, period: string, days: number): Promise<void> {
  const { sql } = bench
  await makeChannel(sql, bench.platformId, size)
  await makeUsage(bench, regionId, period, days)
  await sql`
    insert into billing_period (period, state, closed_at, certificate) values (${period}, 'closed', clock_timestamp(), '{}')`
  await sql`vacuum analyze`
  await sql`checkpoint`
}

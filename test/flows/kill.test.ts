import { expect, test } from 'bun:test'
import { readBooks } from '../../bench/billing-check.ts'
import { idOf, kinds, makeChannel, makeRegion } from '../../bench/channel.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { liveHouse } from '../support/house.ts'
import { until } from '../support/until.ts'

// A worker is killed in the middle of the billing run, twice: every number is what a computation in SQL says it must be.

const period = '2024-09'
const size = { distributors: 1, partners: 2, tenants: 600, subscriptionsPerTenant: 1, skus: 10 }
const database = await testDatabase()
const sql = lookInto(database)
const house = await liveHouse(database)
const token = await house.signIn()
const { body: me } = await house.call('GET', '/api/v1/auth/me', { token })
await makeChannel(sql, me.organizationId, size)
const regionId = await makeRegion(sql, 'eu')
await sql`
  insert into usage_daily (tenant_id, subscription_id, sku_id, region_id, day, posting_period, partner_id, distributor_id,
                           sum_quantity, max_quantity, last_quantity, last_at, records)
  select tenant_id, subscription.id, sku.id, ${regionId}, day, ${period}, partner_id, distributor_id,
         used.quantity, used.quantity, used.quantity, '2024-09-30T00:00:00Z', 1
  from subscription cross join sku
  cross join generate_series('2024-09-01'::date, '2024-09-10'::date, '1 day') as days (day)
  cross join lateral (select (abs(hashtext(subscription.id::text || sku.id || day)) % 40000) / 1000.0 as quantity) used`
await sql`
  insert into billing_period (period, state, closed_at, certificate) values (${period}, 'closed', clock_timestamp(), '{}')`
await sql`analyze`

const sellers = [
  { organizationId: me.organizationId, role: 'PlatformAdministrator' },
  { organizationId: idOf(kinds.distributor, 0), role: 'DistributorAdministrator' },
  { organizationId: idOf(kinds.partner, 0), role: 'PartnerAdministrator' },
  { organizationId: idOf(kinds.partner, 1), role: 'PartnerAdministrator' },
]

async function tokenOf({ organizationId, role }: (typeof sellers)[number]): Promise<string> {
  const person = { email: `admin@${organizationId}.example`, password: 'a long enough password' }
  const { status } = await house.call('POST', '/api/v1/users', {
    token,
    body: { ...person, name: 'Administrator', organizationId, role },
  })
  expect(status).toBe(201)
  return house.signIn(person)
}

const finished = async (): Promise<number> => {
  const [row] = await sql<{ count: number }[]>`
    select count(*)::int as count from job_chunk join job on job.id = job_id where kind like 'billing.%'`
  return row?.count ?? 0
}

test('two killed workers change no line, no total and no number of the documents', async () => {
  const doomed = await house.startWorker()
  for (const seller of sellers) {
    const body = { period, issue: true }
    const run = await house.call('POST', '/api/v1/billing/runs', { token: await tokenOf(seller), body })
    expect(run.status).toBe(202)
  }
  await until(async () => (await finished()) >= 1, 60_000)
  await doomed.kill('SIGKILL')
  const killedAt = await finished()
  const second = await house.startWorker()
  await until(async () => (await finished()) > killedAt, 60_000)
  await second.kill('SIGKILL')
  await house.startWorker()
  await until(async () => {
    const [row] = await sql<{ left: number }[]>`select count(*)::int as left from billing_run where state <> 'done'`
    return row?.left === 0
  }, 120_000)

  await sql`analyze`
  const documents = size.distributors + size.partners + size.tenants
  const books = await readBooks(sql, period)
  expect({ ...books, imbalance: Number(books.imbalance) }).toEqual({
    issued: documents,
    lines: size.tenants * size.skus * 3,
    sellers: sellers.length,
    wrongTotals: 0,
    wrongSeries: 0,
    wrongLines: 0,
    imbalance: 0,
  })
  const [jobs] = await sql<{ attempts: number; unfinished: number }[]>`
    select max(attempt)::int as attempts, count(*) filter (where state <> 'done')::int as unfinished
    from job where kind like 'billing.%'`
  expect(jobs?.unfinished).toBe(0)
  expect(jobs?.attempts).toBeGreaterThan(1)
}, 240_000)

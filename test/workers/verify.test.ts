import { describe, expect, test } from 'bun:test'
import { textOf } from '../../cli/verify.ts'
import { checks } from '../../src/modules/verify/service.ts'
import { newId } from '../../src/platform/ids.ts'
import { fillBooks } from '../support/books.ts'
import { copyDatabase, lookInto, testDatabase, testSecret } from '../support/database.ts'
import { creditHarms } from '../support/harms-credits.ts'
import { referenceHarms } from '../support/harms-references.ts'
import { settledHarms } from '../support/harms-settled.ts'
import { breakIn, first, harms } from '../support/harms.ts'
import { brokenIn, openVerifier, outcomesOf, reportsOn } from '../support/verify.ts'

const allHarms = { ...harms, ...creditHarms, ...settledHarms, ...referenceHarms }

const database = await testDatabase()
const look = lookInto(database)
await fillBooks(database, look)
await look.end({ timeout: 5 })

describe('a database that nobody has tampered with', () => {
  test('holds every law, whatever was billed, late, parked or drafted in it', async () => {
    const reports = await reportsOn(database)
    expect(reports.map(({ law, broken, pending }) => ({ law, broken, pending }))).toEqual(
      reports.map(({ law }) => ({ law, broken: { count: 0, first: [] }, pending: { count: 0, first: [] } })),
    )
    // These have books of their own, in charges.test.ts, commission-bases.test.ts, reissue.test.ts, corrections.test.ts,
    // payouts.test.ts and verify-statements.test.ts.
    const elsewhere = [
      'payments in other',
      'charges',
      'documents that were issued anew',
      'corrections',
      'earnings on payments',
      'what is taken back',
    ]
    const isElsewhere = (name: string) => elsewhere.some((start) => name.startsWith(start))
    const unlooked = reports.filter(({ looked, name }) => looked[0]?.[0] === 0 && !isElsewhere(name))
    expect(unlooked.map(({ name }) => name)).toEqual([])
  })

  test('has what the laws are about: late lines, splits, all aggregations, region prices, two kinds of earnings', async () => {
    const sql = lookInto(database)
    const [kinds] = await sql`
      select count(*) filter (where kind = 'late') > 0 as late, count(*) filter (where quantity_before <> 0) > 0 as on_top,
             count(*) filter (where service_end - service_start < 28) > 0 as split,
             count(distinct aggregation) = 3 as aggregations, count(distinct region_id) = 2 as regions
      from invoice_line join sku on sku.id = sku_id`
    expect(kinds).toEqual({ late: true, on_top: true, split: true, aggregations: true, regions: true })
    const [states] = await sql`
      select count(*) filter (where state = 'parked') > 0 as parked, count(*) filter (where state = 'drafted') > 0 as drafted,
             count(*) filter (where state = 'billed') > 0 as billed, count(*) filter (where state = 'fresh') > 0 as fresh
      from rated_bucket`
    expect(states).toEqual({ parked: true, drafted: true, billed: true, fresh: true })
    const [earnings] = await sql`
      select count(*) filter (where position is null) > 0 as by_line, max(position) > 1 as by_period,
             count(*) > count(distinct (invoice_id, line, payee_id)) as by_days from earning`
    expect(earnings).toEqual({ by_line: true, by_period: true, by_days: true })
    await sql.end({ timeout: 5 })
  })

  test('is read by a role that can change nothing, in transactions that write nothing and see one moment', async () => {
    const db = openVerifier(database)
    const scope = {
      role: 'weir_verify',
      organizationId: newId(),
      accountId: null,
      sellerOfRecordId: newId(),
      line: [],
    } as const
    const [mode] = await db.transaction(
      scope,
      (tx) =>
        tx`select current_setting('transaction_read_only') as "readOnly", current_setting('transaction_isolation') as isolation`,
    )
    expect(mode).toEqual({ readOnly: 'on', isolation: 'repeatable read' })
    const people = db.transaction(scope, (tx) => tx`select email from account`)
    await expect(people).rejects.toThrow('permission denied')
    const rights = await db.transaction(
      scope,
      (tx) =>
        tx`select distinct privilege_type from information_schema.role_table_grants where grantee = 'weir_verify'`,
    )
    expect([...rights]).toEqual([{ privilege_type: 'SELECT' }])
    await db.close()
  })
})

describe('names exactly the rows that are broken:', () => {
  test.each(Object.keys(allHarms))('%s', async (harm) => {
    const { expected, outcomes } = await outcomesOf(database, checks, allHarms[harm])
    const found = outcomes.map((outcome, index) => ({ ...outcome, law: checks[index]?.law ?? '' }))
    expect(brokenIn(found)).toEqual(expected.sort())
  })

  test('at most twenty of each, and counts the others', async () => {
    const copy = await copyDatabase(database)
    await breakIn(copy, (sql) => sql`update invoice_line set net = net + 0.01`)
    const reports = await reportsOn(copy)
    const sums = reports.find(({ name }) => name.startsWith('documents are the sums'))!
    const [lines] = await breakIn(
      copy,
      (sql) => sql`
      select (select count(*)::int from invoice_line) + (select count(*)::int from invoice where lines > 0) as rows`,
    )
    expect([sums.broken.first.length, sums.broken.count]).toEqual([20, lines!['rows']])
    expect(textOf(sums)).toContain(`and ${lines!['rows'] - 20} more`)
  })
})

test('a price in no currency stops nothing', async () => {
  const { expected, outcomes } = await outcomesOf(database, checks, async (tx) => {
    const rates = await tx`
      update price_rate set currency = 'XXX'
      where id = (select min(price_rate_id::text)::uuid from rated_bucket where state = 'billed') returning id`
    return rates.map(({ id }) => `price ${id}`)
  })
  const rows = outcomes.flatMap(({ broken }) => broken.first.map(({ row }) => row))
  expect(rows).toEqual(expect.arrayContaining([...expected, expect.stringMatching(/^bucket of /)]))
})

test('what is on its way is pending, and not broken', async () => {
  const copy = await copyDatabase(database)
  const ids = await breakIn(copy, async (sql) => {
    const batch = await first(sql`
      insert into usage_batch (id, job_id, region_id, format, state, sent, received_at)
      select ${newId()}, ${newId()}, region_id, 'json', 'received', 3, clock_timestamp() - interval '40 seconds' from usage_batch limit 1
      returning id`)
    const due = await first(sql`
      insert into rating_due (seller_id, edge_id, tenant_id, period, marked_at)
      select seller_id, edge_id, tenant_id, period, clock_timestamp() - interval '40 seconds' from rated_bucket
      where state = 'fresh' limit 1 returning *`)
    const busy = await first(sql`
      update job set state = 'running', finished_at = null, lease_until = clock_timestamp() + interval '1 hour'
      where id = (select min(id::text)::uuid from job where kind = 'usage.ingest_batch') returning id`)
    const waiting = await first(sql`
      update job set state = 'queued', finished_at = null, due_at = clock_timestamp() - interval '40 seconds'
      where id = (select max(id::text)::uuid from job where kind = 'usage.ingest_batch' and id <> ${busy['id']}) returning id`)
    return [`batch ${batch['id']}`, `month ${due['period']} of seller ${due['seller_id']}`, `job ${waiting['id']}`]
  })
  const reports = await reportsOn(copy)
  expect(brokenIn(reports)).toEqual([])
  expect(reports.flatMap(({ pending }) => pending.first.map(({ row }) => row))).toEqual(ids)
})

test('a run that is still rating has buckets on drafts whose lines it will write', async () => {
  const copy = await copyDatabase(database)
  await breakIn(copy, async (sql) => {
    const run = await first(sql`update billing_run set state = 'rating' where state = 'drafted' returning id`)
    await sql`delete from invoice_line where invoice_id in (select id from invoice where run_id = ${run['id']})`
    await sql`update invoice set lines = 0, net = 0, total = 0 where run_id = ${run['id']}`
  })
  expect(brokenIn(await reportsOn(copy))).toEqual([])
})

describe('./weir verify', () => {
  const weir = async (adminUrl: string, words: readonly string[] = []) => {
    const env = { ...process.env, DATABASE_URL: adminUrl, WEIR_SECRET: testSecret }
    const child = Bun.spawn([process.execPath, '--no-env-file', 'cli/main.ts', 'verify', ...words], {
      env,
      stdout: 'pipe',
      stderr: 'pipe',
    })
    const [out, error] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()])
    return { code: await child.exited, out, error }
  }

  test('answers 0 and a line per check where everything holds', async () => {
    const { code, out } = await weir(database.adminUrl)
    expect(code).toBe(0)
    expect(out.match(/^ {2}ok /gm)).toHaveLength((await reportsOn(database)).length)
    expect(out).toEndWith('Everything holds.\n')
  })

  test('answers 1 and names the row where something is broken', async () => {
    const copy = await copyDatabase(database)
    const invoice = await breakIn(copy, (sql) =>
      first(sql`
      update invoice set hash = sha256('x') where id = (select min(id::text)::uuid from invoice where state = 'issued') returning id`),
    )
    const { code, out } = await weir(copy.adminUrl)
    expect(code).toBe(1)
    expect(out).toMatch(/^ {2}BROKEN {2}I3 I10/m)
    expect(out).toContain(`invoice ${invoice['id']}: its hash is not that of its body and number`)
    expect(out).toEndWith('Broken rows: 1\n')
  })

  test('says what to do about a database that is older, and how it is called', async () => {
    const url = new URL(database.adminUrl)
    url.pathname = '/postgres'
    expect(await weir(url.toString())).toMatchObject({ code: 1, error: expect.stringContaining('./weir migrate') })
    const wrong = await weir(database.adminUrl, ['--folder', '../elsewhere'])
    expect(wrong).toMatchObject({ code: 1, error: expect.stringContaining('./weir verify [--folder') })
  })
})

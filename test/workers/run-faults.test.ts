import { describe, expect, test } from 'bun:test'
import { type Database, openDatabase } from '../../src/platform/db.ts'
import { createMetrics } from '../../src/platform/metrics.ts'
import { billingHandlers } from '../../workers/billing.ts'
import { createRunner } from '../../workers/runner.ts'
import { usageHandlers } from '../../workers/usage.ts'
import { testApi } from '../support/api.ts'
import { billingWorld } from '../support/billing.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { quietLog } from '../support/jobs.ts'
import { testWorker } from '../support/worker.ts'
import { buildWorld } from '../support/world.ts'

const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const world = await buildWorld(api, [['reseller', 'reseller']])
const money = await billingWorld(api, sql, world)
const usageWorker = testWorker(database, usageHandlers)
const db = openDatabase({ url: database.workerUrl, name: 'faults', poolMax: 6, statementTimeoutMs: 30_000 })
database.beforeDrop(() => db.close())

const month = '2024-09'
const partner = world.partner('reseller/reseller')
const sellers = [world.platform, world.distributors.reseller, partner]
await money.region('eu')
await money.sellingSku('vm.hours')
for (const seller of sellers) await money.list(seller, { 'vm.hours': '0.333' }, { validFrom: '2024-01-01' })
const parents = [
  partner.id,
  partner.id,
  partner.id,
  world.distributors.reseller.id,
  world.platform.id,
  world.platform.id,
]
for (const [index, parentId] of parents.entries()) {
  const { id } = await money.tenant({ name: `Tenant ${index}`, parentId })
  await money.subscription(id, [{ region: 'eu', externalId: `t-${index}` }])
  await money.use(`t-${index}`, 'vm.hours', String(10 + index))
}
await money.close(month)
await usageWorker.stop()

/** A database on which the n-th transaction is the last one: lost before its commit, or after it without an answer. */
function dyingAt(last: number, isCommitted: boolean): Database {
  let count = 0
  const killed = () => new Error('killed')
  return {
    ...db,
    async transaction(scope, work) {
      count += 1
      if (count > last) throw killed()
      if (count < last) return db.transaction(scope, work)
      const result = await db.transaction(scope, async (tx) => {
        const result = await work(tx)
        if (!isCommitted) throw killed()
        return result
      })
      if (isCommitted) throw killed()
      return result
    },
  }
}

/** What the sweeper does for a job whose worker went silent. */
const takeBack = (jobId: string) => sql`
  update job set state = 'queued', lease_until = null, rung_at = null, due_at = clock_timestamp() - interval '1 second'
  where id = ${jobId} and state in ('running', 'queued')`

const stateOf = async (jobId: string) =>
  (await sql<{ state: string }[]>`select state from job where id = ${jobId}`)[0]!.state

/** Runs the job in workers that die at their first, second, third … transaction. Answers how many it took. */
async function runDying(jobId: string): Promise<number> {
  await sql`update job set max_attempt = 1000 where id = ${jobId}`
  for (let last = 1; last < 60; last += 1) {
    const parts = { log: quietLog, metrics: createMetrics(), now: () => new Date(), handlers: billingHandlers }
    const pace = { leaseSeconds: 10, heartbeatMs: 60_000 }
    const runner = createRunner({ ...parts, db: dyingAt(last, last % 2 === 0), pace })
    await runner.run(jobId).catch(() => undefined)
    if ((await stateOf(jobId)) === 'done') return last
    await takeBack(jobId)
  }
  throw new Error('the run never ended')
}

const start = async (seller: (typeof sellers)[number]): Promise<{ jobId: string; runId: string }> =>
  (await money.as(seller, 'POST', '/billing/runs', { body: { period: month, issue: true } })).body

describe('three sellers bill at once in workers that die at every transaction, before or after its commit', () => {
  test('the runs end, and the books are what they would be without a fault', async () => {
    const runs = await Promise.all(sellers.map(start))
    const attempts = await Promise.all(runs.map(({ jobId }) => runDying(jobId)))
    expect(attempts.every((count) => count > 8)).toBe(true)
    const documents = await sql`
      select seller_id, array_agg(number order by number_sequence) as numbers, sum(total)::text as total,
             bool_and(invoice.lines = (select count(*) from invoice_line where invoice_id = invoice.id)) as complete
      from invoice where state = 'issued' group by seller_id`
    const booksOf = (seller: { id: string }) => documents.find((row) => row['seller_id'] === seller.id)
    // Quantities 10 to 15 at 0.333: 3.33 3.66 4.00 | 4.33 | 4.66 5.00, each edge on its own.
    expect(booksOf(world.platform)).toMatchObject({ total: '24.98', complete: true })
    expect(booksOf(world.distributors.reseller)).toMatchObject({ total: '15.32', complete: true })
    expect(booksOf(partner)).toMatchObject({ total: '10.99', complete: true })
    const year = new Date().getUTCFullYear()
    const firstNumbers = (count: number) => Array.from({ length: count }, (_, index) => `INV-${year}-00000${index + 1}`)
    expect(sellers.map((seller) => booksOf(seller)?.['numbers'])).toEqual([
      firstNumbers(3),
      firstNumbers(2),
      firstNumbers(3),
    ])
  })

  test('every effect happened once: one document per edge, balanced postings, one event per receiver', async () => {
    const [counts] = await sql`
      select (select count(*)::int from invoice) as invoices, (select count(*)::int from invoice_line) as lines,
             (select count(*)::int from rated_bucket where state = 'billed') as billed,
             (select count(*)::int from rated_bucket where state <> 'billed') as others,
             (select count(*)::int from posting) as postings, (select sum(amount)::text from posting) as sum,
             (select count(*)::int from event where type = 'invoice.issued') as told,
             (select count(*)::int from event where type = 'billing.run.completed') as completed`
    expect(counts).toEqual({
      invoices: 8,
      lines: 13,
      billed: 13,
      others: 0,
      postings: 16,
      sum: '0.00',
      told: 16,
      completed: 3,
    })
  })

  test('the hashes are those that the documentation lets anybody compute', async () => {
    const documents = await sql<{ id: string; number: string; head: string; lines: string; hash: string }[]>`
      select invoice.id, invoice.number, encode(hash, 'hex') as hash,
             (select string_agg(concat_ws('|', line, kind, subscription_id, sku_id, service_period, region_id, service_start,
                                service_end, trim_scale(quantity), trim_scale(quantity_before), trim_scale(unrounded),
                                trim_scale(net), coalesce(tax_category, ''), price_rate_id), E'\n' order by line)
              from invoice_line where invoice_id = invoice.id) as lines,
             format('{"buyer":%s,"currency":"EUR","dueDate":"%s","id":"%s","issueDate":"%s","lines":%s,"net":"%s","period":"%s","seller":%s,"tax":"0.00","total":"%s","type":"invoice"}',
                    replace(replace((parties -> 'buyer')::text, '": "', '":"'), ', "', ',"'), due_date, id, issue_date, lines,
                    net, period, replace(replace((parties -> 'seller')::text, '": "', '":"'), ', "', ',"'), total) as head
      from invoice where state = 'issued'`
    for (const { number, head, lines, hash } of documents) {
      const body = new Bun.CryptoHasher('sha256').update(`${head}\n${lines}`).digest()
      const expected = new Bun.CryptoHasher('sha256').update(body).update(number).digest('hex')
      expect(hash).toBe(expected)
    }
    expect(documents).toHaveLength(8)
  })
})

describe('what is issued stays', () => {
  const refusal = (work: PromiseLike<unknown>): Promise<string> =>
    Promise.resolve(work).then(
      () => 'accepted',
      (error: { constraint_name?: string }) => error.constraint_name ?? 'another refusal',
    )

  test('direct SQL can neither change nor delete a document, nor add a line to it', async () => {
    const [invoice] = await sql<{ id: string }[]>`select id from invoice limit 1`
    expect(await refusal(sql`update invoice set total = total + 1, net = net + 1 where id = ${invoice!.id}`)).toBe(
      'invoice_is_final',
    )
    expect(await refusal(sql`delete from invoice where id = ${invoice!.id}`)).toBe('invoice_is_final')
    const copied = sql`
      insert into invoice_line select (json_populate_record(source, '{"line": 99}')).* from invoice_line source
      where invoice_id = ${invoice!.id} limit 1`
    expect(await refusal(copied)).toBe('invoice_line_on_draft')
    const orphan = sql`
      insert into invoice_line select (json_populate_record(source, '{"invoice_id": "00000000-0000-7000-8000-000000000001"}')).*
      from invoice_line source limit 1`
    expect(await refusal(orphan)).toBe('invoice_line_on_draft')
    const unpriced = sql`
      with draft as (
        insert into invoice (id, type, seller_id, buyer_id, edge_id, period, currency, currency_digits, amends, reason)
        select gen_random_uuid(), 'credit_note', seller_id, buyer_id, edge_id, period, currency, currency_digits, id, 'a test'
        from invoice where state = 'issued' limit 1
        returning id)
      insert into invoice_line
      select (json_populate_record(source, json_build_object('invoice_id', draft.id, 'price_rate_id', gen_random_uuid()))).*
      from draft, invoice_line source where price_rate_id is not null limit 1`
    expect(await refusal(unpriced)).toBe('invoice_line_price_rate')
  })

  test('postings that do not add up to zero per document are refused', async () => {
    const alone = sql`
      insert into posting (id, book_id, account, currency, amount, document_type, document_id)
      select gen_random_uuid(), book_id, 'bank', currency, 1, document_type, document_id from posting limit 1`
    expect(await refusal(alone)).toBe('posting_must_balance')
  })

  test('postings in the book of nobody are refused', async () => {
    const strange = sql`
      insert into posting (id, book_id, account, currency, amount, document_type, document_id)
      select gen_random_uuid(), gen_random_uuid(), 'bank', currency, 0, document_type, document_id from posting limit 1`
    expect(await refusal(strange)).toBe('posting_book')
  })
})

import { describe, expect, test } from 'bun:test'
import { canonicalJson } from '../../src/billing/canonical.ts'
import { newId } from '../../src/platform/ids.ts'
import { usageHandlers } from '../../workers/usage.ts'
import { testApi } from '../support/api.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { until } from '../support/until.ts'
import { usageRecord, usageWorld } from '../support/usage.ts'
import { testWorker } from '../support/worker.ts'
import { buildWorld } from '../support/world.ts'

const database = await testDatabase()
const api = testApi(database)
const { call } = api
const sql = lookInto(database)
const world = await usageWorld(api, sql)
const hierarchy = await buildWorld(api, [['reseller', 'agent']])
const { token } = world
const region = await world.region('eu')
await world.sku('vm.hours')
const tenant = hierarchy.tenant('reseller/agent')
await world.subscription(tenant.id, [{ region: 'eu', externalId: 'sub-1' }], { start: '2000-01-01' })
testWorker(database, usageHandlers)

const close = (period: string, options: { by?: string; headers?: Record<string, string> } = {}) =>
  call('POST', `/api/v1/billing/periods/${period}/close`, {
    token: options.by ?? token,
    headers: options.headers ?? {},
  })
const complete = (until: string) => sql`update region set complete_until = ${until} where id = ${region.id}`
const at = (id: string, month: string, day = '10') =>
  usageRecord(id, { start: `${month}-${day}T10:00:00Z`, end: `${month}-${day}T11:00:00Z`, quantity: '1' })
const posted = async (period: string): Promise<number> => {
  const [row] =
    await sql`select coalesce(sum(records), 0)::int as records from usage_daily where posting_period = ${period}`
  return row!.records
}

describe('GET /billing/periods', () => {
  test('a month is open until it ends by the clock, also when nobody used it yet', async () => {
    const read = async (period: string) => (await call('GET', `/api/v1/billing/periods/${period}`, { token })).body
    expect(await read('2001-02')).toEqual({
      period: '2001-02',
      state: 'ended',
      spanning: 'split',
      startsAt: '2001-02-01T00:00:00Z',
      endsAt: '2001-03-01T00:00:00Z',
      closedAt: null,
      certificate: null,
    })
    expect((await read(new Date().toISOString().slice(0, 7))).state).toBe('open')
    expect((await call('GET', '/api/v1/billing/periods/2001-13', { token })).status).toBe(422)
  })

  test('periods that were used are listed newest first, page by page', async () => {
    await world.settle('eu', [at('l-1', '2003-01'), at('l-2', '2003-02'), at('l-3', '2003-03')])
    const first = await call('GET', '/api/v1/billing/periods?limit=2', { token })
    expect(first.body.data.map((one: any) => one.period)).toEqual(['2003-03', '2003-02'])
    const second = await call('GET', `/api/v1/billing/periods?limit=2&cursor=${first.body.page.nextCursor}`, { token })
    expect(second.body.data.map((one: any) => one.period)).toEqual(['2003-01'])
  })
})

describe('POST /billing/periods/{period}/close', () => {
  test('409 for a month that has not ended, 403 for whoever is not the platform', async () => {
    const now = await close(new Date().toISOString().slice(0, 7))
    expect([now.status, now.body.code]).toEqual([409, 'billing.period_not_ended'])
    expect((await close('2024-06', { by: await hierarchy.token(tenant) })).status).toBe(403)
  })

  test('409 names the regions that are silent; a paused region holds up nothing', async () => {
    await complete('2024-06-30T23:59:59Z')
    const silent = await close('2024-06')
    expect([silent.status, silent.body.code]).toEqual([409, 'billing.region_silent'])
    expect(silent.body.errors[0].message).toContain('region eu ')
    await sql`update region set state = 'paused'`
    expect((await close('2024-06')).status).toBe(200)
    await sql`update region set state = 'active'`
  })

  test('409 while a batch that may belong to it is not taken in; a later month‘s batch holds up nothing', async () => {
    await complete('2024-12-01T00:00:00Z')
    const unfinished = await world.settle('eu', [at('p-1', '2024-05')])
    const pretend = (firstStart: string | null) =>
      sql`update usage_batch set state = 'processing', first_start = ${firstStart} where id = ${unfinished.id}`
    await pretend(null)
    expect((await close('2024-05')).body.code).toBe('billing.batches_pending')
    await pretend('2024-05-31T23:00:00Z')
    expect((await close('2024-05')).body.code).toBe('billing.batches_pending')
    await pretend('2024-06-01T00:00:00Z')
    expect((await close('2024-05')).status).toBe(200)
    await sql`update usage_batch set state = 'done' where id = ${unfinished.id}`
  })

  test('409 while a record of the month waits in quarantine, until it is waived', async () => {
    await world.settle('eu', [usageRecord('q-1', { ...at('q-1', '2024-04'), subscription: 'ghost' })])
    const open = await close('2024-04')
    expect([open.status, open.body.code]).toEqual([409, 'billing.quarantine_open'])
    const [held] = await sql`select id from usage_quarantine where record_id = 'q-1'`
    const body = { reason: 'a machine of the tests' }
    await call('POST', `/api/v1/usage/quarantine/${held!.id}/dismiss`, { token, body })
    expect((await close('2024-04')).status).toBe(200)
  })

  test('the certificate holds quantities and a hash; the platform and each seller are told once', async () => {
    await world.settle('eu', [at('c-1', '2024-03'), at('c-2', '2024-03', '11')])
    const { status, body } = await close('2024-03')
    expect([status, body.state]).toEqual([200, 'closed'])
    expect(body.certificate.quantities).toEqual([{ sku: 'vm.hours', region: 'eu', quantity: '2', records: '2' }])
    expect([body.certificate.rows, body.certificate.sha256.length]).toEqual(['2', 64])
    expect(body.certificate.counts).toEqual({ records: '2', tenants: '1', subscriptions: '1' })
    expect(body.certificate.regions).toEqual([
      { code: 'eu', state: 'active', completeUntil: '2024-12-01T00:00:00.000Z' },
    ])
    // Nobody rates in this test: what was used is known to wait for it.
    expect(body.certificate.invariants.map((one: any) => [one.name, one.holds])).toEqual([
      ['records.accounted', true],
      ['quarantine.decided', true],
      ['usage.rated', true],
      ['ledger.zero', true],
    ])
    expect(body.certificate.invariants[2].figures).toEqual({
      lines: '1',
      waiting: '1',
      parked: '0',
      rated: '0',
      unaccounted: '0',
    })
    const { seal, ...sealed } = body.certificate
    expect(seal).toBe(new Bun.CryptoHasher('sha256').update(canonicalJson(sealed)).digest('hex'))
    const told = await sql`
      select organization.level from event join organization on organization.id = org_id
      where type = 'period.closed' and data->>'period' = '2024-03' order by level`
    expect(told.map((row) => row.level)).toEqual(['distributor', 'platform'])
    const again = await close('2024-03')
    expect([again.status, again.body.code]).toEqual([409, 'billing.period_closed'])
    const [audited] = await sql`
      select count(*)::int as rows from audit where action = 'period.closed' and details->>'period' = '2024-03'`
    expect(audited!.rows).toBe(1)
  })

  test('409 names the law that does not hold, and closes nothing', async () => {
    await world.settle('eu', [at('i-1', '2023-03')])
    const marks = await sql`delete from rating_due where period = '2023-03' returning *`
    const lost = await close('2023-03')
    expect([lost.status, lost.body.code]).toEqual([409, 'billing.invariant_broken'])
    expect(lost.body.errors.map((one: any) => one.message)).toEqual([
      'usage.rated does not hold: lines 1, waiting 0, parked 0, rated 0, unaccounted 1',
    ])
    await sql`insert into rating_due ${sql(marks as any)}`
    await sql`alter table posting disable trigger all`
    const posting = { id: newId(), book_id: hierarchy.platform.id, account: 'bank', currency: 'EUR', amount: '0.01' }
    await sql`insert into posting ${sql({ ...posting, document_type: 'payment', document_id: newId(), see_platform_id: hierarchy.platform.id })}`
    const unbalanced = await close('2023-03')
    expect(unbalanced.body.errors.map((one: any) => one.message)).toEqual([
      'ledger.zero does not hold: postings 1, unbalancedCurrencies 1',
    ])
    await sql`delete from posting where id = ${posting.id}`
    await sql`alter table posting enable trigger all`
    expect((await close('2023-03')).status).toBe(200)
  })

  test('the certificate is the platform‘s; everybody sees that the month is closed', async () => {
    const { body } = await call('GET', '/api/v1/billing/periods/2024-03', { token: await hierarchy.token(tenant) })
    expect([body.state, body.certificate]).toEqual(['closed', null])
  })

  test('the same Idempotency-Key gets the first answer', async () => {
    const headers = { 'idempotency-key': 'close-once' }
    const first = await close('2024-02', { headers })
    const second = await close('2024-02', { headers })
    expect([second.status, second.body]).toEqual([200, first.body])
  })

  test('what comes after the close belongs to the next open month, with its true day', async () => {
    const before = await posted('2024-03')
    await world.settle('eu', [at('late-1', '2024-03')])
    expect(await posted('2024-03')).toBe(before)
    const [row] = await sql`
      select day::text, posting_period as period from usage_daily where posting_period > '2024-03' and day = '2024-03-10'`
    // April, May and June are closed by the tests above.
    expect([row!.day, row!.period]).toEqual(['2024-03-10', '2024-07'])
  })

  test('of two simultaneous closes one closes', async () => {
    const answers = await Promise.all([close('2024-01'), close('2024-01')])
    expect(answers.map((one) => one.status).sort()).toEqual([200, 409])
  })
})

// A hundred rounds of the same without the queue are in races/moves.test.ts.
test('close races with post through the queue: every record is in the certificate or in a later period, none is lost', async () => {
  await complete('2024-12-01T00:00:00Z')
  const [batches, recordsEach] = [2, 5]
  const total = { inside: 0, after: 0 }
  for (let round = 0; round < 20; round += 1) {
    const month = `20${10 + Math.floor(round / 12)}-${String(1 + (round % 12)).padStart(2, '0')}`
    const batchOf = (batch: number) =>
      Array.from({ length: recordsEach }, (_, index) => at(`race-${round}-${batch}-${index}`, month))
    const answers = await Promise.all(Array.from({ length: batches }, (_, batch) => world.post('eu', batchOf(batch))))
    const ids = answers.map((answer) => answer.body.batchId as string)
    // The guard against unfinished batches would let nobody race: pretend that these are of a later month.
    await sql`update usage_batch set first_start = '2024-12-01' where id = any (${ids}) and state <> 'done'`
    const doneFirst = round % 2
    await until(async () => {
      const [row] = await sql`select count(*)::int as done from usage_batch where id = any (${ids}) and state = 'done'`
      return row!.done >= doneFirst
    })
    const [closed, ...receipts] = await Promise.all([close(month), ...ids.map((id) => world.settled(id))])
    expect([closed.status, ...receipts.map((one) => one.accepted)]).toEqual([200, ...ids.map(() => recordsEach)])
    const certified = closed.body.certificate.quantities.reduce((sum: number, one: any) => sum + Number(one.records), 0)
    const [rows] = await sql`
      select coalesce(sum(records) filter (where posting_period = ${month}), 0)::int as inside,
             coalesce(sum(records) filter (where posting_period > ${month}), 0)::int as after
      from usage_daily where left(day::text, 7) = ${month}`
    expect(rows!.inside + rows!.after).toBe(batches * recordsEach)
    // The month also holds what came too late for the one before it.
    expect(certified).toBe(await posted(month))
    total.inside += rows!.inside
    total.after += rows!.after
  }
  expect(Math.min(total.inside, total.after)).toBeGreaterThan(0)
}, 300_000)

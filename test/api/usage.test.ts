import { describe, expect, test } from 'bun:test'
import { usageHandlers } from '../../workers/usage.ts'
import { testApi } from '../support/api.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { until } from '../support/until.ts'
import { alias, usageRecord, usageWorld } from '../support/usage.ts'
import { testWorker } from '../support/worker.ts'
import { buildWorld } from '../support/world.ts'

const database = await testDatabase()
const api = testApi(database)
const { call } = api
const sql = lookInto(database)
const world = await usageWorld(api, sql)
const hierarchy = await buildWorld(api, [
  ['reseller', 'agent'],
  [null, null],
])
const { token } = world
const tenant = hierarchy.tenant('reseller/agent')
const distributor = await hierarchy.token(hierarchy.distributors.reseller)
const stranger = await hierarchy.token(hierarchy.tenant('-/-'))
await world.region('eu')
await world.sku('vm.hours')
const subscriptionId = await world.subscription(tenant.id, [{ region: 'eu', externalId: 'sub-1' }])
testWorker(database, usageHandlers)

const counts = ({ accepted, duplicate, conflict, quarantined, rejected }: Record<string, number>) => [
  accepted,
  duplicate,
  conflict,
  quarantined,
  rejected,
]
const rollup = () =>
  sql<{ day: string; quantity: string; records: string }[]>`
    select day::text, trim_scale(sum_quantity)::text as quantity, records::text from usage_daily
    where subscription_id = ${subscriptionId} order by day`

describe('POST /usage', () => {
  test('202 names the job, where to follow it, and what was sent; nobody sees it in part', async () => {
    const answer = await world.post('eu', [usageRecord('first')])
    expect(answer.status).toBe(202)
    expect(answer.headers.get('location')).toBe(`/api/v1/jobs/${answer.body.jobId}`)
    expect([answer.headers.get('retry-after'), answer.body.sent]).toEqual(['1', 1])
    const receipt = await world.settled(answer.body.batchId)
    expect(counts(receipt)).toEqual([1, 0, 0, 0, 0])
    expect(receipt).toMatchObject({ region: 'eu', format: 'json', state: 'done', sent: 1, jobId: answer.body.jobId })
    expect([receipt.firstStart, receipt.lastEnd]).toEqual(['2024-09-10T10:00:00.000Z', '2024-09-10T11:00:00.000Z'])
    const job = await until(async () => {
      const { body } = await call('GET', `/api/v1/jobs/${answer.body.jobId}`, { token })
      return body.state === 'done' ? body : undefined
    })
    expect(job.result.href).toBe(`/api/v1/usage/batches/${answer.body.batchId}`)
  })

  test('every record has one outcome, and they add up: accepted, duplicate, conflict, quarantined, rejected', async () => {
    await world.settle('eu', [usageRecord('known')])
    const receipt = await world.settle('eu', [
      usageRecord('new-1'),
      usageRecord('new-1'),
      usageRecord('new-1', { quantity: '2' }),
      usageRecord('known', { quantity: '1.50' }),
      usageRecord('known', { quantity: '9' }),
      usageRecord('lost', { subscription: 'nobody' }),
      usageRecord('lost-sku', { sku: 'nothing' }),
      usageRecord('other-unit', { unit: 'GB' }),
      { ...usageRecord('bad'), quantity: 'NaN' },
    ])
    expect(counts(receipt)).toEqual([1, 2, 2, 3, 1])
    const { body } = await call('GET', `/api/v1/usage/batches/${receipt.id}/records`, { token })
    expect(
      body.data.map((one: any) => [
        one.index,
        one.outcome,
        one.recordId,
        one.faults.map((fault: any) => fault.pointer),
      ]),
    ).toEqual([
      [1, 'duplicate', 'new-1', []],
      [2, 'conflict', 'new-1', ['/2/id']],
      [3, 'duplicate', 'known', []],
      [4, 'conflict', 'known', ['/4/id']],
      [5, 'quarantined', 'lost', ['/5/subscription']],
      [6, 'quarantined', 'lost-sku', ['/6/sku']],
      [7, 'quarantined', 'other-unit', ['/7/unit']],
      [8, 'rejected', 'bad', ['/8/quantity']],
    ])
    const conflicts = await call('GET', `/api/v1/usage/batches/${receipt.id}/records?outcome=conflict&limit=1`, {
      token,
    })
    expect([conflicts.body.data.length, conflicts.body.page.hasMore]).toEqual([1, true])
    const more = await call(
      'GET',
      `/api/v1/usage/batches/${receipt.id}/records?outcome=conflict&cursor=${conflicts.body.page.nextCursor}`,
      { token },
    )
    expect(more.body.data.map((one: any) => one.index)).toEqual([4])
  })

  test('a record that waits and comes again is a duplicate, with other content a conflict', async () => {
    await world.settle('eu', [usageRecord('waits', { subscription: 'later' })])
    const receipt = await world.settle('eu', [
      usageRecord('waits', { subscription: 'later' }),
      usageRecord('waits', { subscription: 'later', quantity: '7' }),
      usageRecord('waits'),
    ])
    expect(counts(receipt)).toEqual([0, 1, 2, 0, 0])
  })

  test('a batch that comes again changes nothing: all duplicates, the same rollup', async () => {
    const batch = ['a', 'b', 'c'].map((id) => usageRecord(`again-${id}`))
    const first = await world.settle('eu', batch)
    const before = await rollup()
    expect(counts(first)).toEqual([3, 0, 0, 0, 0])
    expect(counts(await world.settle('eu', batch))).toEqual([0, 3, 0, 0, 0])
    expect([...(await rollup())]).toEqual([...before])
  })

  test('the same Idempotency-Key is one batch; with another body it is 422', async () => {
    const send = (id: string) =>
      world.post('eu', [usageRecord(id)], {
        headers: { 'idempotency-key': 'one-batch', 'content-type': 'application/json' },
      })
    const first = await send('once')
    const second = await send('once')
    expect(second.body).toEqual(first.body)
    expect(second.headers.get('idempotency-replayed')).toBe('true')
    const other = await send('other')
    expect([other.status, other.body.code]).toEqual([422, 'idempotency.key_reused'])
  })

  const lines = (records: object[]) => records.map((record) => JSON.stringify(record)).join('\n')
  const csv =
    'id,subscription,sku,start,end,quantity\ncsv-1,sub-1,vm.hours,2024-09-11T00:00:00Z,2024-09-11T01:00:00Z,2\n'
  test.each([
    ['JSON in gzip', JSON.stringify([usageRecord('gz')]), 'application/json', 'gzip', 'json'],
    ['NDJSON in zstd', lines([usageRecord('nd-1'), usageRecord('nd-2')]), 'application/x-ndjson', 'zstd', 'ndjson'],
    ['CSV as it is', csv, 'text/csv', undefined, 'csv'],
  ])('%s comes through', async (_, text, contentType, encoding, format) => {
    const plain = new TextEncoder().encode(text)
    const body = encoding === 'gzip' ? Bun.gzipSync(plain) : encoding === 'zstd' ? Bun.zstdCompressSync(plain) : plain
    const headers = { 'content-type': contentType, ...(encoding ? { 'content-encoding': encoding } : {}) }
    const receipt = await world.settle('eu', body, { body, headers })
    expect([receipt.format, receipt.accepted]).toEqual([format, receipt.sent])
  })

  test('strict: one faulty record refuses all with its pointer, and nothing is stored', async () => {
    const [before] = await sql`select count(*)::int as batches from usage_batch`
    const { status, body } = await world.post('eu', [usageRecord('fine'), { ...usageRecord('bad'), end: 'never' }], {
      query: '&strict=true',
    })
    expect([status, body.code, body.errors[0].pointer]).toEqual([422, 'usage.records_rejected', '/1/end'])
    const [after] = await sql`select count(*)::int as batches from usage_batch`
    expect(after).toEqual(before)
    expect(counts(await world.settle('eu', [usageRecord('strict')], { query: '&strict=true' }))).toEqual([
      1, 0, 0, 0, 0,
    ])
  })

  const json = 'application/json'
  const many = (records: number) => `[${Array(records).fill('{}').join(',')}]`
  test.each([
    ['malformed JSON', 400, 'usage.unparsable', '[{"id":', json],
    ['a broken record in the middle', 400, 'usage.unparsable', '[{},{"id:1},{}]', json],
    ['an object instead of an array', 422, 'usage.not_an_array', '{"records":[]}', json],
    ['no records', 422, 'usage.batch_empty', '[]', json],
    ['no bytes', 422, 'usage.batch_empty', '', json],
    ['another type', 415, 'usage.media_type', '<usage/>', 'application/xml'],
    ['a lying type', 415, 'usage.type_mismatch', '[{"id":"a"}]', 'text/csv'],
    ['50,001 records', 413, 'usage.too_many_records', many(50_001), json],
    ['33 MB', 413, 'usage.body_too_large', ' '.repeat(33 * 1024 * 1024), json],
    ['a column nobody knows', 422, 'csv.columns', 'id,subscription,sku,start,end,quantity,colour\n', 'text/csv'],
  ])('%s: %i and nothing is stored', async (_, expected, code, body, contentType) => {
    const [before] = await sql`select count(*)::int as batches from usage_batch`
    const answer = await world.post('eu', body, { headers: { 'content-type': contentType } })
    expect([answer.status, answer.body.code]).toEqual([expected, code])
    expect(answer.headers.get('content-type')).toContain('application/problem+json')
    const [after] = await sql`select count(*)::int as batches from usage_batch`
    expect(after).toEqual(before)
  })

  test('a gzip bomb is refused before it is unpacked', async () => {
    const bomb = Bun.gzipSync(new Uint8Array(100 * 1024 * 1024))
    const headers = { 'content-type': json, 'content-encoding': 'gzip' }
    const { status, body } = await world.post('eu', bomb, { body: bomb, headers })
    expect([status, body.code]).toEqual([413, 'usage.inflated_too_large'])
  })

  test('an unknown region is 422 in the query; an unknown query field too', async () => {
    const absent = await world.post('nowhere', [usageRecord('x')])
    expect([absent.status, absent.body.errors[0].pointer]).toEqual([422, '/query/region'])
    const unknown = await world.post('eu', [usageRecord('x')], { query: '&dryRun=true' })
    expect([unknown.status, unknown.body.errors[0].pointer]).toEqual([422, '/query/dryRun'])
  })

  test('401 for nobody and 403 for a tenant, before the body is looked at', async () => {
    const send = (by?: string) =>
      call('POST', '/api/v1/usage?region=eu', { body: 'rubbish', ...(by ? { token: by } : {}) })
    expect((await send()).status).toBe(401)
    expect((await send(stranger)).status).toBe(403)
  })

  test('records that ended before the region‘s limit are rejected, seen from their arrival', async () => {
    await world.region('fresh', { lateLimitHours: 24 })
    await world.subscription(tenant.id, [{ region: 'fresh', externalId: 'sub-1' }])
    const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString()
    const recent = { start: hoursAgo(3), end: hoursAgo(2) }
    const receipt = await world.settle('fresh', [usageRecord('in-time', recent), usageRecord('too-late')])
    expect(counts(receipt)).toEqual([1, 0, 0, 0, 1])
    const { body } = await call('GET', `/api/v1/usage/batches/${receipt.id}/records`, { token })
    expect(body.data[0].faults[0]).toMatchObject({ pointer: '/1/end', code: 'usage.too_late' })
    const strict = await world.post('fresh', [usageRecord('too-late')], { query: '&strict=true' })
    expect([strict.status, strict.body.errors[0].code]).toEqual([422, 'usage.too_late'])
  })

  test('completeUntil raises the watermark when the batch is taken in', async () => {
    const { id } = await world.region('complete')
    await world.subscription(tenant.id, [{ region: 'complete', externalId: 'sub-1' }])
    await world.settle('complete', [usageRecord('c-1')], { query: '&completeUntil=2024-10-01T00:00:00Z' })
    await world.settle('complete', [usageRecord('c-2')], { query: '&completeUntil=2024-09-01T00:00:00Z' })
    const { body } = await call('GET', `/api/v1/regions/${id}`, { token })
    expect(body.completeUntil).toBe('2024-10-01T00:00:00.000Z')
    expect(Date.parse(body.lastBatchAt)).toBeGreaterThan(Date.now() - 60_000)
  })
})

describe('where records belong', () => {
  test('our own id names a subscription as its name in the region does; outside its dates it waits', async () => {
    const own = await world.subscription(tenant.id, [], { start: '2024-09-05', end: '2024-09-20' })
    const at = (id: string, start: string, end: string) => usageRecord(id, { subscription: own, start, end })
    const receipt = await world.settle('eu', [
      at('d-1', '2024-09-04T23:00:00Z', '2024-09-05T00:00:00Z'),
      at('d-2', '2024-09-05T00:00:00Z', '2024-09-05T01:00:00Z'),
      at('d-3', '2024-09-19T23:00:00Z', '2024-09-20T00:00:00Z'),
      at('d-4', '2024-09-20T00:00:00Z', '2024-09-20T00:00:00Z'),
      at('d-5', '2024-09-19T23:30:00Z', '2024-09-20T00:30:00Z'),
    ])
    expect(counts(receipt)).toEqual([2, 0, 0, 3, 0])
    const { body } = await call('GET', '/api/v1/usage/quarantine?reason=subscription.not_in_force', { token })
    expect(body.data.map((one: any) => one.recordId).sort()).toEqual(['d-1', 'd-4', 'd-5'])
  })

  test('a name that two branches claim is ambiguous and waits, whoever sent it', async () => {
    await world.region('claims')
    for (const one of [tenant.id, hierarchy.tenant('-/-').id]) {
      await world.subscription(one, [{ region: 'claims', externalId: 'mine' }])
    }
    const receipt = await world.settle('claims', [usageRecord('claimed', { subscription: 'mine' })])
    const { body } = await call('GET', `/api/v1/usage/batches/${receipt.id}/records`, { token })
    expect(body.data[0].faults[0].code).toBe('subscription.ambiguous')
  })

  test('a meter counts by the factor of its day, exactly; without a mapping of that day it waits', async () => {
    const { id } = await world.region('metered')
    await world.sku('gb.month', { unit: 'GB' })
    const metered = await world.subscription(tenant.id, [{ region: 'metered', externalId: 'sub-1' }])
    const map = (body: object) => call('POST', `/api/v1/regions/${id}/meters`, { token, body })
    await map({
      meter: 'bytes',
      sku: 'gb.month',
      factor: '0.000000001',
      validFrom: '2024-09-01',
      validTo: '2024-09-15',
    })
    await map({ meter: 'bytes', sku: 'gb.month', factor: '0.5', validFrom: '2024-09-15', validTo: '2024-09-20' })
    const at = (recordId: string, day: string, quantity: string) => ({
      ...usageRecord(recordId, { start: `2024-09-${day}T00:00:00Z`, end: `2024-09-${day}T01:00:00Z`, quantity }),
      sku: undefined,
      meter: 'bytes',
    })
    const receipt = await world.settle('metered', [
      at('m-1', '14', '1500'),
      at('m-2', '15', '3'),
      at('m-3', '20', '3'),
      at('m-4', '14', '0.0001'),
    ])
    expect(counts(receipt)).toEqual([2, 0, 0, 2, 0])
    const rows = await sql`
      select trim_scale(quantity)::text as quantity from usage_event where subscription_id = ${metered} order by start_at`
    expect(rows.map((row) => row.quantity)).toEqual(['0.0000015', '1.5'])
    const { body } = await call('GET', `/api/v1/usage/batches/${receipt.id}/records`, { token })
    expect(body.data.map((one: any) => one.faults[0].code)).toEqual(['meter.unknown', 'meter.factor_inexact'])
  })

  test('sums are spread over the UTC days they last, and add up exactly; max and last belong to their first day', async () => {
    for (const aggregation of ['sum', 'max', 'last']) await world.sku(`spread.${aggregation}`, { aggregation })
    const spread = await world.subscription(tenant.id, [{ region: 'eu', externalId: 'spread' }])
    const long = { subscription: 'spread', start: '2024-08-31T22:00:00Z', end: '2024-09-02T01:00:00Z', quantity: '1' }
    const records = ['sum', 'max', 'last'].map((kind) =>
      usageRecord(`long-${kind}`, { ...long, sku: `spread.${kind}` }),
    )
    const later = {
      subscription: 'spread',
      sku: 'spread.last',
      start: '2024-08-31T23:00:00Z',
      end: '2024-08-31T23:00:00Z',
    }
    expect(counts(await world.settle('eu', [...records, usageRecord('latest', { ...later, quantity: '-2' })]))).toEqual(
      [4, 0, 0, 0, 0],
    )
    const rows = await sql`
      select sku.code, day::text, posting_period as period, trim_scale(sum_quantity)::text as sum,
             trim_scale(last_quantity)::text as last, records::int
      from usage_daily join sku on sku.id = sku_id where subscription_id = ${spread} order by sku.code, day`
    expect(rows.map((row) => [row.code, row.day, row.period, row.sum, row.last, row.records])).toEqual([
      ['spread.last', '2024-08-31', '2024-08', '-1', '-2', 2],
      ['spread.max', '2024-08-31', '2024-08', '1', '1', 1],
      ['spread.sum', '2024-08-31', '2024-08', '0.074074074074', '0.074074074074', 1],
      ['spread.sum', '2024-09-01', '2024-09', '0.888888888889', '0.888888888889', 0],
      ['spread.sum', '2024-09-02', '2024-09', '0.037037037037', '0.037037037037', 0],
    ])
    const [event] = await sql`select posting_period as period from usage_event where record_id = 'long-sum'`
    expect(event!.period).toBe('2024-08')
  })

  test('what came in marks every edge of its tenant as due', async () => {
    const [marks] = await sql`
      select count(*)::int as edges from rating_due where tenant_id = ${tenant.id} and period = '2024-09'`
    expect(marks!.edges).toBeGreaterThan(1)
  })
})

describe('quarantine', () => {
  test('what waits is shown to the platform with its reason, and to nobody else', async () => {
    await world.settle('eu', [usageRecord('shown', { subscription: 'unheard' })])
    const { body } = await call('GET', '/api/v1/usage/quarantine?region=eu&reason=subscription.unknown&limit=200', {
      token,
    })
    const shown = body.data.find((one: any) => one.recordId === 'shown')
    expect(shown).toMatchObject({
      state: 'waiting',
      subscription: 'unheard',
      sku: 'vm.hours',
      meter: null,
      quantity: '1.5',
    })
    expect((await call('GET', '/api/v1/usage/quarantine', { token: distributor })).status).toBe(403)
  })

  test('a dismissed record is decided for good: 409 the second time, a duplicate when it is sent again', async () => {
    const receipt = await world.settle('eu', [usageRecord('waived', { subscription: 'ghost' })])
    const [held] = await sql`select id from usage_quarantine where record_id = 'waived'`
    const dismiss = (body: object) => call('POST', `/api/v1/usage/quarantine/${held!.id}/dismiss`, { token, body })
    expect((await dismiss({})).status).toBe(422)
    const { status, body } = await dismiss({ reason: 'a test machine' })
    expect([status, body.state, body.waiver]).toEqual([200, 'dismissed', 'a test machine'])
    expect([(await dismiss({ reason: 'again' })).status]).toEqual([409])
    expect(counts(await world.settle('eu', [usageRecord('waived', { subscription: 'ghost' })]))).toEqual([
      0, 1, 0, 0, 0,
    ])
    expect((await world.receipt(receipt.id)).quarantined).toBe(1)
    const [audited] =
      await sql`select count(*)::int as rows from audit where action = 'usage.dismissed' and object_id = ${held!.id}`
    expect(audited!.rows).toBe(1)
  })
})

describe('GET /usage', () => {
  const query = (text: string, by = token) => call('GET', `/api/v1/usage?${text}`, { token: by })

  test('each tier sees its branch: the same figures from the platform to the tenant, nothing elsewhere', async () => {
    const question = `period=2024-09&groupBy=month&subscriptionId=${subscriptionId}`
    const seen = (await query(question)).body.data
    expect(seen).toHaveLength(1)
    expect(seen[0]).toMatchObject({ date: '2024-09', sku: 'vm.hours', unit: 'hour', region: 'eu', aggregation: 'sum' })
    const [sum] = await sql`
      select trim_scale(sum(sum_quantity))::text as quantity from usage_daily where subscription_id = ${subscriptionId}`
    expect(seen[0].quantity).toBe(sum!.quantity)
    for (const member of [hierarchy.distributors.reseller, hierarchy.partner('reseller/agent'), tenant]) {
      expect((await query(question, await hierarchy.token(member))).body.data).toEqual(seen)
    }
    expect((await query(question, stranger)).body.data).toEqual([])
    expect((await query(`period=2024-09&tenantId=${tenant.id}`, stranger)).body.data).toEqual([])
  })

  test('pages go on where they stopped', async () => {
    const all = (await query(`period=2024-09&tenantId=${tenant.id}&limit=200`)).body.data
    const seen: object[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const page = await query(`period=2024-09&tenantId=${tenant.id}&limit=2${cursor && `&cursor=${cursor}`}`)
      seen.push(...page.body.data)
      cursor = page.body.page.nextCursor
    }
    expect(seen).toEqual(all)
    expect(seen.length).toBeGreaterThan(4)
  })

  test('local days of a zone have 23 and 25 hours when the clocks change (F8)', async () => {
    const hourly = await world.subscription(tenant.id, [{ region: 'eu', externalId: 'hourly' }])
    const hours = (first: string, count: number) =>
      Array.from({ length: count }, (_, index) => {
        const from = Date.parse(first) + index * 3_600_000
        const [start, end] = [from, from + 3_600_000].map((at) => new Date(at).toISOString())
        return usageRecord(`h-${start}`, { subscription: 'hourly', start, end, quantity: '1' })
      })
    await world.settle('eu', [...hours('2025-03-29T00:00:00Z', 72), ...hours('2025-10-25T00:00:00Z', 72)])
    const on = async (from: string, to: string) =>
      (await query(`subscriptionId=${hourly}&day[gte]=${from}&day[lt]=${to}&timeZone=Europe/Berlin`)).body.data
    expect((await on('2025-03-30', '2025-03-31')).map((row: any) => [row.date, row.quantity])).toEqual([
      ['2025-03-30', '23'],
    ])
    expect((await on('2025-10-26', '2025-10-27')).map((row: any) => [row.date, row.quantity])).toEqual([
      ['2025-10-26', '25'],
    ])
    const utc = (await query(`subscriptionId=${hourly}&day[gte]=2025-03-30&day[lt]=2025-03-31`)).body.data
    expect(utc[0].quantity).toBe('24')
  })

  test.each([
    ['half a range', 'day[gte]=2024-09-01', '/query/day[lt]'],
    ['both ways to name the days', 'period=2024-09&day[gte]=2024-09-01&day[lt]=2024-09-02', '/query/period'],
    ['an empty range', 'day[gte]=2024-09-02&day[lt]=2024-09-02', '/query/day[lt]'],
    ['a day that does not exist', 'day[gte]=2024-02-30&day[lt]=2024-03-02', '/query/day[gte]'],
    ['a zone that does not exist', 'period=2024-09&timeZone=Nowhere', '/query/timeZone'],
    ['the cursor of another list', `period=2024-09&cursor=${btoa('regions|x')}`, '/query/cursor'],
  ])('422 for %s', async (_, text, pointer) => {
    const { status, body } = await query(text)
    expect([status, body.errors[0].pointer]).toEqual([422, pointer])
  })
})

describe('receipts are the platform‘s', () => {
  test('a tenant gets an empty list, and 404 for one that exists', async () => {
    const { body } = await call('GET', '/api/v1/usage/batches?limit=1', { token })
    expect(body.data).toHaveLength(1)
    expect((await call('GET', '/api/v1/usage/batches', { token: stranger })).body.data).toEqual([])
    expect((await call('GET', `/api/v1/usage/batches/${body.data[0].id}`, { token: stranger })).status).toBe(404)
    expect((await call('GET', `/api/v1/usage/batches/${body.data[0].id}/records`, { token: stranger })).status).toBe(
      404,
    )
  })

  test('they can be found by region and state', async () => {
    const found = await call('GET', '/api/v1/usage/batches?region=complete&state=done', { token })
    expect(found.body.data.length).toBe(2)
    expect((await call('GET', '/api/v1/usage/batches?region=complete&state=parked', { token })).body.data).toEqual([])
  })
})

test('an alias that is registered later does not make a replay count twice', async () => {
  const other = await world.subscription(tenant.id, [])
  await alias(sql, other, 'eu', 'renamed')
  await world.settle('eu', [usageRecord('renamed-1', { subscription: 'renamed' })])
  expect(counts(await world.settle('eu', [usageRecord('renamed-1', { subscription: 'renamed' })]))).toEqual([
    0, 1, 0, 0, 0,
  ])
})

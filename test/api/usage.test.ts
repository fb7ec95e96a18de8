import { describe, expect, test } from 'bun:test'
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

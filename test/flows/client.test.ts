import { expect, test } from 'bun:test'
import { lookInto, testDatabase } from '../support/database.ts'
import { liveHouse } from '../support/house.ts'
import { until } from '../support/until.ts'
import { usageRecord, usageWorld } from '../support/usage.ts'

// The client that posts and polls: real processes, real sockets, and a worker that dies in the middle.

const database = await testDatabase()
const house = await liveHouse(database)
const sql = lookInto(database)
const world = await usageWorld(house, sql)
const tenant = await world.tenant()
await world.region('eu')
await world.sku('vm.hours')
await world.subscription(tenant.id, [{ region: 'eu', externalId: 'sub-1' }])

const records = Array.from({ length: 20_000 }, (_, index) => usageRecord(`r-${index}`, { quantity: '0.25' }))
const token = world.token
const countable = async () => {
  const [row] = await sql<{ records: number; quantity: string }[]>`
    select coalesce(sum(records), 0)::int as records, coalesce(trim_scale(sum(sum_quantity)), 0)::text as quantity from usage_daily`
  return row
}

test('accepted work outlives the worker that had it: nothing is lost, nothing counts twice', async () => {
  const headers = { 'idempotency-key': 'september' }
  const accepted = await world.post('eu', records, { headers })
  expect(accepted.status).toBe(202)
  expect(accepted.headers.get('location')).toBe(`/api/v1/jobs/${accepted.body.jobId}`)
  expect(Number(accepted.headers.get('retry-after'))).toBeGreaterThan(0)

  const before = await house.call('GET', `/api/v1/jobs/${accepted.body.jobId}`, { token })
  expect(before.body).toMatchObject({ kind: 'usage.ingest_batch', state: 'queued', result: null })

  const doomed = await house.startWorker()
  await until(async () => (await sql`select from job_chunk where job_id = ${accepted.body.jobId}`).length > 0)
  await doomed.kill('SIGKILL')
  const other = await house.startWorker()

  const job = await until(async () => {
    const { body } = await house.call('GET', `/api/v1/jobs/${accepted.body.jobId}?wait=5`, { token })
    return body.state === 'done' ? body : undefined
  }, 60_000)
  expect(job.progress).toEqual({ done: 20_000, total: 20_000, unit: 'records' })
  const receipt = await house.call('GET', job.result.href, { token })
  expect(receipt.body).toMatchObject({ sent: 20_000, accepted: 20_000, duplicate: 0, conflict: 0, rejected: 0 })
  expect(await countable()).toEqual({ records: 20_000, quantity: '5000' })

  const again = await world.post('eu', records, { headers })
  expect([again.status, again.body.jobId]).toEqual([202, accepted.body.jobId])
  expect(again.headers.get('idempotency-replayed')).toBe('true')
  expect((await world.post('eu', records.slice(1), { headers })).status).toBe(422)

  const replay = await world.settle('eu', records)
  expect(replay).toMatchObject({ accepted: 0, duplicate: 20_000 })
  expect(await countable()).toEqual({ records: 20_000, quantity: '5000' })
  expect(await other.kill('SIGTERM')).toBe(0)
}, 120_000)

test('a stream of events tells the progress and ends with the job', async () => {
  const worker = await house.startWorker()
  const accepted = await world.post('eu', [usageRecord('one-more')])
  const stream = await fetch(`${house.url}/api/v1/jobs/${accepted.body.jobId}/events`, {
    headers: { authorization: `Bearer ${token}` },
  })
  expect(stream.headers.get('content-type')).toContain('text/event-stream')
  const told = await stream.text()
  expect(told).toContain('event: ended')
  expect(told).toContain('"state":"done"')
  expect(await worker.kill('SIGTERM')).toBe(0)
}, 60_000)

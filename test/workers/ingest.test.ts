import { describe, expect, test } from 'bun:test'
import { ingestBatch as ingestJob, redriveUsage } from '../../jobs/usage.ts'
import { abandonBatch, ingestBatch } from '../../src/modules/usage/ingest/job.ts'
import { enqueueDueRedrives } from '../../src/modules/usage/quarantine/redrive.ts'
import { newId } from '../../src/platform/ids.ts'
import { enqueue } from '../../src/platform/jobs.ts'
import { handle, type WorkCtx, workScope } from '../../src/platform/work.ts'
import { usageHandlers } from '../../workers/usage.ts'
import { testApi } from '../support/api.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { testJobs } from '../support/jobs.ts'
import { alias, usageRecord, usageWorld } from '../support/usage.ts'

const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const jobs = await testJobs(database, sql)
const world = await usageWorld(api, sql)
const region = await world.region('eu')
await world.sku('vm.hours')
const tenant = await world.tenant()
const subscriptionId = await world.subscription(tenant.id, [{ region: 'eu', externalId: 'sub-1' }])
const runner = jobs.runner(usageHandlers)

/** Accepts a batch; its job waits until the test runs it. */
const accept = async (records: object[], query = ''): Promise<{ jobId: string; batchId: string }> => {
  const { status, body } = await world.post('eu', records, { query })
  if (status !== 202) throw new Error(`answered ${status} ${JSON.stringify(body)}`)
  return body
}
const dueNow = (jobId: string) => sql`update job set due_at = now() where id = ${jobId}`
const many = (prefix: string, count: number, change: object = {}) =>
  Array.from({ length: count }, (_, index) => usageRecord(`${prefix}-${index}`, { quantity: '1', ...change }))
const totals = async (prefix: string) => {
  const [row] = await sql`
    select (select count(*)::int from usage_event where record_id like ${`${prefix}-%`}) as events,
           (select coalesce(sum(records), 0)::int from usage_daily) as rolled,
           (select count(*)::int from usage_event) as all_events,
           (select trim_scale(coalesce(sum(sum_quantity), 0)) = trim_scale((select sum(quantity) from usage_event)) from usage_daily) as equal`
  return row!
}
const counts = ({ accepted, duplicate, conflict, quarantined, rejected }: any) => [
  accepted,
  duplicate,
  conflict,
  quarantined,
  rejected,
]

/** The real work, with something that happens around its chunks. */
const withChunks = (around: (number: number, run: () => Promise<any>) => Promise<any>) =>
  jobs.runner([
    handle(
      ingestJob,
      (ctx: WorkCtx, payload) =>
        ingestBatch(
          { ...ctx, chunk: (number, scope, work) => around(number, () => ctx.chunk(number, scope, work)) },
          payload,
        ),
      abandonBatch,
    ),
  ])

describe('usage.ingest_batch', () => {
  test('a worker that dies between two chunks leaves each record counted once, and one event', async () => {
    const { jobId, batchId } = await accept(many('between', 12_001))
    const dying = withChunks(async (number, run) => {
      const result = await run()
      if (number === 1) throw new Error('killed')
      return result
    })
    expect(await dying.run(jobId)).toBe('requeued')
    expect((await world.receipt(batchId)).state).toBe('processing')
    expect((await totals('between')).events).toBe(5_000)
    await dueNow(jobId)
    expect(await runner.run(jobId)).toBe('done')
    const receipt = await world.receipt(batchId)
    expect([receipt.state, ...counts(receipt)]).toEqual(['done', 12_001, 0, 0, 0, 0])
    const total = await totals('between')
    expect([total.events, total.rolled, total.equal]).toEqual([12_001, total.all_events, true])
    const [events] = await sql`
      select count(*)::int as told, min(data->>'accepted') as accepted from event
      where type = 'usage.batch.completed' and object_id = ${batchId}`
    expect([events!.told, events!.accepted]).toEqual([1, '12001'])
    expect((await jobs.read(jobId)).result).toMatchObject({ sent: 12_001, accepted: 12_001 })
  }, 30_000)

  test('a worker that dies inside a chunk leaves nothing of it', async () => {
    const { jobId, batchId } = await accept(many('inside', 10))
    const [before] = await sql`select count(*)::int as keys from usage_key`
    const dying = jobs.runner([
      handle(ingestJob, (ctx: WorkCtx, payload) =>
        ingestBatch(
          {
            ...ctx,
            chunk: (number, scope, work) =>
              ctx.chunk(number, scope, async (tx) => {
                await work(tx)
                throw new Error('killed')
              }),
          },
          payload,
        ),
      ),
    ])
    expect(await dying.run(jobId)).toBe('requeued')
    expect(await sql`select count(*)::int as keys from usage_key`).toMatchObject([before!])
    await dueNow(jobId)
    await runner.run(jobId)
    expect(counts(await world.receipt(batchId))).toEqual([10, 0, 0, 0, 0])
  })

  test('a worker whose lease ran out changes nothing any more: the other one has done it', async () => {
    const { jobId, batchId } = await accept(many('fence', 6_000))
    const slow = withChunks(async (number, run) => {
      if (number === 2) {
        await sql`update job set state = 'queued', lease_until = null, due_at = now() where id = ${jobId}`
        expect(await runner.run(jobId)).toBe('done')
      }
      return run()
    })
    expect(await slow.run(jobId)).toBe('fence_lost')
    expect(counts(await world.receipt(batchId))).toEqual([6_000, 0, 0, 0, 0])
    expect((await totals('fence')).equal).toBe(true)
  }, 30_000)

  test('running it again after the end changes nothing', async () => {
    const { batchId } = await accept(many('twice', 5))
    const [first] = await sql`select job_id as id from usage_batch where id = ${batchId}`
    await runner.run(first!.id)
    const before = await world.receipt(batchId)
    const second = await jobs.db.transaction(jobs.scope, (tx) =>
      enqueue(tx, jobs.owner, ingestJob, { batchId }, { dedupeKey: newId() }),
    )
    expect(await runner.run(second.id)).toBe('done')
    expect(await world.receipt(batchId)).toEqual(before)
  })

  test('two batches with the same records, at the same time: each record is accepted by one of them', async () => {
    const records = many('both', 3_000)
    const [first, second] = [await accept(records), await accept(records.toReversed())]
    await Promise.all([runner.run(first.jobId), jobs.runner(usageHandlers).run(second.jobId)])
    const [one, other] = [await world.receipt(first.batchId), await world.receipt(second.batchId)]
    expect(one.accepted + other.accepted).toBe(3_000)
    expect(one.duplicate + other.duplicate).toBe(3_000)
    const total = await totals('both')
    expect([total.events, total.rolled, total.equal]).toEqual([3_000, total.all_events, true])
  }, 30_000)

  test('a cancelled batch is done: its records are rejected one by one, and hold up no close', async () => {
    const { jobId, batchId } = await accept(many('cancelled', 7))
    await sql`insert into job_cancel (job_id, org_id) values (${jobId}, ${jobs.owner.organizationId})`
    expect(await runner.run(jobId)).toBe('cancelled')
    const receipt = await world.receipt(batchId)
    expect([receipt.state, ...counts(receipt)]).toEqual(['done', 0, 0, 0, 0, 7])
    const { body } = await api.call('GET', `/api/v1/usage/batches/${batchId}/records`, { token: world.token })
    expect(body.data).toHaveLength(7)
  })

  test('records that last for months are taken in by parts of bounded work, each once', async () => {
    const months = { start: '2023-01-01T12:00:00Z', end: '2023-12-31T12:00:00Z' }
    const { jobId, batchId } = await accept([...many('year', 60, months), { id: 'bad' }, ...many('years', 10, months)])
    expect(await runner.run(jobId)).toBe('done')
    expect(counts(await world.receipt(batchId))).toEqual([70, 0, 0, 0, 1])
    const [chunks] = await sql`select count(*)::int as done from job_chunk where job_id = ${jobId}`
    expect(chunks!.done).toBe(3)
    expect((await totals('year')).equal).toBe(true)
  }, 30_000)

  test('the body goes when the batch is done; a batch whose job is parked says so', async () => {
    const { jobId, batchId } = await accept(many('parked', 2))
    await sql`update job set state = 'parked' where id = ${jobId}`
    expect((await world.receipt(batchId)).state).toBe('parked')
    await sql`update job set state = 'queued' where id = ${jobId}`
    await runner.run(jobId)
    const [row] = await sql`select body from usage_batch where id = ${batchId}`
    expect(row!.body).toBeNull()
  })
})

describe('usage.redrive', () => {
  const tick = () =>
    jobs.db.transaction(workScope(jobs.owner, 'weir_relay'), (tx) => enqueueDueRedrives(tx, jobs.owner))
  const waitingJob = async (): Promise<string | undefined> => {
    const [row] = await sql`select id from job where kind = ${redriveUsage.kind} and state = 'queued'`
    return row?.id
  }
  const redrive = async () => {
    expect(await tick()).toBe(true)
    expect(await runner.run((await waitingJob()) ?? '')).toBe('done')
  }
  const receive = async (records: object[]) => {
    const { jobId, batchId } = await accept(records)
    await runner.run(jobId)
    return batchId
  }

  test('what waits is taken in once its subscription appears, on its receipt and in the rollup, once', async () => {
    const batchId = await receive(many('late-sub', 30, { subscription: 'comes-later' }))
    expect(counts(await world.receipt(batchId))).toEqual([0, 0, 0, 30, 0])
    expect(await tick()).toBe(false)
    await alias(sql, subscriptionId, 'eu', 'comes-later')
    await redrive()
    expect(counts(await world.receipt(batchId))).toEqual([30, 0, 0, 0, 0])
    const total = await totals('late-sub')
    expect([total.events, total.rolled, total.equal]).toEqual([30, total.all_events, true])
    expect(await tick()).toBe(false)
    const replay = await receive(many('late-sub', 30, { subscription: 'comes-later' }))
    expect(counts(await world.receipt(replay))).toEqual([0, 30, 0, 0, 0])
  })

  test('what then lacks something else waits on with the new reason, and is not tried in vain', async () => {
    const batchId = await receive(many('step', 3, { subscription: 'step', sku: 'step.sku', unit: 'GB' }))
    const reasons = async () =>
      (await sql`select distinct reason from usage_quarantine where batch_id = ${batchId}`).map((row) => row.reason)
    expect(await reasons()).toEqual(['subscription.unknown'])
    const ended = await world.subscription(tenant.id, [{ region: 'eu', externalId: 'step' }], { end: '2024-01-01' })
    await redrive()
    expect(await reasons()).toEqual(['subscription.not_in_force'])
    expect(await tick()).toBe(false)
    await sql`update subscription set end_date = null where id = ${ended}`
    await redrive()
    expect(await reasons()).toEqual(['sku.unknown'])
    expect(await tick()).toBe(false)
    await world.sku('step.sku')
    await redrive()
    expect(await reasons()).toEqual(['unit.mismatch'])
    expect(await tick()).toBe(false)
    await sql`update sku set unit = 'GB' where code = 'step.sku'`
    await redrive()
    expect(counts(await world.receipt(batchId))).toEqual([3, 0, 0, 0, 0])
  })

  test('a meter that is mapped later, and a name that one of two gives up, come in', async () => {
    const other = await world.subscription(tenant.id, [])
    const third = await world.subscription((await world.tenant()).id, [])
    for (const one of [other, third]) await alias(sql, one, 'eu', 'disputed')
    const batchId = await receive([
      usageRecord('ambiguous-1', { subscription: 'disputed' }),
      { ...usageRecord('meter-1'), sku: undefined, meter: 'cpu' },
      { ...usageRecord('meter-2', { quantity: '0.1' }), sku: undefined, meter: 'fine' },
    ])
    expect(await tick()).toBe(false)
    const [sku] = await sql`select id from sku where code = 'vm.hours'`
    const map = (meter: string, factor: string) => sql`
      insert into meter (id, region_id, meter, sku_id, factor, valid)
      values (${newId()}, ${region.id}, ${meter}, ${sku!.id}, ${factor}, daterange('2000-01-01', null))`
    await map('fine', '0.000000000001')
    await map('cpu', '2')
    await redrive()
    expect(await tick()).toBe(false)
    await sql`delete from subscription_alias where subscription_id = ${third} and external_id = 'disputed'`
    await sql`update meter set factor = 0.01 where meter = 'fine'`
    await redrive()
    expect(counts(await world.receipt(batchId))).toEqual([3, 0, 0, 0, 0])
  })

  test('a record whose id was accepted otherwise in the meantime is a conflict, never a second charge', async () => {
    const batchId = await receive([usageRecord('meantime', { subscription: 'meantime' })])
    await sql`update usage_quarantine set state = 'accepted' where record_id = 'meantime'`
    await receive([usageRecord('meantime', { quantity: '8' })])
    await sql`update usage_quarantine set state = 'waiting' where record_id = 'meantime'`
    await alias(sql, subscriptionId, 'eu', 'meantime')
    await redrive()
    const [held] =
      await sql`select state, waiver from usage_quarantine where record_id = 'meantime' and region_id = ${region.id}`
    expect([held!.state, typeof held!.waiver]).toEqual(['dismissed', 'string'])
    expect(counts(await world.receipt(batchId))).toEqual([0, 0, 1, 0, 0])
  })

  test('of two that waited for the same hour of a resource, in a region of hours, one is taken in', async () => {
    await world.region('hours', { recordSemantics: 'hour' })
    const receive = async (id: string) => {
      const { body } = await world.post('hours', [usageRecord(id, { subscription: 'hourly', resource: 'vm' })])
      await runner.run(body.jobId)
      return body.batchId as string
    }
    const batches = [await receive('hour-1'), await receive('hour-2')]
    await alias(sql, subscriptionId, 'hours', 'hourly')
    await redrive()
    const receipts = await Promise.all(batches.map(async (id) => counts(await world.receipt(id)).join(' ')))
    expect(receipts.sort()).toEqual(['0 1 0 0 0', '1 0 0 0 0'])
  })

  test('several sweepers and workers at once move each record once', async () => {
    const batchId = await receive(many('crowd', 200, { subscription: 'crowd' }))
    await alias(sql, subscriptionId, 'eu', 'crowd')
    await Promise.all([tick(), tick(), tick()])
    const waiting = await sql`select id from job where kind = ${redriveUsage.kind} and state = 'queued'`
    await Promise.all(waiting.map((row) => jobs.runner(usageHandlers).run(row.id)))
    expect(counts(await world.receipt(batchId))).toEqual([200, 0, 0, 0, 0])
    expect((await totals('crowd')).equal).toBe(true)
  })
})

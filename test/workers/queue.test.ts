import { describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { newId } from '../../src/platform/ids.ts'
import { claimJob } from '../../src/platform/job-queries.ts'
import { relayScope } from '../../src/platform/scopes.ts'
import { handle } from '../../src/platform/work.ts'
import { openQueues } from '../../workers/queues.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { quietLog, testJob, testJobs } from '../support/jobs.ts'
import { until } from '../support/until.ts'
import { fastPace, overPostgres, overRedis, redisUrl, testWorker } from '../support/worker.ts'

const database = await testDatabase()
const sql = lookInto(database)
const jobs = await testJobs(database, sql)
const job = testJob()

/** One effect, then a second chunk. */
const twoChunks = handle(job, async (ctx, { key }) => {
  for (const number of [1, 2]) {
    await ctx.chunk(number, jobs.scope, async (tx) => {
      await tx`insert into effect (key, number) values (${key}, ${number})`
      return {}
    })
  }
  return {}
})

const transports = [overPostgres(database), overRedis(database)].filter((one) => one !== undefined)

/** Forgets every ring, as a queue does that loses its memory. */
async function forgetRings(kind: 'postgres' | 'redis'): Promise<void> {
  if (kind === 'postgres') return void (await sql`delete from bullmq.job`)
  const redis = new Redis(redisUrl!)
  const keys = await redis.keys(`{${database.name}:*`)
  if (keys.length > 0) await redis.del(...keys)
  redis.disconnect()
}

describe.each(transports)('on $kind', (queueConnection) => {
  test('a hundred jobs and two workers: each job has its effects once', async () => {
    const keys = Array.from({ length: 100 }, () => newId())
    const workers = [1, 2].map(() => testWorker(database, [twoChunks], { queueConnection }))
    const ids = await Promise.all(keys.map((key) => jobs.ask(job, key)))
    await until(async () => (await sql`select from job where id in ${sql(ids)} and state <> 'done'`).length === 0)
    const rows = await sql`select key, count(*)::int as count from effect where key in ${sql(keys)} group by key`
    expect(rows).toHaveLength(100)
    expect(rows.every((row) => row['count'] === 2)).toBe(true)
    await Promise.all(workers.map((worker) => worker.stop()))
  })

  test('rings that the queue forgot are rung again: nothing is lost, nothing is doubled', async () => {
    const deaf = testWorker(database, [], { queueConnection })
    const keys = Array.from({ length: 20 }, () => newId())
    const ids = await Promise.all(keys.map((key) => jobs.ask(job, key)))
    await until(async () => (await sql`select from job where id in ${sql(ids)} and rung_at is null`).length === 0)
    await deaf.stop()
    await forgetRings(queueConnection.kind)
    const worker = testWorker(database, [twoChunks], { queueConnection })
    await until(async () => (await sql`select from job where id in ${sql(ids)} and state <> 'done'`).length === 0)
    expect(await Promise.all(keys.map(jobs.effects))).toEqual(keys.map(() => [1, 2]))
    await worker.stop()
  })

  test('a job that falls back into the queue is rung for again', async () => {
    let failures = 2
    const stumbling = handle(job, async () => {
      if (failures > 0) {
        failures -= 1
        throw new Error('a passing fault')
      }
      return {}
    })
    const worker = testWorker(database, [stumbling], { queueConnection })
    expect((await jobs.reaches(await jobs.ask(job), 'done')).attempt).toBe(3)
    await worker.stop()
  })
})

describe('the sweeper', () => {
  test('gives a job whose worker went silent to another worker', async () => {
    const key = newId()
    const id = await jobs.ask(job, key)
    expect(await jobs.db.transaction(relayScope(), (tx) => claimJob(tx, id, 0.3))).toBeDefined()
    const worker = testWorker(database, [twoChunks])
    expect((await jobs.reaches(id, 'done')).attempt).toBe(2)
    expect(await jobs.effects(key)).toEqual([1, 2])
    await worker.stop()
  })

  test('parks a job whose workers all went silent, and tells the organization', async () => {
    const once = testJob({ kind: 'test.once', maxAttempt: 1 })
    const id = await jobs.ask(once)
    await jobs.db.transaction(relayScope(), (tx) => claimJob(tx, id, 0.1))
    const worker = testWorker(database, [])
    const row = await jobs.reaches(id, 'parked')
    expect(row.problem).toMatchObject({ code: 'job.attempts_used_up', instance: `/api/v1/jobs/${id}` })
    const events = await sql`select type, org_id from event where object_id = ${id}`
    expect(events.map((event) => [event['type'], event['org_id']])).toEqual([['job.parked', jobs.owner.organizationId]])
    await worker.stop()
  })

  test('fulfils wishes about parked jobs: one is tried again, one is cancelled', async () => {
    const [again, never] = [await jobs.ask(job), await jobs.ask(job)]
    await sql`update job set state = 'parked', attempt = max_attempt where id in ${sql([again, never])}`
    const { organizationId } = jobs.owner
    await sql`insert into job_retry (job_id, org_id) values (${again}, ${organizationId})`
    await sql`insert into job_cancel (job_id, org_id) values (${never}, ${organizationId})`
    const worker = testWorker(database, [twoChunks])
    await jobs.reaches(again, 'done')
    await jobs.reaches(never, 'cancelled')
    expect(await sql`select from job_retry`).toHaveLength(0)
    await worker.stop()
  })
})

test('a tick runs at its pace, one process at a time, and one that fails keeps no other from running', async () => {
  const platforms: string[] = []
  const ticks = [
    { name: 'broken', everyMs: 10, run: () => Promise.reject(new Error('broken on purpose')) },
    {
      name: 'sound',
      everyMs: 10,
      run: async (_: unknown, platform: { organizationId: string }) => void platforms.push(platform.organizationId),
    },
  ]
  const worker = testWorker(database, [], { ticks })
  await until(() => platforms.length >= 3)
  expect(new Set(platforms)).toEqual(new Set([jobs.owner.organizationId]))
  await worker.stop()
})

test('a worker that is killed in the middle of a job: another one finishes it, and no effect happens twice', async () => {
  const key = newId()
  const id = await jobs.ask(job, key)
  const script = join(import.meta.dir, '../support/killed-worker.ts')
  const victim = Bun.spawn([process.execPath, script, database.workerUrl, database.queueUrl], { stdout: 'pipe' })
  const reader = victim.stdout.getReader()
  expect(new TextDecoder().decode((await reader.read()).value)).toContain('first chunk is done')
  victim.kill('SIGKILL')
  await victim.exited
  const worker = testWorker(database, [twoChunks], { queueConnection: overPostgres(database) })
  expect((await jobs.reaches(id, 'done')).attempt).toBe(2)
  expect(await jobs.effects(key)).toEqual([1, 2])
  await worker.stop()
}, 20_000)

test('Redis down: ringing fails at once, work is still accepted, and stopping does not hang', async () => {
  const queueConnection = { kind: 'redis', url: 'redis://127.0.0.1:1', prefix: 'nowhere' } as const
  const queues = openQueues(queueConnection, quietLog)
  const started = performance.now()
  await expect(queues.ring('maintenance', [{ id: newId(), name: 'j-x-0' }])).rejects.toThrow()
  expect(performance.now() - started).toBeLessThan(1_000)
  await queues.close()
  const worker = testWorker(database, [twoChunks], { queueConnection, pace: fastPace })
  const id = await jobs.ask(job)
  await until(async () => (await sql`select from job where id = ${id} and rung_at is not null`).length === 1)
  const stopping = performance.now()
  await worker.stop()
  expect(performance.now() - stopping).toBeLessThan(3_000)
  expect((await jobs.read(id)).state).toBe('queued')
}, 15_000)

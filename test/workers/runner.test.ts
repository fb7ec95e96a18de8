import { describe, expect, test } from 'bun:test'
import type { Tx } from '../../src/platform/db.ts'
import { DomainError } from '../../src/platform/errors.ts'
import { newId } from '../../src/platform/ids.ts'
import { claimJob, releaseLost } from '../../src/platform/job-queries.ts'
import { relayScope } from '../../src/platform/scopes.ts'
import { handle, type WorkCtx } from '../../src/platform/work.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { testJob, testJobs } from '../support/jobs.ts'

const database = await testDatabase()
const sql = lookInto(database)
const jobs = await testJobs(database, sql)
const job = testJob()
const shortLease = { leaseSeconds: 0.3, heartbeatMs: 60_000 }

const write = (tx: Tx, key: string, number: number) => tx`insert into effect (key, number) values (${key}, ${number})`
const wish = (jobId: string) =>
  sql`insert into job_cancel (job_id, org_id) values (${jobId}, ${jobs.owner.organizationId})`
const eventsOf = (jobId: string) => sql`select type, sequence, data from event where object_id = ${jobId} order by id`

/** Three chunks; `between` runs after each of them. */
const threeChunks = (between: (ctx: WorkCtx, number: number) => Promise<void> | void = () => {}) =>
  handle(job, async (ctx, { key }) => {
    for (let number = 1; number <= 3; number += 1) {
      await ctx.chunk(number, jobs.scope, async (tx) => {
        await write(tx, key, number)
        return { number }
      })
      ctx.progress(number, 3, 'chunks')
      await between(ctx, number)
    }
    return { chunks: 3, href: '/api/v1/things' }
  })

/** What another worker does once the lease ran out: takes the job away and holds it. */
async function takeOver(jobId: string): Promise<void> {
  const problem = { code: 'x' } as never
  for (let lost = 0; lost === 0;)
    lost = (await jobs.db.transaction(relayScope(), (tx) => releaseLost(tx, problem, 9))).length
  const claim = await jobs.db.transaction(relayScope(), (tx) => claimJob(tx, jobId, 60))
  expect(claim?.attempt).toBe(2)
}

describe('a job that goes well', () => {
  test('leaves its result and its progress, and is done once', async () => {
    const key = newId()
    const id = await jobs.ask(job, key)
    const runner = jobs.runner([threeChunks()])
    expect(await runner.run(id)).toBe('done')
    expect(await runner.run(id)).toBe('not_ours')
    const row = await jobs.read(id)
    expect([row.state, row.progress_done, row.progress_total]).toEqual(['done', '3', '3'])
    expect(row.result).toEqual({ chunks: 3, href: '/api/v1/things' })
    expect(await jobs.effects(key)).toEqual([1, 2, 3])
  })

  test('delivered five times at once it has one effect', async () => {
    const key = newId()
    const id = await jobs.ask(job, key)
    const [one, other] = [jobs.runner([threeChunks()]), jobs.runner([threeChunks()])]
    const outcomes = await Promise.all([one.run(id), other.run(id), one.run(id), other.run(id), one.run(id)])
    expect(outcomes.sort()).toEqual(['done', 'not_ours', 'not_ours', 'not_ours', 'not_ours'])
    expect(await jobs.effects(key)).toEqual([1, 2, 3])
  })

  test('is not run before it is due', async () => {
    const id = await jobs.ask(job, newId(), 3600)
    expect(await jobs.runner([threeChunks()]).run(id)).toBe('not_ours')
  })
})

describe('the fence', () => {
  test('a worker that blocked past its lease can write nothing any more, in a chunk or a transaction or at the end', async () => {
    const key = newId()
    const id = await jobs.ask(job, key)
    const refused: unknown[] = []
    const handler = threeChunks(async (ctx, number) => {
      if (number !== 1) return
      Bun.sleepSync(400)
      await takeOver(id)
      await ctx.transaction(jobs.scope, (tx) => write(tx, key, 99)).catch((error: Error) => refused.push(error.name))
    })
    expect(await jobs.runner([handler], shortLease).run(id)).toBe('fence_lost')
    expect(refused).toEqual(['FenceLost'])
    expect(await jobs.effects(key)).toEqual([1])
    const row = await jobs.read(id)
    expect([row.state, row.attempt, row.fence]).toEqual(['running', 2, '2'])
  })

  test('even one that swallows the refusal can not end the job', async () => {
    const id = await jobs.ask(job)
    const deaf = handle(job, async (ctx) => {
      await Bun.sleep(350)
      await takeOver(id)
      await ctx.transaction(jobs.scope, async () => {}).catch(() => {})
      return {}
    })
    expect(await jobs.runner([deaf], shortLease).run(id)).toBe('fence_lost')
    expect((await jobs.read(id)).state).toBe('running')
  })

  test('the heartbeat keeps the lease while the work does something else than transactions', async () => {
    const id = await jobs.ask(job)
    const slow = handle(job, async () => {
      await Bun.sleep(900)
      return {}
    })
    const running = jobs.runner([slow], { leaseSeconds: 0.5, heartbeatMs: 100 }).run(id)
    for (let look = 0; look < 7; look += 1) {
      await Bun.sleep(100)
      expect(await jobs.db.transaction(relayScope(), (tx) => releaseLost(tx, {} as never, 9))).toHaveLength(0)
    }
    expect(await running).toBe('done')
  })
})

describe('a job that fails', () => {
  test('is tried again later, and the retry goes on after the finished chunks', async () => {
    const key = newId()
    const id = await jobs.ask(job, key)
    let isFirst = true
    const stumbling = threeChunks((_, number) => {
      if (number === 2 && isFirst) {
        isFirst = false
        throw new Error('a passing fault')
      }
    })
    const runner = jobs.runner([stumbling])
    expect(await runner.run(id)).toBe('requeued')
    expect(await runner.run(id)).toBe('not_ours')
    await sql`update job set due_at = clock_timestamp() where id = ${id}`
    expect(await runner.run(id)).toBe('done')
    expect(await jobs.effects(key)).toEqual([1, 2, 3])
    expect((await jobs.read(id)).attempt).toBe(2)
  })

  test('a rule that says no is final: a problem for people, an event for machines, the clean-up has run', async () => {
    const key = newId()
    const id = await jobs.ask(job, key)
    const refused = handle(
      job,
      () => Promise.reject(new DomainError('conflict', 'thing.taken', 'it is taken')),
      (ctx, payload, reason) =>
        ctx.transaction(jobs.scope, async (tx) => void (await write(tx, payload.key, reason === 'failed' ? 7 : 8))),
    )
    expect(await jobs.runner([refused]).run(id)).toBe('failed')
    const row = await jobs.read(id)
    expect([row.state, row.attempt]).toEqual(['failed', 1])
    expect(row.problem).toMatchObject({ status: 409, code: 'thing.taken', instance: `/api/v1/jobs/${id}` })
    expect(await jobs.effects(key)).toEqual([7])
    const [event, ...more] = await eventsOf(id)
    expect([event?.['type'], more.length]).toEqual(['job.failed', 0])
    expect(event?.['data']).toEqual({ jobId: id, kind: 'test.job', attempt: 1, code: 'thing.taken' })
  })

  test('after its last attempt it waits for a person, and the organization is told', async () => {
    const lastTry = testJob({ kind: 'test.last', maxAttempt: 1 })
    const id = await jobs.ask(lastTry)
    const broken = handle(lastTry, () => Promise.reject(new DomainError('unavailable', 'x.down', 'it is down')))
    expect(await jobs.runner([broken]).run(id)).toBe('parked')
    const row = await jobs.read(id)
    expect([row.state, row.problem?.['code']]).toEqual(['parked', 'job.attempts_used_up'])
    expect((await eventsOf(id)).map((event) => event['type'])).toEqual(['job.parked'])
  })

  test.each([
    ['a kind that nobody knows', { kind: 'test.unheard_of' }, 'job.kind_unknown'],
    ['a payload of another version', { schema_version: 2 }, 'job.version_unknown'],
    ['a payload that does not fit', { payload: { key: 5 } }, 'payload.invalid'],
  ])('%s is parked, not run', async (_, change, code) => {
    const id = await jobs.ask(job)
    await sql`update job set ${sql(change as Record<string, string>)} where id = ${id}`
    expect(await jobs.runner([threeChunks()]).run(id)).toBe('parked')
    expect((await jobs.read(id)).problem).toMatchObject({ code })
  })
})

describe('a wish to cancel', () => {
  test('is heard between two chunks: what is done stays, the rest is not begun, the clean-up runs', async () => {
    const key = newId()
    const id = await jobs.ask(job, key)
    const handler = handle(
      job,
      async (ctx, payload) => {
        for (let number = 1; number <= 3; number += 1) {
          if (number === 3) await wish(id)
          await ctx.chunk(number, jobs.scope, async (tx) => {
            await write(tx, payload.key, number)
            return {}
          })
        }
        return {}
      },
      (ctx, payload, reason) =>
        ctx.transaction(jobs.scope, async (tx) => void (await write(tx, payload.key, reason === 'cancelled' ? 8 : 7))),
    )
    expect(await jobs.runner([handler]).run(id)).toBe('cancelled')
    expect((await jobs.read(id)).state).toBe('cancelled')
    expect(await jobs.effects(key)).toEqual([1, 2, 8])
  })

  test('a running job that can not be cancelled goes on', async () => {
    const stubborn = testJob({ kind: 'test.stubborn', cancellable: false })
    const id = await jobs.ask(stubborn)
    const handler = handle(stubborn, async (ctx) => {
      await wish(id)
      return ctx.chunk(1, jobs.scope, async () => ({}))
    })
    expect(await jobs.runner([handler]).run(id)).toBe('done')
  })

  test('a job that waits is cancelled without being run, even before it is due', async () => {
    const key = newId()
    const id = await jobs.ask(job, key, 3600)
    await wish(id)
    expect(await jobs.runner([threeChunks()]).run(id)).toBe('cancelled')
    expect(await jobs.effects(key)).toEqual([])
  })
})

test('a worker that leaves gives its job back at once, and the next one goes on', async () => {
  const key = newId()
  const id = await jobs.ask(job, key)
  const leaving = jobs.runner([threeChunks((_, number) => (number === 1 ? leaving.leave() : undefined))])
  expect(await leaving.run(id)).toBe('given_back')
  expect((await jobs.read(id)).state).toBe('queued')
  expect(await jobs.runner([threeChunks()]).run(id)).toBe('done')
  expect(await jobs.effects(key)).toEqual([1, 2, 3])
})

import type postgres from 'postgres'
import type { Database } from '../../src/platform/db.ts'
import { openDatabase } from '../../src/platform/db.ts'
import { newId, nilId } from '../../src/platform/ids.ts'
import { defineJob, enqueue, type JobDefinition, type JobOwner } from '../../src/platform/jobs.ts'
import { openLog } from '../../src/platform/log.ts'
import { createMetrics } from '../../src/platform/metrics.ts'
import { object, t } from '../../src/platform/schema.ts'
import { type Handler, workScope } from '../../src/platform/work.ts'
import { createRunner, type LeasePace, type Runner } from '../../workers/runner.ts'
import type { TestDatabase } from './database.ts'
import { until } from './until.ts'

export const quietLog = openLog({ level: process.env['WEIR_TEST_LOG'] === 'on' ? 'debug' : 'silent', process: 'test' })

/** A job that names the effect it shall have; what it does is up to the test. */
export const testJob = (change: Partial<Pick<JobDefinition, 'kind' | 'maxAttempt' | 'cancellable' | 'queue'>> = {}) =>
  defineJob({
    kind: 'test.job',
    queue: 'maintenance',
    version: 1,
    payload: object({ key: t.String() }),
    ...change,
  })
type TestJob = ReturnType<typeof testJob>

type JobRow = {
  id: string
  state: string
  attempt: number
  fence: string
  result: Record<string, unknown> | null
  problem: Record<string, unknown> | null
  progress_done: string
  progress_total: string | null
}

/** Asks for jobs in the platform's name and looks at what became of them. */
export async function testJobs(database: TestDatabase, sql: postgres.Sql) {
  const db = openDatabase({ url: database.workerUrl, name: 'test-jobs', poolMax: 4, statementTimeoutMs: 30_000 })
  database.beforeDrop(() => db.close())
  const [platform] = await sql<{ id: string }[]>`select id from organization where level = 'platform'`
  const id = platform!.id
  const owner: JobOwner = {
    accountId: null,
    organizationId: id,
    level: 'platform',
    platformId: id,
    distributorId: nilId,
    partnerId: nilId,
    tenantId: nilId,
  }
  await sql`create table effect (key text not null, number int not null)`
  await sql`grant select, insert on effect to weir_platform`
  const scope = workScope(owner, 'weir_platform')
  const ask = async (job: TestJob, key: string = newId(), delaySeconds = 0): Promise<string> =>
    (await db.transaction(scope, (tx) => enqueue(tx, owner, job, { key }, { dedupeKey: key, delaySeconds }))).id
  const read = async (jobId: string): Promise<JobRow> =>
    (await sql<JobRow[]>`select * from job where id = ${jobId}`)[0]!
  return {
    db,
    owner,
    scope,
    ask,
    read,
    /** Waits until the job is in this state. */
    reaches: (jobId: string, state: string): Promise<JobRow> =>
      until(async () => {
        const row = await read(jobId)
        return row.state === state ? row : undefined
      }),
    /** The numbers that were written for this key, in order. */
    effects: async (key: string): Promise<number[]> =>
      (await sql<{ number: number }[]>`select number from effect where key = ${key} order by number`).map(
        (row) => row.number,
      ),
    /** A runner without a queue: the test itself says which job runs when. */
    runner: (handlers: readonly Handler[], pace: LeasePace = { leaseSeconds: 10, heartbeatMs: 1_000 }): Runner =>
      runnerOn(db, handlers, pace),
  }
}

const runnerOn = (db: Database, handlers: readonly Handler[], pace: LeasePace): Runner =>
  createRunner({ db, log: quietLog, metrics: createMetrics(), now: () => new Date(), handlers, pace })

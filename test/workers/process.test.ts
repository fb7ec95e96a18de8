import { afterAll, expect, test } from 'bun:test'
import { readFile } from 'node:fs/promises'
import { getPriority } from 'node:os'
import { join } from 'node:path'
import { lookInto, testDatabase, testSecret } from '../support/database.ts'
import { until } from '../support/until.ts'

const database = await testDatabase()
const sql = lookInto(database)

const started = performance.now()
const worker = Bun.spawn([process.execPath, '--no-env-file', join(import.meta.dir, '../../workers/main.ts')], {
  env: {
    TZ: 'UTC',
    DATABASE_URL: database.workerUrl,
    QUEUE_DATABASE_URL: database.queueUrl,
    WEIR_SECRET: testSecret,
    WEIR_METRICS_TOKEN: 'a token for scrapers',
  },
  stdout: 'pipe',
  // A session of its own, as `./weir up` gives it: what it does to its session must not reach the tests.
  detached: true,
})
afterAll(() => worker.kill('SIGKILL'))
let said = ''
void (async () => {
  const decoder = new TextDecoder()
  for await (const chunk of worker.stdout) said += decoder.decode(chunk, { stream: true })
})()

const linesSaid = () =>
  said
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>)
const lineOf = (event: string) => until(() => linesSaid().find((line) => line['event'] === event))

test('a worker process says where it listens, is ready, and shows its numbers to who has the token', async () => {
  const line = await lineOf('worker.started')
  expect(line['queue']).toBe('postgres')
  const at = `http://127.0.0.1:${String(line['port'])}`
  expect((await fetch(`${at}/health/live`)).status).toBe(200)
  expect(await (await fetch(`${at}/health/ready`)).json()).toEqual({ status: 'ready' })
  expect((await fetch(`${at}/metrics`)).status).toBe(401)
  const page = await fetch(`${at}/metrics`, { headers: { authorization: 'Bearer a token for scrapers' } })
  expect(await page.text()).toContain('weir_job_duration_seconds')
})

test('it lets those go first whom somebody waits for, in its session and among sessions', async () => {
  await lineOf('worker.started')
  expect(getPriority(worker.pid)).toBe(5)
  const group = await readFile(`/proc/${worker.pid}/autogroup`, 'utf8').catch(() => '')
  expect(group.trim() || 'no sessions weighed here, so nice 5 of the process is all').toContain('nice 5')
})

test('it looks after itself: the daily forgetting is asked for once and done', async () => {
  await sql`
    insert into idempotency_key (org_id, account_id, key, request_hash, response, created_at)
    select id, id, 'old', ''::bytea, '{}'::jsonb, clock_timestamp() - interval '8 days' from organization where level = 'platform'
    union all select id, id, 'new', ''::bytea, '{}'::jsonb, clock_timestamp() from organization where level = 'platform'`
  await sql`delete from job where kind = 'maintenance.forget_old'`
  await sql`
    insert into job (id, kind, schema_version, queue, org_id, distributor_id, partner_id, tenant_id, dedupe_key, payload)
    select gen_random_uuid(), 'maintenance.forget_old', 1, 'maintenance', id, distributor_id, partner_id, tenant_id, 'test',
           '{"day":"2026-11-01"}' from organization where level = 'platform'`
  const [job] = await until(async () => {
    const rows = await sql`select result from job where kind = 'maintenance.forget_old' and state = 'done'`
    return rows.length > 0 ? rows : undefined
  })
  expect(job?.['result']).toMatchObject({ answers: 1 })
  expect((await sql`select key from idempotency_key`).map((row) => row['key'])).toEqual(['new'])
}, 20_000)

test('it survives that all its database connections are cut', async () => {
  const cut = await sql`
    select pg_terminate_backend(pid) from pg_stat_activity
    where datname = ${database.name} and usename = 'weir_queue'`
  expect(cut.length).toBeGreaterThan(0)
  await sql`update job set state = 'queued', finished_at = null, rung_at = null, due_at = clock_timestamp() where dedupe_key = 'test'`
  await until(async () => (await sql`select from job where dedupe_key = 'test' and state = 'done'`).length === 1)
}, 20_000)

test('it stops in order on SIGTERM, with exit code 0', async () => {
  worker.kill('SIGTERM')
  expect(await worker.exited).toBe(0)
  await lineOf('process.stopped')
  expect(linesSaid().filter((line) => line['level'] === 'error')).toEqual([])
  expect(performance.now() - started).toBeLessThan(60_000)
}, 20_000)

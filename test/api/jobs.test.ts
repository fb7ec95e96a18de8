import { afterAll, describe, expect, test } from 'bun:test'
import { newId } from '../../src/platform/ids.ts'
import { enqueue } from '../../src/platform/jobs.ts'
import { handle, workScope } from '../../src/platform/work.ts'
import { testApi } from '../support/api.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { testJob, testJobs } from '../support/jobs.ts'
import { until } from '../support/until.ts'
import { buildWorld } from '../support/world.ts'

const database = await testDatabase()
const api = testApi(database)
const { app, call } = api
const sql = lookInto(database)
const jobs = await testJobs(database, sql)
const token = await api.signIn()
const world = await buildWorld(api, [['agent', null]])
const stranger = await world.token(world.distributors.agent)
const job = testJob()
const path = (id: string, rest = '') => `/api/v1/jobs/${id}${rest}`
const get = (id: string, rest = '', headers = {}) => call('GET', path(id, rest), { token, headers })
const post = (id: string, rest: string) => call('POST', path(id, rest), { token })
const put = (id: string, change: Record<string, string | number | null>) =>
  sql`update job set ${sql(change)} where id = ${id}`
const quick = jobs.runner([handle(job, () => Promise.resolve({ href: '/api/v1/things/1', count: 3 }))])

describe('GET /jobs/{id}', () => {
  test('shows a job that waits, with the fields that are promised and when to come back', async () => {
    const id = await jobs.ask(job)
    const { status, body, headers } = await get(id)
    expect(status).toBe(200)
    expect(body).toEqual({
      id,
      kind: 'test.job',
      state: 'queued',
      attempt: 0,
      progress: { done: 0, total: null, unit: null },
      result: null,
      problem: null,
      cancelRequested: false,
      startedAt: null,
      finishedAt: null,
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
    })
    expect(headers.get('retry-after')).toBe('1')
  })

  test('shows the result of a job that is done, as a link', async () => {
    const id = await jobs.ask(job)
    await quick.run(id)
    const { body, headers } = await get(id)
    expect([body.state, body.result, headers.get('retry-after')]).toEqual(['done', { href: '/api/v1/things/1' }, null])
    expect(body.finishedAt >= body.startedAt).toBe(true)
  })

  test('304 while it is as the caller knows it', async () => {
    const id = await jobs.ask(job)
    const etag = (await get(id)).headers.get('etag') ?? ''
    expect((await get(id, '', { 'if-none-match': etag })).status).toBe(304)
    await quick.run(id)
    expect((await get(id, '', { 'if-none-match': etag })).status).toBe(200)
  })

  test("404 alike for an absent job and another organization's", async () => {
    const id = await jobs.ask(job)
    const foreign = await call('GET', path(id), { token: stranger })
    const absent = await call('GET', path(newId()), { token: stranger })
    expect(foreign.status).toBe(404)
    expect({ ...foreign.body, instance: '', requestId: '' }).toEqual({ ...absent.body, instance: '', requestId: '' })
  })
})

describe('GET /jobs/{id}?wait', () => {
  test('answers as soon as the job has ended, long before the time is over', async () => {
    const id = await jobs.ask(job)
    const waiting = get(id, '?wait=20')
    expect(await Promise.race([waiting, Bun.sleep(200).then(() => 'still waiting')])).toBe('still waiting')
    await quick.run(id)
    const { body } = await waiting
    expect(['running', 'done']).toContain(body.state)
  })

  test('answers when the progress changes', async () => {
    const id = await jobs.ask(job)
    const waiting = get(id, '?wait=20')
    await put(id, { progress_done: 5, progress_total: 10, progress_unit: 'records' })
    expect((await waiting).body.progress).toEqual({ done: 5, total: 10, unit: 'records' })
  })

  test('answers at once for a job that has ended, and after the time when nothing happens', async () => {
    const id = await jobs.ask(job)
    await quick.run(id)
    expect((await get(id, '?wait=25')).body.state).toBe('done')
    const idle = await jobs.ask(job)
    const started = performance.now()
    expect((await get(idle, '?wait=1')).body.state).toBe('queued')
    expect(performance.now() - started).toBeGreaterThan(900)
  })

  test('422 for a wait that is too long', async () => {
    expect((await get(newId(), '?wait=26')).body.errors[0].pointer).toBe('/query/wait')
  })
})

describe('GET /jobs', () => {
  test("lists the organization's own jobs, newest first, by state and kind, in pages", async () => {
    const other = testJob({ kind: 'test.listed' })
    const ids = [await jobs.ask(other), await jobs.ask(other), await jobs.ask(other)]
    const first = await call('GET', '/api/v1/jobs?kind=test.listed&state=queued&limit=2', { token })
    expect(first.body.data.map((one: { id: string }) => one.id)).toEqual([ids[2], ids[1]])
    const cursor = first.body.page.nextCursor
    const rest = await call('GET', `/api/v1/jobs?kind=test.listed&limit=2&cursor=${cursor}`, { token })
    expect(rest.body.data.map((one: { id: string }) => one.id)).toEqual([ids[0]])
    expect((await call('GET', '/api/v1/jobs', { token: stranger })).body.data).toEqual([])
  })
})

describe('POST /jobs/{id}/cancel', () => {
  test('202, twice alike; the job is then cancelled by whoever takes it, and the wish is in the audit', async () => {
    const id = await jobs.ask(job)
    for (let time = 0; time < 2; time += 1) {
      const { status, body } = await post(id, '/cancel')
      expect([status, body.cancelRequested]).toEqual([202, true])
    }
    expect(await quick.run(id)).toBe('cancelled')
    expect(await sql`select from audit where object_id = ${id} and action = 'job.cancel_requested'`).toHaveLength(1)
  })

  test('409 once it has ended', async () => {
    const id = await jobs.ask(job)
    await quick.run(id)
    const { status, body } = await post(id, '/cancel')
    expect([status, body.code]).toEqual([409, 'job.final'])
  })

  test('409 while a job runs whose kind can not be cancelled', async () => {
    const stubborn = testJob({ kind: 'test.stubborn', cancellable: false })
    const id = await jobs.ask(stubborn)
    const asked = Promise.withResolvers<unknown>()
    const handler = handle(stubborn, async () => {
      asked.resolve(await post(id, '/cancel'))
      return {}
    })
    await jobs.runner([handler]).run(id)
    expect(await asked.promise).toMatchObject({ status: 409, body: { code: 'job.not_cancellable' } })
  })

  test('404 for a stranger, 403 for a reader', async () => {
    const id = await jobs.ask(job)
    expect((await call('POST', path(id, '/cancel'), { token: stranger })).status).toBe(404)
    const reader = { email: 'reader@platform.example', password: 'a password for reading' }
    const role = { name: 'Reader', role: 'PlatformReader' }
    expect((await call('POST', '/api/v1/users', { token, body: { ...reader, ...role } })).status).toBe(201)
    const refused = await call('POST', path(id, '/cancel'), { token: await api.signIn(reader) })
    expect([refused.status, refused.body.code]).toEqual([403, 'auth.forbidden'])
  })
})

describe('POST /jobs/{id}/retry', () => {
  test('202 for a parked job, with the wish noted once', async () => {
    const id = await jobs.ask(job)
    await put(id, { state: 'parked' })
    expect((await post(id, '/retry')).status).toBe(202)
    expect((await post(id, '/retry')).status).toBe(202)
    expect(await sql`select from job_retry where job_id = ${id}`).toHaveLength(1)
  })

  test('409 for a job that is not parked', async () => {
    const id = await jobs.ask(job)
    expect((await post(id, '/retry')).body.code).toBe('job.not_parked')
    await quick.run(id)
    expect((await post(id, '/retry')).body.code).toBe('job.final')
  })
})

describe('GET /jobs/{id}/events', () => {
  app.listen({ hostname: '127.0.0.1', port: 0 })
  afterAll(() => app.stop(true))
  const open = (id: string, init: RequestInit = {}) =>
    fetch(`http://127.0.0.1:${app.server?.port}${path(id, '/events')}`, {
      ...init,
      headers: { authorization: `Bearer ${token}` },
    })

  test('streams the job from now until it has ended, in order', async () => {
    const id = await jobs.ask(job)
    const response = await open(id)
    expect(response.headers.get('content-type')).toContain('text/event-stream')
    await put(id, { progress_done: 1 })
    const read = response.text()
    await until(async () => (await get(id)).body.progress.done === 1)
    await Bun.sleep(100)
    await quick.run(id)
    const events = (await read).split('\n\n').filter((text) => text.startsWith('event: '))
    const last = events.at(-1) ?? ''
    expect(events[0]).toContain('event: progress\n')
    expect(last).toContain('event: ended\n')
    expect(JSON.parse(last.split('data: ')[1] ?? '').state).toBe('done')
  })

  test('a reader that goes away leaves nothing behind', async () => {
    const reads = async () =>
      Number((await sql`select xact_commit as n from pg_stat_database where datname = ${database.name}`)[0]?.['n'])
    const leaving = new AbortController()
    const response = await open(await jobs.ask(job), { signal: leaving.signal })
    const reader = response.body!.getReader()
    await reader.read()
    leaving.abort()
    await until(async () => {
      const before = await reads()
      await Bun.sleep(1_200)
      return (await reads()) - before <= 2
    })
  })

  test('404 as a problem for a stranger', async () => {
    const id = await jobs.ask(job)
    expect((await call('GET', path(id, '/events'), { token: stranger })).body.code).toBe('resource.not_found')
  })
})

test("a tenant's job is asked in its own name and seen by nobody else", async () => {
  const tenant = world.tenant('agent/-')
  const owner = {
    accountId: null,
    organizationId: tenant.id,
    level: 'tenant' as const,
    platformId: world.platform.id,
    distributorId: world.distributors.agent.id,
    partnerId: jobs.owner.partnerId,
    tenantId: tenant.id,
  }
  const { id } = await jobs.db.transaction(workScope(owner, 'weir_tenant'), (tx) =>
    enqueue(tx, owner, job, { key: 'x' }, { dedupeKey: newId() }),
  )
  expect((await call('GET', path(id), { token: await world.token(tenant) })).status).toBe(200)
  expect((await call('GET', path(id), { token: stranger })).status).toBe(404)
  expect((await get(id)).status).toBe(404)
})

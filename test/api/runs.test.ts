import { describe, expect, test } from 'bun:test'
import { newId } from '../../src/platform/ids.ts'
import { testApi } from '../support/api.ts'
import { billingWorld, moneyHandlers, refreshTick } from '../support/billing.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { until } from '../support/until.ts'
import { testWorker } from '../support/worker.ts'
import { buildWorld } from '../support/world.ts'

const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const world = await buildWorld(api, [
  ['reseller', 'agent'],
  ['agent', null],
])
const money = await billingWorld(api, sql, world)
const startWorker = () => testWorker(database, moneyHandlers, { ticks: [refreshTick] })
const worker = startWorker()

const { platform } = world
const { reseller, agent } = world.distributors
const tenant = world.tenant('reseller/agent')
const period = '2024-09'
await money.region('eu')
await money.sellingSku('vm.hours')
await money.sellingSku('unpriced')
await money.list(reseller, { 'vm.hours': '1.5' }, { validFrom: '2024-01-01' })
await money.subscription(tenant.id, [{ region: 'eu', externalId: 'sub' }])
await money.use('sub', 'vm.hours', '10')

const start = (member: typeof platform, body: unknown = { period }, headers = {}) =>
  money.as(member, 'POST', '/billing/runs', { body, headers })
const act = (id: string, verb: 'issue' | 'cancel') => money.as(reseller, 'POST', `/billing/runs/${id}/${verb}`)
const refusal = ({ status, body }: { status: number; body: any }) => [status, body.code]
const reaches = (id: string, state: string) =>
  until(async () => {
    const run = await money.read(reseller, `/billing/runs/${id}`)
    return run.state === state ? run : undefined
  }, 30_000)

describe('who may bill what', () => {
  test('an agent sells nothing; a tenant may not; a month that has not begun can not be billed', async () => {
    expect(refusal(await start(agent))).toEqual([409, 'billing.not_a_seller'])
    expect(refusal(await start(world.partner('reseller/agent')))).toEqual([409, 'billing.not_a_seller'])
    expect((await start(tenant)).status).toBe(403)
    expect(refusal(await start(reseller, { period: '2199-01' }))).toEqual([409, 'billing.period_future'])
    expect((await api.call('POST', '/api/v1/billing/runs', { body: {} })).status).toBe(401)
  })

  test.each([
    ['an unknown field', { period, color: 'red' }],
    ['a month that does not exist', { period: '2024-13' }],
    ['text for a switch', { period, issue: 'yes' }],
  ])('422 for %s', async (_, body) => {
    expect((await start(reseller, body)).status).toBe(422)
  })
})

describe('a run', () => {
  let runId = ''

  test('is accepted once per key, rates, drafts, and waits', async () => {
    const headers = { 'idempotency-key': 'run-1' }
    const [first, second] = [await start(reseller, { period }, headers), await start(reseller, { period }, headers)]
    expect([first.status, second.status]).toEqual([202, 202])
    expect(second.body).toEqual(first.body)
    expect([first.headers.get('location'), first.headers.get('retry-after')]).toEqual([
      `/api/v1/jobs/${first.body.jobId}`,
      '1',
    ])
    runId = first.body.runId
    const job = await money.job(reseller, first.body.jobId)
    expect([job.state, job.result.href]).toEqual(['done', `/api/v1/billing/runs/${runId}`])
    expect(await money.read(reseller, `/billing/runs/${runId}`)).toMatchObject({
      sellerId: reseller.id,
      state: 'drafted',
      invoices: 1,
      lines: 1,
      parked: 0,
      issued: 0,
    })
  })

  test('is alone while it is not finished', async () => {
    expect(refusal(await start(reseller))).toEqual([409, 'billing.run_active'])
  })

  test("is its seller's: for others it is not there", async () => {
    for (const member of [platform, tenant, agent]) {
      const [foreign, absent] = [
        await money.as(member, 'GET', `/billing/runs/${runId}`),
        await money.as(member, 'GET', `/billing/runs/${newId()}`),
      ]
      expect(refusal(foreign)).toEqual([404, 'resource.not_found'])
      expect(refusal(absent)).toEqual(refusal(foreign))
      expect((await money.read(member, '/billing/runs')).data).toEqual([])
    }
    expect(refusal(await money.as(platform, 'POST', `/billing/runs/${runId}/issue`))).toEqual([
      404,
      'resource.not_found',
    ])
    expect(refusal(await money.as(platform, 'POST', `/billing/runs/${runId}/cancel`))).toEqual([
      404,
      'resource.not_found',
    ])
  })

  test('issues only when the period is closed, and never what is out of date', async () => {
    expect(refusal(await act(runId, 'issue'))).toEqual([409, 'billing.period_open'])
    await money.use('sub', 'vm.hours', '2')
    await money.use('sub', 'unpriced', '1')
    await money.close(period)
    expect(refusal(await act(runId, 'issue'))).toEqual([409, 'billing.drafts_stale'])
  })

  test('cancelled, its drafts are discarded and their usage is free again', async () => {
    const { status, body } = await act(runId, 'cancel')
    expect(status).toBe(202)
    expect((await act(runId, 'issue')).status).toBe(409)
    expect((await money.job(reseller, body.jobId)).state).toBe('done')
    expect(await reaches(runId, 'cancelled')).toMatchObject({ invoices: 0 })
    expect((await money.invoices(reseller, 'side=sell')).map((one) => one.state)).toEqual(['discarded'])
    expect(refusal(await act(runId, 'cancel'))).toEqual([409, 'billing.run_not_cancellable'])
    await money.rated()
    const [row] = await money.summary(reseller, `period=${period}&groupBy=tenant`)
    expect([row.unbilled.net, row.draft.net, row.parked]).toEqual([
      '18.00',
      '0.00',
      { lines: 1, reasons: ['price.missing'] },
    ])
  })

  test('the next one bills what has a price, and leaves out what waits for one', async () => {
    const { body } = await start(reseller)
    const { progress } = await money.job(reseller, body.jobId)
    expect(progress).toEqual({ done: 100, total: 100, unit: 'percent' })
    const issued = await act(body.runId, 'issue')
    expect(issued.status).toBe(202)
    await money.job(reseller, issued.body.jobId)
    const waits = { waiting: 1, waitingFor: ['price.missing'] }
    expect(await reaches(body.runId, 'done')).toMatchObject({ invoices: 1, lines: 1, issued: 1, ...waits })
    const told = (await money.read(reseller, '/events?type=billing.run.completed')).data
    expect(told.filter(({ objectId }: any) => objectId === body.runId).map(({ data }: any) => data.waiting)).toEqual([
      1, 1,
    ])
    const [row] = await money.summary(tenant, `period=${period}&groupBy=tenant`)
    expect([row.unbilled, row.billed.net, row.parked.lines]).toEqual([null, '18.00', 1])
    expect(refusal(await act(body.runId, 'issue'))).toEqual([409, 'billing.run_not_drafted'])
  })

  test('priced later, what was parked is billed by a second run, and nothing else again', async () => {
    await money.list(reseller, { unpriced: '7' }, { validFrom: '2024-01-01' })
    const nothingWaits = { waiting: 0, waitingFor: [] }
    expect(await money.run(reseller, period)).toMatchObject({ state: 'done', lines: 1, issued: 1, ...nothingWaits })
    const [row] = await money.summary(tenant, `period=${period}&groupBy=tenant`)
    expect([row.unbilled.net, row.billed.net, row.parked.lines]).toEqual(['0.00', '25.00', 0])
    expect(await money.run(reseller, period)).toMatchObject({ state: 'done', invoices: 0, issued: 0 })
  })

  test('a negative document is set aside and the run goes on without it', async () => {
    await money.use('sub', 'vm.hours', '-3', '2024-10-03')
    await money.close('2024-10')
    expect(await money.run(reseller, '2024-10')).toMatchObject({ state: 'done', invoices: 1, parked: 1, issued: 0 })
    const [invoice] = await money.invoices(reseller, 'period=2024-10')
    expect([invoice.state, invoice.parkedFor, invoice.total, invoice.number]).toEqual([
      'parked',
      'total.negative',
      '-4.50',
      null,
    ])
    expect(await money.invoices(tenant, 'period=2024-10')).toEqual([])
  })

  test('the list shows the own runs, newest first, by period and state', async () => {
    const all = (await money.read(reseller, '/billing/runs')).data
    expect(all.map((run: any) => run.state)).toEqual(['done', 'done', 'done', 'done', 'cancelled'])
    const cancelled = (await money.read(reseller, '/billing/runs?state=cancelled')).data
    expect(cancelled.map((run: any) => run.id)).toEqual([runId])
    expect((await money.read(reseller, '/billing/runs?period=2024-10')).data).toHaveLength(1)
  })

  test('the seller is told of every run that came to an end', async () => {
    const events = await sql<{ org_id: string; state: string }[]>`
      select org_id, data ->> 'state' as state from event where type = 'billing.run.completed' order by id`
    expect(events.every((event) => event.org_id === reseller.id)).toBe(true)
    expect(events.map((event) => event.state)).toEqual(['drafted', 'drafted', 'done', 'done', 'done', 'done'])
  })
})

test('cancelled before a worker has it, a run ends without a document and makes room for the next one', async () => {
  await worker.stop()
  const { body } = await start(platform, { period: '2024-08' })
  const cancelled = await money.as(platform, 'POST', `/billing/runs/${body.runId}/cancel`)
  expect([cancelled.status, cancelled.body]).toEqual([202, body])
  startWorker()
  expect((await money.job(platform, body.jobId)).state).toBe('cancelled')
  expect(await money.read(platform, `/billing/runs/${body.runId}`)).toMatchObject({ state: 'cancelled', invoices: 0 })
  expect((await start(platform, { period: '2024-08' })).status).toBe(202)
})

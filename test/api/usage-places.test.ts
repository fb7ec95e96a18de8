import { describe, expect, test } from 'bun:test'
import { usageHandlers } from '../../workers/usage.ts'
import { testApi } from '../support/api.ts'
import { lookInto, testDatabase } from '../support/database.ts'
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
await world.region('eu')
await world.sku('vm.hours')
await world.subscription(tenant.id, [{ region: 'eu', externalId: 'sub-1' }])
testWorker(database, usageHandlers)

const counts = ({ accepted, duplicate, conflict, quarantined, rejected }: Record<string, number>) => [
  accepted,
  duplicate,
  conflict,
  quarantined,
  rejected,
]

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

test('an alias that is registered later does not make a replay count twice', async () => {
  const other = await world.subscription(tenant.id, [])
  await alias(sql, other, 'eu', 'renamed')
  await world.settle('eu', [usageRecord('renamed-1', { subscription: 'renamed' })])
  expect(counts(await world.settle('eu', [usageRecord('renamed-1', { subscription: 'renamed' })]))).toEqual([
    0, 1, 0, 0, 0,
  ])
})

describe('what a record means', () => {
  test('F1: of a region whose records mean an hour, an hour of a resource is taken once, whatever the ids', async () => {
    await world.region('hourly', { recordSemantics: 'hour' })
    await world.subscription(tenant.id, [{ region: 'hourly', externalId: 'sub-1' }])
    const at = (id: string, time: string, change: object = {}) =>
      usageRecord(id, {
        resource: 'vm-1',
        dimensions: { plan: 'gold' },
        start: `2024-09-10T${time}Z`,
        end: '2024-09-10T10:00:00Z',
        ...change,
      })
    const receipt = await world.settle('hourly', [at('h-1', '08:00:00'), at('h-2', '08:59:59'), at('h-3', '09:00:00')])
    expect(counts(receipt)).toEqual([2, 1, 0, 0, 0])
    const again = [
      at('h-4', '08:30:00', { quantity: '9' }),
      at('h-5', '08:30:00', { resource: 'vm-2' }),
      at('h-6', '08:30:00', { dimensions: { plan: 'silver' } }),
      at('h-7', '08:30:00', { quantity: '-1.5' }),
    ]
    expect(counts(await world.settle('hourly', again))).toEqual([3, 0, 1, 0, 0])
    expect(counts(await world.settle('hourly', again))).toEqual([0, 3, 1, 0, 0])
  })

  test('of a region whose records are totals, an interval of a resource is taken once; another total of it is a conflict', async () => {
    await world.region('totals', { recordSemantics: 'total' })
    await world.subscription(tenant.id, [{ region: 'totals', externalId: 'sub-1' }])
    const total = (id: string, end: string, quantity: string) => usageRecord(id, { end, quantity })
    const receipt = await world.settle('totals', [
      total('t-1', '2024-09-10T12:00:00Z', '4'),
      total('t-2', '2024-09-10T12:00:00Z', '4'),
      total('t-3', '2024-09-10T12:00:00Z', '5'),
      total('t-4', '2024-09-10T13:00:00Z', '4'),
    ])
    expect(counts(receipt)).toEqual([2, 1, 1, 0, 0])
  })
})

describe('the setting how records that last over midnight are counted', () => {
  const path = '/api/v1/settings/usage'
  const put = (body: object, by = token) => call('PUT', path, { token: by, body })
  const overMonths = async (name: string, year: number): Promise<unknown[]> => {
    const subscription = await world.subscription(tenant.id, [])
    const times = { start: `${year}-01-31T22:00:00Z`, end: `${year}-02-01T02:00:00Z` }
    await world.settle('eu', [usageRecord(name, { subscription, quantity: '4', ...times })])
    const rows = await sql`
      select posting_period as period, trim_scale(sum_quantity)::text as quantity from usage_daily
      where subscription_id = ${subscription} order by day`
    return rows.map(({ period, quantity }) => `${period} ${quantity}`)
  }

  test('F5: four units from 31 January 22:00 to 1 February 02:00 are 2 and 2, or 4 in January; used months keep theirs', async () => {
    expect((await call('GET', path, { token })).body).toEqual({ spanning: 'split', updatedAt: null })
    expect(await overMonths('f5-split', 2023)).toEqual(['2023-01 2', '2023-02 2'])
    expect([(await put({ spanning: 'start' })).status]).toEqual([200])
    expect(await overMonths('f5-start', 2024)).toEqual(['2024-01 4'])
    expect(await overMonths('f5-again', 2023)).toEqual(['2023-01 2', '2023-02 2'])
    const spanningOf = async (period: string) =>
      (await call('GET', `/api/v1/billing/periods/${period}`, { token })).body.spanning
    expect(await Promise.all(['2023-01', '2024-01', '2019-01'].map(spanningOf))).toEqual(['split', 'start', 'start'])
    const audited = await sql`select details from audit where action = 'usage_settings.changed'`
    expect(audited.map(({ details }) => details)).toEqual([{ spanning: 'start' }])
    expect((await put({ spanning: 'split' })).body).toMatchObject({ spanning: 'split' })
  })

  test('is the platform’s to say, and everybody’s to read', async () => {
    const others = [hierarchy.distributors.reseller, hierarchy.partner('reseller/agent'), tenant]
    for (const other of await Promise.all(others.map(hierarchy.token))) {
      expect((await put({ spanning: 'start' }, other)).status).toBe(403)
      expect((await call('GET', path, { token: other })).body.spanning).toBe('split')
    }
    const { status, body } = await put({ spanning: 'end' })
    expect([status, body.errors[0].pointer]).toEqual([422, '/spanning'])
  })
})

import { describe, expect, test } from 'bun:test'
import { testApi } from '../support/api.ts'
import { billingWorld, moneyHandlers, refreshTick } from '../support/billing.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { testWorker } from '../support/worker.ts'
import { buildWorld } from '../support/world.ts'

const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const world = await buildWorld(api, [
  ['reseller', 'agent'],
  ['reseller', null],
])
const money = await billingWorld(api, sql, world)
testWorker(database, moneyHandlers, { ticks: [refreshTick] })

const { platform } = world
const { reseller, agent } = world.distributors
const partner = world.partner('reseller/agent')
const [first, second] = [world.tenant('reseller/agent'), world.tenant('reseller/-')]

await money.region('eu')
await money.sellingSku('vm.hours')
await money.sellingSku('disk.gb')
await money.list(platform, { 'vm.hours': '1', 'disk.gb': '0.1' }, { validFrom: '2024-01-01' })
await money.list(reseller, { 'vm.hours': '1.5', 'disk.gb': '0.2' }, { validFrom: '2024-01-01' })
const subscriptionId = await money.subscription(first.id, [{ region: 'eu', externalId: 'first' }])
await money.subscription(second.id, [{ region: 'eu', externalId: 'second' }])
await money.use('first', 'vm.hours', '10', '2024-07-10')
await money.use('second', 'vm.hours', '4', '2024-07-10')
await money.use('first', 'vm.hours', '14', '2024-08-10')
await money.use('first', 'disk.gb', '50', '2024-08-11')
await money.rated()
await money.close('2024-07')
await money.run(reseller, '2024-07')
const afterJuly = new Date().toISOString()
await money.use('first', 'vm.hours', '20', '2024-09-10')
await money.rated()

const range = 'period[gte]=2024-07&period[lte]=2024-09'
const sell = (query: string) => money.summary(reseller, query)
const nets = (row: any) => [row.unbilled?.net ?? null, row.billed?.net ?? null]

describe('a range of months', () => {
  test('adds its months up, and says which they are and whether one is open', async () => {
    const [row] = await sell(`${range}&groupBy=tenant&tenantId=${first.id}`)
    expect([row.period, row.lastPeriod, row.periodState]).toEqual(['2024-07', '2024-09', 'ended'])
    expect([row.quantityBySku, ...nets(row)]).toEqual([{ 'vm.hours': '44', 'disk.gb': '50' }, '61.00', '15.00'])
    const [closed] = await sell('period[gte]=2024-07&period[lte]=2024-07&groupBy=tenant')
    expect(closed.periodState).toBe('closed')
  })

  test('by month there is a row for each, and they add up to the range', async () => {
    const rows = await sell(`${range}&groupBy=month`)
    expect(rows.map((row) => [row.groupId, row.name, row.period, ...nets(row)])).toEqual([
      ['2024-07', '2024-07', '2024-07', '0.00', '21.00'],
      ['2024-08', '2024-08', '2024-08', '31.00', '0.00'],
      ['2024-09', '2024-09', '2024-09', '30.00', '0.00'],
    ])
  })

  test('pages go on behind the last month', async () => {
    const page = await money.read(reseller, `/billing/summary?${range}&groupBy=month&limit=2`)
    const rest = await money.read(reseller, `/billing/summary?${range}&groupBy=month&cursor=${page.page.nextCursor}`)
    expect([...page.data, ...rest.data].map((row) => row.groupId)).toEqual(['2024-07', '2024-08', '2024-09'])
  })

  test.each([
    ['both ways to name months', 'period=2024-07&period[gte]=2024-07', '/query/period', 'range.twice'],
    ['one end only', 'period[lte]=2024-07', '/query/period[gte]', 'range.open'],
    ['the end before the beginning', 'period[gte]=2024-07&period[lte]=2024-06', '/query/period[lte]', 'range.empty'],
    ['more than 36 months', 'period[gte]=2021-07&period[lte]=2024-07', '/query/period[lte]', 'range.too_long'],
    ['no month', 'groupBy=month', '/query/period', 'period.required'],
  ])('422 for %s', async (_, query, pointer, code) => {
    const { status, body } = await money.as(reseller, 'GET', `/billing/summary?${query}`)
    expect([status, body.errors[0].pointer, body.code]).toEqual([422, pointer, code])
  })
})

describe('filters', () => {
  test.each([
    ['subscription', `subscriptionId=${subscriptionId}`, [['15.00']]],
    ['tenant', `tenantId=${second.id}`, [['6.00']]],
    ['partner', `partnerId=${partner.id}`, [['15.00']]],
    ['distributor', `distributorId=${reseller.id}`, [['15.00'], ['6.00']]],
    ['another distributor', `distributorId=${agent.id}`, []],
    ['SKU', 'sku=disk.gb', []],
    ['a SKU that nobody knows', 'sku=moon.dust', []],
  ])('by %s', async (_, query, expected) => {
    const rows = await sell(`period=2024-07&groupBy=tenant&${query}`)
    expect(rows.map((row) => [row.billed.net]).sort()).toEqual(expected.sort())
  })

  test('by SKU of one tenant and month', async () => {
    const rows = await sell(`period=2024-08&sku=disk.gb&tenantId=${first.id}`)
    expect(rows.map((row) => [row.quantityBySku, row.unbilled.net])).toEqual([[{ 'disk.gb': '50' }, '10.00']])
  })

  test('a region has quantities, however they are grouped, and no amounts', async () => {
    const rows = await sell('period=2024-08&region=eu&groupBy=sku')
    expect(rows.map((row) => [row.name, row.quantityBySku, row.currency, row.unbilled])).toEqual([
      ['vm.hours', { 'vm.hours': '14' }, null, null],
      ['disk.gb', { 'disk.gb': '50' }, null, null],
    ])
    expect(await sell('period=2024-08&region=mars&groupBy=sku')).toEqual([])
  })

  test('a foreign tenant and an absent one are both nothing', async () => {
    for (const id of [second.id, Bun.randomUUIDv7()]) {
      expect(await money.summary(first, `period=2024-07&tenantId=${id}`)).toEqual([])
    }
  })
})

describe('compared with the months before', () => {
  test('each row stands beside the month before, with the change and its percentage', async () => {
    const rows = await sell('period=2024-08&groupBy=tenant&compare=previous')
    const byTenant = new Map(rows.map((row) => [row.groupId, row]))
    expect(byTenant.get(first.id)).toMatchObject({
      unbilled: { net: '31.00' },
      comparison: {
        period: '2024-07',
        lastPeriod: '2024-07',
        quantityBySku: { 'vm.hours': '10' },
        billed: { net: '15.00' },
        change: { net: '16.00', percent: '106.67' },
      },
    })
    // Who used nothing any more is not left out.
    expect(byTenant.get(second.id)).toMatchObject({
      quantityBySku: {},
      unbilled: { net: '0.00' },
      comparison: { billed: { net: '6.00' }, change: { net: '-6.00', percent: '-100' } },
    })
  })

  test('months: each beside its own month before, also the one before the range', async () => {
    const rows = await sell('period[gte]=2024-08&period[lte]=2024-09&groupBy=month&compare=previous')
    expect(rows.map((row) => [row.period, row.comparison.period, row.comparison.change.net])).toEqual([
      ['2024-08', '2024-07', '10.00'],
      ['2024-09', '2024-08', '-1.00'],
    ])
  })

  test('where there was nothing before, the percentage is null and not infinite', async () => {
    const [row] = await sell('period=2024-07&groupBy=month&compare=previous')
    expect(row.comparison.change).toEqual({ net: '21.00', percent: null })
  })
})

describe('as of an instant', () => {
  test('what was issued by then; estimates and drafts of then are unknown, and the answer says so', async () => {
    const [row] = await sell(`period=2024-07&groupBy=month&asOf=${afterJuly}`)
    expect([row.basis, row.asOf, row.unbilled, row.draft, row.billed.net]).toEqual([
      'issuedDocuments',
      afterJuly,
      null,
      null,
      '21.00',
    ])
    expect(await sell('period=2024-07&groupBy=month&asOf=2024-08-01T00:00:00Z')).toEqual([])
    expect(await sell(`period=2024-09&groupBy=month&asOf=${afterJuly}`)).toEqual([])
  })

  test('two instants beside each other compare documents with documents', async () => {
    const [row] = await sell(`period=2024-07&groupBy=month&compareAsOf=2024-08-01T00:00:00Z`)
    expect([row.basis, row.comparison.unbilled, row.comparison.billed.net, row.comparison.change]).toEqual([
      'present',
      null,
      '0.00',
      { net: '21.00', percent: null },
    ])
  })

  test.each([
    ['an instant to come', 'asOf=2999-01-01T00:00:00Z', 'instant.future'],
    ['an instant that does not exist', 'asOf=2024-13-01T00:00:00Z', 'instant.invalid'],
    ['quantities of the past', 'groupBy=region&asOf=2024-01-01T00:00:00Z', 'as_of.documents_only'],
    ['two comparisons', 'compare=previous&compareAsOf=2024-01-01T00:00:00Z', 'compare.twice'],
  ])('422 for %s', async (_, query, code) => {
    const { status, body } = await money.as(reseller, 'GET', `/billing/summary?period=2024-07&${query}`)
    expect([status, body.code]).toEqual([422, code])
  })
})

describe('as CSV', () => {
  test('all rows, whatever the pages; unknown figures are empty', async () => {
    const { status, body, headers } = await money.as(
      reseller,
      'GET',
      `/billing/summary.csv?${range}&groupBy=month&asOf=${afterJuly}`,
    )
    expect([status, headers.get('content-type')]).toEqual([200, 'text/csv; charset=utf-8; header=present'])
    const [head, ...rows] = (body as string).split('\r\n')
    expect(head).toStartWith('groupBy,groupId,name,period,lastPeriod,side,currency,quantities,unbilled_net,')
    expect(rows).toEqual([
      `month,2024-07,2024-07,2024-07,2024-07,sell,EUR,vm.hours=14,,,,,,,21.00,0.00,21.00,0.00,0.00,0.00,0,${afterJuly},issuedDocuments,ended`,
      '',
    ])
  })

  test('of another branch there is a head and nothing else', async () => {
    const { body } = await money.as(first, 'GET', `/billing/summary.csv?${range}&tenantId=${second.id}`)
    expect((body as string).split('\r\n')).toHaveLength(2)
  })
})

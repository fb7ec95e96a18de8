import { describe, expect, test } from 'bun:test'
import { usageHandlers } from '../../workers/usage.ts'
import { testApi } from '../support/api.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { usageRecord, usageWorld } from '../support/usage.ts'
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
const stranger = await hierarchy.token(hierarchy.tenant('-/-'))
await world.region('eu')
await world.sku('vm.hours')
const subscriptionId = await world.subscription(tenant.id, [{ region: 'eu', externalId: 'sub-1' }])
testWorker(database, usageHandlers)

const onDay = (day: number) => ({ start: `2024-09-0${day}T00:00:00Z`, end: `2024-09-0${day}T01:00:00Z` })
await world.settle(
  'eu',
  [1, 2, 3, 4, 5, 6].map((day) => usageRecord(`day-${day}`, onDay(day))),
)

describe('GET /usage', () => {
  const query = (text: string, by = token) => call('GET', `/api/v1/usage?${text}`, { token: by })

  test('each tier sees its branch: the same figures from the platform to the tenant, nothing elsewhere', async () => {
    const question = `period=2024-09&groupBy=month&subscriptionId=${subscriptionId}`
    const seen = (await query(question)).body.data
    expect(seen).toHaveLength(1)
    expect(seen[0]).toMatchObject({ date: '2024-09', sku: 'vm.hours', unit: 'hour', region: 'eu', aggregation: 'sum' })
    const [sum] = await sql`
      select trim_scale(sum(sum_quantity))::text as quantity from usage_daily where subscription_id = ${subscriptionId}`
    expect(seen[0].quantity).toBe(sum!.quantity)
    for (const member of [hierarchy.distributors.reseller, hierarchy.partner('reseller/agent'), tenant]) {
      expect((await query(question, await hierarchy.token(member))).body.data).toEqual(seen)
    }
    expect((await query(question, stranger)).body.data).toEqual([])
    expect((await query(`period=2024-09&tenantId=${tenant.id}`, stranger)).body.data).toEqual([])
  })

  test('pages go on where they stopped', async () => {
    const all = (await query(`period=2024-09&tenantId=${tenant.id}&limit=200`)).body.data
    const seen: object[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const page = await query(`period=2024-09&tenantId=${tenant.id}&limit=2${cursor && `&cursor=${cursor}`}`)
      seen.push(...page.body.data)
      cursor = page.body.page.nextCursor
    }
    expect(seen).toEqual(all)
    expect(seen.length).toBeGreaterThan(4)
  })

  test('local days of a zone have 23 and 25 hours when the clocks change (F8)', async () => {
    const hourly = await world.subscription(tenant.id, [{ region: 'eu', externalId: 'hourly' }])
    const hours = (first: string, count: number) =>
      Array.from({ length: count }, (_, index) => {
        const from = Date.parse(first) + index * 3_600_000
        const [start, end] = [from, from + 3_600_000].map((at) => new Date(at).toISOString())
        return usageRecord(`h-${start}`, { subscription: 'hourly', start, end, quantity: '1' })
      })
    await world.settle('eu', [...hours('2025-03-29T00:00:00Z', 72), ...hours('2025-10-25T00:00:00Z', 72)])
    const on = async (from: string, to: string) =>
      (await query(`subscriptionId=${hourly}&day[gte]=${from}&day[lt]=${to}&timeZone=Europe/Berlin`)).body.data
    expect((await on('2025-03-30', '2025-03-31')).map((row: any) => [row.date, row.quantity])).toEqual([
      ['2025-03-30', '23'],
    ])
    expect((await on('2025-10-26', '2025-10-27')).map((row: any) => [row.date, row.quantity])).toEqual([
      ['2025-10-26', '25'],
    ])
    const utc = (await query(`subscriptionId=${hourly}&day[gte]=2025-03-30&day[lt]=2025-03-31`)).body.data
    expect(utc[0].quantity).toBe('24')
  })

  test.each([
    ['half a range', 'day[gte]=2024-09-01', '/query/day[lt]'],
    ['both ways to name the days', 'period=2024-09&day[gte]=2024-09-01&day[lt]=2024-09-02', '/query/period'],
    ['an empty range', 'day[gte]=2024-09-02&day[lt]=2024-09-02', '/query/day[lt]'],
    ['a day that does not exist', 'day[gte]=2024-02-30&day[lt]=2024-03-02', '/query/day[gte]'],
    ['a zone that does not exist', 'period=2024-09&timeZone=Nowhere', '/query/timeZone'],
    ['the cursor of another list', `period=2024-09&cursor=${btoa('regions|x')}`, '/query/cursor'],
  ])('422 for %s', async (_, text, pointer) => {
    const { status, body } = await query(text)
    expect([status, body.errors[0].pointer]).toEqual([422, pointer])
  })
})

import { describe, expect, test } from 'bun:test'
import { decimal, plainText, sum } from '../../src/billing/money.ts'
import { testApi } from '../support/api.ts'
import { billingWorld, moneyHandlers, refreshTick } from '../support/billing.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { testWorker } from '../support/worker.ts'
import { buildWorld, type Member } from '../support/world.ts'

const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const world = await buildWorld(api, [['reseller', null]])
const money = await billingWorld(api, sql, world)
testWorker(database, moneyHandlers, { ticks: [refreshTick] })

const { platform } = world
const { reseller } = world.distributors
const tenant = world.tenant('reseller/-')
const period = '2024-09'

await money.region('eu')
await money.sellingSku('vm.hours')
await money.sellingSku('disk.peak', { aggregation: 'max' })
await money.sellingSku('seats', { aggregation: 'last' })
const list = (seller: Member, first: string, change: object) => {
  const tiers = [
    { upTo: '100', unitPrice: first },
    { upTo: null, unitPrice: '0.5' },
  ]
  const rates = [
    { sku: 'vm.hours', rate: { kind: 'graduated', tiers } },
    { sku: 'disk.peak', rate: { kind: 'per_unit', unitPrice: '0.1' } },
    { sku: 'seats', rate: { kind: 'per_unit', unitPrice: '7' } },
  ]
  return money.list(seller, {}, { rates, validFrom: '2024-01-01', ...change })
}
await list(platform, '0.9', {})
await list(reseller, '1', { validTo: '2024-09-16' })
await list(reseller, '1.1', { validFrom: '2024-09-16' })
await money.subscription(tenant.id, [{ region: 'eu', externalId: 'one' }])
for (const [sku, quantity, day] of [
  ['vm.hours', '95', '03'],
  ['vm.hours', '10', '05'],
  ['vm.hours', '4', '20'],
  ['disk.peak', '20', '03'],
  ['disk.peak', '10', '04'],
  ['disk.peak', '35', '05'],
  ['seats', '3', '03'],
  ['seats', '2', '20'],
] as const) {
  await money.use('one', sku, quantity, `2024-09-${day}`)
}
await money.rated()

const days = async (member: Member, query = '') => money.summary(member, `period=${period}&groupBy=day${query}`)
const amounts = (rows: any[]) => rows.map((row) => [row.groupId, row.accrued[0]?.amount ?? null])

describe('by day', () => {
  test('there are quantities, and what each day adds to the running totals; the day that reaches a tier pays both', async () => {
    const rows = await days(tenant)
    expect(rows.map(({ groupId, quantityBySku }) => [groupId, quantityBySku])).toEqual([
      ['2024-09-03', { 'vm.hours': '95', 'disk.peak': '20', seats: '3' }],
      ['2024-09-04', { 'disk.peak': '10' }],
      ['2024-09-05', { 'vm.hours': '10', 'disk.peak': '35' }],
      ['2024-09-20', { 'vm.hours': '4', seats: '2' }],
    ])
    expect(amounts(rows)).toEqual([
      ['2024-09-03', '97'],
      ['2024-09-04', '0'],
      ['2024-09-05', '9'],
      ['2024-09-20', '16'],
    ])
    expect(rows.map(({ unbilled, currency }) => [unbilled, currency])).toEqual(rows.map(() => [null, null]))
  })

  test.each([
    ['its buyer', tenant, ''],
    ['its seller', reseller, '&side=sell'],
    ['a purchase', reseller, '&side=buy'],
  ] as const)('the days add up to the month, unrounded, for %s', async (_, member, side) => {
    const accrued = (await days(member, side)).map((row) => decimal(row.accrued[0].amount))
    const { data } = await money.read(
      member,
      `/billing/summary/explain?period=${period}&currency=EUR&figure=unbilled&groupBy=month${side}`,
    )
    const unrounded = data.map((line: any) => decimal(line.unrounded))
    expect(plainText(sum(accrued))).toBe(plainText(sum(unrounded)))
  })

  test('one SKU alone, and nothing of a stranger’s', async () => {
    expect(amounts(await days(tenant, '&sku=seats'))).toEqual([
      ['2024-09-03', null],
      ['2024-09-20', '14'],
    ])
    expect(await days(platform, `&side=sell&tenantId=${Bun.randomUUIDv7()}`)).toEqual([])
  })

  test('of several months there are quantities only', async () => {
    const rows = await money.summary(tenant, `period[gte]=2024-08&period[lte]=${period}&groupBy=day`)
    expect(rows.map(({ accrued }) => accrued)).toEqual([null, null, null, null])
  })
})

import { describe, expect, test } from 'bun:test'
import { testApi } from '../support/api.ts'
import { billingWorld, moneyHandlers, refreshTick } from '../support/billing.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { testWorker } from '../support/worker.ts'
import { buildWorld, type Member } from '../support/world.ts'

const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const world = await buildWorld(api, [['reseller', 'agent']])
const money = await billingWorld(api, sql, world)
testWorker(database, moneyHandlers, { ticks: [refreshTick] })

const { platform } = world
const { reseller } = world.distributors
const tenant = world.tenant('reseller/agent')
const period = '2024-09'

const tiered = (kind: string, upTo: string) => ({
  kind,
  tiers: [
    { upTo, unitPrice: '1' },
    { upTo: null, unitPrice: '0.5', flatFee: '2' },
  ],
})
const list = (seller: Member, upTo: string) =>
  money.list(
    seller,
    {},
    {
      rates: [
        { sku: 'vm.hours', rate: tiered('graduated', upTo) },
        { sku: 'disk.gb', rate: { kind: 'per_unit', unitPrice: '1' } },
        { sku: 'traffic', rate: tiered('volume', '5') },
      ],
      validFrom: '2024-01-01',
    },
  )

await money.region('eu')
for (const code of ['vm.hours', 'disk.gb', 'traffic']) await money.sellingSku(code)
await list(platform, '1000')
await list(reseller, '100')
await money.subscription(tenant.id, [{ region: 'eu', externalId: 'one' }])
await money.use('one', 'vm.hours', '95.5')
await money.use('one', 'disk.gb', '3')
await money.use('one', 'traffic', '6')
await money.rated()

const tiersOf = async (member: Member, query = '') =>
  (await money.summary(member, `period=${period}${query}`)).map((row) => row.nextTiers)

describe('the distance to the next tier', () => {
  test.each([
    ['its buyer', tenant, ''],
    ['its seller', reseller, '&side=sell'],
    ['an agent between', world.partner('reseller/agent'), ''],
  ] as const)(
    'is told to %s, by subscription and SKU; last tiers and flat prices have none',
    async (_, member, query) => {
      expect(await tiersOf(member, query)).toEqual([
        [
          {
            sku: 'vm.hours',
            unit: 'hour',
            region: null,
            quantity: '95.5',
            above: '100',
            distance: '4.5',
            unitPrice: '0.5',
            flatFee: '2',
            priceVersionId: expect.any(String),
          },
        ],
      ])
    },
  )

  test('is that of the edge that is looked at: a purchase has the seller’s own tiers', async () => {
    const [tiers] = await tiersOf(reseller, '&side=buy')
    expect(tiers.map((one: any) => [one.sku, one.distance])).toEqual([['vm.hours', '904.5']])
  })

  test('is unknown for other groups, ranges and the past', async () => {
    expect(await tiersOf(tenant, '&groupBy=tenant')).toEqual([null])
    const [range] = await money.summary(tenant, `period[gte]=2024-08&period[lte]=${period}`)
    expect(range.nextTiers).toBeNull()
  })
})

import { expect, test } from 'bun:test'
import { testApi } from '../support/api.ts'
import { billingWorld, moneyHandlers, refreshTick } from '../support/billing.ts'
import { chargingWorld } from '../support/charging.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { testWorker } from '../support/worker.ts'
import { buildWorld, type Member } from '../support/world.ts'

// Fees, charges and minimums in summaries, on both edges of a reseller: 40 + 99 + 30 sold, 30 + 80 + 20 bought.

const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const world = await buildWorld(api, [['reseller', null]])
const money = await billingWorld(api, sql, world)
const { plan, order, bill } = chargingWorld(money, world.platform)
testWorker(database, moneyHandlers, { ticks: [refreshTick] })

const { platform } = world
const { reseller } = world.distributors
const tenant = world.tenant('reseller/-')
const period = '2024-09'
const pricesOf = (seller: Member, [seat, setup, minimum]: readonly [string, string, string]) =>
  money.list(
    seller,
    {},
    {
      validFrom: '2024-01-01',
      rates: [
        { sku: 'seat', rate: { kind: 'per_unit', unitPrice: seat } },
        { sku: 'setup', rate: { kind: 'per_unit', unitPrice: setup } },
        { sku: 'committed', rate: { kind: 'per_unit', unitPrice: '1', minimum } },
      ],
    },
  )

await money.region('eu')
for (const sku of ['seat', 'setup', 'committed']) await money.sellingSku(sku)
await pricesOf(platform, ['30', '80', '20'])
await pricesOf(reseller, ['40', '99', '30'])
const version = await plan(
  { sku: 'seat', kind: 'recurring' },
  { sku: 'setup', kind: 'oneTime', quantityBasis: 'one' },
  { sku: 'committed', kind: 'usage' },
)
const subscriptionId = await order(tenant, version, '2024-09-01', {
  externalIds: [{ region: 'eu', externalId: 'one' }],
})
await money.use('one', 'committed', '12.5', '2024-09-10')
await money.rated()

const query = (side: string, more = '') => `period=${period}&side=${side}${more}`
const figureOf = async (member: Member, side: string, figure: string): Promise<any> =>
  money.read(
    member,
    `/billing/summary/explain?${query(side, `&groupBy=tenant&groupId=${tenant.id}&currency=EUR&figure=${figure}`)}`,
  )
const shown = ({ data }: any) => data.map(({ kind, sku, net }: any) => `${kind} ${sku} ${net}`).sort()

const sold = ['minimum committed 17.50', 'oneTime setup 99.00', 'recurring seat 40.00', 'usage committed 12.50']
const bought = ['minimum committed 7.50', 'oneTime setup 80.00', 'recurring seat 30.00', 'usage committed 12.50']

test.each([
  ['what a reseller sells', reseller, 'sell', sold, '169.00'],
  ['the own purchases of a reseller', reseller, 'buy', bought, '130.00'],
  ['what a tenant buys', tenant, 'buy', sold, '169.00'],
  ['what the platform sells', platform, 'sell', bought, '130.00'],
] as const)(
  '%s: charges, fees and what is missing to a minimum are in the estimate, each explained',
  async (_, member, side, lines, net) => {
    const [row] = await money.summary(member, query(side, '&groupBy=tenant'))
    const told = await figureOf(member, side, 'unbilled')
    expect([row.unbilled.net, told.net, shown(told)]).toEqual([net, net, [...lines]])
    for (const line of told.data) {
      const explained = await money.read(member, line.explanation.replace('/api/v1', ''))
      expect([line.sku, explained.net]).toEqual([line.sku, line.net])
      expect(explained.says.at(-1)).toContain(`${line.net} EUR`)
    }
  },
)

test('days tell what usage adds; charges and what is missing to a minimum belong to the month', async () => {
  for (const side of ['sell', 'buy']) {
    const days = await money.summary(reseller, query(side, '&groupBy=day'))
    expect(days.map(({ groupId, accrued }) => [groupId, accrued[0]?.amount ?? null])).toEqual([['2024-09-10', '12.5']])
  }
})

test('billed, the same lines are explained by the document, on either side', async () => {
  await bill(period, [platform, reseller])
  for (const [side, lines] of [
    ['sell', sold],
    ['buy', bought],
  ] as const) {
    const told = await figureOf(reseller, side, 'billed')
    expect(shown(told)).toEqual([...lines])
    for (const line of told.data) {
      expect(line.subscriptionId).toBe(subscriptionId)
      expect((await money.read(reseller, line.explanation.replace('/api/v1', ''))).net).toBe(line.net)
    }
  }
  expect((await figureOf(tenant, 'sell', 'billed')).data).toEqual([])
})

import { describe, expect, test } from 'bun:test'
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

const rate = async (seller: Member, value: string, validFrom: string): Promise<void> => {
  const body = { from: 'EUR', to: 'USD', rate: value, validFrom, source: 'test bank' }
  const answer = await money.as(seller, 'POST', '/pricing/fx-rates', { body })
  if (answer.status !== 201) throw new Error(`POST fx-rates answered ${answer.status} ${JSON.stringify(answer.body)}`)
}

await money.region('eu')
for (const code of ['vm.hours', 'disk.gb']) await money.sellingSku(code)
await money.list(platform, { 'vm.hours': '1', 'disk.gb': '0.1' }, { validFrom: '2024-01-01' })
await money.list(platform, { 'vm.hours': '0.4', 'disk.gb': '0.05' }, { validFrom: '2024-01-01', kind: 'cost' })
await money.list(reseller, { 'vm.hours': '1.5', 'disk.gb': '0.2' }, { validFrom: '2024-01-01' })
await rate(platform, '1.1', '2024-01-01')
await rate(platform, '1.2345', '2024-09-30')
await rate(reseller, '1.05', '2024-01-01')
await money.subscription(tenant.id, [{ region: 'eu', externalId: 'one' }])
await money.use('one', 'vm.hours', '10', '2024-08-10')
await money.use('one', 'disk.gb', '3', '2024-08-10')
await money.use('one', 'vm.hours', '7', '2024-09-10')
await money.rated()

const summary = async (member: Member, query: string) => (await money.summary(member, query))[0]

describe('a summary in a display currency', () => {
  test('stands beside the real figures, with the rate it was converted at', async () => {
    const row = await summary(tenant, 'period=2024-08&groupBy=tenant&displayCurrency=USD')
    expect([row.currency, row.unbilled.net]).toEqual(['EUR', '15.60'])
    // Each line is converted and rounded: 15.00 -> 16.50, 0.60 -> 0.66, at the platform's rate.
    expect(row.display).toEqual({
      currency: 'USD',
      unbilled: { net: '17.16', tax: '0.00', total: '17.16' },
      draft: { net: '0.00', tax: '0.00', total: '0.00' },
      billed: { net: '0.00', tax: '0.00', total: '0.00' },
      credited: { net: '0.00', tax: '0.00', total: '0.00' },
      rates: [expect.objectContaining({ period: '2024-08', from: 'EUR', to: 'USD', rate: '1.1', source: 'test bank' })],
      isMixed: false,
    })
  })

  test('uses the reader’s own rate before the platform’s', async () => {
    const row = await summary(reseller, 'period=2024-08&groupBy=tenant&displayCurrency=USD')
    expect([row.display.unbilled.net, row.display.rates[0].rate]).toEqual(['16.38', '1.05'])
  })

  test('says when a sum is made of different rates, each of its own month', async () => {
    const range = 'period[gte]=2024-08&period[lte]=2024-09&displayCurrency=USD'
    const row = await summary(platform, `${range}&groupBy=tenant`)
    // 10.00 and 0.30 at 1.1, 7.00 at the rate that begins on the last day of September.
    expect([row.unbilled.net, row.display.unbilled.net, row.display.isMixed]).toEqual(['17.30', '19.97', true])
    const months = await money.summary(platform, `${range}&groupBy=month`)
    expect(months.map(({ display }) => [display.unbilled.net, display.isMixed])).toEqual([
      ['11.33', false],
      ['8.64', false],
    ])
  })

  test('its own currency is the same figures', async () => {
    const row = await summary(tenant, 'period=2024-08&groupBy=tenant&displayCurrency=EUR')
    expect([row.display.unbilled, row.display.rates]).toEqual([row.unbilled, []])
  })

  test('without a rate nothing is told, and the real figures are there', async () => {
    const row = await summary(tenant, 'period=2024-08&groupBy=tenant&displayCurrency=ISK')
    expect([row.unbilled.net, row.display.unbilled, row.display.rates]).toEqual(['15.60', null, []])
    const { status, body } = await money.as(tenant, 'GET', '/billing/summary?period=2024-08&displayCurrency=XXQ')
    expect([status, body.code]).toEqual([422, 'currency.unknown'])
  })
})

describe('a waterfall in a reporting currency', () => {
  const waterfall = async (member: Member, query: string) =>
    (await money.read(member, `/billing/waterfall?${query}`)).data[0]

  test('converts each line and rounds it, and the margins still add up to the cent', async () => {
    const row = await waterfall(platform, 'period=2024-09&currency=USD')
    expect(row).toMatchObject({ platformCost: '3.46', tenantTotal: '12.96', sum: '9.50', gap: '0.00', missing: [] })
    expect(row.sellers.map((one: any) => one.margin)).toEqual(['5.18', '4.32'])
    expect(row.rates).toEqual([expect.objectContaining({ from: 'EUR', rate: '1.2345', validFrom: '2024-09-30' })])
  })

  test('is told to a reseller at its own rate', async () => {
    const row = await waterfall(reseller, 'period=2024-08&currency=USD')
    expect(row.sellers.map((one: any) => [one.bought, one.sold, one.margin])).toEqual([
      [null, '10.82', null],
      ['10.82', '16.38', '5.56'],
    ])
  })
})

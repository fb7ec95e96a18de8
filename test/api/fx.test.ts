import { describe, expect, test } from 'bun:test'
import { newId } from '../../src/platform/ids.ts'
import { testApi } from '../support/api.ts'
import { billingWorld, moneyHandlers, refreshTick } from '../support/billing.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { testWorker } from '../support/worker.ts'
import { buildWorld, type Member } from '../support/world.ts'

const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const world = await buildWorld(api, [
  ['reseller', null],
  ['agent', null],
])
const money = await billingWorld(api, sql, world)
testWorker(database, moneyHandlers, { ticks: [refreshTick] })

const { platform } = world
const { reseller, agent } = world.distributors
const tenantOf = world.tenant('reseller/-')
const rates = '/pricing/fx-rates'
const given = { from: 'EUR', to: 'USD', rate: '1.0850', validFrom: '2024-01-01', source: 'ECB' }
const say = (member: Member, change: object = {}) => money.as(member, 'POST', rates, { body: { ...given, ...change } })

await money.region('eu')
await money.sellingSku('vm.hours')
await money.list(platform, { 'vm.hours': '0.085' }, { validFrom: '2024-01-01' })
/** A tenant of the platform that is billed in this currency, with a subscription that the region calls by it. */
const buyerIn = async (currency: string): Promise<string> => {
  const { id } = await money.tenant({ name: `Buyer in ${currency}`, currency })
  await money.subscription(id, [{ region: 'eu', externalId: currency }])
  return id
}
const invoiceOf = async (buyerId: string, period: string) => {
  const [invoice] = await money.invoices(platform, `buyerId=${buyerId}&period=${period}&state=issued`)
  return { invoice, lines: await money.lines(platform, invoice.id) }
}

describe('a rate of exchange', () => {
  test('201 with Location; it is read and listed as it was said, plain, and never changed', async () => {
    const answer = await say(platform, { to: 'CHF', rate: '0.9500' })
    expect(answer.status).toBe(201)
    expect(answer.headers.get('location')).toBe(`/api/v1${rates}/${answer.body.id}`)
    expect(answer.body).toMatchObject({ ...given, to: 'CHF', rate: '0.95', sellerId: platform.id })
    expect(await money.read(platform, `${rates}/${answer.body.id}`)).toEqual(answer.body)
    expect((await money.read(platform, `${rates}?to=CHF`)).data).toEqual([answer.body])
    for (const method of ['PUT', 'PATCH', 'DELETE']) {
      expect((await money.as(platform, method, `${rates}/${answer.body.id}`, { body: {} })).status).toBe(405)
    }
  })

  test("everybody reads the platform's, and a seller's own nobody else", async () => {
    const own = await say(reseller, { to: 'NOK', rate: '11.7' })
    const shared = await say(platform, { to: 'NOK', rate: '11.8' })
    const idsOf = async (member: Member) => (await money.read(member, `${rates}?to=NOK`)).data.map((one: any) => one.id)
    expect(await idsOf(reseller)).toEqual([shared.body.id, own.body.id])
    for (const member of [platform, agent, tenantOf]) {
      expect(await idsOf(member)).toEqual([shared.body.id])
      const [foreign, absent] = [own.body.id, newId()].map((id) => money.as(member, 'GET', `${rates}/${id}`))
      expect((await foreign!).status).toBe(404)
      expect((await absent!).body.code).toBe((await foreign!).body.code)
    }
  })

  test('a repeated Idempotency-Key says it once', async () => {
    const send = () =>
      money.as(platform, 'POST', rates, {
        body: { ...given, to: 'SEK', rate: '11.5' },
        headers: { 'idempotency-key': 'sek-1' },
      })
    const [first, second] = [await send(), await send()]
    expect(second.body).toEqual(first.body)
    expect((await money.read(platform, `${rates}?to=SEK`)).data).toHaveLength(1)
  })

  test.each([
    ['of zero', { rate: '0' }, '/rate'],
    ['below zero', { rate: '-1.1' }, '/rate'],
    ['as a number', { rate: 1.1 }, '/rate'],
    ['between the same currency', { to: 'EUR' }, '/to'],
    ['of an unknown currency', { to: 'ABC' }, '/to'],
    ['from a day that no calendar has', { validFrom: '2023-02-29' }, '/validFrom'],
    ['without a source', { source: undefined }, '/source'],
    ['with an unknown field', { inverse: '0.9' }, '/inverse'],
  ])('422 for one %s', async (_, change, pointer) => {
    const { status, body } = await say(platform, change)
    expect([status, body.errors[0].pointer]).toEqual([422, pointer])
  })

  test('403 for a tenant, 409 for an agent: only who sells says rates', async () => {
    expect((await say(tenantOf)).status).toBe(403)
    const { status, body } = await say(agent)
    expect([status, body.code]).toEqual([409, 'billing.not_a_seller'])
  })
})

describe('an edge that is billed in another currency than its seller prices in', () => {
  test('waits without a rate, and is converted once, unrounded, at the rate of the last day of the month', async () => {
    const dollars = await buyerIn('USD')
    await money.use('USD', 'vm.hours', '745')
    await money.rated()
    const reasons = async () =>
      (await money.summary(platform, 'period=2024-09&groupBy=tenant')).find((row) => row.groupId === dollars).parked
        .reasons
    expect(await reasons()).toEqual(['fx.missing'])
    await say(platform, { rate: '1.05', validFrom: '2024-01-01' })
    await say(platform, { rate: '1.1196', validFrom: '2024-09-30', source: 'ECB, 30 September' })
    await say(platform, { rate: '2', validFrom: '2024-10-01' })
    await money.rated()
    await money.close('2024-09')
    await money.run(platform, '2024-09')
    const { invoice, lines } = await invoiceOf(dollars, '2024-09')
    // 745 x 0.085 = 63.325 EUR; x 1.1196 = 70.89867 USD. Rounded first it would be 63.33 x 1.1196 = 70.90427.
    expect([invoice.currency, invoice.total, lines[0].unrounded, lines[0].net]).toEqual([
      'USD',
      '70.90',
      '70.89867',
      '70.90',
    ])
    const explained = await money.read(platform, `/invoices/${invoice.id}/lines/1/explain`)
    expect(explained).toMatchObject({ unrounded: '70.89867', net: '70.90', price: { currency: 'EUR' } })
    expect(explained.exchange).toEqual({
      fxRateId: lines[0].fxRateId,
      from: 'EUR',
      to: 'USD',
      rate: '1.1196',
      validFrom: '2024-09-30',
      source: 'ECB, 30 September',
      amount: '63.325',
    })
  })

  test('late usage keeps the rate that its month was billed at, whatever has been said since', async () => {
    await say(platform, { rate: '9', validFrom: '2024-09-30', source: 'a correction that comes too late' })
    await money.use('USD', 'vm.hours', '100', '2024-09-12')
    await money.use('USD', 'vm.hours', '10', '2024-10-05')
    await money.rated()
    await money.close('2024-10')
    await money.run(platform, '2024-10')
    const { body } = await money.as(platform, 'GET', '/invoices?period=2024-10&state=issued')
    const lines = await money.lines(platform, body.data[0].id)
    // 8.5 EUR at September's 1.1196, and 0.85 EUR at October's 2.
    expect(lines.map((line) => [line.kind, line.unrounded, line.net])).toEqual([
      ['late', '9.5166', '9.52'],
      ['usage', '1.7', '1.70'],
    ])
  })

  test.each([
    ['JPY', '174.33', '1104', '1104'],
    ['KWD', '0.3351', '2.122', '2.122'],
  ])('C16: %s has its own number of digits', async (currency, rate, net, total) => {
    const buyer = await buyerIn(currency)
    await money.use(currency, 'vm.hours', '74.5', '2024-11-02')
    await say(platform, { to: currency, rate })
    await money.rated()
    const rows = await money.summary(platform, 'period=2024-11&groupBy=tenant')
    const row = rows.find(({ groupId }) => groupId === buyer)
    expect([row.currency, row.unbilled.net, row.unbilled.total]).toEqual([currency, net, total])
  })

  test("a reseller's own row wins on its edges, and only there", async () => {
    const { body } = await money.as(reseller, 'POST', '/tenants', { body: { name: 'Below', currency: 'GBP' } })
    const { id } = body
    await money.subscription(id, [{ region: 'eu', externalId: 'below' }])
    await money.list(reseller, { 'vm.hours': '1' }, { validFrom: '2024-01-01' })
    const direct = await buyerIn('GBP')
    await money.use('below', 'vm.hours', '100', '2024-11-02')
    await money.use('GBP', 'vm.hours', '100', '2024-11-02')
    await say(platform, { to: 'GBP', rate: '0.8' })
    const amountOf = async (member: Member, groupId: string) => {
      await money.rated()
      const rows = await money.summary(member, 'period=2024-11&groupBy=tenant&side=sell')
      return rows.find((row) => row.groupId === groupId && row.currency === 'GBP').unbilled.net
    }
    expect(await amountOf(reseller, id)).toBe('80.00')
    await say(reseller, { to: 'GBP', rate: '0.9' })
    expect(await amountOf(reseller, id)).toBe('90.00')
    expect(await amountOf(platform, direct)).toBe('6.80')
  })

  test('the price sheet says the rate of exchange beside the price, or that there is none', async () => {
    const sheetOf = async (currency: string) => {
      const { id } = await money.tenant({ name: 'Asks', currency })
      return (await money.read(platform, `/pricing?side=sell&buyerId=${id}&day=2024-09-30&sku=vm.hours`)).data[0]
    }
    expect(await sheetOf('PLN')).toMatchObject({ rate: null, exchange: null, unknownFor: 'no_fx_rate' })
    const row = await sheetOf('USD')
    expect(row).toMatchObject({ rateCurrency: 'EUR', unknownFor: null, exchange: { rate: '9' } })
  })
})

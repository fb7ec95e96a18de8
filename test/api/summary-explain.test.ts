import { describe, expect, test } from 'bun:test'
import { decimal, Decimal, plainText, sum } from '../../src/billing/money.ts'
import { testApi } from '../support/api.ts'
import { billingWorld, moneyHandlers, refreshTick } from '../support/billing.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { testWorker } from '../support/worker.ts'
import { buildWorld, type Member } from '../support/world.ts'

// From a figure of a summary down to quantities and prices, and up again to the cent.

const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const world = await buildWorld(api, [['reseller', 'agent']])
const money = await billingWorld(api, sql, world)
testWorker(database, moneyHandlers, { ticks: [refreshTick] })

const { platform } = world
const { reseller } = world.distributors
const agentPartner = world.partner('reseller/agent')
const tenant = world.tenant('reseller/agent')
const [july, august] = ['2024-07', '2024-08']

const graduated = (upTo: string, first: string, then: string) => ({
  kind: 'graduated',
  tiers: [
    { upTo, unitPrice: first },
    { upTo: null, unitPrice: then },
  ],
})
const list = (seller: Member, first: string, change: Record<string, unknown> = {}) =>
  money.list(
    seller,
    {},
    {
      rates: [
        { sku: 'vm.hours', rate: graduated('100', first, '0.0077') },
        { sku: 'disk.gb', rate: { kind: 'per_unit', unitPrice: '0.0131' } },
      ],
      validFrom: '2024-01-01',
      ...change,
    },
  )

await money.region('eu')
for (const code of ['vm.hours', 'disk.gb', 'unpriced']) await money.sellingSku(code)
await list(platform, '0.0101')
await list(reseller, '0.0149', { validTo: '2024-08-16' })
await list(reseller, '0.0151', { validFrom: '2024-08-16' })
const subscriptionId = await money.subscription(tenant.id, [{ region: 'eu', externalId: 'one' }])
await money.subscription(tenant.id, [{ region: 'eu', externalId: 'two' }])
await money.use('one', 'vm.hours', '95', '2024-07-10')
await money.use('two', 'disk.gb', '77.5', '2024-07-11')
await money.rated()
await money.close(july)
await money.run(reseller, july)
await money.use('one', 'vm.hours', '10', '2024-07-20')
await money.use('one', 'vm.hours', '60', '2024-08-03')
await money.use('one', 'vm.hours', '61.125', '2024-08-20')
await money.use('two', 'unpriced', '3', '2024-08-20')
await money.rated()

const explain = (member: Member, query: string): Promise<any> => money.read(member, `/billing/summary/explain?${query}`)
const nets = (lines: any[]) => plainText(sum(lines.flatMap(({ net }) => (net === null ? [] : [decimal(net)]))))
const stepsSum = (steps: any[]): Decimal =>
  sum(steps.map((one) => decimal(one.quantity).times(decimal(one.unitPrice)).plus(decimal(one.flatFee))))

/** Follows a line to its explanation and computes its amount from quantities and prices. */
async function computed(member: Member, line: any): Promise<string> {
  const told = await money.read(member, line.explanation.replace('/api/v1', ''))
  expect(told.says.at(-1)).toContain(`${told.net} EUR`)
  const unrounded = stepsSum(told.after).minus(stepsSum(told.before))
  return unrounded.toDecimalPlaces(2).toFixed(2)
}

test.each([
  ['billed, to a seller', reseller, july, 'billed', 'sell', '2.44'],
  ['billed, to the tenant', tenant, july, 'billed', 'buy', '2.44'],
  ['unbilled with a late line and two prices, to a seller', reseller, august, 'unbilled', 'sell', '1.77'],
  ['unbilled, to an agent', agentPartner, august, 'unbilled', 'agency', '1.77'],
  ['unbilled, of the purchase', reseller, august, 'unbilled', 'buy', '1.26'],
] as const)('a figure %s, leads to quantities and adds up again', async (_, member, period, figure, side, expected) => {
  const [row] = await money.summary(member, `period=${period}&groupBy=tenant&side=${side}`)
  const query = `period=${period}&side=${side}&groupBy=tenant&groupId=${row.groupId}&currency=EUR&figure=${figure}`
  const told = await explain(member, query)
  expect([row[figure].net, told.net]).toEqual([expected, expected])
  const priced = told.data.filter((line: any) => line.net !== null)
  expect([told.lines, told.parked]).toEqual([told.data.length, told.data.length - priced.length])
  expect(told.says).toStartWith(`${priced.length} lines, each rounded once, add up to ${expected} EUR`)
  expect(nets(priced)).toBe(plainText(decimal(expected)))
  for (const line of priced) expect([line.sku, await computed(member, line)]).toEqual([line.sku, line.net])
})

describe('what a line says', () => {
  test('a late line: its days, and what was billed of them before', async () => {
    const { data } = await explain(
      reseller,
      `period=${august}&currency=EUR&figure=unbilled&subscriptionId=${subscriptionId}`,
    )
    const late = data.find((line: any) => line.kind === 'late')
    expect(late).toMatchObject({
      period: august,
      serviceStart: '2024-07-01',
      quantity: '10',
      net: '0.11',
      says: '10 hour of vm.hours from 2024-07-01 to before 2024-08-01 come to 0.113, rounded to 0.11 EUR.',
    })
    const told = await money.read(reseller, late.explanation.replace('/api/v1', ''))
    expect(told.says).toEqual([
      '10 hour, after 95 that were counted before.',
      expect.stringMatching(/^Price list list-.* \(scope default\), in EUR, valid from 2024-01-01\.$/),
      '100 units above 0 up to 100: 100 x 0.0149 = 1.49.',
      '5 units above 100: 5 x 0.0077 = 0.0385.',
      'Less what was billed before. 95 units above 0 up to 100: 95 x 0.0149 = 1.4155.',
      'Together 0.113, rounded once to 2 digits, half away from zero: 0.11 EUR.',
    ])
  })

  test('what waits for a price is named, has no amount, makes none of 0, and has nowhere to go', async () => {
    const told = await explain(reseller, `period=${august}&currency=EUR&figure=unbilled&sku=unpriced`)
    expect(told).toMatchObject({ net: null, tax: null, lines: 1, parked: 1 })
    expect(told.says).toBe('1 line waits for a person: the figure is unknown.')
    expect(told.data).toEqual([
      expect.objectContaining({
        net: null,
        tax: null,
        parkedFor: 'price.missing',
        explanation: null,
        says: '3 hour of unpriced from 2024-08-01 to before 2024-09-01 wait for a person: price.missing.',
      }),
    ])
  })

  test('pages go on behind the last line, and each of them tells the whole', async () => {
    const query = `period[gte]=${july}&period[lte]=${august}&groupBy=month&currency=EUR&figure=unbilled`
    const all = await explain(reseller, query)
    const first = await explain(reseller, `${query}&limit=2`)
    const rest = await explain(reseller, `${query}&cursor=${first.page.nextCursor}`)
    expect([...first.data, ...rest.data]).toEqual(all.data)
    expect([first.net, rest.net, first.lines]).toEqual([all.net, all.net, all.data.length])
  })

  test('a draft is explained to its seller, and as not yet billed to its buyer', async () => {
    const { body } = await money.as(reseller, 'POST', '/billing/runs', { body: { period: august } })
    await money.job(reseller, body.jobId)
    const query = `period=${august}&groupBy=month&groupId=${august}&currency=EUR`
    const draft = await explain(reseller, `${query}&figure=draft`)
    expect([draft.net, nets(draft.data)]).toEqual(['1.77', '1.77'])
    for (const line of draft.data) expect(await computed(reseller, line)).toBe(line.net)
    const estimate = await explain(tenant, `${query}&figure=unbilled`)
    expect([estimate.net, (await explain(tenant, `${query}&figure=draft`)).net]).toEqual(['1.77', '0.00'])
  })
})

describe('nobody looks into another branch', () => {
  const query = `period=${august}&currency=EUR&figure=unbilled`

  test('a reseller’s purchase is explained to nobody below it', async () => {
    const { data } = await explain(reseller, `${query}&side=buy`)
    for (const member of [tenant, agentPartner]) {
      expect((await explain(member, `${query}&side=sell`)).data).toEqual([])
      for (const line of data.filter((one: any) => one.explanation)) {
        expect((await money.as(member, 'GET', line.explanation.replace('/api/v1', ''))).status).toBe(404)
      }
    }
  })

  test('an absent bucket answers as a foreign one', async () => {
    const [line] = (await explain(reseller, `${query}&side=buy`)).data
    const absent = line.explanation.replace('/api/v1', '').replace(subscriptionId, Bun.randomUUIDv7())
    expect((await money.as(reseller, 'GET', absent)).status).toBe(404)
    expect((await money.as(reseller, 'GET', '/billing/buckets/nonsense/explain')).status).toBe(422)
  })

  test.each([
    ['no figure', `period=${august}&currency=EUR`],
    ['a month for a tenant', `${query}&groupBy=tenant&groupId=2024-08`],
    ['a tenant for a month', `${query}&groupBy=month&groupId=${tenant.id}`],
    ['a currency that does not exist', `period=${august}&currency=XXQ&figure=billed`],
  ])('422 for %s', async (_, wrong) => {
    expect((await money.as(reseller, 'GET', `/billing/summary/explain?${wrong}`)).status).toBe(422)
  })

  test('401 without a token', async () => {
    expect((await api.call('GET', `/api/v1/billing/summary/explain?${query}`)).status).toBe(401)
  })
})

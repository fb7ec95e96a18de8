import { expect, test } from 'bun:test'
import { testApi } from '../support/api.ts'
import { billingWorld, moneyHandlers, refreshTick } from '../support/billing.ts'
import { refusalOf } from '../support/catalog.ts'
import { chargingWorld } from '../support/charging.ts'
import { copyDatabase, lookInto, testDatabase } from '../support/database.ts'
import { breakIn, first } from '../support/harms.ts'
import { brokenLaws } from '../support/verify.ts'
import { testWorker } from '../support/worker.ts'
import { buildWorld } from '../support/world.ts'

const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const world = await buildWorld(api, [
  [null, null],
  [null, 'reseller'],
])
const money = await billingWorld(api, sql, world)
const worker = testWorker(database, moneyHandlers, { ticks: [refreshTick] })
const { platform } = world
const free = world.tenant('-/-')
const dealer = world.partners['-/reseller']!
const { plan, order } = chargingWorld(money, platform)

await money.region('eu')
for (const sku of ['free.hours', 'up', 'down', 'seat']) await money.sellingSku(sku)
const perUnit = (unitPrice: string) => ({ kind: 'per_unit', unitPrice })
const tiers = [
  { upTo: '100', unitPrice: '0' },
  { upTo: null, unitPrice: '0.5' },
]
const rates = [
  { sku: 'free.hours', rate: { kind: 'graduated', tiers } },
  { sku: 'up', rate: perUnit('1') },
  { sku: 'down', rate: perUnit('1') },
  { sku: 'seat', rate: perUnit('0') },
]
for (const seller of [platform, dealer]) await money.list(seller, {}, { validFrom: '2024-01-01', rates })
await money.subscription(free.id, [{ region: 'eu', externalId: 'free' }])
await money.subscription(world.tenant('-/reseller').id, [{ region: 'eu', externalId: 'resold' }])

const wish = (member: typeof platform, body: object) => money.as(member, 'PUT', '/settings/billing', { body })
const states = async (period: string): Promise<string[]> => {
  const rows = await sql<{ says: string }[]>`
    select concat_ws(' ', sku.code, state, invoice_id is not null) as says
    from rated_bucket join sku on sku.id = sku_id
    where period = ${period} and seller_id = ${platform.id} and buyer_id = ${free.id} order by 1`
  return rows.map(({ says }) => says)
}
const numbers = async (): Promise<string[]> =>
  (await money.invoices(platform, 'side=sell'))
    .filter(({ state }) => state === 'issued')
    .map(({ number }) => number.slice(-6))

test('a draft of 0.00 is issued while its seller has said nothing', async () => {
  await money.use('free', 'free.hours', '60', '2024-08-10')
  await money.close('2024-08')
  expect(await money.run(platform, '2024-08')).toMatchObject({ invoices: 1, issued: 1, settled: 0 })
  expect(await states('2024-08')).toEqual(['free.hours billed t'])
  expect(await money.read(platform, '/settings/billing')).toEqual({ zeroTotals: 'issue', updatedAt: null })
})

test('only who sells says otherwise, of itself alone, and it is in the audit', async () => {
  expect(refusalOf(await wish(free, { zeroTotals: 'settle' })).code).toBe('billing.not_a_seller')
  expect(refusalOf(await wish(platform, { zeroTotals: 'never' }))).toMatchObject({ pointers: ['/zeroTotals'] })
  const { status, body } = await wish(platform, { zeroTotals: 'settle' })
  expect([status, body.zeroTotals]).toEqual([200, 'settle'])
  expect((await money.read(dealer, '/settings/billing')).zeroTotals).toBe('issue')
  const audited = await sql`select details from audit where action = 'billing_settings.changed'`
  expect([...audited]).toEqual([{ details: { zeroTotals: 'settle' } }])
})

test('then it is settled: final, at 0.00, without number or document; a second run adds nothing, whatever is said since', async () => {
  await money.use('free', 'free.hours', '60')
  await money.use('resold', 'free.hours', '60')
  const early = await money.run(platform, '2024-09')
  expect([early.state, early.invoices, early.settled]).toEqual(['drafted', 2, 0])
  expect(await states('2024-09')).toEqual(['free.hours drafted t'])
  await money.close('2024-09')
  const { body } = await money.as(platform, 'POST', `/billing/runs/${early.id}/issue`)
  expect((await money.job(platform, body.jobId)).state).toBe('done')
  expect(await money.read(platform, `/billing/runs/${early.id}`)).toMatchObject({
    state: 'done',
    invoices: 0,
    issued: 0,
    settled: 2,
  })
  const told = (await money.read(platform, '/events?type=billing.run.completed')).data
  expect(
    told
      .filter(({ data }: any) => data.runId === early.id)
      .map(({ data }: any) => [data.state, data.invoices, data.issued, data.settled]),
  ).toEqual([
    ['done', 0, 0, 2],
    ['drafted', 2, 0, 0],
  ])
  expect(await states('2024-09')).toEqual(['free.hours settled f'])
  expect(await money.invoices(free, 'period=2024-09')).toEqual([])
  const [row] = await money.summary(free, 'period=2024-09')
  expect([row.quantityBySku, row.unbilled.net, row.billed.net]).toEqual([{ 'free.hours': '60' }, '0.00', '0.00'])
  const figure = (name: string) =>
    money.read(free, `/billing/summary/explain?period=2024-09&currency=EUR&figure=${name}`)
  const [billed, unbilled] = [await figure('billed'), await figure('unbilled')]
  expect([billed.lines, billed.net, unbilled.lines]).toEqual([1, '0.00', 0])
  expect((await money.read(free, billed.data[0].explanation.slice('/api/v1'.length))).net).toBe('0.00')
  await wish(platform, { zeroTotals: 'issue' })
  expect(await money.run(platform, '2024-09')).toMatchObject({ state: 'done', invoices: 0, settled: 0 })
  expect(await states('2024-09')).toEqual(['free.hours settled f'])
  await wish(platform, { zeroTotals: 'settle' })
})

test('another seller of the same usage issues its own document', async () => {
  expect(await money.run(dealer, '2024-09')).toMatchObject({ invoices: 1, issued: 1, settled: 0 })
})

test('late usage comes on top of what was settled, and numbers go on without a gap', async () => {
  await money.use('free', 'free.hours', '60', '2024-09-20')
  await money.use('free', 'free.hours', '10', '2024-10-10')
  await money.close('2024-10')
  expect(await money.run(platform, '2024-10')).toMatchObject({ invoices: 1, issued: 1, settled: 0 })
  const [invoice] = await money.invoices(free, 'period=2024-10')
  const lines = await money.lines(free, invoice.id)
  expect(lines.map((line) => [line.kind, line.quantity, line.net]).sort()).toEqual([
    ['late', '60', '10.00'],
    ['usage', '10', '0.00'],
  ])
  expect((await numbers()).sort()).toEqual(['000001', '000002'])
})

test('lines that cancel each other are issued, and so is a charge of 0.00, whose time is served once', async () => {
  await money.use('free', 'up', '10', '2024-11-10')
  await money.use('free', 'down', '-10', '2024-11-10')
  await order(free, await plan({ sku: 'seat', kind: 'recurring' }), '2024-12-01')
  for (const period of ['2024-11', '2024-12']) {
    await money.close(period)
    expect(await money.run(platform, period)).toMatchObject({ invoices: 1, issued: 1, settled: 0 })
  }
  const kinds = async (period: string): Promise<string[]> => {
    const [invoice] = await money.invoices(free, `period=${period}`)
    return (await money.lines(free, invoice.id)).map(({ kind, net }) => `${kind} ${net} of ${invoice.total}`).sort()
  }
  expect(await kinds('2024-11')).toEqual(['usage -10.00 of 0.00', 'usage 10.00 of 0.00'])
  expect(await kinds('2024-12')).toEqual(['recurring 0.00 of 0.00'])
})

test('a price that was wrong for a settled month is refused with its reason, and nothing is written', async () => {
  const dear = { kind: 'per_unit', unitPrice: '1' }
  await money.list(
    platform,
    {},
    {
      scope: 'buyer',
      targetId: free.id,
      validFrom: '2024-09-01',
      validTo: '2024-10-01',
      rates: [{ sku: 'free.hours', rate: dear }],
    },
  )
  const wrong = { tenantId: free.id, period: '2024-09', reason: 'the price was wrong' }
  const refusal = refusalOf(await money.as(platform, 'POST', '/billing/corrections', { body: wrong }))
  expect(refusal).toEqual({ status: 409, code: 'correction.settled', pointers: ['/period'] })
  expect([...(await sql`select state from correction`)].filter(({ state }) => state === 'applied')).toEqual([])
  expect(await states('2024-09')).toEqual(['free.hours settled f'])
})

test('every law holds of it, and what was settled and is not nothing is named', async () => {
  await worker.stop()
  await api.db.close()
  await sql.end({ timeout: 5 })
  const copy = await copyDatabase(database)
  expect(await brokenLaws(database)).toEqual([])
  const row = await breakIn(copy, async (tx) => {
    await tx`alter table rated_bucket drop constraint rated_bucket_settled_is_zero`
    return first(tx`
      update rated_bucket set kind = 'credit'
      where state = 'settled' and buyer_id = ${free.id} returning subscription_id, sku_id, edge_id`)
  })
  const place = `subscription ${row['subscription_id']}, SKU ${row['sku_id']} on edge ${row['edge_id']}`
  expect(await brokenLaws(copy)).toContain(`I3: bucket of ${place} posted to 2024-09`)
})

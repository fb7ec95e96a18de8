import { expect, test } from 'bun:test'
import { testApi } from '../support/api.ts'
import { billingWorld, moneyHandlers, refreshTick } from '../support/billing.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { brokenLaws } from '../support/verify.ts'
import { testWorker } from '../support/worker.ts'
import { buildWorld } from '../support/world.ts'

const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const world = await buildWorld(api, [[null, null]])
const money = await billingWorld(api, sql, world)
testWorker(database, moneyHandlers, { ticks: [refreshTick] })
const { platform } = world
const tenant = world.tenant('-/-')

await money.region('eu')
await money.sellingSku('f6')
await money.sellingSku('f7')
const perUnit = (unitPrice: string) => ({ kind: 'per_unit', unitPrice })
const tiers = [
  { upTo: '100', unitPrice: '1' },
  { upTo: null, unitPrice: '0.5' },
]
const f7 = { sku: 'f7', rate: { kind: 'graduated', tiers } }
const rates = (price: string) => [{ sku: 'f6', rate: perUnit(price) }, f7]
await money.list(platform, {}, { validFrom: '2024-01-01', validTo: '2024-02-01', rates: rates('1.00') })
await money.list(platform, {}, { validFrom: '2024-02-01', rates: rates('1.20') })
await money.subscription(tenant.id, [{ region: 'eu', externalId: 'one' }])

const bill = async (period: string) => {
  await money.close(period)
  await money.run(platform, period)
  const [invoice] = await money.invoices(tenant, `period=${period}`)
  return { invoice, lines: await money.lines(tenant, invoice.id) }
}

test('F6, F7: usage that comes after the close is a line of the next invoice, with the dates, prices and tiers of its time', async () => {
  await money.use('one', 'f6', '1', '2024-01-10')
  await money.use('one', 'f7', '95', '2024-01-10')
  const january = await bill('2024-01')
  expect(january.invoice.total).toBe('96.00')

  await money.use('one', 'f6', '10', '2024-01-20')
  await money.use('one', 'f7', '10', '2024-01-20')
  await money.use('one', 'f6', '1', '2024-02-05')
  const february = await bill('2024-02')
  const shown = february.lines.map((line: any) => [line.sku, line.kind, line.serviceStart, line.quantity, line.net])
  expect(shown.sort()).toEqual([
    ['f6', 'late', '2024-01-01', '10', '10.00'],
    ['f6', 'usage', '2024-02-01', '1', '1.20'],
    ['f7', 'late', '2024-01-01', '10', '7.50'],
  ])
  expect(february.invoice.total).toBe('18.70')
  expect((await money.read(tenant, `/invoices/${january.invoice.id}`)).contentHash).toBe(january.invoice.contentHash)
})

test('late usage has the prices of the plan version of its own month, whatever the plan became since', async () => {
  const [old, next] = [await money.publishedPlan(platform, ['f6']), await money.publishedPlan(platform, ['f6'])]
  const inPlan = (targetId: string, price: string) =>
    money.list(platform, { f6: price }, { scope: 'plan_version', targetId, validFrom: '2024-01-01' })
  await inPlan(old.versionId, '2')
  await inPlan(next.versionId, '5')
  const ask = (path: string, body: object) => money.as(platform, 'POST', path, { body })
  const externalIds = [{ region: 'eu', externalId: 'two' }]
  const order = { tenantId: tenant.id, name: 'two', planVersionId: old.versionId, startDate: '2024-01-01', externalIds }
  const { body: ordered } = await ask('/subscriptions', order)
  await money.use('two', 'f6', '1', '2024-03-10')
  await bill('2024-03')
  const change = { planVersionId: next.versionId, effectiveOn: '2024-04-01' }
  expect((await ask(`/subscriptions/${ordered.id}/change`, change)).status).toBe(200)
  await money.use('two', 'f6', '10', '2024-03-20')
  await money.use('two', 'f6', '1', '2024-04-10')
  const { lines } = await bill('2024-04')
  const shown = lines.map((line: any) => [line.kind, line.serviceStart, line.quantity, line.net])
  expect(shown.sort()).toEqual([
    ['late', '2024-03-01', '10', '20.00'],
    ['usage', '2024-04-01', '1', '5.00'],
  ])
})

test('of two figures of one millisecond the later one counts, also where it comes late', async () => {
  await money.sellingSku('seats', { unit: 'seat', aggregation: 'last' })
  await money.list(platform, { seats: '1.00' }, { validFrom: '2024-01-01', code: 'seats' })
  const seats = (id: string, quantity: string, at: string) =>
    money.settle('eu', [{ id, subscription: 'one', sku: 'seats', start: at, end: at, quantity }])
  await seats('first', '12', '2024-05-10T10:00:00.000200Z')
  const may = await bill('2024-05')
  await seats('second', '9', '2024-05-10T10:00:00.000700Z')
  await money.use('one', 'f6', '10', '2024-06-10')
  await money.rated()
  const june = await bill('2024-06')
  const shown = [may, june].map(({ lines }) =>
    lines.filter(({ sku }: any) => sku === 'seats').map((line: any) => [line.kind, line.quantity, line.net]),
  )
  expect(shown).toEqual([[['usage', '12', '12.00']], [['late', '-3', '-3.00']]])
})

test('the live check, which reads usage by itself, comes to the same', async () => {
  await money.rated()
  expect(await brokenLaws(database)).toEqual([])
})

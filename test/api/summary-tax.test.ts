import { expect, test } from 'bun:test'
import { testApi } from '../support/api.ts'
import { billingWorld, moneyHandlers, refreshTick } from '../support/billing.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { testWorker } from '../support/worker.ts'
import { buildWorld, type Member } from '../support/world.ts'

// The taxes of documents, told by group: what a document is charged is split over its lines and never changes by it.

const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const world = await buildWorld(api, [
  ['agent', null],
  ['agent', 'agent'],
])
const money = await billingWorld(api, sql, world)
testWorker(database, moneyHandlers, { ticks: [refreshTick] })

const { platform } = world
const [three, mixed] = [world.tenant('agent/-'), world.tenant('agent/agent')]
const period = '2024-09'
const send = async (method: string, path: string, body: object): Promise<void> => {
  const answer = await money.as(platform, method, `/settings/tax${path}`, { body })
  if (answer.status >= 300) throw new Error(`${path} answered ${answer.status} ${JSON.stringify(answer.body)}`)
}
const rate = (change: object) =>
  send('POST', '/rates', { country: 'DE', percent: '20', validFrom: '2020-01-01', ...change })

await money.region('eu')
for (const [code, price] of Object.entries({ a: '10.005', b: '10.005', c: '10.005', quebec: '140', zero: '50' })) {
  await money.sellingSku(code)
  await money.list(platform, { [code]: price }, { validFrom: '2024-01-01' })
}
await send('PUT', '/profile', { country: 'DE' })
await rate({})
await rate({ code: 'quebec', name: 'GST', percent: '5' })
await rate({ code: 'quebec', name: 'QST', percent: '9.975' })
await rate({ code: 'zero', category: 'Z', percent: '0' })
await send('PUT', '/skus', {
  skus: [
    { sku: 'quebec', code: 'quebec' },
    { sku: 'zero', code: 'zero' },
  ],
})
const buyers: [Member, string, string[]][] = [
  [three, 'three', ['a', 'b', 'c']],
  [mixed, 'mixed', ['quebec', 'a', 'zero']],
]
for (const [tenant, externalId, skus] of buyers) {
  await send('PUT', `/identities/${tenant.id}`, {
    legalName: 'Buyer GmbH',
    addressLines: ['Street 1'],
    country: 'DE',
    taxIds: [],
  })
  await money.subscription(tenant.id, [{ region: 'eu', externalId }])
  for (const sku of skus) await money.use(externalId, sku, '1')
}
await money.rated()
await money.close(period)
const run = await money.run(platform, period, false)

const figures = async (member: Member, query: string, figure: string) =>
  (await money.summary(member, `period=${period}&${query}`)).map((row) => [
    row.name,
    row[figure].tax,
    row[figure].total,
  ])

test('a draft has the tax of its lines, for its seller; its buyer sees the same as what is not billed yet', async () => {
  expect(await figures(platform, `groupBy=month`, 'draft')).toEqual([[period, '28.98', '259.02']])
  expect(await figures(platform, `groupBy=month`, 'unbilled')).toEqual([[period, '0.00', '0.00']])
  expect(await figures(three, 'groupBy=month', 'unbilled')).toEqual([[period, '6.01', '36.04']])
})

test('an issued document: by month and tenant the tax of the document, the cent that is left over to the first line', async () => {
  const { body } = await money.as(platform, 'POST', `/billing/runs/${run.id}/issue`)
  await money.job(platform, body.jobId)
  expect(await figures(three, 'groupBy=month', 'billed')).toEqual([[period, '6.01', '36.04']])
  const bySku = await figures(three, 'groupBy=sku', 'billed')
  expect(bySku.map(([, tax]) => tax).sort()).toEqual(['2.00', '2.00', '2.01'])
  expect((await figures(platform, 'groupBy=tenant', 'billed')).map(([, tax]) => tax).sort()).toEqual(['22.97', '6.01'])
})

test('each line bears the taxes of its own rates, also where a category has several', async () => {
  expect((await figures(mixed, 'groupBy=sku', 'billed')).toSorted()).toEqual([
    ['a', '2.00', '12.01'],
    ['quebec', '20.97', '160.97'],
    ['zero', '0.00', '50.00'],
  ])
})

test('a credit note takes its share of the taxes back, told by line and explained by its lines, as all figures are', async () => {
  const [invoice] = await money.invoices(platform, `period=${period}&buyerId=${three.id}`)
  const [line] = await money.lines(platform, invoice.id)
  const note = { invoiceId: invoice.id, reason: 'a wrong price', lines: [{ line: line.line, net: '5' }], issue: true }
  expect((await money.as(platform, 'POST', '/credit-notes', { body: note })).body.tax).toBe('1.00')
  expect(await figures(three, 'groupBy=month', 'credited')).toEqual([[period, '1.00', '6.00']])
  const explain = (member: Member, figure: string) =>
    money.read(member, `/billing/summary/explain?period=${period}&figure=${figure}&currency=EUR&tenantId=${three.id}`)
  for (const member of [platform, three]) {
    const [credited, billed] = [await explain(member, 'credited'), await explain(member, 'billed')]
    expect([credited.net, credited.tax, credited.lines]).toEqual(['5.00', '1.00', 1])
    expect(credited.data[0]).toMatchObject({ kind: 'credit', net: '5.00', tax: '1.00', explanation: null })
    expect([billed.net, billed.tax]).toEqual(['30.03', '6.01'])
    expect(billed.data.map(({ tax }: { tax: string }) => tax).toSorted()).toEqual(['2.00', '2.00', '2.01'])
  }
  expect((await explain(mixed, 'credited')).lines).toBe(0)
})

test("a seller reads its buyers' tax identities, a buyer its own, and nobody another's", async () => {
  const status = async (member: Member, id: string) =>
    (await money.as(member, 'GET', `/settings/tax/identities/${id}`)).status
  expect([await status(platform, three.id), await status(three, three.id)]).toEqual([200, 200])
  expect([
    await status(three, mixed.id),
    await status(mixed, three.id),
    await status(three, Bun.randomUUIDv7()),
  ]).toEqual([404, 404, 404])
})

test('in a display currency the shares are converted line by line', async () => {
  const rate = { from: 'EUR', to: 'USD', rate: '2', validFrom: '2024-01-01', source: 'test bank' }
  await money.as(platform, 'POST', '/pricing/fx-rates', { body: rate })
  const [row] = await money.summary(three, `period=${period}&groupBy=month&displayCurrency=USD`)
  expect(row.display.billed).toEqual({ net: '60.06', tax: '12.02', total: '72.08' })
})

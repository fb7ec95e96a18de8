import { expect, test } from 'bun:test'
import { testApi } from '../support/api.ts'
import { billingWorld, moneyHandlers, refreshTick } from '../support/billing.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { testPaper } from '../support/paper.ts'
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
const other = world.distributors.reseller
const paper = testPaper(sql)

await money.region('eu')
await money.sellingSku('vm.hours')
const rates = [{ sku: 'vm.hours', rate: { kind: 'per_unit', unitPrice: '1' } }]
await money.list(platform, {}, { validFrom: '2024-01-01', rates })
await money.subscription(tenant.id, [{ region: 'eu', externalId: 'one' }])
for (const [index, net] of ['9', '10', '11'].entries()) await paper.issue(platform, tenant, `2024-0${index + 5}`, [net])
const act = (id: string, verb: string, body?: object) =>
  money.as(platform, 'POST', `/invoices/${id}/${verb}`, body ? { body } : {})

test('ten times the usual is set aside, the run goes on, and a person lets it through with a reason', async () => {
  await money.use('one', 'vm.hours', '100')
  await money.close('2024-09')
  const run = await money.run(platform, '2024-09')
  expect(run).toMatchObject({ state: 'done', invoices: 1, parked: 1, issued: 0 })
  const [parked] = await money.invoices(platform, 'state=parked')
  expect([parked.parkedFor, parked.total]).toEqual(['total.unusual', '100.00'])
  expect(await money.invoices(tenant, 'period=2024-09')).toEqual([])

  const refused = await act(parked.id, 'issue')
  expect([refused.status, refused.body.code]).toEqual([409, 'invoice.not_issuable'])
  expect((await act(parked.id, 'release', {})).status).toBe(422)
  expect((await money.as(other, 'POST', `/invoices/${parked.id}/release`, { body: { reason: 'x' } })).status).toBe(404)
  const released = await act(parked.id, 'release', { reason: 'migration month' })
  expect([released.status, released.body.state, released.body.parkedFor]).toEqual([200, 'draft', null])
  expect((await act(parked.id, 'release', { reason: 'again' })).body.code).toBe('invoice.not_parked')

  const issued = await act(parked.id, 'issue')
  expect([issued.status, issued.body.state, issued.body.open]).toEqual([200, 'issued', '100.00'])
  expect(issued.body.number).toMatch(/^INV-\d{4}-000001$/)
  expect((await act(parked.id, 'issue')).body.code).toBe('invoice.not_issuable')
  expect(await money.read(platform, `/billing/runs/${run.id}`)).toMatchObject({ parked: 0, issued: 1 })
  const [bucket] = await sql`select state from rated_bucket where invoice_id = ${parked.id}`
  expect(bucket!['state']).toBe('billed')
  const audit = await money.read(platform, `/audit?objectId=${parked.id}`)
  expect(audit.data.map((one: any) => one.action)).toEqual(['invoice.issued', 'invoice.released'])
  expect(audit.data[1].details).toEqual({ reason: 'migration month', parkedFor: 'total.unusual' })
})

test('a little less than ten times the usual is nothing unusual', async () => {
  await money.use('one', 'vm.hours', '324.99', '2024-10-10')
  await money.close('2024-10')
  expect(await money.run(platform, '2024-10')).toMatchObject({ parked: 0, issued: 1 })
})

test('the usual is that of the documents in force: one that was replaced counts by the one in its place', async () => {
  const [wrong] = await money.invoices(platform, 'period=2024-10')
  const anew = await act(wrong.id, 'reissue', { reason: 'counted twice', lines: [{ line: 1, net: '25' }] })
  expect([anew.status, anew.body.total]).toEqual([201, '25.00'])
  await money.use('one', 'vm.hours', '310', '2024-11-10')
  await money.close('2024-11')
  expect(await money.run(platform, '2024-11')).toMatchObject({ parked: 1, issued: 0 })
})

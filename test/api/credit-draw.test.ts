import { expect, test } from 'bun:test'
import { verify } from '../../src/modules/verify/service.ts'
import { openDatabase } from '../../src/platform/db.ts'
import { testApi } from '../support/api.ts'
import { billingWorld, moneyHandlers } from '../support/billing.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { testWorker } from '../support/worker.ts'
import { buildWorld } from '../support/world.ts'

const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const world = await buildWorld(api, [[null, null]])
const money = await billingWorld(api, sql, world)
testWorker(database, moneyHandlers)

const { platform } = world
const buyer = world.tenant('-/-')
await money.region('eu')
await money.sellingSku('sixty')
await money.list(platform, { sixty: '60' }, { validFrom: '2024-01-01' })
await money.subscription(buyer.id, [{ region: 'eu', externalId: 'buyer' }])
await money.as(platform, 'PUT', '/settings/tax/profile', { body: { country: 'DE' } })
const rate = { country: 'DE', percent: '10', validFrom: '2024-01-01' }
await money.as(platform, 'POST', '/settings/tax/rates', { body: rate })
const prepay = async (amount: string, reference: string) => {
  const body = { buyerId: buyer.id, amount, currency: 'EUR', receivedOn: '2024-09-01', reference }
  expect((await money.as(platform, 'POST', '/payments', { body })).status).toBe(201)
}
const balance = async (): Promise<string> => {
  const [row] =
    await sql`select coalesce(sum(amount), 0)::numeric(20, 2)::text as sum from credit_entry where buyer_id = ${buyer.id}`
  return row!['sum']
}
const bill = async (period: string) => {
  await money.use('buyer', 'sixty', '1', `${period}-10`)
  await money.close(period)
  await money.run(platform, period)
  const [invoice] = await money.invoices(platform, `period=${period}`)
  return invoice
}

test('C11: 60 with 10 % tax are 66; of 50.00 that were prepaid nothing is left, and 16.00 are due', async () => {
  await prepay('20.00', 'bank-1')
  await prepay('30.00', 'bank-2')
  const invoice = await bill('2024-09')
  expect([invoice.net, invoice.tax, invoice.total, invoice.paid, invoice.open]).toEqual([
    '60.00',
    '6.00',
    '66.00',
    '50.00',
    '16.00',
  ])
  expect([invoice.paymentState, await balance()]).toEqual(['partly_paid', '0.00'])
  const postings = await sql`select account, amount::text from posting where document_type = 'credit' order by account`
  expect(postings.map(({ account, amount }) => [account, amount])).toEqual([
    ['credit_balance', '50.00'],
    ['receivable', '-50.00'],
  ])
})

test('what is left of a balance stays for the next invoice', async () => {
  await prepay('100.00', 'bank-3')
  const invoice = await bill('2024-10')
  expect([invoice.total, invoice.open, invoice.paymentState, await balance()]).toEqual([
    '66.00',
    '0.00',
    'paid',
    '34.00',
  ])
})

test('a gift pays before the money as a document is issued, once and with the same postings', async () => {
  const gift = { buyerId: buyer.id, amount: '40', currency: 'EUR', purpose: 'promotion', reason: 'Welcome' }
  const { body } = await money.as(platform, 'POST', '/billing/credits', { body: { ...gift, validFrom: '2024-01-01' } })
  const invoice = await bill('2024-11')
  expect([invoice.total, invoice.paid, invoice.open, await balance()]).toEqual(['66.00', '66.00', '0.00', '8.00'])
  expect(await money.read(platform, `/billing/credits/${body.id}`)).toMatchObject({ state: 'used', drawn: '40.00' })
  const postings = await sql`
    select account, sum(posting.amount)::text as amount from posting join invoice_event event on event.id = document_id
    where event.invoice_id = ${invoice.id} group by account order by account`
  expect(postings.map(({ account, amount }) => [account, amount])).toEqual([
    ['credit_balance', '66.00'],
    ['receivable', '-66.00'],
  ])
})

test('every law holds of documents that were paid as they were issued', async () => {
  const db = openDatabase({
    url: database.adminUrl,
    name: 'test-verify',
    poolMax: 1,
    statementTimeoutMs: 0,
    readsSnapshots: true,
  })
  const broken: string[] = []
  const options = { signal: new AbortController().signal, onProgress: () => {} }
  for await (const report of verify(db, options))
    broken.push(...report.broken.first.map(({ row, says }) => `${row} ${says}`))
  await db.close()
  expect(broken).toEqual([])
})

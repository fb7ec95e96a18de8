import { expect, test } from 'bun:test'
import { testApi } from '../support/api.ts'
import { billingWorld, moneyHandlers } from '../support/billing.ts'
import { refusalOf } from '../support/catalog.ts'
import { chargingWorld } from '../support/charging.ts'
import { copyDatabase, lookInto, testDatabase } from '../support/database.ts'
import { breakIn, first } from '../support/harms.ts'
import { brokenIn, reportsOn } from '../support/verify.ts'
import { testWorker } from '../support/worker.ts'
import { buildWorld } from '../support/world.ts'

const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const world = await buildWorld(api, [[null, null]])
const money = await billingWorld(api, sql, world)
const worker = testWorker(database, moneyHandlers)
const { platform } = world
const buyer = world.tenant('-/-')
const { plan, prices, order, act, bill } = chargingWorld(money, platform)

await money.sellingSku('seat')
await prices(platform, { seat: '31' })
const seats = await order(buyer, await plan({ sku: 'seat', kind: 'recurring', anchor: 'start' }), '2024-08-20')
await bill('2024-08')
await act(seats, 'suspend', { effectiveOn: '2024-09-05' })
await bill('2024-09')
const [parked] = await money.invoices(platform, 'period=2024-09')
const change = (verb: string, body?: object) =>
  money.as(platform, 'POST', `/invoices/${parked.id}/${verb}`, body ? { body } : {})
const postingsOf = async (documentType: string): Promise<string[]> => {
  const rows = await sql<{ account: string; amount: string }[]>`
    select account, amount::numeric(20, 2)::text as amount from posting
    where document_type = ${documentType} and document_id in (
      select ${parked.id}::uuid union select id from invoice_event where invoice_id = ${parked.id}) order by 1`
  return rows.map(({ account, amount }) => `${account} ${amount}`)
}
const balance = async (): Promise<string> => {
  const [row] = await sql<{ sum: string }[]>`
    select coalesce(sum(amount), 0)::numeric(20, 2)::text as sum from credit_entry where buyer_id = ${buyer.id}`
  return row!.sum
}

test('a month that holds only a credit waits for a person, and posts nothing until then', async () => {
  expect([parked.state, parked.parkedFor, parked.total]).toEqual(['parked', 'total.negative', '-15.00'])
  expect(refusalOf(await change('issue')).code).toBe('invoice.not_issuable')
  expect([await postingsOf('invoice'), await balance()]).toEqual([[], '0.00'])
})

test('released and issued it goes back through revenue, and is credit of the buyer: nothing is due', async () => {
  expect((await change('release', { reason: 'paused in advance' })).body).toMatchObject({
    state: 'draft',
    total: '-15.00',
  })
  const { status, body } = await change('issue')
  expect([status, body.state, body.total, body.open, body.paymentState]).toEqual([
    200,
    'issued',
    '-15.00',
    '0.00',
    'paid',
  ])
  expect(body.number).toMatch(/^INV-\d{4}-000002$/)
  expect(await postingsOf('invoice')).toEqual(['receivable -15.00', 'revenue 15.00'])
  expect(await postingsOf('credit')).toEqual(['credit_balance -15.00', 'receivable 15.00'])
  expect(await balance()).toBe('15.00')
  expect(refusalOf(await change('issue')).code).toBe('invoice.not_issuable')
  expect(await balance()).toBe('15.00')
})

test('its line is explained to the buyer: what the whole period costs and which part is given back', async () => {
  const [line] = await money.lines(buyer, parked.id)
  expect([line.kind, line.serviceStart, line.serviceEnd, line.net]).toEqual([
    'credit',
    '2024-09-05',
    '2024-09-20',
    '-15.00',
  ])
  const explained = await money.read(buyer, `/invoices/${parked.id}/lines/${line.line}/explain`)
  expect([explained.net, explained.proration.fullAmount]).toEqual(['-15.00', '31'])
  expect(explained.says).toContainEqual(expect.stringContaining('Given back: '))
})

test('the next invoice is paid from it as far as it goes', async () => {
  await act(seats, 'resume', { effectiveOn: '2024-10-05' })
  await bill('2024-10')
  const [next] = await money.invoices(platform, 'period=2024-10')
  expect([next.total, next.paid, next.open, await balance()]).toEqual(['46.50', '15.00', '31.50', '0.00'])
})

test('every law holds of it, and credit that was lost is named', async () => {
  await worker.stop()
  await api.db.close()
  await sql.end({ timeout: 5 })
  const [copy, other] = [await copyDatabase(database), await copyDatabase(database)]
  expect(brokenIn(await reportsOn(database))).toEqual([])
  const event = await breakIn(copy, async (tx) => {
    const entry = await first(tx`delete from credit_entry where amount > 0 returning source_id`)
    return first(tx`select id from invoice_event where source_id = ${entry['source_id']}`)
  })
  expect(brokenIn(await reportsOn(copy))).toContain(`I3: event ${event['id']}`)
  const kept = await breakIn(other, (tx) => first(tx`delete from invoice_event where amount < 0 returning invoice_id`))
  expect(brokenIn(await reportsOn(other))).toContain(`I3: invoice ${kept['invoice_id']}`)
})

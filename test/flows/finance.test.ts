import { expect, test } from 'bun:test'
import { billingWorld } from '../support/billing.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { liveHouse } from '../support/house.ts'
import { testReceiver } from '../support/receiver.ts'
import { until } from '../support/until.ts'
import { buildWorld, type Member } from '../support/world.ts'

// The finance system that receives: it hears of every document of its own, once per id, signed, and of nobody else's.

const database = await testDatabase()
const house = await liveHouse(database)
const sql = lookInto(database)
const world = await buildWorld(house, [
  ['reseller', 'agent'],
  ['agent', null],
])
const money = await billingWorld(house, sql, world)
await money.region('eu')
await money.sellingSku('vm.hours')
const reseller = world.distributors.reseller
await money.list(world.platform, { 'vm.hours': '0.60' }, { validFrom: '2024-01-01' })
await money.list(reseller, { 'vm.hours': '1.00' }, { validFrom: '2024-01-01' })
await house.startWorker()

const [tenant, stranger] = [world.tenant('reseller/agent'), world.tenant('agent/-')]
for (const [index, one] of [tenant, stranger].entries()) {
  await money.subscription(one.id, [{ region: 'eu', externalId: `sub-${index}` }])
  await money.use(`sub-${index}`, 'vm.hours', '10.005')
}

async function listen(member: Member) {
  const receiver = testReceiver()
  const events = ['invoice.issued', 'billing.run.completed']
  const { status, body } = await money.as(member, 'POST', '/webhooks', { body: { url: receiver.url, events } })
  expect(status).toBe(201)
  receiver.trust(body.secret)
  return receiver
}

test('a reseller and its tenant are told of the documents they are party to, with the totals they may see', async () => {
  const [ofReseller, ofTenant] = [await listen(reseller), await listen(tenant)]
  // The first attempt fails: the same message must come again under the same id.
  let refusals = 1
  ofTenant.answer(() => new Response(null, { status: refusals-- > 0 ? 500 : 204 }))

  await money.close('2024-09')
  await money.run(world.platform, '2024-09')
  await money.run(reseller, '2024-09')
  await until(() => ofReseller.received.length >= 3 && ofTenant.received.length >= 2, 60_000)

  expect([...ofReseller.received, ...ofTenant.received].every((one) => one.isVerified)).toBe(true)
  expect(new Set(ofTenant.received.map((one) => one.id)).size).toBe(1)
  const dataOf = (one: { body: Record<string, unknown> }) => one.body['data'] as Record<string, unknown>
  const issued = ofReseller.received.filter((one) => one.body['type'] === 'invoice.issued').map(dataOf)
  expect(
    issued
      .map(({ sellerId, buyerId, total }) => ({ sellerId, buyerId, total }))
      .toSorted((a, b) => (String(a.total) < String(b.total) ? 1 : -1)),
  ).toEqual([
    { sellerId: world.platform.id, buyerId: reseller.id, total: '6.00' },
    { sellerId: reseller.id, buyerId: tenant.id, total: '10.01' },
  ])
  expect(ofTenant.received.map(dataOf).map(({ total }) => total)).toEqual(['10.01', '10.01'])

  const document = await money.read(tenant, `/invoices/${String(dataOf(ofTenant.received[0]!)['invoiceId'])}`)
  expect(document).toMatchObject({ state: 'issued', net: '10.01', tax: '0.00', total: '10.01', paymentState: 'open' })
}, 120_000)

test('the books behind the documents add up to zero, each seller in its own', async () => {
  const books = await sql<{ book: string; receivable: string; sum: string }[]>`
    select book_id as book, sum(amount) filter (where account = 'receivable')::text as receivable, trim_scale(sum(amount))::text as sum
    from posting group by book_id`
  expect([...books].toSorted((a, b) => (a.receivable < b.receivable ? -1 : 1))).toEqual([
    { book: reseller.id, receivable: '10.01', sum: '0' },
    { book: world.platform.id, receivable: '12.00', sum: '0' },
  ])
})

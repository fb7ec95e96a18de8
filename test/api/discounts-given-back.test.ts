import { describe, expect, test } from 'bun:test'
import { testApi } from '../support/api.ts'
import { billingWorld, moneyHandlers, refreshTick } from '../support/billing.ts'
import { chargingWorld } from '../support/charging.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { discountingWorld } from '../support/discounting.ts'
import { breakIn } from '../support/harms.ts'
import { usageRecord } from '../support/usage.ts'
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
const { plan, order, act, bill } = chargingWorld(money, platform)
const { give, usedOf, documentOf } = discountingWorld(money, platform)

await money.region('eu')
for (const [sku, price] of Object.entries({ fifty: '50', twenty: '20', ten: '10', seat: '31' })) {
  await money.sellingSku(sku)
  await money.list(platform, { [sku]: price }, { validFrom: '2024-01-01' })
}
const buyerOf = async (name: string) => {
  const { id } = await money.tenant({ name })
  return { id, subscriptionId: await money.subscription(id, [{ region: 'eu', externalId: name }]) }
}
const [late, free, resource] = [await buyerOf('late'), await buyerOf('free'), await buyerOf('resource')]
const leaving = await money.tenant({ name: 'Leaving' })
const seats = await plan({ sku: 'seat', kind: 'recurring' })
const seat = await order({ ...world.tenant('-/-'), ...leaving }, seats, '2025-04-01', { quantity: '2' })
const onResource = (id: string, name: string, quantity: string, day: string) => {
  const [start, end] = [`2025-04-${day}T10:00:00Z`, `2025-04-${day}T11:00:00Z`]
  return usageRecord(id, { subscription: 'resource', sku: 'ten', resource: name, quantity, start, end })
}

const given = {
  amount: await give(late.id, { scope: 'sku', sku: 'fifty', kind: 'amount', value: '20', limitAmount: '30' }),
  units: await give(free.id, { scope: 'sku', sku: 'twenty', kind: 'free_quantity', value: '3', limitPeriods: 1 }),
  month: await give(leaving.id, { name: 'First month free', value: '100', limitPeriods: 1 }),
  resource: await give(resource.id, {
    scope: 'resource',
    subscriptionId: resource.subscriptionId,
    sku: 'ten',
    resource: 'vm-1',
    value: '50',
    validTo: '2025-05-01',
  }),
}
await money.use('late', 'fifty', '4', '2025-04-10')
await money.use('free', 'twenty', '10', '2025-04-10')
await money.settle('eu', [onResource('r1', 'vm-1', '10', '10'), onResource('r2', 'vm-2', '10', '11')])
await bill('2025-04')

test('what a limit or months bound is on the first document, and used', async () => {
  expect(await documentOf(late.id, '2025-04')).toMatchObject({ net: '180.00' })
  expect(await usedOf(given.amount)).toEqual(['20.00', 1, '10.00'])
  expect(await documentOf(free.id, '2025-04')).toMatchObject({ net: '140.00' })
  expect(await documentOf(leaving.id, '2025-04')).toMatchObject({ net: '0.00' })
  expect(await documentOf(resource.id, '2025-04')).toMatchObject({ net: '150.00' })
})

test('late usage below zero and unused time give back their share of what was paid, by discounts of every kind', async () => {
  await money.use('late', 'fifty', '-2', '2025-04-11')
  await money.use('late', 'fifty', '1', '2025-05-10')
  await money.use('late', 'twenty', '10', '2025-05-10')
  await money.use('free', 'twenty', '-10', '2025-04-11')
  await money.use('free', 'twenty', '20', '2025-05-10')
  await money.settle('eu', [onResource('r3', 'vm-1', '-4', '20'), onResource('r4', 'vm-2', '-1', '21')])
  await money.use('resource', 'fifty', '9', '2025-05-10')
  await act(seat, 'change', { quantity: '1', effectiveOn: '2025-04-16' })
  await bill('2025-05')
  // 200.00 less 20.00 was paid for 4: 2 of them were 90.00. In May there are 10.00 left of the limit.
  expect(await documentOf(late.id, '2025-05')).toMatchObject({
    net: '150.00',
    lines: ['late fifty -100.00 10.00', 'usage fifty 50.00 -10.00', 'usage twenty 200.00'],
  })
  expect(await usedOf(given.amount)).toEqual(['20.00', 2, '10.00'])
  // Whoever paid 140.00 of 200.00 has 140.00 back, though the months of the discount are used up.
  expect(await documentOf(free.id, '2025-05')).toMatchObject({
    net: '260.00',
    lines: ['late twenty -200.00 60.00', 'usage twenty 400.00'],
  })
  expect(await usedOf(given.units)).toEqual(['0.00', 1, null])
  // vm-1 had half off its 10 units, vm-2 nothing: 4 x 5.00 and 1 x 10.00.
  expect((await documentOf(resource.id, '2025-05')).lines).toContain('late ten -50.00 20.00')
  // Of a free month nothing is given back; the second month is not free.
  const { lines } = await documentOf(leaving.id, '2025-05')
  expect(lines).toEqual(['credit seat -31.00 31.00', 'recurring seat 15.50', 'recurring seat 31.00'])
})

const credit = async (invoiceId: string, change: object = {}) => {
  const body = { invoiceId, reason: 'wrong', issue: true, ...change }
  const { status, body: note } = await money.as(platform, 'POST', '/credit-notes', { body })
  return status === 201 ? note : `${status} ${note.code}`
}

describe('a credit note', () => {
  test('gives up the discounts of its lines by their share: of a limit that is left again, and may be used again', async () => {
    const { id } = await buyerOf('limited')
    const limited = await give(id, { value: '10', limitAmount: '30' })
    await money.use('limited', 'fifty', '6', '2025-06-10')
    await bill('2025-06')
    const first = await documentOf(id, '2025-06')
    expect([first.net, await usedOf(limited)]).toEqual(['270.00', ['30.00', 1, '0.00']])
    const part = { lines: [{ line: 1, net: '90' }] }
    expect((await credit(first.id, { ...part, issue: false })).state).toBe('draft')
    expect(await usedOf(limited)).toEqual(['30.00', 1, '0.00'])
    expect((await credit(first.id, part)).net).toBe('90.00')
    expect(await usedOf(limited)).toEqual(['20.00', 1, '10.00'])
    await money.use('limited', 'fifty', '4', '2025-07-10')
    await bill('2025-07')
    expect(await documentOf(id, '2025-07')).toMatchObject({ net: '190.00', lines: ['usage fifty 200.00 -10.00'] })
    expect((await credit(first.id)).net).toBe('180.00')
    expect(await usedOf(limited)).toEqual(['10.00', 1, '20.00'])
    expect(await credit(first.id, part)).toBe('422 credit.over_line')
  })

  test('is drafted again where another one has given up something of it meanwhile', async () => {
    const { id } = await buyerOf('drafted')
    await give(id, { kind: 'amount', value: '0.01' })
    await money.use('drafted', 'fifty', '1', '2025-08-10')
    await bill('2025-08')
    const document = await documentOf(id, '2025-08')
    const waiting = await credit(document.id, { lines: [{ line: 1, net: '24.99' }], issue: false })
    await credit(document.id, { lines: [{ line: 1, net: '10.00' }] })
    const { status, body } = await money.as(platform, 'POST', `/credit-notes/${waiting.id}/issue`)
    expect([status, body.code]).toEqual([409, 'credit_note.stale'])
    expect((await credit(document.id)).net).toBe('39.99')
  })

  test('on a charge of which a later bill gave something back takes back the rest of what was paid', async () => {
    const buyer = await money.tenant({ name: 'Half' })
    const half = await give(buyer.id, { value: '50' })
    const id = await order({ ...world.tenant('-/-'), ...buyer }, seats, '2025-09-01', { quantity: '2' })
    await bill('2025-09')
    await act(id, 'change', { quantity: '1', effectiveOn: '2025-09-16' })
    await bill('2025-10')
    const { id: invoiceId, net } = await documentOf(buyer.id, '2025-09')
    const later = await documentOf(buyer.id, '2025-10')
    expect([net, later.lines[0]]).toEqual(['31.00', 'credit seat -31.00 15.50'])
    expect((await credit(invoiceId)).net).toBe('15.50')
    expect(await usedOf(half)).toEqual(['23.25', 2, null])
  })

  test('of a document that gives something back takes that back with its discounts', async () => {
    const { id } = await documentOf(late.id, '2025-05')
    expect((await credit(id)).net).toBe('150.00')
    // 20.00 of April are used again, of May nothing.
    expect(await usedOf(given.amount)).toEqual(['20.00', 1, '10.00'])
  })
})

test('a document in place of another one uses what is off it, and a corrected line nothing any more', async () => {
  const { id } = await buyerOf('anew')
  const whole = await give(id, { scope: 'sku', sku: 'twenty', value: '100' })
  const tenth = await give(id, { limitAmount: '50' })
  await money.use('anew', 'fifty', '2', '2025-11-10')
  await money.use('anew', 'ten', '2', '2025-11-10')
  await money.use('anew', 'twenty', '1', '2025-11-10')
  await bill('2025-11')
  const { id: invoiceId, net } = await documentOf(id, '2025-11')
  expect([net, await usedOf(whole), await usedOf(tenth)]).toEqual(['108.00', ['20.00', 1, null], ['12.00', 1, '38.00']])
  const again = async (wrong: string, change: object = {}) => {
    const { status, body } = await money.as(platform, 'POST', `/invoices/${wrong}/reissue`, {
      body: { reason: 'name', ...change },
    })
    if (status !== 201) throw new Error(`${status} ${JSON.stringify(body)}`)
    return body
  }
  const anew = await again(invoiceId)
  expect([anew.net, await usedOf(whole), await usedOf(tenth)]).toEqual([
    '108.00',
    ['20.00', 1, null],
    ['12.00', 1, '38.00'],
  ])
  const fifty = (await money.lines(platform, anew.id)).find(({ sku, kind }: any) => sku === 'fifty' && kind === 'usage')
  const right = await again(anew.id, { lines: [{ line: fifty.line, net: '70' }] })
  expect([right.net, await usedOf(whole), await usedOf(tenth)]).toEqual([
    '88.00',
    ['20.00', 1, null],
    ['2.00', 1, '48.00'],
  ])
})

test('the live check finds nothing, and names a document that uses other amounts than its lines say', async () => {
  await money.rated()
  expect(await brokenLaws(database)).toEqual([])
  const [note] = await sql`
    select discount_id, invoice_id from discount_use join invoice on invoice.id = invoice_id
    where type = 'credit_note' and discount_id = ${given.amount}`
  await breakIn(
    database,
    (tx) => tx`
      update discount_use set given_up = given_up + 1
      where discount_id = ${note!['discount_id']} and invoice_id = ${note!['invoice_id']}`,
  )
  expect(await brokenLaws(database)).toEqual([`I3: discount ${note!['discount_id']} on invoice ${note!['invoice_id']}`])
})

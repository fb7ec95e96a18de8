import { describe, expect, test } from 'bun:test'
import { newId } from '../../src/platform/ids.ts'
import { testApi } from '../support/api.ts'
import { catalogOf, refusalOf } from '../support/catalog.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { testPaper } from '../support/paper.ts'
import { buildWorld, type Member } from '../support/world.ts'

const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const world = await buildWorld(api, [
  ['reseller', 'agent'],
  ['agent', null],
])
const { as } = catalogOf(api.call, world)
const paper = testPaper(sql)
const { platform } = world
const { reseller, agent } = world.distributors
const agentPartner = world.partner('reseller/agent')
const [below, direct] = [world.tenant('reseller/agent'), world.tenant('agent/-')]

const issue = (net: string, seller: Member = platform, buyer: Member = direct) =>
  paper.issue(seller, buyer, '2024-09', [net])
const invoiceOf = async (id: string, viewer: Member = platform) => (await as(viewer, 'GET', `/invoices/${id}`)).body
const newPayment = (change: Record<string, unknown> = {}) => ({
  amount: '100.00',
  currency: 'EUR',
  receivedOn: '2024-10-15',
  reference: `bank-${newId()}`,
  ...change,
})
const pay = (change: Record<string, unknown>, payer: Member = platform) =>
  as(payer, 'POST', '/payments', newPayment(change))
const paid = async (invoiceId: string, amount: string) => pay({ amount, allocations: [{ invoiceId }] })
const postingsOf = async (documentId: string) =>
  (
    await sql<{ account: string; amount: string }[]>`
      select account, amount::text from posting where document_id = ${documentId} order by account`
  ).map(({ account, amount }) => `${account} ${amount}`)

describe('POST /payments', () => {
  test('settles an invoice in parts, and each part is in the books', async () => {
    const id = await issue('100')
    const first = await paid(id, '30.00')
    expect(first.status).toBe(201)
    expect(first.headers.get('location')).toBe(`/api/v1/payments/${first.body.id}`)
    expect(first.body).toMatchObject({
      sellerId: platform.id,
      buyerId: direct.id,
      amount: '30.00',
      allocations: [{ invoiceId: id, amount: '30.00' }],
      overpaid: '0.00',
      reverses: null,
      reversedBy: null,
    })
    expect(await postingsOf(first.body.id)).toEqual(['bank 30.00', 'receivable -30.00'])
    expect(await invoiceOf(id)).toMatchObject({ paymentState: 'partly_paid', paid: '30.00', open: '70.00' })
    await paid(id, '70.00')
    expect(await invoiceOf(id)).toMatchObject({ paymentState: 'paid', paid: '100.00', open: '0.00', overdue: false })
  })

  test('pays several invoices in the order they are named; what is over becomes credit of the buyer', async () => {
    const ids = [await issue('40'), await issue('25.50')]
    const { body } = await pay({ amount: '80', allocations: ids.map((invoiceId) => ({ invoiceId })) })
    expect([body.allocations.map((part: any) => part.amount), body.overpaid]).toEqual([['40.00', '25.50'], '14.50'])
    expect(await postingsOf(body.id)).toEqual(['bank 80.00', 'credit_balance -14.50', 'receivable -65.50'])
    const next = await issue('20')
    const applied = await as(platform, 'POST', `/invoices/${next}/apply-credit`, {})
    expect([applied.status, applied.body.paid, applied.body.open]).toEqual([200, '14.50', '5.50'])
    const again = await as(platform, 'POST', `/invoices/${next}/apply-credit`, {})
    expect([again.status, again.body.code]).toEqual([409, 'invoice.balance_short'])
  })

  test('an amount is put where it is told to go, and never more than is due', async () => {
    const ids = [await issue('40'), await issue('25')]
    const allocations = [{ invoiceId: ids[0], amount: '10' }, { invoiceId: ids[1] }]
    const { body } = await pay({ amount: '30', allocations })
    expect(body.allocations.map((part: any) => part.amount)).toEqual(['10.00', '20.00'])
    const over = await pay({ amount: '50', allocations: [{ invoiceId: ids[0], amount: '50' }] })
    expect([over.body.allocations[0].amount, over.body.overpaid]).toEqual(['30.00', '20.00'])
  })

  test('money that no invoice is named for is credit of its buyer', async () => {
    const { status, body } = await pay({ amount: '12', buyerId: direct.id })
    expect([status, body.allocations, body.overpaid]).toEqual([201, [], '12.00'])
  })

  test('the same reference twice is one payment: 409, and nothing changes', async () => {
    const id = await issue('100')
    const payment = newPayment({ allocations: [{ invoiceId: id }] })
    expect((await as(platform, 'POST', '/payments', payment)).status).toBe(201)
    const twice = await as(platform, 'POST', '/payments', { ...payment, amount: '5' })
    expect([twice.status, twice.body.code]).toEqual([409, 'payment.reference_taken'])
    expect(twice.body.errors[0].pointer).toBe('/reference')
    expect((await invoiceOf(id)).paid).toBe('100.00')
    const other = await issue('7', reseller, below)
    const mine = await as(reseller, 'POST', '/payments', {
      ...payment,
      amount: '7',
      allocations: [{ invoiceId: other }],
    })
    expect(mine.status).toBe(201)
  })

  test('the same Idempotency-Key twice is one payment, answered twice', async () => {
    const id = await issue('100')
    const headers = { 'idempotency-key': newId() }
    const body = newPayment({ amount: '10', allocations: [{ invoiceId: id }] })
    const token = await world.token(platform)
    const answers = [1, 2].map(() => api.call('POST', '/api/v1/payments', { token, headers, body }))
    const statuses = (await Promise.all(answers)).map(({ status }) => status)
    expect(statuses.filter((status) => status === 201).length).toBeGreaterThan(0)
    const last = await api.call('POST', '/api/v1/payments', { token, headers, body })
    expect([last.status, last.headers.get('idempotency-replayed')]).toEqual([201, 'true'])
    expect((await invoiceOf(id)).paid).toBe('10.00')
  })

  test('seller, buyer and the agents between are told once, and see it; nobody else does', async () => {
    const id = await issue('9', reseller, below)
    const { body } = await pay({ amount: '9', allocations: [{ invoiceId: id }] }, reseller)
    const events = await sql<{ org_id: string }[]>`
      select org_id from event where type = 'payment.recorded' and object_id = ${body.id}`
    expect(events.map((event) => event.org_id).sort()).toEqual([reseller.id, below.id, agentPartner.id].sort())
    for (const member of [reseller, below, agentPartner]) {
      expect((await as(member, 'GET', `/payments/${body.id}`)).body).toEqual(body)
      expect((await as(member, 'GET', `/payments?invoiceId=${id}`)).body.data).toEqual([body])
    }
    for (const member of [agent, direct]) {
      const [foreign, absent] = [
        await as(member, 'GET', `/payments/${body.id}`),
        await as(member, 'GET', `/payments/${newId()}`),
      ]
      expect([foreign.status, foreign.body.code]).toEqual([absent.status, absent.body.code])
      expect((await as(member, 'GET', `/payments?invoiceId=${id}`)).body.data).toEqual([])
    }
    expect((await as(below, 'GET', '/payments?side=buy')).body.data.length).toBeGreaterThan(0)
    expect((await as(below, 'GET', '/payments?side=sell')).body.data).toEqual([])
  })

  test('bad input is refused with its place, and nothing is recorded', async () => {
    const mine = await issue('10')
    const foreign = await issue('10', reseller, below)
    const own = await issue('10', platform, reseller)
    const count = async () => (await sql`select count(*)::int as n from payment`)[0]!['n']
    const before = await count()
    const refused = async (change: Record<string, unknown>) => {
      const { status, code, pointers } = refusalOf(await pay(change))
      return [status, code, pointers[0]]
    }
    const to = (...ids: string[]) => ({ allocations: ids.map((invoiceId) => ({ invoiceId })) })
    expect(await refused(to(foreign))).toEqual([422, 'reference.unknown', '/allocations/0/invoiceId'])
    expect(await refused(to(newId()))).toEqual([422, 'reference.unknown', '/allocations/0/invoiceId'])
    expect(await refused(to(mine, mine))).toEqual([422, 'payment.invoice_twice', '/allocations/1/invoiceId'])
    expect(await refused(to(mine, own))).toEqual([422, 'payment.other_buyer', '/allocations/1/invoiceId'])
    expect(await refused({ buyerId: reseller.id, ...to(mine) })).toEqual([
      422,
      'payment.other_buyer',
      '/allocations/0/invoiceId',
    ])
    expect(await refused({ currency: 'USD', ...to(mine) })).toEqual([422, 'payment.other_currency', '/currency'])
    expect(await refused({ currency: 'XXX', ...to(mine) })).toEqual([422, 'currency.unknown', '/currency'])
    expect(await refused({ amount: '0', ...to(mine) })).toEqual([422, 'amount.not_positive', '/amount'])
    expect(await refused({ amount: '1.001', ...to(mine) })).toEqual([422, 'amount.too_fine', '/amount'])
    expect(await refused({ amount: '1', allocations: [{ invoiceId: mine, amount: '2' }] })).toEqual([
      422,
      'payment.over_allocated',
      '/allocations',
    ])
    expect(await refused({})).toEqual([422, 'payment.buyer_required', '/buyerId'])
    expect(await refused({ buyerId: below.id })).toEqual([422, 'reference.unknown', '/buyerId'])
    expect(await refused({ receivedOn: '2024-02-30', ...to(mine) })).toEqual([422, 'day.invalid', '/receivedOn'])
    expect(await refused({ receivedOn: '2999-01-01', ...to(mine) })).toEqual([
      422,
      'payment.day_in_future',
      '/receivedOn',
    ])
    expect(await refused({ ...to(mine), note: 'x' })).toEqual([422, 'request.invalid', '/note'])
    expect([await count(), (await invoiceOf(mine)).open]).toEqual([before, '10.00'])
  })

  test('only who sells records money: a buyer may not, an agent has nothing to record', async () => {
    const id = await issue('10')
    expect((await pay({ allocations: [{ invoiceId: id }] }, direct)).status).toBe(403)
    const { status, body } = await pay({ allocations: [{ invoiceId: id }] }, agent)
    expect([status, body.code]).toEqual([409, 'billing.not_a_seller'])
  })
})

describe('POST /payments/{id}/reverse', () => {
  test('makes its invoices due again, once, by a payment of its own', async () => {
    const id = await issue('50')
    const payment = (await paid(id, '60')).body
    const { status, body } = await as(platform, 'POST', `/payments/${payment.id}/reverse`, { reason: 'bounced' })
    expect(status).toBe(201)
    expect(body).toMatchObject({ amount: '-60.00', reverses: payment.id, overpaid: '-10.00', reason: 'bounced' })
    expect(await postingsOf(body.id)).toEqual(['bank -60.00', 'credit_balance 10.00', 'receivable 50.00'])
    expect(await invoiceOf(id)).toMatchObject({ paymentState: 'open', paid: '0.00', open: '50.00' })
    expect((await as(platform, 'GET', `/payments/${payment.id}`)).body.reversedBy).toBe(body.id)
    for (const one of [payment.id, body.id]) {
      const again = await as(platform, 'POST', `/payments/${one}/reverse`, { reason: 'bounced' })
      expect([again.status, again.body.code]).toEqual([409, 'payment.not_reversible'])
    }
    expect((await as(direct, 'POST', `/payments/${payment.id}/reverse`, { reason: 'no' })).status).toBe(403)
    expect((await as(reseller, 'POST', `/payments/${payment.id}/reverse`, { reason: 'no' })).status).toBe(404)
  })

  test('is refused where its credit has been used, and nothing changes', async () => {
    const buyer = reseller
    const payment = (await pay({ amount: '30', buyerId: buyer.id })).body
    const id = await issue('25', platform, buyer)
    expect((await as(platform, 'POST', `/invoices/${id}/apply-credit`, { amount: '25' })).body.paymentState).toBe(
      'paid',
    )
    const { status, body } = await as(platform, 'POST', `/payments/${payment.id}/reverse`, { reason: 'bounced' })
    expect([status, body.code]).toEqual([409, 'payment.balance_used'])
    expect((await as(platform, 'GET', `/payments/${payment.id}`)).body.reversedBy).toBeNull()
  })
})

describe('a write-off', () => {
  test('gives up what is due, with its reason; the books and the audit say so', async () => {
    const id = await issue('80')
    await paid(id, '30')
    const part = await as(platform, 'POST', `/invoices/${id}/write-off`, { reason: 'goodwill', amount: '5' })
    expect(part.body).toMatchObject({ paymentState: 'partly_paid', writtenOff: '5.00', open: '45.00' })
    const { status, body } = await as(platform, 'POST', `/invoices/${id}/write-off`, { reason: 'insolvent' })
    expect([status, body.paymentState, body.writtenOff, body.open]).toEqual([200, 'written_off', '50.00', '0.00'])
    const events = await sql<{ id: string }[]>`
      select id from invoice_event where invoice_id = ${id} and kind = 'written_off' order by id`
    expect(await postingsOf(events[1]!.id)).toEqual(['receivable -45.00', 'write_off 45.00'])
    const audit = await as(platform, 'GET', `/audit?objectId=${id}`)
    expect(audit.body.data.map((one: any) => one.action)).toEqual(['invoice.written_off', 'invoice.written_off'])
    const again = await as(platform, 'POST', `/invoices/${id}/write-off`, { reason: 'insolvent' })
    expect([again.status, again.body.code]).toEqual([409, 'invoice.nothing_due'])
  })

  test('is refused for more than is due, without a reason, and to everybody but the seller', async () => {
    const id = await issue('80')
    const off = (member: Member, body: object) => as(member, 'POST', `/invoices/${id}/write-off`, body)
    expect((await off(platform, { reason: 'x', amount: '80.01' })).body.code).toBe('invoice.more_than_due')
    expect((await off(platform, {})).status).toBe(422)
    expect((await off(direct, { reason: 'x' })).status).toBe(403)
    expect((await off(reseller, { reason: 'x' })).status).toBe(404)
  })
})

test('the database itself settles no document above its total, in another currency, or by another seller', async () => {
  const id = await issue('10')
  const event = (change: Record<string, unknown>) => {
    const row = { amount: '1', currency: 'EUR', seller: platform.id, ...change }
    return sql`
      insert into invoice_event (id, invoice_id, seller_id, kind, amount, currency, source_id)
      values (${newId()}, ${id}, ${row.seller}, 'paid', ${row.amount}, ${row.currency}, ${newId()})`
  }
  await event({ amount: '9.99' })
  for (const change of [{ amount: '0.02' }, { amount: '-10' }, { currency: 'USD' }, { seller: reseller.id }]) {
    await expect(event(change).execute()).rejects.toThrow('settled up to its total')
  }
})

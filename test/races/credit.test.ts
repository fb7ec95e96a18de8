import { expect, test } from 'bun:test'
import { newId } from '../../src/platform/ids.ts'
import { testApi } from '../support/api.ts'
import { catalogOf } from '../support/catalog.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { testPaper } from '../support/paper.ts'
import { race } from '../support/races.ts'
import { buildWorld } from '../support/world.ts'

const rounds = 100
const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const world = await buildWorld(api, [['agent', null]])
const { as } = catalogOf(api.call, world)
const paper = testPaper(sql)
const { platform } = world
const buyer = world.tenant('agent/-')

const issue = () => paper.issue(platform, buyer, '2024-09', ['100'])
const credit = (invoiceId: string, net: string) =>
  as(platform, 'POST', '/credit-notes', { invoiceId, reason: 'a race', lines: [{ line: 1, net }], issue: true })
const pay = (invoiceId: string, amount: string) =>
  as(platform, 'POST', '/payments', {
    amount,
    currency: 'EUR',
    receivedOn: '2024-10-15',
    reference: `bank-${newId()}`,
    allocations: [{ invoiceId }],
  })

test('two credits of 60 % of a line at once: one wins, the other is refused, and the numbers have no gap', async () => {
  for (let round = 0; round < rounds; round += 1) {
    const invoiceId = await issue()
    const answers = await Promise.all([credit(invoiceId, '60'), credit(invoiceId, '60')])
    const statuses = answers.map(({ status }) => status).toSorted()
    expect([statuses[0], [409, 422].includes(statuses[1] ?? 0)]).toEqual([201, true])
    const { body } = await as(platform, 'GET', `/invoices/${invoiceId}`)
    expect([body.credited, body.open]).toEqual(['60.00', '40.00'])
  }
  const [series] = await sql`
    select count(*)::int as notes, max(number_sequence) as highest, count(distinct number_sequence)::int as numbers
    from invoice where type = 'credit_note' and state = 'issued'`
  expect(series).toEqual({ notes: rounds, highest: rounds, numbers: rounds })
})

test('a credit and a payment of the whole at once are both lawful: what is too much is credit of the buyer', async () => {
  for (let round = 0; round < rounds; round += 1) {
    const invoiceId = await issue()
    const answers = await Promise.all([credit(invoiceId, '100'), pay(invoiceId, '100')])
    expect(answers.map(({ status }) => status)).toEqual([201, 201])
    const { body } = await as(platform, 'GET', `/invoices/${invoiceId}`)
    expect(body.open).toBe('0.00')
  }
  const [balance] = await sql`select sum(amount)::text as credit from credit_entry where buyer_id = ${buyer.id}`
  expect(balance).toEqual({ credit: `${rounds * 100}.00` })
})

test('two documents and its taker reach for one gift at once: no more than the gift is used, and nothing of it is lost', async () => {
  for (let round = 0; round < 30; round += 1) {
    const [one, other] = [await issue(), await issue()]
    const gift = { buyerId: buyer.id, amount: '100', currency: 'EUR', purpose: 'promotion', reason: 'a race' }
    const { body } = await as(platform, 'POST', '/billing/credits', { ...gift, validFrom: '2024-01-01' })
    const draw = (invoiceId: string) => as(platform, 'POST', `/invoices/${invoiceId}/apply-credit`, { amount: '60' })
    const takeBack = () => as(platform, 'POST', `/billing/credits/${body.id}/void`, { reason: 'a race' })
    const answers = await race(
      round,
      () => draw(one),
      () => Promise.all([draw(other), takeBack()]),
    )
    expect(answers.flat().filter(({ status }) => ![200, 409].includes(status))).toEqual([])
    const { body: gone } = await as(platform, 'GET', `/billing/credits/${body.id}`)
    expect([Number(gone.drawn) + Number(gone.voided), gone.remaining]).toEqual([100, '0.00'])
    const [entries] = await sql`select sum(amount)::text as rest from credit_grant_entry where grant_id = ${body.id}`
    expect(entries).toEqual({ rest: '0.00' })
  }
})

test('a credit of all and a document in its place at once: it is credited once, replaced once, and the numbers have no gap', async () => {
  for (let round = 0; round < rounds; round += 1) {
    const invoiceId = await issue()
    const reissue = () => as(platform, 'POST', `/invoices/${invoiceId}/reissue`, { reason: 'a race' })
    const [credited, anew] = await race(round, () => credit(invoiceId, '100'), reissue)
    expect([anew.status, [201, 409, 422].includes(credited.status)]).toEqual([201, true])
    const { body } = await as(platform, 'GET', `/invoices/${invoiceId}`)
    expect([body.credited, body.amendedBy.map(({ type }: { type: string }) => type)]).toEqual([
      '100.00',
      ['credit_note', 'invoice'],
    ])
  }
  const [series] = await sql`
    select count(*)::int as documents, max(number_sequence) as highest from invoice
    where type = 'invoice' and amends is not null and state = 'issued'`
  expect(series).toEqual({ documents: rounds, highest: rounds })
})

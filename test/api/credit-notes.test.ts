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

const issue = (nets: readonly string[], seller: Member = platform, buyer: Member = direct) =>
  paper.issue(seller, buyer, '2024-09', nets)
const invoiceOf = async (id: string, viewer: Member = platform) => (await as(viewer, 'GET', `/invoices/${id}`)).body
const credit = (body: Record<string, unknown>, seller: Member = platform) =>
  as(seller, 'POST', '/credit-notes', { reason: 'a wrong price', issue: true, ...body })
const pay = (invoiceId: string, amount: string) =>
  as(platform, 'POST', '/payments', {
    amount,
    currency: 'EUR',
    receivedOn: '2024-10-15',
    reference: `bank-${newId()}`,
    allocations: [{ invoiceId }],
  })
const refusedWith = (status: number, code: string, ...pointers: string[]) => ({ status, code, pointers })
const postingsOf = async (documentId: string) =>
  (
    await sql<{ account: string; amount: string }[]>`
      select account, amount::text from posting where document_id = ${documentId} order by account`
  ).map(({ account, amount }) => `${account} ${amount}`)

describe('POST /credit-notes', () => {
  test('takes a part of a line off what is open, with a number of its own series and the reverse postings', async () => {
    const invoiceId = await issue(['100', '50'])
    const note = await credit({ invoiceId, lines: [{ line: 2, net: '12.50' }] })
    expect([note.status, note.headers.get('location')]).toEqual([201, `/api/v1/credit-notes/${note.body.id}`])
    expect(note.body).toMatchObject({
      type: 'credit_note',
      state: 'issued',
      amends: invoiceId,
      net: '12.50',
      tax: '0.00',
      total: '12.50',
      applied: '12.50',
      toBalance: '0.00',
      sellerId: platform.id,
      buyerId: direct.id,
    })
    expect(note.body.number).toMatch(/^CN-\d{4}-000001$/)
    expect(note.body.contentHash).toMatch(/^[0-9a-f]{64}$/)
    expect(await postingsOf(note.body.id)).toEqual(['receivable -12.50', 'revenue 12.50'])
    expect(await invoiceOf(invoiceId)).toMatchObject({ total: '150.00', credited: '12.50', open: '137.50' })
    const { body } = await as(platform, 'GET', `/invoices/${invoiceId}/lines`)
    expect(body.data.map((line: any) => line.creditedNet)).toEqual(['0.00', '12.50'])
    const lines = await as(platform, 'GET', `/credit-notes/${note.body.id}/lines`)
    expect(lines.body.data).toMatchObject([{ line: 1, kind: 'credit', amendsLine: 2, net: '12.50' }])
  })

  test('C19: a full credit leaves the original as it is, and nothing open; a second one finds nothing to credit', async () => {
    const invoiceId = await issue(['500'])
    const before = await invoiceOf(invoiceId)
    const { body } = await credit({ invoiceId })
    expect(body).toMatchObject({ total: '500.00', applied: '500.00' })
    const after = await invoiceOf(invoiceId)
    expect(after).toMatchObject({ total: '500.00', open: '0.00', paymentState: 'credited', number: before.number })
    expect(after.contentHash).toBe(before.contentHash)
    expect(refusalOf(await credit({ invoiceId }))).toEqual(refusedWith(422, 'credit.nothing_left', ''))
  })

  test("what was paid already becomes the buyer's credit", async () => {
    const invoiceId = await issue(['80'])
    await pay(invoiceId, '60')
    const { body } = await credit({ invoiceId })
    expect([body.applied, body.toBalance]).toEqual(['20.00', '60.00'])
    expect(await postingsOf(body.id)).toEqual(['credit_balance -60.00', 'receivable -20.00', 'revenue 80.00'])
    const next = await issue(['100'])
    const used = await as(platform, 'POST', `/invoices/${next}/apply-credit`, {})
    expect([used.body.paid, used.body.open]).toEqual(['60.00', '40.00'])
  })

  test('takes a discounted line back up to what is left of it after its discount', async () => {
    const invoiceId = await paper.issue(platform, direct, '2024-09', ['100', { net: '-10', discountOn: 1 }])
    const over = await credit({ invoiceId, lines: [{ line: 1, net: '90.01' }] })
    expect(refusalOf(over)).toEqual(refusedWith(422, 'credit.over_line', '/lines/0/net'))
    expect((await credit({ invoiceId })).body.net).toBe('90.00')
  })

  test('takes back thousands of lines within the time of a statement', async () => {
    const invoiceId = await issue(Array.from({ length: 6_000 }, () => '2'))
    expect((await credit({ invoiceId, lines: [{ line: 1, net: '0.5' }] })).body.net).toBe('0.50')
    const { status, body } = await credit({ invoiceId })
    expect([status, body.net]).toEqual([201, '11999.50'])
  }, 60_000)

  test('a draft changes nothing until it is issued, and can be discarded', async () => {
    const invoiceId = await issue(['10'])
    const draft = (await credit({ invoiceId, issue: false })).body
    expect([draft.state, draft.number]).toEqual(['draft', null])
    expect(await invoiceOf(invoiceId)).toMatchObject({ open: '10.00' })
    expect((await as(direct, 'GET', `/credit-notes/${draft.id}`)).status).toBe(404)
    const issued = await as(platform, 'POST', `/credit-notes/${draft.id}/issue`, {})
    expect([issued.status, issued.body.state]).toEqual([200, 'issued'])
    expect((await as(platform, 'POST', `/credit-notes/${draft.id}/issue`, {})).status).toBe(409)
    expect((await as(platform, 'POST', `/credit-notes/${draft.id}/discard`, {})).status).toBe(409)
    const other = (await credit({ invoiceId: await issue(['10']), issue: false })).body
    expect((await as(platform, 'POST', `/credit-notes/${other.id}/discard`, {})).body.state).toBe('discarded')
  })

  test('two drafts that are too much together: the second is refused when it is issued, and nothing is half done', async () => {
    const invoiceId = await issue(['100'])
    const lines = [{ line: 1, net: '60' }]
    const [one, two] = [
      (await credit({ invoiceId, lines, issue: false })).body,
      (await credit({ invoiceId, lines, issue: false })).body,
    ]
    expect((await as(platform, 'POST', `/credit-notes/${one.id}/issue`, {})).status).toBe(200)
    const refused = await as(platform, 'POST', `/credit-notes/${two.id}/issue`, {})
    expect([refused.status, refused.body.code]).toEqual([409, 'credit_note.over_line'])
    expect(await invoiceOf(invoiceId)).toMatchObject({ credited: '60.00', open: '40.00' })
    expect(await postingsOf(two.id)).toEqual([])
  })

  test('the same Idempotency-Key is one note', async () => {
    const invoiceId = await issue(['100'])
    const body = { invoiceId, reason: 'twice', issue: true, lines: [{ line: 1, net: '10' }] }
    const asked = { token: await world.token(platform), headers: { 'idempotency-key': newId() }, body }
    const [first, again] = [
      await api.call('POST', '/api/v1/credit-notes', asked),
      await api.call('POST', '/api/v1/credit-notes', asked),
    ]
    expect(again.body.id).toBe(first.body.id)
    expect(await invoiceOf(invoiceId)).toMatchObject({ credited: '10.00' })
  })

  test.each([
    ['an amount below zero', { lines: [{ line: 1, net: '-1' }] }, '/lines/0/net'],
    ['more digits than the currency has', { lines: [{ line: 1, net: '0.001' }] }, '/lines/0/net'],
    ['an unknown line', { lines: [{ line: 7 }] }, '/lines/0/line'],
    ['a blank reason', { reason: '' }, '/reason'],
    ['an unknown field', { amount: '1' }, '/amount'],
  ])('422 for %s', async (_, change, pointer) => {
    const invoiceId = await issue(['100'])
    const answer = await credit({ invoiceId, ...change })
    expect([answer.status, answer.body.errors[0].pointer]).toEqual([422, pointer])
  })
})

describe('who sees a credit note', () => {
  test('seller, buyer and the agent between; a foreign and an absent one are alike', async () => {
    const invoiceId = await issue(['100'], reseller, below)
    const { body } = await credit({ invoiceId }, reseller)
    for (const viewer of [reseller, below, agentPartner, platform]) {
      expect((await as(viewer, 'GET', `/credit-notes/${body.id}`)).status).toBe(200)
    }
    for (const viewer of [agent, direct]) {
      const [foreign, absent] = [
        await as(viewer, 'GET', `/credit-notes/${body.id}`),
        await as(viewer, 'GET', `/credit-notes/${newId()}`),
      ]
      expect([foreign.status, foreign.body.code]).toEqual([absent.status, absent.body.code])
      expect((await as(viewer, 'GET', `/credit-notes?invoiceId=${invoiceId}`)).body.data).toEqual([])
    }
  })

  test("another seller's invoice can't be credited: foreign and absent get the same answer", async () => {
    const invoiceId = await issue(['100'], reseller, below)
    const answers = [await credit({ invoiceId }, platform), await credit({ invoiceId: newId() }, platform)]
    expect(answers.map(refusalOf)).toEqual([
      refusedWith(422, 'reference.unknown', '/invoiceId'),
      refusedWith(422, 'reference.unknown', '/invoiceId'),
    ])
  })

  test('a tenant reads and does not write', async () => {
    const invoiceId = await issue(['100'])
    expect((await credit({ invoiceId }, direct)).status).toBe(403)
  })
})

import { describe, expect, test } from 'bun:test'
import { periodsAfter } from '../../src/billing/period.ts'
import { tierRole } from '../../src/platform/context.ts'
import type { Tx } from '../../src/platform/db.ts'
import { newId } from '../../src/platform/ids.ts'
import { commissionWorld } from '../support/commissions.ts'
import { secondPerson, testStatements } from '../support/statements.ts'
import type { Member } from '../support/world.ts'

// What payees read of the batches that pay them: 30.00 to one agent and 12.00 to another, by one batch of 42.00.

const { api, sql, world, paper, commissions } = await commissionWorld()
const { platform, partner, tenant } = world
const payee = partner('-/agent')
const sibling = partner('agent/agent')
const token = {
  platform: await world.token(platform),
  second: await secondPerson(api, world, platform),
  payee: await world.token(payee),
  sibling: await world.token(sibling),
}
const { approve, find } = testStatements(api, { first: token.platform, second: token.second })
const path = '/api/v1/commissions/payouts'
const read = (caller: string, rest = '') => api.call('GET', `${path}/received${rest}`, { token: caller })
const act = (id: string, verb: string, body: object = {}, caller = token.platform) =>
  api.call('POST', `${path}/${id}/${verb}`, { token: caller, body })

let month = '2021-01'
async function owed(to: Member, amount: string): Promise<string> {
  month = periodsAfter(month, 1)
  await commissions.rule(month, { payer: platform, payee: to, percent: '100' })
  await paper.issue(platform, tenant(to === payee ? '-/agent' : 'agent/agent'), month, [amount])
  await commissions.run(platform, month)
  await approve(to, month)
  return month
}

const periods = [await owed(payee, '10.00'), await owed(payee, '20.00'), await owed(sibling, '12.00')]
const batch = (await api.call('POST', path, { token: token.platform, body: {} })).body
const [first, second] = [await find(token.payee, payee, periods[0]!), await find(token.payee, payee, periods[1]!)]
const own = {
  payoutId: batch.id,
  payerId: platform.id,
  currency: 'EUR',
  amount: '30.00',
  paidCurrency: 'EUR',
  paidAmount: '30.00',
  fxRateId: null,
  statements: [
    { statementId: first!['id'], period: periods[0]!, amount: '10.00' },
    { statementId: second!['id'], period: periods[1]!, amount: '20.00' },
  ],
}

describe('a payee', () => {
  test('reads its own payment of a batch, and neither total nor payments of others', async () => {
    expect([batch.total, batch.payments.length]).toEqual(['42.00', 2])
    const { status, body } = await read(token.payee, `/${batch.id}`)
    expect([status, body]).toEqual([200, expect.objectContaining({ ...own, state: 'draft', sentAt: null })])
    expect((await read(token.payee)).body.data).toEqual([body])
    const text = JSON.stringify(body)
    for (const foreign of ['42.00', '12.00', sibling.id, 'minimum']) expect(text).not.toContain(foreign)
    expect((await read(token.sibling, `/${batch.id}`)).body).toMatchObject({ amount: '12.00', state: 'draft' })
  })

  test('follows it to the bank, with its reference', async () => {
    await act(batch.id, 'approve', {}, token.second)
    expect((await read(token.payee, `/${batch.id}`)).body).toMatchObject({ state: 'approved', reference: null })
    const sent = (await act(batch.id, 'send', { reference: 'SEPA 2021/7' })).body
    expect([sent.state, sent.reference]).toEqual(['sent', 'SEPA 2021/7'])
    const { body } = await read(token.payee, `/${batch.id}`)
    expect(body).toMatchObject({
      ...own,
      state: 'sent',
      reference: 'SEPA 2021/7',
      sentAt: sent.sentAt,
      settledAt: null,
    })
  })

  test('has it as CSV, a line for each statement', async () => {
    const { body, headers } = await read(token.payee, `/${batch.id}/csv`)
    const { sentAt } = (await read(token.payee, `/${batch.id}`)).body
    expect(headers.get('content-type')).toBe('text/csv; charset=utf-8')
    expect(body.split('\r\n')).toEqual([
      'payoutId,payerId,statementId,period,currency,amount,state,reference,sentAt,settledAt,returnedAt',
      ...own.statements.map(
        (one) =>
          `${batch.id},${platform.id},${one.statementId},${one.period},EUR,${one.amount},sent,SEPA 2021/7,${sentAt},,`,
      ),
      '',
    ])
  })

  test('sees that it came back and why, and nothing of that where another payment came back', async () => {
    await act(batch.id, 'return', { payeeIds: [payee.id], reason: 'account closed' })
    const { body } = await read(token.payee, `/${batch.id}`)
    expect(body).toMatchObject({ ...own, state: 'returned', returnReason: 'account closed', settledAt: null })
    expect(body.returnedAt).not.toBeNull()
    expect((await read(token.sibling, `/${batch.id}`)).body).toMatchObject({ state: 'sent', returnedAt: null })
  })

  test('finds the batch that pays it again, settled, beside the one that did not', async () => {
    const again = (await api.call('POST', path, { token: token.platform, body: {} })).body
    await act(again.id, 'approve', {}, token.second)
    await act(again.id, 'send')
    const settled = (await act(again.id, 'settle')).body
    const states = (await read(token.payee)).body.data.map((one: any) => [one.payoutId, one.state, one.settledAt])
    expect(states).toEqual([
      [again.id, 'settled', settled.settledAt],
      [batch.id, 'returned', null],
    ])
    const only = async (query: string) => (await read(token.payee, query)).body.data.map((one: any) => one.payoutId)
    expect(await only('?state=settled')).toEqual([again.id])
    expect(await only(`?payerId=${world.distributors.reseller.id}`)).toEqual([])
    expect(await only('?limit=1')).toEqual([again.id])
  })

  test('pays it in its own currency: the amount at the pinned rate, rounded once', async () => {
    await sql`update organization set currency = 'USD' where id = ${sibling.id}`
    const rate = { from: 'EUR', to: 'USD', rate: '1.0849', validFrom: '2020-01-01', source: 'ECB' }
    await api.call('POST', '/api/v1/pricing/fx-rates', { token: token.platform, body: rate })
    await owed(sibling, '100.05')
    const { id } = (await api.call('POST', path, { token: token.platform, body: { payeeIds: [sibling.id] } })).body
    const { body } = await read(token.sibling, `/${id}`)
    expect([body.amount, body.paidCurrency, body.paidAmount]).toEqual(['100.05', 'USD', '108.54'])
    expect(body.fxRateId).not.toBeNull()
  })
})

/** What the database shows a member's tier where no predicate of ours narrows it. */
const seenBy = async (member: Member, look: (tx: Tx) => PromiseLike<readonly object[]>) => {
  const scope = { role: tierRole(member.level), organizationId: member.id, accountId: null, line: member.line }
  return [...(await api.db.transaction({ ...scope, sellerOfRecordId: platform.id }, async (tx) => look(tx)))]
}

describe('nobody else', () => {
  const others = () => [
    platform,
    world.distributors.agent,
    world.distributors.reseller,
    partner('reseller/agent'),
    partner('agent/reseller'),
  ]

  test('404 alike for a batch that pays others and an absent one: payer, distributor above, and beside', async () => {
    for (const member of others()) {
      for (const id of [batch.id, newId()]) {
        for (const rest of [`/${id}`, `/${id}/csv`])
          expect((await read(await world.token(member), rest)).status).toBe(404)
      }
      expect((await read(await world.token(member))).body.data).toEqual([])
    }
  })

  test('403 for a tenant', async () => {
    expect((await read(await world.token(tenant('-/agent')))).status).toBe(403)
  })

  test('the second lock: of payments and batches the database itself shows a payee its own row alone', async () => {
    const payeesSeen = (member: Member) =>
      seenBy(member, (tx) => tx`select distinct payee_id as id from payout_payment`)
    expect(await payeesSeen(payee)).toEqual([{ id: payee.id }])
    expect(await payeesSeen(world.distributors.agent)).toEqual([])
    expect(await seenBy(payee, (tx) => tx`select from payout`)).toHaveLength(0)
  })
})

import { describe, expect, test } from 'bun:test'
import { periodsAfter } from '../../src/billing/period.ts'
import { commissionWorld } from '../support/commissions.ts'
import { postedBy, secondPerson, testStatements } from '../support/statements.ts'
import type { Member } from '../support/world.ts'

const { api, sql, world, paper, commissions } = await commissionWorld()
const { platform, partner, tenant } = world
const direct = partner('-/agent')
const below = partner('agent/agent')
const token = {
  platform: await world.token(platform),
  second: await secondPerson(api, world, platform),
  direct: await world.token(direct),
  reseller: await world.token(world.distributors.reseller),
}
const { approve, find } = testStatements(api, { first: token.platform, second: token.second })
const path = '/api/v1/commissions/payouts'
const create = (body: object = {}, caller = token.platform) => api.call('POST', path, { token: caller, body })
const act = (caller: string, id: string, verb: string, body: object = {}) =>
  api.call('POST', `${path}/${id}/${verb}`, { token: caller, body })

let month = '2021-01'
/** A month of its own in which the payee earned this much, approved. */
async function owed(payee: Member, amount: string): Promise<string> {
  month = periodsAfter(month, 1)
  await commissions.rule(month, { payer: platform, payee, percent: '100' })
  await paper.issue(platform, tenant(payee === direct ? '-/agent' : 'agent/agent'), month, [amount])
  await commissions.run(platform, month)
  await approve(payee, month)
  return month
}
/** A batch that went to the bank. */
async function sent(body: object = {}) {
  const { body: payout } = await create(body)
  await act(token.second, payout.id, 'approve')
  return (await act(token.platform, payout.id, 'send')).body
}

test('E22: with a minimum of 50.00, 49.99 is carried on, and paid as 50.00 with 0.01 of the next month', async () => {
  const first = await owed(direct, '49.99')
  const nothing = await create({ minimum: '50.00' })
  expect([nothing.status, nothing.body.code]).toEqual([409, 'payout.nothing_due'])
  const second = await owed(direct, '0.01')
  const { status, body } = await create({ minimum: '50.00' })
  expect([status, body.state, body.total, body.payments.length]).toEqual([201, 'draft', '50.00', 1])
  expect(body.payments[0]).toMatchObject({ payeeId: direct.id, amount: '50.00', isReturned: false })
  expect((await act(token.platform, body.id, 'approve')).body.code).toBe('payout.same_person')
  expect((await act(token.platform, body.id, 'send')).body.code).toBe('payout.wrong_state')
  expect((await act(token.second, body.id, 'approve')).body.state).toBe('approved')
  expect((await act(token.platform, body.id, 'send')).body.state).toBe('sent')
  for (const at of [first, second]) expect(await find(token.direct, direct, at)).toMatchObject({ state: 'paid' })
  const summary = await api.call('GET', `/api/v1/commissions/summary?period=${first}`, { token: token.direct })
  expect(summary.body.data).toMatchObject([{ earned: '49.99', reversed: '0.00', approved: '49.99', paid: '49.99' }])
  expect(await postedBy(sql, 'payout', [body.id])).toEqual(['bank -50.00', 'commission_payable 50.00'])
  const again = await act(token.platform, body.id, 'send')
  expect([again.status, again.body.code]).toEqual([409, 'payout.wrong_state'])
  expect((await act(token.platform, body.id, 'settle')).body.state).toBe('settled')
  const told =
    await sql`select count(*)::int as count from event where object_id = ${body.id} and type = 'payout.settled'`
  expect(told[0]).toEqual({ count: 2 })
})

test('G5: a balance of 4.99 is below a minimum of 5.00, and 5.00 is not', async () => {
  await owed(direct, '4.99')
  const balances = async () =>
    (await api.call('GET', `${path}/balances?minimum=5.00`, { token: token.platform })).body.data.map(
      (one: { amount: string; isDue: boolean }) => [one.amount, one.isDue],
    )
  expect(await balances()).toEqual([['4.99', false]])
  await owed(direct, '0.01')
  expect(await balances()).toEqual([['5.00', true]])
  await sent()
})

test('what is negative is carried on, and comes off what is earned later', async () => {
  await owed(direct, '-14.70')
  expect((await create()).body.code).toBe('payout.nothing_due')
  await owed(direct, '20.00')
  expect((await sent()).total).toBe('5.30')
})

test('a payment that came back is owed again, and the next batch pays it; the others stay paid', async () => {
  const at = [await owed(direct, '10.00'), await owed(below, '7.00')] as const
  const payout = await sent()
  expect(payout.total).toBe('17.00')
  const back = await act(token.platform, payout.id, 'return', { payeeIds: [direct.id], reason: 'account closed' })
  expect([back.status, back.body.state]).toEqual([200, 'partly_returned'])
  const twice = await act(token.platform, payout.id, 'return', { payeeIds: [direct.id], reason: 'again' })
  expect([twice.status, twice.body.errors[0].pointer]).toEqual([422, '/payeeIds/0'])
  expect(await find(token.platform, direct, at[0])).toMatchObject({ state: 'approved' })
  expect(await find(token.platform, below, at[1])).toMatchObject({ state: 'paid' })
  const returns = await sql<{ id: string }[]>`select id from payout_return where payout_id = ${payout.id}`
  expect(
    await postedBy(
      sql,
      'payout_return',
      returns.map(({ id }) => id),
    ),
  ).toEqual(['bank 10.00', 'commission_payable -10.00'])
  expect((await sent()).total).toBe('10.00')
})

test('as CSV, a line for each payee, with no formula in a name', async () => {
  await sql`update organization set name = '=1+1, "Inc"' where id = ${direct.id}`
  const period = await owed(direct, '3.00')
  const { body } = await create()
  const { status, body: text, headers } = await api.call('GET', `${path}/${body.id}/csv`, { token: token.platform })
  const statement = (await find(token.platform, direct, period))!
  expect([status, headers.get('content-type')]).toEqual([200, 'text/csv; charset=utf-8'])
  expect(text.split('\r\n')).toEqual([
    'payoutId,payeeId,payeeName,currency,amount,statements,returned',
    `${body.id},${direct.id},"'=1+1, ""Inc""",EUR,3.00,${statement['id']},false`,
    '',
  ])
})

test('two batches at once never pay one statement: 100 rounds', async () => {
  for (let round = 0; round < 100; round += 1) {
    const id = Bun.randomUUIDv7()
    await sql`
      insert into statement (id, payer_id, payee_id, period, currency, state, review_until, reviewed_by, approved_by, approved_at, approved,
                             see_platform_id, see_partner_id)
      values (${id}, ${platform.id}, ${direct.id}, ${periodsAfter('2050-01', round)}, 'EUR', 'approved', current_date, ${platform.id},
              ${id}, now(), 1.00, ${platform.id}, ${direct.id})`
    const answers = await Promise.all([create(), create({}, token.second), create()])
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409, 409])
    expect(await sql`select from payout_statement where statement_id = ${id}`).toHaveLength(1)
  }
}, 60_000)

describe('bad input', () => {
  test.each([
    ['a negative minimum', { minimum: '-1' }, '/minimum'],
    ['an unknown currency', { currency: 'XXZ' }, '/currency'],
    ['nobody at all', { payeeIds: [] }, '/payeeIds'],
  ])('422 with a pointer for %s', async (_, body, pointer) => {
    const answer = await create(body)
    expect([answer.status, answer.body.errors[0].pointer]).toEqual([422, pointer])
  })

  test('409 for an agent, 404 alike for a foreign batch and an absent one', async () => {
    expect((await create({}, token.direct)).status).toBe(403)
    await owed(direct, '1.00')
    const { body } = await create()
    for (const id of [body.id, Bun.randomUUIDv7()]) {
      expect((await api.call('GET', `${path}/${id}`, { token: token.direct })).status).toBe(404)
      expect((await act(token.reseller, id, 'approve')).status).toBe(404)
    }
  })
})

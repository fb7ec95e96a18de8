import { describe, expect, test } from 'bun:test'
import type postgres from 'postgres'
import { periodsAfter } from '../../src/billing/period.ts'
import { checkLedger } from '../../src/modules/verify/books/ledger.ts'
import type { Check } from '../../src/modules/verify/check.ts'
import { checkExchanges } from '../../src/modules/verify/documents/exchanges.ts'
import type { Tx } from '../../src/platform/db.ts'
import { nilId } from '../../src/platform/ids.ts'
import { commissionWorld } from '../support/commissions.ts'
import { postedBy, secondPerson, testStatements } from '../support/statements.ts'
import { openVerifier } from '../support/verify.ts'
import type { Member } from '../support/world.ts'

type Sql = postgres.TransactionSql

const { api, database, sql, world, paper, commissions } = await commissionWorld()
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

test('a batch that was not sent is discarded, and the next one pays its statements', async () => {
  await owed(direct, '70.00')
  const draft = (await create()).body
  expect((await create()).body.code).toBe('payout.nothing_due')
  expect((await act(token.reseller, draft.id, 'discard')).status).toBe(404)
  expect((await act(token.platform, draft.id, 'discard')).body.state).toBe('discarded')
  expect((await api.call('GET', `${path}/${draft.id}/csv`, { token: token.platform })).status).toBe(409)
  const approved = (await create()).body
  expect(approved).toMatchObject({ total: draft.total, payments: draft.payments })
  await act(token.second, approved.id, 'approve')
  expect((await act(token.second, approved.id, 'discard')).body).toMatchObject({
    state: 'discarded',
    payments: draft.payments,
  })
  for (const verb of ['approve', 'send', 'settle', 'discard'])
    expect((await act(token.second, approved.id, verb)).body.code).toBe('payout.wrong_state')
  const last = await sent()
  expect(last).toMatchObject({ state: 'sent', total: draft.total })
  expect((await act(token.platform, last.id, 'discard')).body.code).toBe('payout.wrong_state')
  expect(await postedBy(sql, 'payout', [draft.id, approved.id])).toEqual([])
  const received = await api.call('GET', '/api/v1/commissions/payouts/received?limit=3', { token: token.direct })
  expect(received.body.data.map((one: { state: string }) => one.state)).toEqual(['sent', 'discarded', 'discarded'])
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
    'payoutId,payeeId,payeeName,currency,amount,paidCurrency,paidAmount,statements,returned',
    `${body.id},${direct.id},"'=1+1, ""Inc""",EUR,3.00,EUR,3.00,${statement['id']},false`,
    '',
  ])
})

describe('a payee of another currency', () => {
  const balanceOf = async (payee: Member) =>
    (await api.call('GET', `${path}/balances`, { token: token.platform })).body.data.find(
      (one: { payeeId: string }) => one.payeeId === payee.id,
    )
  const exchangeAt = async (rate: string) => {
    const body = { from: 'EUR', to: 'USD', rate, validFrom: '2020-01-01', source: 'ECB' }
    return (await api.call('POST', '/api/v1/pricing/fx-rates', { token: token.platform, body })).body
  }
  const posted = async (id: string) =>
    (
      await sql`
        select account, currency, amount::text from posting where document_id = ${id}
        order by currency, amount desc, account`
    ).map(({ account, currency, amount }) => `${account} ${currency} ${amount}`)
  const first = { rate: '', payout: '' }

  test('stays out without a rate, says so, and keeps nobody else from being paid', async () => {
    await sql`update organization set currency = 'USD' where id = ${below.id}`
    await owed(below, '100.05')
    await owed(direct, '50.00')
    const waiting = { amount: '100.05', payoutCurrency: 'USD', payoutAmount: null, carriedFor: 'no_exchange_rate' }
    expect(await balanceOf(below)).toMatchObject({ ...waiting, isDue: false })
    expect((await sent()).payments.map((one: { payeeId: string }) => one.payeeId)).toEqual([direct.id])
    expect((await create()).body.code).toBe('payout.nothing_due')
  })

  test('is paid at the rate in force, rounded once, through fx difference', async () => {
    first.rate = (await exchangeAt('1.1')).id
    expect(await balanceOf(below)).toMatchObject({ payoutAmount: '110.06', carriedFor: null, isDue: true })
    const { id, ...payout } = await sent()
    first.payout = id
    expect(payout).toMatchObject({ currency: 'EUR', total: '100.05' })
    const paid = { amount: '100.05', paidCurrency: 'USD', paidAmount: '110.06', fxRateId: first.rate }
    expect(payout.payments).toMatchObject([{ payeeId: below.id, ...paid }])
    expect(await posted(id)).toEqual([
      'commission_payable EUR 100.05',
      'fx_difference EUR -100.05',
      'fx_difference USD 110.06',
      'bank USD -110.06',
    ])
    const { body: csv } = await api.call('GET', `${path}/${id}/csv`, { token: token.platform })
    expect(csv).toContain(',EUR,100.05,USD,110.06,')
    const explained = await api.call('GET', `${path}/${id}/explain`, { token: token.platform })
    expect(explained.body).toMatchObject({
      total: '100.05',
      payments: [
        {
          statements: [{ lines: 1, earned: '100.05', retiered: '0.00', reversed: '0.00', approved: '100.05' }],
          exchange: { fxRateId: first.rate, from: 'EUR', to: 'USD', rate: '1.1', source: 'ECB', unrounded: '110.055' },
          paidAmount: '110.06',
        },
      ],
    })
    expect((await api.call('GET', `${path}/${id}/explain`, { token: token.direct })).status).toBe(404)
  })

  test('what comes back takes back exactly that, whatever the rate is by then; the next batch pays at its own', async () => {
    await exchangeAt('2')
    await act(token.platform, first.payout, 'return', { payeeIds: [below.id], reason: 'account closed' })
    const [returned] = await sql<{ id: string }[]>`select id from payout_return where payout_id = ${first.payout}`
    expect(await posted(returned!.id)).toEqual([
      'fx_difference EUR 100.05',
      'commission_payable EUR -100.05',
      'bank USD 110.06',
      'fx_difference USD -110.06',
    ])
    expect((await sent()).payments).toMatchObject([{ amount: '100.05', paidCurrency: 'USD', paidAmount: '200.10' }])
    await sql`update organization set currency = 'EUR' where id = ${below.id}`
  })

  const broken = async (tx: Tx, ...checks: readonly Check[]): Promise<string[]> => {
    const outcomes = []
    for (const { run } of checks) outcomes.push((await run({ tx, progress: () => {} })).broken.first)
    return outcomes.flat().map(({ row }) => row)
  }

  test('is what ./weir verify computes again, and so are its postings', async () => {
    const db = openVerifier(database)
    const scope = {
      role: 'weir_verify',
      organizationId: nilId,
      accountId: null,
      sellerOfRecordId: nilId,
      line: [],
    } as const
    const found = await db.transaction(scope, (tx) => broken(tx, checkExchanges, checkLedger))
    await db.close()
    // The documents are paper without postings.
    expect(found.filter((row) => !row.startsWith('invoice'))).toEqual([])
  })

  const undone = new Error('undone')
  test.each([
    [
      'another amount than its rate gives',
      (tx: Sql) => tx`update payout_exchange set paid_amount = paid_amount + 0.01`,
    ],
    ['another sum than its statements', (tx: Sql) => tx`update payout_statement set amount = amount - 0.01`],
    ['the rate of another pair', (tx: Sql) => tx`update fx_rate set to_currency = 'CHF'`],
  ] as const)('is named by ./weir verify with %s', async (_, harm) => {
    let found: string[] = []
    const harmed = sql.begin(async (tx) => {
      await tx`set local session_replication_role = replica`
      await harm(tx)
      found = await broken(tx as unknown as Tx, checkExchanges)
      throw undone
    })
    await harmed.catch((error: unknown) => expect(error).toBe(undone))
    const payouts = await sql<
      { name: string }[]
    >`select 'payout ' || payout_id as name from payout_exchange order by payout_id`
    expect(found).toEqual(payouts.map(({ name }) => name))
  })
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

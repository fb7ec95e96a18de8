import { describe, expect, test } from 'bun:test'
import { nextPeriod as monthAfter } from '../../src/billing/period.ts'
import { commissionWorld, tiers } from '../support/commissions.ts'
import { postedBy, secondPerson, testStatements } from '../support/statements.ts'

const { api, sql, world, paper, commissions, nextPeriod } = await commissionWorld()
const { platform, partner, tenant } = world
const direct = partner('-/agent')
const token = {
  platform: await world.token(platform),
  second: await secondPerson(api, world, platform),
  direct: await world.token(direct),
  other: await world.token(partner('agent/agent')),
  reseller: await world.token(world.distributors.reseller),
}
const { act, find, lines, approve } = testStatements(api, { first: token.platform, second: token.second })

/** A month that the partner earned 10 % of these lines in; the months of two tests do not touch. */
async function earned(nets: readonly string[], body: object = tiers('marginal', [null, '10'])) {
  nextPeriod()
  const period = nextPeriod()
  await commissions.rule(period, { payer: platform, payee: direct, body: { ...body } })
  const invoiceId = await paper.issue(platform, tenant('-/agent'), period, nets)
  await commissions.run(platform, period)
  const statement = (await find(token.platform, direct, period))!
  return { period, invoiceId, statement, id: statement['id']! }
}

test('a run opens the statement of its payee, and extends it; payer and payee read the same', async () => {
  const { period, id, statement } = await earned(['100.00', '50.05'])
  expect(statement).toMatchObject({ state: 'open', lines: 2, total: '15.01', approvable: '15.01', approved: null })
  expect(await find(token.direct, direct, period)).toEqual(statement)
  await paper.issue(platform, tenant('-/agent'), period, ['10.00'])
  await commissions.run(platform, period)
  expect(await find(token.direct, direct, period)).toMatchObject({ id, lines: 3, total: '16.01' })
  expect((await lines(token.direct, id)).map(({ amount, standing }) => [amount, standing])).toEqual([
    ['10.00', 'open'],
    ['5.01', 'open'],
    ['1.00', 'open'],
  ])
})

describe('review and approval', () => {
  test('by two people, after the days of the review or the acceptance of the payee; then it is owed', async () => {
    const { id } = await earned(['100.00'])
    expect((await act(token.second, id, 'approve')).body.code).toBe('statement.not_in_review')
    const reviewed = await act(token.platform, id, 'review')
    const [week] = await sql`select (current_date + 7)::text as day`
    expect([reviewed.status, reviewed.body.state, reviewed.body.reviewUntil]).toEqual([200, 'in_review', week!['day']])
    expect((await act(token.platform, id, 'review')).body.code).toBe('statement.not_open')
    const same = await act(token.platform, id, 'approve')
    expect([same.status, same.body.code]).toEqual([409, 'statement.same_person'])
    expect((await act(token.second, id, 'approve')).body.code).toBe('statement.under_review')
    expect((await act(token.direct, id, 'accept')).status).toBe(200)
    const approved = await act(token.second, id, 'approve')
    expect(approved.body).toMatchObject({ state: 'approved', approved: '10.00', total: '10.00' })
    expect(await postedBy(sql, 'statement', [id])).toEqual(['commission_accrued 10.00', 'commission_payable -10.00'])
    const again = await act(token.second, id, 'approve')
    expect([again.status, again.body.code]).toEqual([409, 'statement.not_in_review'])
    expect((await lines(token.direct, id)).map(({ standing }) => standing)).toEqual(['approved'])
    const events =
      await sql`select type, count(*)::int as receivers from event where object_id = ${id} group by type order by type`
    expect([...events]).toEqual([
      { type: 'statement.approved', receivers: 2 },
      { type: 'statement.ready', receivers: 2 },
    ])
  })

  test('what is earned while it is in review goes on the next statement', async () => {
    const { period, id } = await earned(['100.00'])
    await act(token.platform, id, 'review', { days: 0 })
    await paper.issue(platform, tenant('-/agent'), period, ['30.00'])
    await commissions.run(platform, period)
    expect(await find(token.platform, direct, period)).toMatchObject({ total: '10.00' })
    expect(await find(token.platform, direct, monthAfter(period))).toMatchObject({ state: 'open', total: '3.00' })
  })

  test('a disputed line moves to the next statement, and is not paid until it is accepted', async () => {
    const { period, id } = await earned(['100.00', '50.00'])
    const [line] = await lines(token.direct, id)
    const said = await act(token.direct, id, `lines/${line!['earningId']}/dispute`, { reason: 'not my customer' })
    expect([said.status, said.body.disputed, said.body.approvable]).toEqual([200, '10.00', '5.00'])
    expect((await approve(direct, period))['approved']).toBe('5.00')
    const late = await act(token.direct, id, `lines/${(await lines(token.direct, id))[0]!['earningId']}/dispute`, {
      reason: 'late',
    })
    expect([late.status, late.body.code]).toEqual([409, 'statement.settled'])
    const next = (await find(token.direct, direct, monthAfter(period)))!
    expect(next).toMatchObject({ total: '10.00', disputed: '10.00', approvable: '0.00' })
    expect(await lines(token.direct, next['id']!)).toMatchObject([
      { standing: 'disputed', disputeReason: 'not my customer' },
    ])
    const earning = await api.call('GET', `/api/v1/commissions/earnings?period=${period}`, { token: token.direct })
    expect(earning.body.data.at(-1).statementId).toBe(next['id'])
    const accepted = await act(token.direct, next['id']!, `lines/${line!['earningId']}/accept`)
    expect([accepted.status, accepted.body.approvable]).toEqual([200, '10.00'])
    expect((await act(token.direct, next['id']!, `lines/${line!['earningId']}/accept`)).body.code).toBe(
      'earning.not_disputed',
    )
    expect((await approve(direct, monthAfter(period)))['approved']).toBe('10.00')
  })

  test('what is still held moves to the next statement', async () => {
    const hold = { ...tiers('marginal', [null, '10']), holdDays: 30, holdBackPercent: '20' }
    const { period, statement } = await earned(['100.00'], hold)
    expect(statement).toMatchObject({ total: '10.00', held: '2.00', approvable: '8.00' })
    expect((await approve(direct, period))['approved']).toBe('8.00')
    expect(await find(token.direct, direct, monthAfter(period))).toMatchObject({ total: '2.00', held: '2.00' })
  })

  test('404 alike for a foreign and an absent statement, whatever one would do to it; 403 for the wrong side', async () => {
    const { id } = await earned(['100.00'])
    for (const other of [id, Bun.randomUUIDv7()]) {
      expect((await act(token.other, other, 'accept')).status).toBe(404)
      expect((await act(token.other, other, `lines/${other}/dispute`, { reason: 'x' })).status).toBe(404)
      expect((await act(token.reseller, other, 'review')).status).toBe(404)
      expect((await api.call('GET', `/api/v1/commissions/statements/${other}`, { token: token.other })).status).toBe(
        404,
      )
    }
    expect((await act(token.platform, id, 'accept')).status).toBe(403)
    expect((await act(token.direct, id, 'review')).status).toBe(403)
    const wrong = await act(token.platform, id, 'review', { days: 91 })
    expect([wrong.status, wrong.body.errors[0].pointer]).toEqual([422, '/days'])
  })
})

import { describe, expect, test } from 'bun:test'
import { nextPeriod as monthAfter } from '../../src/billing/period.ts'
import { commissionWorld } from '../support/commissions.ts'
import { secondPerson, testStatements } from '../support/statements.ts'

const { api, world, paper, commissions, nextPeriod } = await commissionWorld()
const { platform, partner, tenant } = world
const [direct, other] = [partner('-/agent'), partner('agent/agent')]
const token = {
  platform: await world.token(platform),
  second: await secondPerson(api, world, platform),
  direct: await world.token(direct),
  other: await world.token(other),
}
const { act, approve, find, lines } = testStatements(api, { first: token.platform, second: token.second })
type Row = Record<string, any>

const get = async (caller: string, path: string): Promise<Row> => {
  const { status, body } = await api.call('GET', path, { token: caller })
  if (status !== 200) throw new Error(`GET ${path} answered ${status} ${JSON.stringify(body)}`)
  return body
}
const list = async (caller: string, path: string): Promise<Row[]> => (await get(caller, path))['data']
const path = '/api/v1/commissions'
const sumOf = (rows: Row[], field = 'amount') =>
  (rows.reduce((sum, row) => sum + Math.round(Number(row[field]) * 100), 0) / 100).toFixed(2)
const rowOf = async (caller: string, period: string) => (await list(caller, `${path}/summary?period=${period}`))[0]!

// A month of two agents: one line of the first is disputed and moves on, a credit note takes some back, and it is paid.
const period = nextPeriod()
nextPeriod()
for (const payee of [direct, other]) await commissions.rule(period, { payer: platform, payee })
const invoiceId = await paper.issue(platform, tenant('-/agent'), period, ['100.00', '50.00', '30.00'])
await paper.issue(platform, tenant('agent/agent'), period, ['70.00'])
await commissions.run(platform, period)
await api.call('POST', '/api/v1/credit-notes', {
  token: token.platform,
  body: { invoiceId, reason: 'a refund', lines: [{ line: 1, net: '20.00' }], issue: true },
})
await commissions.run(platform, period)
const statement = (await find(token.platform, direct, period))!
await act(token.platform, statement['id']!, 'review', { days: 7 })
const disputed = (await lines(token.direct, statement['id']!)).find(({ amount }) => amount === '3.00')!
await api.call('POST', `${path}/statements/${statement['id']}/lines/${disputed['earningId']}/dispute`, {
  token: token.direct,
  body: { reason: 'not ours' },
})
await act(token.direct, statement['id']!, 'accept')
await act(token.second, statement['id']!, 'approve')
await approve(other, period)
const made = await api.call('POST', `${path}/payouts`, { token: token.platform, body: {} })
const payoutId: string = made.body.id

describe('from a figure to its documents', () => {
  test.each([
    ['payer', token.platform],
    ['payee', token.direct],
  ])('a %s follows a row of the summary to the earnings that add up to it, and their statements', async (_, caller) => {
    const row = (await list(caller, `${path}/summary?period=${period}&payeeId=${direct.id}`))[0]!
    expect([row['earned'], row['reversed'], row['approved']]).toEqual(['18.00', '-2.00', '13.00'])
    const earnings = await list(caller, row['links'].earnings)
    expect(earnings).toHaveLength(4)
    expect(sumOf(earnings)).toBe('16.00')
    const statements = await list(caller, row['links'].statements)
    expect(statements.map(({ period: month, total }) => [month, total])).toEqual([
      [monthAfter(period), '3.00'],
      [period, '13.00'],
    ])
    expect(new Set(earnings.map(({ statementId }) => statementId))).toEqual(new Set(statements.map(({ id }) => id)))
  })

  test('the payer goes on to the batch that pays them; a payee reads its number and no batch', async () => {
    const row = (await list(token.platform, `${path}/summary?period=${period}&payeeId=${direct.id}`))[0]!
    expect((await list(token.platform, row['links'].payouts)).map(({ id }) => id)).toEqual([payoutId])
    expect((await rowOf(token.direct, period))['links'].payouts).toBeNull()
    expect(await list(token.direct, `${path}/payouts?payeeId=${direct.id}`)).toEqual([])
    const paid = await list(token.direct, `${path}/statements?payoutId=${payoutId}`)
    expect(paid.map(({ id, payoutId: number }) => [id, number])).toEqual([[statement['id'], payoutId]])
  })
})

describe('from an earning to its statement and payout, and back', () => {
  test('an earning says where it stands and what pays it, one that moved on too', async () => {
    const [moved] = await list(
      token.direct,
      `${path}/earnings?statementId=${(await find(token.direct, direct, monthAfter(period)))!['id']}`,
    )
    expect(await get(token.direct, `${path}/earnings/${disputed['earningId']}`)).toEqual(moved!)
    expect([moved!['amount'], moved!['payoutId']]).toEqual(['3.00', null])
    const staying = await list(token.direct, `${path}/earnings?statementId=${statement['id']}`)
    expect(staying.map(({ statementId, payoutId: number }) => [statementId, number])).toEqual(
      [1, 2, 3].map(() => [statement['id'], payoutId]),
    )
    expect(sumOf(staying)).toBe('13.00')
  })

  test('a batch leads to its statements and earnings: all of them for its payer, its own for a payee', async () => {
    const { payments, total } = await get(token.platform, `${path}/payouts/${payoutId}`)
    const ids = payments.flatMap(({ statementIds }: Row) => statementIds)
    const statements = await list(token.platform, `${path}/statements?payoutId=${payoutId}`)
    expect(statements.map(({ id }) => id).toSorted()).toEqual(ids.toSorted())
    expect(sumOf(await list(token.platform, `${path}/earnings?payoutId=${payoutId}`))).toBe(total)
    expect(sumOf(await list(token.direct, `${path}/earnings?payoutId=${payoutId}`))).toBe('13.00')
    for (const filter of [`statementId=${statement['id']}`, `payeeId=${other.id}`, 'state=draft', 'currency=EUR']) {
      expect((await list(token.platform, `${path}/payouts?${filter}`)).map(({ id }) => id)).toEqual([payoutId])
    }
    expect(await list(token.platform, `${path}/payouts?state=settled`)).toEqual([])
  })

  test('earnings are found by tenant, rule, kind and document', async () => {
    const found = async (filter: string) =>
      (await list(token.platform, `${path}/earnings?period=${period}&${filter}`)).map(({ amount }) => amount).toSorted()
    expect(await found(`tenantId=${tenant('agent/agent').id}`)).toEqual(['7.00'])
    expect(await found(`tenantId=${tenant('-/agent').id}&kind=earned`)).toEqual(['10.00', '3.00', '5.00'])
    expect(await found('kind=retier')).toEqual(['-2.00'])
    expect(await found(`documentId=${invoiceId}&kind=retier`)).toEqual([])
    const [one] = await list(token.platform, `${path}/earnings?period=${period}&payeeId=${other.id}`)
    expect(await found(`ruleVersionId=${one!['ruleVersionId']}`)).toEqual(['7.00'])
  })
})

test("nothing leads to somebody else's: foreign and absent are alike", async () => {
  const absent = Bun.randomUUIDv7()
  for (const id of [statement['id'], absent]) {
    expect(await list(token.other, `${path}/earnings?statementId=${id}`)).toEqual([])
  }
  expect((await list(token.other, `${path}/earnings?payoutId=${payoutId}`)).map(({ payeeId }) => payeeId)).toEqual([
    other.id,
  ])
  for (const id of [tenant('-/agent').id, absent]) {
    expect(await list(token.other, `${path}/earnings?tenantId=${id}`)).toEqual([])
  }
  for (const id of [disputed['earningId'], absent]) {
    expect((await api.call('GET', `${path}/earnings/${id}`, { token: token.other })).status).toBe(404)
  }
})

import { expect, test } from 'bun:test'
import { checkStatements } from '../../src/modules/verify/commissions/settled-statements.ts'
import { checkTakenBack } from '../../src/modules/verify/commissions/taken-back.ts'
import { commissionWorld, tiers } from '../support/commissions.ts'
import { statementHarms } from '../support/harms-statements.ts'
import { secondPerson, testStatements } from '../support/statements.ts'
import { outcomesOf } from '../support/verify.ts'
import type { Member } from '../support/world.ts'

const { database, api, world, paper, commissions, nextPeriod } = await commissionWorld()
const { platform, partner, tenant } = world
const [direct, below] = [partner('-/agent'), partner('agent/agent')]
const people = { first: await world.token(platform), second: await secondPerson(api, world, platform) }
const { approve } = testStatements(api, people)

/** Statements and payouts as they come about: tiered again, taken back later, held, paid, and one payment that came back. */
async function fill(): Promise<void> {
  const twoTiers = tiers('marginal', ['10000', '5'], [null, '8'])
  const open = await earn(direct, '10500.00', twoTiers)
  await credit(open.invoiceId, '1000.00')
  await commissions.run(platform, open.period)
  const closed = await earn(direct, '10500.00', twoTiers)
  await approve(direct, closed.period)
  await credit(closed.invoiceId, '1000.00')
  await commissions.run(platform, closed.period)
  await credit(closed.invoiceId, '500.00')
  await commissions.run(platform, closed.period)
  const other = await earn(below, '70.00')
  await approve(below, other.period)
  await payAndReturn(below)
  const held = await earn(direct, '200.00', { ...tiers('marginal', [null, '10']), holdDays: 30, holdBackPercent: '20' })
  await approve(direct, held.period)
  await earn(below, '30.00')
}

async function earn(payee: Member, net: string, body: object = {}) {
  nextPeriod()
  const period = nextPeriod()
  await commissions.rule(period, { payer: platform, payee, body: { ...body } })
  const buyer = tenant(payee === direct ? '-/agent' : 'agent/agent')
  const invoiceId = await paper.issue(platform, buyer, period, [net])
  await commissions.run(platform, period)
  return { period, invoiceId }
}

async function credit(invoiceId: string, net: string): Promise<void> {
  await done('/credit-notes', { invoiceId, reason: 'a refund', lines: [{ line: 1, net }], issue: true })
}

async function payAndReturn(payee: Member): Promise<void> {
  const { id } = await done('/commissions/payouts', {})
  await done(`/commissions/payouts/${id}/approve`, {}, people.second)
  await done(`/commissions/payouts/${id}/send`, {})
  await done(`/commissions/payouts/${id}/return`, { payeeIds: [payee.id], reason: 'account closed' })
}

async function done(path: string, body: object, token = people.first): Promise<{ id: string }> {
  const answer = await api.call('POST', `/api/v1${path}`, { token, body })
  if (answer.status >= 300) throw new Error(`POST ${path} answered ${answer.status} ${JSON.stringify(answer.body)}`)
  return answer.body
}

const checks = [checkTakenBack, checkStatements]

await fill()

test('what was taken back, moved on, paid and returned holds', async () => {
  const [takenBack, statements] = (await outcomesOf(database, checks)).outcomes
  expect(takenBack).toMatchObject({ looked: [[3, 'reductions of earnings']], broken: { count: 0, first: [] } })
  expect(statements?.broken).toEqual({ count: 0, first: [] })
  expect(statements?.looked[1]).toEqual([1, 'payouts'])
})

test.each(Object.keys(statementHarms))('names %s, and nothing else', async (harm) => {
  const { expected, outcomes } = await outcomesOf(database, checks, statementHarms[harm])
  const found = outcomes.flatMap(({ broken }) => broken.first.map(({ row }) => row))
  expect(found.toSorted()).toEqual(expected.toSorted())
})

import { describe, expect, test } from 'bun:test'
import { nextPeriod as monthAfter } from '../../src/billing/period.ts'
import { commissionWorld, tiers } from '../support/commissions.ts'
import { secondPerson, testStatements } from '../support/statements.ts'
import type { Member } from '../support/world.ts'

const { api, sql, world, paper, commissions, nextPeriod } = await commissionWorld()
const { platform, distributors, partner, tenant } = world
const direct = partner('-/agent')
const token = {
  platform: await world.token(platform),
  second: await secondPerson(api, world, platform),
  direct: await world.token(direct),
}
const { find, approve } = testStatements(api, { first: token.platform, second: token.second })

/** Credits so much of the lines of a document, the discounts on them counted in. */
async function credit(invoiceId: string, lines: readonly { line: number; net: string }[]): Promise<void> {
  const body = { invoiceId, reason: 'a refund', lines, issue: true }
  const { status } = await api.call('POST', '/api/v1/credit-notes', { token: token.platform, body })
  expect(status).toBe(201)
}

/** What each earning of the payee is, in the order in which they came. */
const amountsOf = async (payee: Member, period: string) => {
  const rows = await sql`
    select kind, amount::text, base::text from earning where payee_id = ${payee.id} and period = ${period} order by created_at, id`
  return rows.map(({ kind, base, amount }) => `${kind} ${amount} on ${base}`)
}
const explainAll = async (period: string) => {
  const { body } = await api.call('GET', `/api/v1/commissions/earnings?period=${period}`, { token: token.direct })
  for (const { id, amount } of body.data) {
    const answer = await api.call('GET', `/api/v1/commissions/earnings/${id}/explain`, { token: token.direct })
    expect([answer.status, answer.body.amount]).toEqual([200, amount])
  }
}
async function earned(nets: readonly string[], body: object) {
  nextPeriod()
  const period = nextPeriod()
  await commissions.rule(period, { payer: platform, payee: direct, body: { ...body } })
  const invoiceId = await paper.issue(platform, tenant('-/agent'), period, nets)
  await commissions.run(platform, period)
  return { period, invoiceId }
}
const flat = (percent: string) => tiers('marginal', [null, percent])
const twoTiers = { scope: 'period', ...tiers('marginal', ['10000', '5'], [null, '8']) }

describe('E14: a payment of 49.00 earned 14.70 and is refunded', () => {
  test('before the payout: the line is worth 0', async () => {
    const { period, invoiceId } = await earned(['49.00'], flat('30'))
    await credit(invoiceId, [{ line: 1, net: '49.00' }])
    expect(await commissions.run(platform, period)).toMatchObject({ earnings: 0, reversed: 1 })
    expect(await amountsOf(direct, period)).toEqual(['earned 14.70 on 49.00', 'retier -14.70 on -49.00'])
    expect(await find(token.direct, direct, period)).toMatchObject({ total: '0.00' })
    await explainAll(period)
  })

  test('after it: a new line of -14.70 on the open statement; a second run adds nothing', async () => {
    const { period, invoiceId } = await earned(['49.00'], flat('30'))
    await approve(direct, period)
    await credit(invoiceId, [{ line: 1, net: '49.00' }])
    expect(await commissions.run(platform, period)).toMatchObject({ reversed: 1 })
    expect(await commissions.run(platform, period)).toMatchObject({ earnings: 0, reversed: 0 })
    expect(await amountsOf(direct, period)).toEqual(['earned 14.70 on 49.00'])
    expect(await amountsOf(direct, monthAfter(period))).toEqual(['reversal -14.70 on -49.00'])
    expect(await find(token.direct, direct, monthAfter(period))).toMatchObject({ state: 'open', total: '-14.70' })
    const [told] = await sql`
      select count(*)::int as count from event where type = 'earning.reversed' and data ->> 'period' = ${monthAfter(period)}`
    expect(told).toEqual({ count: 2 })
    await explainAll(monthAfter(period))
  })
})

test('E16: a credit of 225.00 on 900.00 takes back 22.50 and 6.75', async () => {
  const period = nextPeriod()
  const below = partner('agent/agent')
  await commissions.rule(period, { payer: platform, payee: below, percent: '10' })
  await commissions.rule(period, { payer: platform, payee: distributors.agent, percent: '3' })
  const invoiceId = await paper.issue(platform, tenant('agent/agent'), period, [
    '1000.00',
    { net: '-100.00', discountOn: 1 },
  ])
  await commissions.run(platform, period)
  await credit(invoiceId, [{ line: 1, net: '225.00' }])
  await commissions.run(platform, period)
  expect(await amountsOf(below, period)).toEqual(['earned 90.00 on 900.00', 'retier -22.50 on -225.00'])
  expect(await amountsOf(distributors.agent, period)).toEqual(['earned 27.00 on 900.00', 'retier -6.75 on -225.00'])
})

describe('E17: 10500 at 5 % to 10000 and 8 % above earned 540.00, then a credit of 1000', () => {
  test('in the open period it is tiered again: -65.00', async () => {
    const { period, invoiceId } = await earned(['10500.00'], twoTiers)
    await credit(invoiceId, [{ line: 1, net: '1000.00' }])
    await commissions.run(platform, period)
    expect(await amountsOf(direct, period)).toEqual(['earned 540.00 on 10500.00', 'retier -65.00 on -1000.00'])
    await explainAll(period)
  })

  test('after approval it is the same share: -51.43, and the last credit takes the rest', async () => {
    const { period, invoiceId } = await earned(['10500.00'], twoTiers)
    await approve(direct, period)
    await credit(invoiceId, [{ line: 1, net: '1000.00' }])
    await commissions.run(platform, period)
    await credit(invoiceId, [{ line: 1, net: '9500.00' }])
    await commissions.run(platform, period)
    expect(await amountsOf(direct, monthAfter(period))).toEqual([
      'reversal -51.43 on -1000.00',
      'reversal -488.57 on -9500.00',
    ])
    await explainAll(monthAfter(period))
  })
})

test('several credits before one run build on each other, and a cap that was reached gives back only what is below it', async () => {
  const { period, invoiceId } = await earned(['300.00'], { ...flat('10'), cap: '25' })
  await credit(invoiceId, [{ line: 1, net: '20.00' }])
  await credit(invoiceId, [{ line: 1, net: '100.00' }])
  expect(await commissions.run(platform, period)).toMatchObject({ reversed: 2 })
  expect(await amountsOf(direct, period)).toEqual([
    'earned 25.00 on 300.00',
    'retier 0.00 on -20.00',
    'retier -7.00 on -100.00',
  ])
  await explainAll(period)
})

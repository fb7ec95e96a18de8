import { describe, expect, test } from 'bun:test'
import { newId } from '../../src/platform/ids.ts'
import { commissionWorld, tiers } from '../support/commissions.ts'
import type { Member } from '../support/world.ts'

const { api, sql, world, paper, commissions, nextPeriod } = await commissionWorld()
const { platform, distributors, partner, tenant } = world
const direct = partner('-/agent')
const below = partner('agent/agent')
const token = {
  platform: await world.token(platform),
  direct: await world.token(direct),
  below: await world.token(below),
}
const flat = tiers('marginal', [null, '10'])

const earningsOf = async (caller: string, period: string) => {
  const { status, body } = await api.call('GET', `/api/v1/commissions/earnings?period=${period}`, { token: caller })
  expect(status).toBe(200)
  return (body.data as Record<string, string>[]).toReversed()
}
const explained = async (caller: string, id: string) => {
  const { status, body } = await api.call('GET', `/api/v1/commissions/earnings/${id}/explain`, { token: caller })
  expect(status).toBe(200)
  return body
}
const sku = async (code: string): Promise<string> => {
  const id = newId()
  await sql`insert into sku (id, code, name, unit) values (${id}, ${code}, ${code}, 'hour')`
  return id
}

test('E16: of 1000.00 with a discount of 10 % the partner earns 90.00 and its distributor 27.00', async () => {
  const period = nextPeriod()
  await commissions.rule(period, { payer: platform, payee: below, percent: '10' })
  await commissions.rule(period, { payer: platform, payee: distributors.agent, percent: '3' })
  await paper.issue(platform, tenant('agent/agent'), period, ['1000.00', { net: '-100.00', discountOn: 1 }])
  expect(await commissions.run(platform, period)).toMatchObject({ lines: 2, earnings: 2, withoutRule: 0 })
  const rows = await commissions.earnings(period)
  expect(rows.map(({ line, base, amount }) => [line, base, amount])).toEqual([
    [1, '900.00', '27.00'],
    [1, '900.00', '90.00'],
  ])
  const [mine] = await earningsOf(token.below, period)
  expect(await explained(token.below, mine!['id']!)).toMatchObject({ lineNet: '1000.00', lineBase: '900.00' })
})

test('a rule for some SKUs earns on their lines only, and the estimate knows it', async () => {
  const period = nextPeriod()
  const skuId = await sku('only.this')
  await commissions.rule(period, { payer: platform, payee: direct, body: { skus: ['only.this'] } })
  await paper.issue(platform, tenant('-/agent'), period, ['500.00', { net: '70.00', skuId }])
  const summary = () => api.call('GET', `/api/v1/commissions/summary?period=${period}`, { token: token.direct })
  expect((await summary()).body.data).toMatchObject([{ estimated: '7.00', lines: 1, withoutRule: 1 }])
  await commissions.run(platform, period)
  expect((await commissions.earnings(period)).map(({ line, amount }) => [line, amount])).toEqual([[2, '7.00']])
})

test('a cap bounds what the period earns, line by line; a floor lifts it', async () => {
  const period = nextPeriod()
  await commissions.rule(period, { payer: platform, payee: direct, body: { ...flat, cap: '25' } })
  await paper.issue(platform, tenant('-/agent'), period, ['100.00', '200.00', '50.00'])
  await commissions.run(platform, period)
  expect((await commissions.earnings(period)).map(({ amount }) => amount)).toEqual(['10.00', '15.00', '0.00'])
  for (const { id } of await earningsOf(token.direct, period)) await explained(token.direct, id!)
  const next = nextPeriod()
  await commissions.rule(next, { payer: platform, payee: direct, body: { ...flat, floor: '25' } })
  await paper.issue(platform, tenant('-/agent'), next, ['100.00', '200.00'])
  await commissions.run(platform, next)
  expect((await commissions.earnings(next)).map(({ amount }) => amount)).toEqual(['25.00', '5.00'])
})

describe('E19: one earning for three payees', () => {
  const period = nextPeriod()
  const third = '33.333333333333'
  const others: readonly Member[] = [distributors.agent, below]

  test('100.00 is 33.34, 33.33 and 33.33, and the books say the same', async () => {
    const split = others.map(({ id }) => ({ payeeId: id, percent: third }))
    await commissions.rule(period, { payer: platform, payee: direct, body: { ...flat, split } })
    await paper.issue(platform, tenant('-/agent'), period, ['1000.00'])
    await commissions.run(platform, period)
    expect(await commissions.run(platform, period)).toMatchObject({ earnings: 0 })
    const amounts = new Map((await commissions.earnings(period)).map(({ payee_id, amount }) => [payee_id, amount]))
    expect([direct, ...others].map(({ id }) => amounts.get(id))).toEqual(['33.34', '33.33', '33.33'])
    const [posted] = await sql`
      select sum(posting.amount)::text as amount from posting join earning on earning.id = document_id
      where account = 'commission_expense' and earning.period = ${period}`
    expect(posted).toEqual({ amount: '100.00' })
  })

  test('each is explained its part of the whole; who shares sees neither line nor rule nor the others', async () => {
    const [share] = await earningsOf(token.below, period)
    const explanation = await explained(token.below, share!['id']!)
    expect(explanation).toMatchObject({
      document: { number: null },
      lineNet: null,
      rule: { tiers: [], cap: null },
      whole: '100.00',
      part: { percent: third, shareOf: share!['shareOf'] },
      amount: '33.33',
    })
    expect(JSON.stringify(explanation)).not.toContain('1000')
    const [own] = await earningsOf(token.direct, period)
    expect(await explained(token.direct, own!['id']!)).toMatchObject({ whole: '100.00', amount: '33.34' })
    const rules = await api.call('GET', '/api/v1/commissions/rules', { token: token.direct })
    expect(rules.body.data[0].split).toEqual([
      { payeeId: null, percent: third },
      { payeeId: null, percent: third },
    ])
  })
})

test('hold days free the earning later, a hold-back only its part', async () => {
  const period = nextPeriod()
  const hold = { ...flat, holdDays: 30, holdBackPercent: '20' }
  await commissions.rule(period, { payer: platform, payee: direct, body: hold })
  await paper.issue(platform, tenant('-/agent'), period, ['99.90'])
  await commissions.run(platform, period)
  const [day] = await sql`select (current_date + 30)::text as held`
  expect((await earningsOf(token.direct, period)).map(({ amount, heldUntil }) => [amount, heldUntil])).toEqual([
    ['7.99', null],
    ['2.00', day!['held']],
  ])
})

describe('POST /commissions/rules', () => {
  const post = (change: object) =>
    api.call('POST', '/api/v1/commissions/rules', {
      token: token.platform,
      body: { payeeId: direct.id, basis: 'net', scope: 'line', ...flat, validFrom: '2070-01-01', ...change },
    })

  test.each([
    ['a SKU that is none', { skus: ['nothing.like.it'] }, '/skus/0'],
    ['a plan that is none', { planIds: [Bun.randomUUIDv7()] }, '/planIds/0'],
    ['a cap below the floor', { cap: '1', floor: '2' }, '/floor'],
    ['a cap finer than a cent', { cap: '0.005' }, '/cap'],
    ['a hold-back without days', { holdBackPercent: '5' }, '/holdBackPercent'],
    ['a negative number of days', { holdDays: -1 }, '/holdDays'],
    ['shares over 100 %', { split: [{ payeeId: below.id, percent: '100.1' }] }, '/split/0/percent'],
    ['a share for the payee itself', { split: [{ payeeId: direct.id, percent: '1' }] }, '/split/0/payeeId'],
    [
      'a share for somebody outside',
      { split: [{ payeeId: partner('reseller/agent').id, percent: '1' }] },
      '/split/0/payeeId',
    ],
  ])('422 with a pointer for %s', async (_, change, pointer) => {
    const answer = await post(change)
    expect([answer.status, answer.body.errors[0].pointer]).toEqual([422, pointer])
  })
})

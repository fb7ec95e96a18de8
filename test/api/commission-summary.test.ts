import { expect, test } from 'bun:test'
import { commissionWorld, dayAfter, daysIn } from '../support/commissions.ts'

const { api, world, paper, commissions, nextPeriod } = await commissionWorld()
const { platform, distributors, partner, tenant } = world
const token = {
  platform: await world.token(platform),
  agent: await world.token(distributors.agent),
  direct: await world.token(partner('-/agent')),
  below: await world.token(partner('agent/agent')),
  sold: await world.token(partner('reseller/agent')),
  tenant: await world.token(tenant('agent/agent')),
}

/** One period with documents on three edges: two agents of the platform on one, the reseller's agent on another. */
const period = nextPeriod()
await commissions.rule(period, {
  payer: platform,
  payee: distributors.agent,
  percent: '10',
  body: {
    inheritable: true,
    scope: 'period',
    tiers: [
      { to: '150', percent: '10' },
      { to: null, percent: '20' },
    ],
  },
})
await commissions.rule(period, { payer: distributors.reseller, payee: partner('reseller/agent'), percent: '7' })
await paper.issue(platform, tenant('agent/agent'), period, ['100.05', '100.00'])
await paper.issue(distributors.reseller, tenant('reseller/agent'), period, ['50.00'])
await commissions.run(platform, period)
await commissions.run(distributors.reseller, period)

const summaryOf = async (caller: string, at: string, more = '') => {
  const { status, body } = await api.call('GET', `/api/v1/commissions/summary?period=${at}${more}`, { token: caller })
  expect(status).toBe(200)
  return body.data as Record<string, unknown>[]
}
const figures = (rows: readonly Record<string, unknown>[]) =>
  rows.map(({ name, side, estimated, earned, lines, withoutRule, parked }) => [
    name,
    side,
    estimated,
    earned,
    lines,
    withoutRule,
    parked,
  ])

test('what is earned, for payer and payee; nothing is reversed, approved or paid yet', async () => {
  const rows = await summaryOf(token.platform, period)
  expect(figures(rows).sort()).toEqual([
    ['distributor agent', 'payer', '0.00', '25.01', 2, 0, 0],
    ['partner agent/agent', 'payer', '0.00', '25.01', 2, 0, 0],
  ])
  expect(rows[0]).toMatchObject({
    groupBy: 'payee',
    period,
    currency: 'EUR',
    reversed: '0.00',
    approved: '0.00',
    paid: '0.00',
    asOf: null,
  })
  const [mine] = await summaryOf(token.below, period)
  const paid = rows.find((row) => row['payeeId'] === partner('agent/agent').id)!
  expect(mine).toEqual({ ...paid, side: 'payee', links: { ...(paid['links'] as object), payouts: null } })
  expect(figures(await summaryOf(token.sold, period))).toEqual([
    ['partner reseller/agent', 'payee', '0.00', '3.50', 1, 0, 0],
  ])
  expect(await summaryOf(token.direct, period)).toEqual([])
})

test('grouped by payer, and for one payee', async () => {
  const rows = await summaryOf(token.platform, period, '&groupBy=payer')
  expect(rows).toMatchObject([{ groupId: platform.id, payeeId: null, earned: '50.02', lines: 4, name: 'Platform' }])
  const one = await summaryOf(token.platform, period, `&payeeId=${distributors.agent.id}`)
  expect(one).toMatchObject([{ payeeId: distributors.agent.id, earned: '25.01' }])
  for (const id of [partner('reseller/agent').id, Bun.randomUUIDv7()]) {
    expect(await summaryOf(token.platform, period, `&payeeId=${id}`)).toEqual([])
  }
})

test('an estimate without any run is what the run then earns, to the cent, with inheritance and a change of rule', async () => {
  const at = nextPeriod()
  const tiers = [
    { to: '50', percent: '7.77' },
    { to: '120', percent: '9.125', mode: 'whole' },
    { to: null, percent: '3' },
  ]
  const cut = { validTo: `${at}-11`, inheritable: true, tiers }
  await commissions.rule(at, { payer: platform, payee: distributors.agent, body: cut })
  await commissions.rule(at, {
    payer: platform,
    payee: distributors.agent,
    body: { ...cut, validFrom: `${at}-11`, validTo: dayAfter(at), scope: 'period' },
  })
  const nets = ['31.00', '62.00', '-124.00', '310.00', '465.00', '0.31', '1550.00', '155.00']
  await paper.issue(platform, tenant('agent/agent'), at, nets.slice(0, 4))
  await paper.issue(platform, tenant('agent/-'), at, nets.slice(4))
  const before = await Promise.all([token.platform, token.agent, token.below].map((caller) => summaryOf(caller, at)))
  await commissions.run(platform, at)
  const after = await Promise.all([token.platform, token.agent, token.below].map((caller) => summaryOf(caller, at)))
  const pick = (rows: typeof before, field: string) =>
    rows.map((data) => data.map((row) => [row['payeeId'], row[field]]))
  expect(pick(before, 'estimated')).toEqual(pick(after, 'earned'))
  expect(
    pick(before, 'earned')
      .flat()
      .map(([, amount]) => amount),
  ).toEqual(['0.00', '0.00', '0.00', '0.00'])
  expect(
    pick(after, 'estimated')
      .flat()
      .map(([, amount]) => amount),
  ).toEqual(['0.00', '0.00', '0.00', '0.00'])
})

test('buckets that are not billed count, rounded as their line will be; a parked one is unknown, never 0', async () => {
  const at = nextPeriod()
  await commissions.rule(at, { payer: platform, payee: partner('-/agent') })
  await paper.rate(platform, tenant('-/agent'), at, null)
  expect(figures(await summaryOf(token.direct, at))).toEqual([['partner -/agent', 'payee', null, '0.00', 0, 0, 1]])
  await paper.rate(platform, tenant('-/agent'), at, '100.0449')
  await paper.rate(platform, tenant('-/agent'), at, '0.045')
  const [row] = await summaryOf(token.direct, at)
  expect(figures([row!])).toEqual([['partner -/agent', 'payee', '10.01', '0.00', 2, 0, 1]])
  expect(row!['asOf']).toMatch(/^\d{4}-\d{2}-\d{2}T/)
  expect(figures(await summaryOf(token.platform, at))).toEqual([['partner -/agent', 'payer', '10.01', '0.00', 2, 0, 1]])
})

test('lines without a rule are counted and their earning is unknown', async () => {
  const at = nextPeriod()
  await paper.issue(platform, tenant('-/agent'), at, ['100.00'])
  expect(figures(await summaryOf(token.direct, at))).toEqual([['partner -/agent', 'payee', null, '0.00', 0, 1, 0]])
})

test('the estimate goes on from what the period has earned, on lines that lack an earning only', async () => {
  const at = nextPeriod()
  const tiers = [
    { to: '100', percent: '10' },
    { to: null, percent: '20' },
  ]
  await commissions.rule(at, { payer: platform, payee: partner('-/agent'), body: { scope: 'period', tiers } })
  await paper.issue(platform, tenant('-/agent'), at, ['90.00'])
  await commissions.run(platform, at)
  await paper.issue(platform, tenant('-/agent'), at, ['20.00'])
  expect(figures(await summaryOf(token.direct, at))).toEqual([['partner -/agent', 'payee', '3.00', '9.00', 2, 0, 0]])
})

test('of a line that earned on some of its days, only the other days are estimated', async () => {
  const at = nextPeriod()
  const days = daysIn(at)
  await commissions.rule(at, { payer: platform, payee: partner('-/agent'), body: { validFrom: `${at}-11` } })
  await paper.issue(platform, tenant('-/agent'), at, [`${days * 10}.00`])
  await commissions.run(platform, at)
  const earned = `${days - 10}.00`
  expect(figures(await summaryOf(token.direct, at))).toEqual([['partner -/agent', 'payee', null, earned, 1, 1, 0]])
  await commissions.rule(at, { payer: platform, payee: partner('-/agent'), body: { validTo: `${at}-11` } })
  expect(figures(await summaryOf(token.direct, at))).toEqual([['partner -/agent', 'payee', '10.00', earned, 2, 0, 0]])
})

test('403 for a tenant, 422 without a period', async () => {
  expect((await api.call('GET', '/api/v1/commissions/summary?period=2021-01', { token: token.tenant })).status).toBe(
    403,
  )
  const wrong = await api.call('GET', '/api/v1/commissions/summary', { token: token.platform })
  expect([wrong.status, wrong.body.errors[0].pointer]).toEqual([422, '/query/period'])
})

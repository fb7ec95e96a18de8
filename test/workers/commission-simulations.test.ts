import { describe, expect, test } from 'bun:test'
import { simulateCommissions } from '../../jobs/commissions.ts'
import { simulate } from '../../src/modules/commissions/simulations/simulate.ts'
import { nilId } from '../../src/platform/ids.ts'
import { handle } from '../../src/platform/work.ts'
import { commissionsHandlers } from '../../workers/commissions.ts'
import { commissionWorld, dayAfter, tiers } from '../support/commissions.ts'

const { api, sql, world, paper, commissions, nextPeriod } = await commissionWorld()
const { platform, distributors, partner, tenant } = world
const direct = partner('-/agent')
const token = { platform: await world.token(platform), direct: await world.token(direct) }
const path = '/api/v1/commissions/simulations'

const start = (period: string, body: object, caller = token.platform) =>
  api.call('POST', path, { token: caller, body: { period, payeeId: direct.id, basis: 'net', scope: 'line', ...body } })
const rowsOf = async (id: string, by: string) =>
  (await api.call('GET', `${path}/${id}/rows?groupBy=${by}`, { token: token.platform })).body.data as Record<
    string,
    string
  >[]
async function simulated(period: string, body: object, handlers = commissionsHandlers) {
  const { status, body: accepted } = await start(period, body)
  expect(status).toBe(202)
  expect(await commissions.runner(handlers).run(accepted.jobId)).toBe('done')
  return (await api.call('GET', `${path}/${accepted.simulationId}`, { token: token.platform })).body
}
const flat = (percent: string) => tiers('marginal', [null, percent])
const twoTiers = { scope: 'period', ...tiers('marginal', ['100', '5'], [null, '8']) }

/** A month of its own with documents, and a rule unless none is wanted. */
async function billed(nets: readonly string[], body?: object): Promise<string> {
  const period = nextPeriod()
  if (body) await commissions.rule(period, { payer: platform, payee: direct, body: { ...body } })
  for (const net of nets) await paper.issue(platform, tenant('-/agent'), period, [net])
  return period
}

test('simulations are listed newest first, to their payer alone', async () => {
  const period = await billed(['10.00'])
  const first = await simulated(period, flat('1'))
  const second = await simulated(period, flat('2'))
  const { body } = await api.call('GET', `${path}?limit=2`, { token: token.platform })
  const { totals: _, ...listed } = second
  expect(body.data.map(({ id }: { id: string }) => id)).toEqual([second.id, first.id])
  expect(body.data[0]).toEqual(listed)
  expect((await api.call('GET', path, { token: token.direct })).body.data).toEqual([])
})

describe('a draft rule replayed over the documents of a period', () => {
  test.each([
    ['a line', { scope: 'line', ...flat('7.25') }],
    ['the period to date', { ...twoTiers, cap: '9' }],
  ])('that is the rule in force differs by exactly 0, counting %s', async (_, body) => {
    const period = await billed(['33.33', '90.01', '60.01'], body)
    const { state, totals } = await simulated(period, body)
    await commissions.run(platform, period)
    const earned = (await commissions.earnings(period)).reduce(
      (sum, { amount }) => sum + Math.round(Number(amount) * 100),
      0,
    )
    const before = (earned / 100).toFixed(2)
    expect([state, totals]).toEqual([
      'done',
      [{ currency: 'EUR', lines: 3, before, after: before, difference: '0.00', unknown: 0 }],
    ])
  })

  test('says what it would change, by payee, distributor, partner, tenant and SKU, and changes nothing', async () => {
    const period = await billed(['100.00', '50.00'], flat('10'))
    const simulation = await simulated(period, flat('12.5'))
    const figures = { currency: 'EUR', lines: 2, before: '15.00', after: '18.75', difference: '3.75', unknown: 0 }
    expect(simulation).toMatchObject({ payerId: platform.id, payeeId: direct.id, period, totals: [figures] })
    for (const [by, groupId] of [
      ['payee', direct.id],
      ['distributor', nilId],
      ['partner', direct.id],
      ['tenant', tenant('-/agent').id],
    ] as const) {
      expect(await rowsOf(simulation.id, by)).toMatchObject([{ groupBy: by, groupId, ...figures }])
    }
    expect(await rowsOf(simulation.id, 'sku')).toMatchObject([figures])
    expect(await sql`select from earning where period = ${period}`).toHaveLength(0)
  })

  test('counts the period to date through all its chunks, and nothing earned nothing before', async () => {
    const period = await billed(['90.00', '60.00', '10.00'])
    const oneByOne = [handle(simulateCommissions, (ctx, payload) => simulate(ctx, payload, { lines: 1, documents: 1 }))]
    // 5.00 + 8 % of 60.00
    const figures = { lines: 3, before: '0.00', after: '9.80', difference: '9.80' }
    expect((await simulated(period, twoTiers, oneByOne)).totals).toMatchObject([figures])
    expect((await simulated(period, twoTiers)).totals).toMatchObject([figures])
  })

  test("of a distributor is taken by its agent partners without a rule, in place of the distributor's own", async () => {
    const period = nextPeriod()
    await commissions.rule(period, { payer: platform, payee: distributors.agent, body: { inheritable: true } })
    await paper.issue(platform, tenant('agent/agent'), period, ['100.00'])
    const { id, totals } = await simulated(period, { payeeId: distributors.agent.id, ...flat('15') })
    expect(totals).toMatchObject([{ lines: 2, before: '20.00', after: '30.00', difference: '10.00' }])
    expect((await rowsOf(id, 'payee')).map(({ groupId }) => groupId).toSorted()).toEqual(
      [distributors.agent.id, partner('agent/agent').id].toSorted(),
    )
  })

  test('is compared with a retroactive version on all days of the month', async () => {
    const period = nextPeriod()
    for (const [day, percent, retroactive] of [
      ['01', '8', false],
      ['11', '10', true],
    ] as const) {
      const body = { validFrom: `${period}-${day}`, validTo: undefined, retroactive, ...flat(percent) }
      await commissions.rule(period, { payer: platform, payee: direct, body })
    }
    await paper.issue(platform, tenant('-/agent'), period, ['961.00'])
    const figures = { before: '96.10', after: '96.10', difference: '0.00' }
    expect((await simulated(period, flat('10'))).totals).toMatchObject([figures])
  })

  test('on the margin does not guess where the cost is unknown', async () => {
    const period = await billed(['100.00'], flat('10'))
    const { totals } = await simulated(period, { basis: 'margin', ...flat('50') })
    expect(totals).toMatchObject([{ lines: 1, before: '0.00', after: '0.00', difference: '0.00', unknown: 1 }])
  })
})

describe('a draft rule that waits for payment, replayed over what was paid and credited', () => {
  const buyer = tenant('-/agent')
  const pay = async (invoiceId: string, amount: string, receivedOn: string): Promise<string> => {
    const body = { amount, currency: 'EUR', receivedOn, reference: Bun.randomUUIDv7(), allocations: [{ invoiceId }] }
    const answer = await api.call('POST', '/api/v1/payments', { token: token.platform, body })
    if (answer.status !== 201) throw new Error(`paying answered ${answer.status} ${JSON.stringify(answer.body)}`)
    return answer.body.id
  }
  /** A month in which one document of its own and one of the month before are paid in parts, and something goes back. */
  async function paidMonth(body?: object): Promise<string> {
    const [earlier, period] = [nextPeriod(), nextPeriod()]
    if (body) {
      const days = { validTo: dayAfter(period) }
      await commissions.rule(earlier, { payer: platform, payee: direct, body: { ...days, ...body } })
    }
    const old = await paper.issue(platform, buyer, earlier, ['33.33', '66.67'])
    const own = await paper.issue(platform, buyer, period, ['60.01', '40.00'])
    await paper.issue(platform, buyer, period, ['10.00'])
    await pay(old, '50.00', `${earlier}-20`)
    await pay(old, '50.00', `${period}-03`)
    const returned = await pay(own, '90.01', `${period}-10`)
    await api.call('POST', `/api/v1/payments/${returned}/reverse`, {
      token: token.platform,
      body: { reason: 'returned' },
    })
    await pay(own, '70.00', `${period}-20`)
    return period
  }
  const earnedIn = async (period: string): Promise<string> => {
    await commissions.run(platform, period)
    const amounts = (await commissions.earnings(period)).map(({ amount }) => Math.round(Number(amount) * 100))
    return (amounts.reduce((sum, amount) => sum + amount, 0) / 100).toFixed(2)
  }

  test.each([
    ['what is collected of each line', { basis: 'collected', scope: 'line', ...flat('7.25') }],
    ['the month to date', { basis: 'collected', ...twoTiers, cap: '6' }],
    ['whole documents', { basis: 'net', scope: 'line', trigger: 'paid', ...flat('7.25') }],
  ])('that is the rule in force differs by exactly 0 and is what the run earns, counting %s', async (_, body) => {
    const period = await paidMonth(body)
    const oneByOne = [handle(simulateCommissions, (ctx, payload) => simulate(ctx, payload, { lines: 1, documents: 1 }))]
    const { totals } = await simulated(period, body, oneByOne)
    const earned = await earnedIn(period)
    expect(earned).not.toBe('0.00')
    // Two lines of the document of the month before, and three of the month's own.
    const figures = { currency: 'EUR', lines: 5, before: earned, after: earned, difference: '0.00', unknown: 0 }
    expect(totals).toEqual([figures])
  })

  test('in place of one that earns with the document takes what was collected for what was issued', async () => {
    const period = await paidMonth({ basis: 'net', scope: 'line', ...flat('10') })
    const { id, totals } = await simulated(period, { basis: 'collected', scope: 'line', ...flat('20') })
    // 10 % of 110.01, line by line; then 20 % of 50.00 of the document before, and of 70.00.
    expect(totals).toMatchObject([{ lines: 5, before: '11.00', after: '24.00', difference: '13.00', unknown: 0 }])
    expect(await rowsOf(id, 'tenant')).toMatchObject([{ groupId: buyer.id, difference: '13.00' }])
  })

  test('knows the credit notes of the month, which make less of a document that is paid', async () => {
    const body = { basis: 'collected', scope: 'line', ...flat('10') }
    const period = nextPeriod()
    const month = Temporal.Now.plainDateISO('UTC').toPlainYearMonth().toString()
    await commissions.rule(period, { payer: platform, payee: direct, body })
    const invoiceId = await paper.issue(platform, buyer, period, ['60.00', '40.00'])
    await pay(invoiceId, '100.00', `${period}-20`)
    const note = { invoiceId, reason: 'never delivered', lines: [{ line: 1 }], issue: true }
    expect((await api.call('POST', '/api/v1/credit-notes', { token: token.platform, body: note })).status).toBe(201)
    const figures = { lines: 2, before: '-6.00', after: '-12.00', difference: '-6.00' }
    expect((await simulated(month, { ...body, ...flat('20') })).totals).toMatchObject([figures])
  })

  test('on the margin does not guess where the cost is unknown', async () => {
    const period = await paidMonth({ basis: 'net', scope: 'line', ...flat('10') })
    const { totals } = await simulated(period, { basis: 'margin', trigger: 'paid', scope: 'line', ...flat('50') })
    expect(totals).toMatchObject([{ lines: 5, before: '0.00', after: '0.00', unknown: 5 }])
  })
})

describe('bad input', () => {
  const period = nextPeriod()
  test.each([
    ['what is collected, before it is paid', { basis: 'collected', trigger: 'issued', ...flat('1') }, '/trigger'],
    ['a hole in the tiers', { tiers: [{ from: '5', to: null, percent: '1' }] }, '/tiers/0/from'],
    ['a payee of somebody else', { payeeId: partner('reseller/agent').id, ...flat('1') }, '/payeeId'],
    ['days of validity', { validFrom: '2021-01-01', ...flat('1') }, '/validFrom'],
  ])('422 with a pointer for %s', async (_, body, pointer) => {
    const answer = await start(period, body)
    expect([answer.status, answer.body.errors[0].pointer]).toEqual([422, pointer])
  })

  test('403 for an agent, 404 alike for a foreign simulation and an absent one, 409 for a month that has not begun', async () => {
    expect((await start(period, flat('1'), token.direct)).status).toBe(403)
    const { body } = await start(period, flat('1'))
    for (const id of [body.simulationId, Bun.randomUUIDv7()]) {
      expect((await api.call('GET', `${path}/${id}`, { token: token.direct })).status).toBe(404)
      expect((await api.call('GET', `${path}/${id}/rows`, { token: token.direct })).status).toBe(404)
    }
    expect((await start('2999-01', flat('1'))).status).toBe(409)
  })
})

import { describe, expect, test } from 'bun:test'
import { nextPeriod as monthAfter } from '../../src/billing/period.ts'
import { checkEarnings } from '../../src/modules/verify/commissions/earnings.ts'
import { checkTakenBack } from '../../src/modules/verify/commissions/taken-back.ts'
import { commissionsHandlers } from '../../workers/commissions.ts'
import { commissionWorld, dayAfter, daysIn, tiers } from '../support/commissions.ts'
import { secondPerson, testStatements } from '../support/statements.ts'
import { brokenIn, outcomesOf } from '../support/verify.ts'
import type { Member } from '../support/world.ts'

const { database, api, sql, world, paper, commissions, nextPeriod } = await commissionWorld()
const { platform, distributors, partner, tenant } = world
const direct = partner('-/agent')
const token = {
  platform: await world.token(platform),
  second: await secondPerson(api, world, platform),
  direct: await world.token(direct),
}
const { approve, find } = testStatements(api, { first: token.platform, second: token.second })

const checks = [checkTakenBack, checkEarnings]
const broken = async (harm?: Parameters<typeof outcomesOf>[2]): Promise<string[]> => {
  const { outcomes } = await outcomesOf(database, checks, harm)
  return brokenIn(outcomes.map((outcome) => Object.assign(outcome, { law: 'I3' as const })))
}
/** A month of 31 days, and the one after it free. */
function longMonth(): string {
  nextPeriod()
  for (let period = nextPeriod(); ; period = nextPeriod()) if (daysIn(period) === 31) return period
}
const flat = (percent: string) => tiers('marginal', [null, percent])
const rule = (period: string, day: string, body: object, payee: Member = direct) =>
  commissions.rule(period, {
    payer: platform,
    payee,
    body: { validFrom: `${period}-${day}`, validTo: undefined, ...body },
  })
const credit = async (invoiceId: string, net: string): Promise<void> => {
  const body = { invoiceId, reason: 'a refund', lines: [{ line: 1, net }], issue: true }
  const { status } = await api.call('POST', '/api/v1/credit-notes', { token: token.platform, body })
  expect(status).toBe(201)
}
const seen = async (period: string): Promise<string[]> => {
  const rows = await sql`
    select kind, amount::text from earning where period = ${period} and payee_id = ${direct.id} order by created_at, id`
  return rows.map(({ kind, amount }) => `${kind} ${amount}`)
}
/** What the payee has of these documents, in whatever month it stands. */
const totalOf = async (...invoiceIds: string[]): Promise<string> => {
  const [row] = await sql`
    select coalesce(sum(amount), 0)::text as total from earning
    where invoice_id in (select id from invoice where id = any (${invoiceIds}) or amends = any (${invoiceIds}))`
  return row!['total']
}
async function explainAll(...periods: string[]): Promise<void> {
  for (const period of periods) {
    const path = `/api/v1/commissions/earnings?limit=200&period=${period}`
    for (const { id, amount } of (await api.call('GET', path, { token: token.platform })).body.data) {
      const answer = await api.call('GET', `/api/v1/commissions/earnings/${id}/explain`, { token: token.platform })
      expect([answer.status, answer.body.amount]).toEqual([200, amount])
    }
  }
}

describe('E18: 31.00 a day in a month, 8 % for days 1 to 10 and 10 % from day 11', () => {
  test.each([
    ['split by days: 89.90', false, ['earned 24.80', 'earned 65.10']],
    ['with the flag all of the month by the new rate: 96.10', true, ['earned 96.10']],
  ])('is %s', async (_, retroactive, amounts) => {
    const period = longMonth()
    await rule(period, '01', flat('8'))
    await rule(period, '11', { retroactive, ...flat('10') })
    await paper.issue(platform, tenant('-/agent'), period, ['961.00'])
    await commissions.run(platform, period)
    expect(await seen(period)).toEqual(amounts)
    expect(await commissions.run(platform, period)).toMatchObject({ earnings: 0, retiered: 0 })
  })

  test('after the run, the next run of any month writes the difference of 6.20 once', async () => {
    const period = longMonth()
    await rule(period, '01', flat('8'))
    await rule(period, '11', flat('10'))
    const invoiceId = await paper.issue(platform, tenant('-/agent'), period, ['961.00'])
    await commissions.run(platform, period)
    await rule(period, '12', { retroactive: true, ...flat('10') })
    const next = monthAfter(period)
    expect(await commissions.run(platform, next)).toMatchObject({ earnings: 0, retiered: 2 })
    for (const again of [period, next]) {
      expect(await commissions.run(platform, again)).toMatchObject({ earnings: 0, retiered: 0, reversed: 0 })
    }
    const lines = ['earned 24.80', 'earned 65.10', 'retier -24.80', 'retier -65.10', 'retier 96.10']
    expect(await seen(period)).toEqual(lines)
    expect(await totalOf(invoiceId)).toBe('96.10')
    expect(await find(token.direct, direct, period)).toMatchObject({ state: 'open', total: '96.10' })
    const query = `period=${period}`
    const { body } = await api.call('GET', `/api/v1/commissions/summary?${query}`, { token: token.direct })
    expect(body.data).toMatchObject([{ earned: '89.90', reversed: '6.20' }])
    await explainAll(period)
  })

  test('once the statement is approved, the difference stands on the next one', async () => {
    const period = longMonth()
    await rule(period, '01', flat('8'))
    await paper.issue(platform, tenant('-/agent'), period, ['961.00'])
    await commissions.run(platform, period)
    await approve(direct, period)
    await rule(period, '11', { retroactive: true, ...flat('10') })
    await commissions.run(platform, monthAfter(period))
    expect(await find(token.direct, direct, period)).toMatchObject({ state: 'approved', total: '76.88' })
    expect(await find(token.direct, direct, monthAfter(period))).toMatchObject({ state: 'open', total: '19.22' })
  })

  test('is estimated by the version that holds, before anything is billed', async () => {
    const period = longMonth()
    await rule(period, '01', flat('8'))
    await rule(period, '11', { retroactive: true, ...flat('10') })
    await paper.rate(platform, tenant('-/agent'), period, '961')
    const { body } = await api.call('GET', `/api/v1/commissions/summary?period=${period}`, { token: token.platform })
    expect(body.data).toMatchObject([{ estimated: '96.10', lines: 1 }])
  })
})

const byMonth = { scope: 'period', ...tiers('marginal', ['500', '5'], [null, '10']) }
const betterByMonth = { scope: 'period', ...tiers('whole', ['700', '6'], [null, '12']), cap: '100' }

describe('what comes late comes to what would have been earned, had it been known before', () => {
  const documents = [['300.00', '61.37'], ['450.01']]
  const issue = async (period: string): Promise<string[]> => {
    const ids: string[] = []
    for (const nets of documents) ids.push(await paper.issue(platform, tenant('-/agent'), period, nets))
    return ids
  }
  test.each([
    ['line by line', flat('8'), flat('10.5')],
    ['the month to date, within a cap', byMonth, betterByMonth],
    ['the month to date in place of line by line', flat('8'), betterByMonth],
    ['line by line in place of the month to date', byMonth, { ...flat('10.5'), floor: '60' }],
    ['only from the day on where it says so', flat('8'), { ...flat('10.5'), holdDays: 30, holdBackPercent: '50' }],
  ])('counting %s, credits before and after it too', async (_, old, better) => {
    const known = longMonth()
    await rule(known, '01', old)
    await rule(known, '12', { retroactive: true, ...better })
    const knownIds = await issue(known)
    await commissions.run(platform, known)
    for (const net of ['50.00', '33.33']) await credit(knownIds[0]!, net)
    await commissions.run(platform, known)

    const late = longMonth()
    await rule(late, '01', old)
    const ids = await issue(late)
    await commissions.run(platform, late)
    await credit(ids[0]!, '50.00')
    await commissions.run(platform, late)
    await rule(late, '12', { retroactive: true, ...better })
    expect(await commissions.run(platform, monthAfter(late))).toMatchObject({ retiered: 3 })
    await credit(ids[0]!, '33.33')
    await commissions.run(platform, late)
    expect(await totalOf(...ids)).toBe(await totalOf(...knownIds))
    await explainAll(known, late, monthAfter(late))
  })

  test('what a credit note took of an approved statement is taken of what is earned instead', async () => {
    const period = longMonth()
    await rule(period, '01', flat('8'))
    const invoiceId = await paper.issue(platform, tenant('-/agent'), period, ['900.00'])
    await commissions.run(platform, period)
    await approve(direct, period)
    await credit(invoiceId, '225.00')
    await commissions.run(platform, period)
    expect(await totalOf(invoiceId)).toBe('54.00')
    await rule(period, '11', { retroactive: true, ...flat('10') })
    await commissions.run(platform, monthAfter(period))
    expect(await totalOf(invoiceId)).toBe('67.50')
    await explainAll(period, monthAfter(period))
  })
})

test('what was credited whole comes to nothing by the new version too', async () => {
  const period = longMonth()
  await rule(period, '01', flat('8'))
  const invoiceId = await paper.issue(platform, tenant('-/agent'), period, ['310.00'])
  await commissions.run(platform, period)
  await credit(invoiceId, '310.00')
  await commissions.run(platform, period)
  await rule(period, '11', { retroactive: true, ...flat('10') })
  expect(await commissions.run(platform, period)).toMatchObject({ retiered: 1, reversed: 1 })
  expect(await totalOf(invoiceId)).toBe('0.00')
  await explainAll(period)
})

test('a partner that takes the rule of its distributor is computed again with it', async () => {
  const period = longMonth()
  const open = { inheritable: true }
  await rule(period, '01', { ...open, ...flat('8') }, distributors.agent)
  await paper.issue(platform, tenant('agent/agent'), period, ['961.00'])
  await commissions.run(platform, period)
  await rule(period, '11', { ...open, retroactive: true, validTo: dayAfter(period), ...flat('10') }, distributors.agent)
  expect(await commissions.run(platform, monthAfter(period))).toMatchObject({ retiered: 2 })
  const rows = await sql`
    select payee_id, sum(amount)::text as total from earning where period = ${period} group by payee_id order by total`
  expect(rows.map(({ total }) => total)).toEqual(['96.10', '96.10'])
})

test('a rule of its own takes the place of what it took from its distributor', async () => {
  const period = longMonth()
  await rule(period, '21', { inheritable: true, ...flat('8') }, distributors.agent)
  const invoiceId = await paper.issue(platform, tenant('agent/agent'), period, ['310.00'])
  await commissions.run(platform, period)
  const below = partner('agent/agent')
  await rule(period, '21', { retroactive: true, validTo: dayAfter(period), ...flat('10') }, below)
  await commissions.run(platform, monthAfter(period))
  const rows = await sql`
    select payee_id, sum(amount)::text as total from earning where invoice_id = ${invoiceId} group by payee_id order by total`
  // The distributor has its 8 % of 110.00, and the partner 10 % of all.
  expect(rows.map(({ payee_id: id, total }) => [id, total])).toEqual([
    [below.id, '31.00'],
    [distributors.agent.id, '8.80'],
  ])
})

test('two runs at once come to it once', async () => {
  const period = longMonth()
  await rule(period, '01', flat('8'))
  const invoiceId = await paper.issue(platform, tenant('-/agent'), period, ['100.00', '200.00'])
  await commissions.run(platform, period)
  await rule(period, '11', { retroactive: true, ...flat('10') })
  const [one, other] = await Promise.all([1, 2].map(() => commissions.ask(platform, period)))
  const runs = [commissions.runner(commissionsHandlers).run(one!), commissions.runner(commissionsHandlers).run(other!)]
  expect((await Promise.all(runs)).every((outcome) => outcome === 'done')).toBe(true)
  expect(await totalOf(invoiceId)).toBe('30.00')
})

describe('a retroactive version', () => {
  const post = (body: object) =>
    api.call('POST', '/api/v1/commissions/rules', {
      token: token.platform,
      body: { payeeId: direct.id, basis: 'net', scope: 'line', ...flat('1'), ...body },
    })

  test('says so, and only it may end one before days that it was earned by', async () => {
    const period = longMonth()
    await rule(period, '01', flat('8'))
    await paper.issue(platform, tenant('-/agent'), period, ['10.00'])
    await commissions.run(platform, period)
    const plain = await post({ validFrom: `${period}-11` })
    expect([plain.status, plain.body.code]).toEqual([409, 'commission.rule_used'])
    const made = await post({ validFrom: `${period}-11`, retroactive: true })
    expect([made.status, made.body.retroactive]).toEqual([201, true])
    expect(made.body.endedRuleId).not.toBeNull()
  })

  test('is refused where payment is waited for', async () => {
    const period = longMonth()
    const paid = await post({ validFrom: `${period}-11`, retroactive: true, trigger: 'paid' })
    expect([paid.status, paid.body.errors[0].pointer]).toEqual([422, '/retroactive'])
    await rule(period, '01', { trigger: 'paid', ...flat('8') })
    const instead = await post({ validFrom: `${period}-11`, retroactive: true })
    expect([instead.status, instead.body.errors[0].pointer]).toEqual([422, '/retroactive'])
  })
})

test('verify finds nothing wrong in all of it, and names what does not come to nothing, or stands in the place of nothing', async () => {
  expect(await broken()).toEqual([])
  const [taken] = await sql<{ id: string }[]>`
    select again.id from earning again join earning named on named.id = again.reverses and named.invoice_id = again.invoice_id
    where again.position is null and again.kind = 'retier' order by again.id limit 1`
  const [instead] = await sql<{ id: string }[]>`select id from earning where retiered > 0 order by id limit 1`
  expect(
    await broken(async (tx) => {
      await tx`update earning set amount = amount + 1, amount_to_date = amount_to_date + 1 where id = ${taken!.id}`
      return []
    }),
  ).toEqual([`I3: earning ${taken!.id}`])
  expect(
    await broken(async (tx) => {
      await tx`update earning set retiered = 7 where id = ${instead!.id}`
      return []
    }),
  ).toContain(`I3: earning ${instead!.id}`)
})

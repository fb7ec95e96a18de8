import { describe, expect, test } from 'bun:test'
import { commissionWorld, daysIn, tiers } from '../support/commissions.ts'
import type { PaperLine } from '../support/paper.ts'
import type { Member } from '../support/world.ts'

const { sql, world, paper, commissions, nextPeriod } = await commissionWorld()
const { platform, distributors, partner, tenant } = world
const direct = partner('-/agent')
const directTenant = tenant('-/agent')

const nameOf = (id: string): string => {
  const member = world.all.find((one) => one.id === id)!
  return member.level === 'platform' ? 'platform' : member.name
}

/** What a run of the platform earns the direct partner on one document with these nets. */
async function earnedOn(nets: readonly PaperLine[], body: Record<string, unknown>, payee: Member = direct) {
  const period = nextPeriod()
  await commissions.rule(period, { payer: platform, payee, body })
  await paper.issue(platform, directTenant, period, nets)
  await commissions.run(platform, period)
  return (await commissions.earnings(period)).map(({ amount }) => amount)
}

describe('worked cases through rule, document and run', () => {
  const steps = tiers('marginal', ['1000', '1'], ['3000', '2'], ['8000', '3'], [null, '5'])

  test('E1: step rates, each line alone', async () => {
    const nets = ['200.00', '300.00', '1500.00', '1200.00', '2000.00', '4500.00']
    expect(await earnedOn(nets, steps)).toEqual(['2.00', '3.00', '20.00', '14.00', '30.00', '95.00'])
  })

  test('E2: the same table on the period to date, which the next period starts anew', async () => {
    const nets = ['2000.00', '3200.00', '4500.00']
    expect(await earnedOn(nets, { scope: 'period', ...steps })).toEqual(['30.00', '86.00', '169.00'])
    expect(await earnedOn(['2000.00'], { scope: 'period', ...steps })).toEqual(['30.00'])
  })

  test.each([
    ['whole', ['50.00', '300.00', '1800.00']],
    ['marginal', ['50.00', '200.00', '1200.00']],
  ])('E4: %s', async (mode, expected) => {
    const table = tiers(mode, ['10000', '1'], ['50000', '2'], [null, '3'])
    expect(await earnedOn(['5000.00', '15000.00', '60000.00'], table)).toEqual(expected)
  })

  test.each([
    [['16499.00'], ['824.95']],
    [
      ['16499.00', '1.00'],
      ['824.95', '825.05'],
    ],
    [['33000.00'], ['3300.00']],
    [
      ['33000.00', '7000.00'],
      ['3300.00', '1400.00'],
    ],
  ])('E6: a quota of 33000, whole below it and marginal above: %j earn %j', async (nets, expected) => {
    const quota = tiers('whole', ['16500', '5'], ['33000', '10'], [null, '20', 'marginal'])
    expect(await earnedOn(nets, { scope: 'period', ...quota })).toEqual(expected)
  })

  test('E10: a section from 15000 to 16000 at 20 %', async () => {
    const section = tiers('whole', ['15000', '0'], ['16000', '20'], [null, '0'])
    expect(await earnedOn(['15100.00', '14999.99'], section)).toEqual(['3020.00', '0.00'])
  })

  test('E16: partner 10 % and distributor 3 % of the same 900.00 net', async () => {
    const period = nextPeriod()
    await commissions.rule(period, { payer: platform, payee: partner('agent/agent'), percent: '10' })
    await commissions.rule(period, { payer: platform, payee: distributors.agent, percent: '3' })
    await paper.issue(platform, tenant('agent/agent'), period, ['900.00'])
    await commissions.run(platform, period)
    const earned = (await commissions.earnings(period)).map((row) => [nameOf(row.payee_id), row.base, row.amount])
    expect(earned).toEqual([
      ['distributor agent', '900.00', '27.00'],
      ['partner agent/agent', '900.00', '90.00'],
    ])
  })

  test('E18: a line that spans a change of rule is split by days', async () => {
    const period = nextPeriod()
    const [day, body] = [`${period}-11`, { tiers: [{ to: null, percent: '10' }] }]
    await commissions.rule(period, { payer: platform, payee: direct, percent: '8', body: { validTo: day } })
    await commissions.rule(period, { payer: platform, payee: direct, body: { ...body, validFrom: day } })
    const days = daysIn(period)
    await paper.issue(platform, directTenant, period, [`${days * 31}.00`])
    await commissions.run(platform, period)
    const parts = (await commissions.earnings(period)).map((row) => [row.service_start, row.base, row.amount])
    const rest = (days - 10) * 31
    expect(parts).toEqual([
      [`${period}-01`, '310.00', '24.80'],
      [day, `${rest}.00`, (rest / 10).toFixed(2)],
    ])
  })

  test('E21: 10 % of 0.05 is 0.01, and a negative line takes back the same', async () => {
    expect(await earnedOn(['0.05', '-0.05', '0.00'], tiers('marginal', [null, '10']))).toEqual([
      '0.01',
      '-0.01',
      '0.00',
    ])
  })
})

test('the nine shapes: who earns, from whom, on which document', async () => {
  const period = nextPeriod()
  const grant = (payer: Member, payee: Member, percent: string) => commissions.rule(period, { payer, payee, percent })
  await grant(platform, distributors.agent, '10')
  await grant(platform, direct, '5')
  await grant(platform, partner('agent/agent'), '4')
  await grant(distributors.reseller, partner('reseller/agent'), '7')
  const sales: readonly (readonly [Member, Member])[] = [
    [platform, tenant('-/-')],
    [platform, tenant('agent/-')],
    [platform, distributors.reseller],
    [distributors.reseller, tenant('reseller/-')],
    [platform, directTenant],
    [platform, partner('-/reseller')],
    [partner('-/reseller'), tenant('-/reseller')],
    [platform, tenant('agent/agent')],
    [platform, partner('agent/reseller')],
    [partner('agent/reseller'), tenant('agent/reseller')],
    [distributors.reseller, tenant('reseller/agent')],
    [distributors.reseller, partner('reseller/reseller')],
    [partner('reseller/reseller'), tenant('reseller/reseller')],
  ]
  for (const [seller, buyer] of sales) await paper.issue(seller, buyer, period, ['100.00'])
  // A partner that sells has no agent below it: it has no right to a run of its own.
  const payers = new Set(sales.map(([seller]) => seller).filter((seller) => seller.level !== 'partner'))
  for (const payer of payers) await commissions.run(payer, period)
  const buyers = await sql<
    { id: string; buyer_id: string }[]
  >`select id, buyer_id from invoice where period = ${period}`
  const rows = (await commissions.earnings(period)).map((row) => {
    const buyer = nameOf(buyers.find(({ id }) => id === row.invoice_id)!.buyer_id)
    return `${nameOf(row.payee_id)} from ${nameOf(row.payer_id)} on ${buyer}: ${row.amount}`
  })
  expect(rows.sort()).toEqual([
    'distributor agent from platform on partner agent/reseller: 10.00',
    'distributor agent from platform on tenant agent/-: 10.00',
    'distributor agent from platform on tenant agent/agent: 10.00',
    'partner -/agent from platform on tenant -/agent: 5.00',
    'partner agent/agent from platform on tenant agent/agent: 4.00',
    'partner reseller/agent from distributor reseller on tenant reseller/agent: 7.00',
  ])
}, 30_000)

describe('inheritance', () => {
  const both = async (period: string) => {
    await paper.issue(platform, tenant('agent/agent'), period, ['100.00'])
    const result = await commissions.run(platform, period)
    const rows = await commissions.earnings(period)
    return { result, rows: rows.map((row) => `${nameOf(row.payee_id)} ${row.service_start.slice(8)} ${row.amount}`) }
  }
  const inheritable = { inheritable: true }

  test("a partner without a rule earns by its distributor's, on top of it and on the full base", async () => {
    const period = nextPeriod()
    await commissions.rule(period, { payer: platform, payee: distributors.agent, body: inheritable })
    expect((await both(period)).rows).toEqual(['distributor agent 01 10.00', 'partner agent/agent 01 10.00'])
  })

  test('a rule that is not inheritable is not inherited: no rule, no earning, and the run says so', async () => {
    const period = nextPeriod()
    await commissions.rule(period, { payer: platform, payee: distributors.agent })
    const { result, rows } = await both(period)
    expect(rows).toEqual(['distributor agent 01 10.00'])
    expect(result).toMatchObject({ lines: 1, earnings: 1, withoutRule: 1 })
  })

  test('an own rule replaces the inherited one, from its first day', async () => {
    const period = nextPeriod()
    await commissions.rule(period, { payer: platform, payee: distributors.agent, body: inheritable })
    const own = { validFrom: `${period}-16`, tiers: [{ to: null, percent: '0' }] }
    await commissions.rule(period, { payer: platform, payee: partner('agent/agent'), body: own })
    const { rows } = await both(period)
    expect(rows).toHaveLength(3)
    expect(rows[2]).toBe('partner agent/agent 16 0.00')
    expect(rows[0]).toBe('distributor agent 01 10.00')
  })
})

test('a rule of another currency than the document earns nothing', async () => {
  const period = nextPeriod()
  await commissions.rule(period, { payer: platform, payee: direct, body: { currency: 'USD' } })
  await paper.issue(platform, directTenant, period, ['100.00'])
  expect(await commissions.run(platform, period)).toMatchObject({ lines: 1, earnings: 0, withoutRule: 1 })
})

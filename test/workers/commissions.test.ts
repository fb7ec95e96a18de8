import { describe, expect, test } from 'bun:test'
import { runCommissions } from '../../jobs/commissions.ts'
import { earnPeriodOf } from '../../src/modules/commissions/run.ts'
import { handle, type WorkCtx } from '../../src/platform/work.ts'
import { testApi } from '../support/api.ts'
import { testCommissions } from '../support/commissions.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { type PaperLine, testPaper } from '../support/paper.ts'
import { buildWorld, type Member } from '../support/world.ts'

const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const world = await buildWorld(api)
const paper = await testPaper(sql)
const commissions = await testCommissions(database, sql, api, world)

const { platform, distributors, partner, tenant } = world
const direct = partner('-/agent')
const directTenant = tenant('-/agent')

/** A month of its own for each test: rules, documents and earnings of one do not meet those of another. */
let month = Temporal.PlainYearMonth.from('2020-12')
const nextPeriod = (): string => (month = month.add({ months: 1 })).toString()

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

const tiers = (mode: string, ...rows: readonly (readonly [string | null, string, string?])[]) => ({
  mode,
  tiers: rows.map(([to, percent, own]) => ({ to, percent, ...(own ? { mode: own } : {}) })),
})

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
    const days = Temporal.PlainYearMonth.from(period).daysInMonth
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
  for (const seller of new Set(sales.map(([seller]) => seller))) await commissions.run(seller, period)
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

describe('a second run', () => {
  test('adds nothing', async () => {
    const period = nextPeriod()
    await commissions.rule(period, { payer: platform, payee: direct, body: { scope: 'period' } })
    await paper.issue(platform, directTenant, period, ['10.05', '20.05'])
    expect(await commissions.run(platform, period)).toMatchObject({ lines: 2, earnings: 2 })
    const before = await commissions.earnings(period)
    expect(await commissions.run(platform, period)).toMatchObject({ lines: 2, earnings: 0, withoutRule: 0 })
    expect([...(await commissions.earnings(period))]).toEqual([...before])
  })

  test('goes on with the period to date where documents came later', async () => {
    const period = nextPeriod()
    const table = tiers('marginal', ['100', '10'], [null, '20'])
    await commissions.rule(period, { payer: platform, payee: direct, body: { scope: 'period', ...table } })
    await paper.issue(platform, directTenant, period, ['90.00'])
    await commissions.run(platform, period)
    await paper.issue(platform, directTenant, period, ['20.00'])
    await commissions.run(platform, period)
    expect((await commissions.earnings(period)).map(({ amount }) => amount)).toEqual(['9.00', '3.00'])
  })

  test('earns on the days that had no rule the first time, and on no day twice', async () => {
    const period = nextPeriod()
    await commissions.rule(period, { payer: platform, payee: direct, body: { validFrom: `${period}-11` } })
    const days = Temporal.PlainYearMonth.from(period).daysInMonth
    await paper.issue(platform, directTenant, period, [`${days}.00`])
    expect(await commissions.run(platform, period)).toMatchObject({ earnings: 1, withoutRule: 1 })
    await commissions.rule(period, { payer: platform, payee: direct, percent: '50', body: { validTo: `${period}-11` } })
    expect(await commissions.run(platform, period)).toMatchObject({ earnings: 1, withoutRule: 0 })
    const bases = (await commissions.earnings(period)).map(({ base, amount }) => [base, amount])
    expect(bases).toEqual([
      ['10.00', '5.00'],
      [`${days - 10}.00`, ((days - 10) / 10).toFixed(2)],
    ])
  })
})

/** Documents of several lines with a rule that counts the period to date: the order of lines decides each earning. */
async function prepareMany(period: string): Promise<void> {
  const table = tiers('marginal', ['100', '5.5'], ['200', '7.25'], [null, '12.125'])
  await commissions.rule(period, { payer: platform, payee: direct, body: { scope: 'period', ...table } })
  for (const nets of [
    ['33.33', '44.44', '55.55'],
    ['66.66', '0.01'],
    ['77.77', '88.88', '11.11', '22.22'],
  ]) {
    await paper.issue(platform, directTenant, period, nets)
  }
}
/** F of 399.97 is 5.50 + 7.25 + 12.125 % of 199.97 = 37.00 (36.9964); each earning is what it rises by. */
const expectedOfMany = ['1.83', '2.45', '3.64', '4.83', '0.00', '9.43', '10.78', '1.34', '2.70']

/** The run in chunks of two lines; `between` runs after each chunk. */
const inSmallChunks = (between: (number: number) => void = () => {}) =>
  handle(runCommissions, (ctx, payload) => {
    const chunk: WorkCtx['chunk'] = async (number, scope, work) => {
      const result = await ctx.chunk(number, scope, work)
      between(number)
      return result
    }
    return earnPeriodOf({ ...ctx, chunk }, payload, 2)
  })

test('two runs at once give each line one earning, and the period to date in order', async () => {
  for (let round = 0; round < 5; round += 1) {
    const period = nextPeriod()
    await prepareMany(period)
    const jobIds = [await commissions.ask(platform, period), await commissions.ask(platform, period)]
    const runners = jobIds.map(() => commissions.runner([inSmallChunks()]))
    const outcomes = await Promise.all(jobIds.map((jobId, index) => runners[index]!.run(jobId)))
    expect(outcomes).toEqual(['done', 'done'])
    expect((await commissions.earnings(period)).map(({ amount }) => amount)).toEqual(expectedOfMany)
  }
})

test('a run that dies between chunks goes on where it stopped: the same earnings, and counts of the whole', async () => {
  const period = nextPeriod()
  await prepareMany(period)
  let deaths = 0
  const dying = inSmallChunks((number) => {
    if (number !== deaths + 1 || deaths === 3) return
    deaths += 1
    throw new Error('the process died')
  })
  const jobId = await commissions.ask(platform, period)
  const runner = commissions.runner([dying])
  while ((await runner.run(jobId)) !== 'done') await sql`update job set due_at = clock_timestamp() where id = ${jobId}`
  expect(deaths).toBe(3)
  expect((await commissions.earnings(period)).map(({ amount }) => amount)).toEqual(expectedOfMany)
  expect((await commissions.jobs.read(jobId)).result).toMatchObject({ lines: 9, earnings: 9, withoutRule: 0 })
  expect(await sql`select from event where object_id = ${jobId} and type = 'commission.run.completed'`).toHaveLength(1)
})

describe('what a run leaves behind', () => {
  test('postings of each earning in the book of the payer, that balance and that the payee does not see', async () => {
    const period = nextPeriod()
    await commissions.rule(period, { payer: distributors.reseller, payee: partner('reseller/agent') })
    await paper.issue(distributors.reseller, tenant('reseller/agent'), period, ['100.00', '-30.00', '0.00'])
    await commissions.run(distributors.reseller, period)
    const postings = await sql`
      select account, posting.amount::text, posting.see_platform_id, posting.see_distributor_id, posting.see_partner_id
      from posting join earning on earning.id = document_id
      where book_id = ${distributors.reseller.id} and document_type = 'earning' and period = ${period}
      order by earning.line, account`
    const seen = { see_platform_id: null, see_distributor_id: distributors.reseller.id, see_partner_id: null }
    expect([...postings]).toEqual([
      { account: 'commission_accrued', amount: '-10.00', ...seen },
      { account: 'commission_expense', amount: '10.00', ...seen },
      { account: 'commission_accrued', amount: '3.00', ...seen },
      { account: 'commission_expense', amount: '-3.00', ...seen },
    ])
  })

  test('one event for the payer alone and one line of audit, with the counts', async () => {
    const period = nextPeriod()
    await commissions.rule(period, { payer: platform, payee: direct })
    await paper.issue(platform, directTenant, period, ['100.00'])
    const jobId = await commissions.ask(platform, period)
    await commissions.runner().run(jobId)
    const counts = { period, lines: 1, earnings: 1, withoutRule: 0 }
    const events = await sql`select org_id, data from event where object_id = ${jobId}`
    expect([...events]).toEqual([{ org_id: platform.id, data: { jobId, ...counts } }])
    const [audit] =
      await sql`select org_id, details from audit where action = 'commission_run.completed' and object_id = ${jobId}`
    expect(audit).toEqual({ org_id: platform.id, details: counts })
    const row = await commissions.jobs.read(jobId)
    expect([row.progress_done, row.progress_total, row.result?.['earnings']]).toEqual(['1', '1', 1])
  })

  test('a period without documents is a run that finds nothing', async () => {
    expect(await commissions.run(platform, nextPeriod())).toMatchObject({ lines: 0, earnings: 0, withoutRule: 0 })
  })
})

describe('the database refuses', () => {
  test('a second earning for the same line, payee and day', async () => {
    const again = sql`
      insert into earning select (jsonb_populate_record(null::earning, to_jsonb(earning) || jsonb_build_object('id', gen_random_uuid(), 'position', null))).*
      from earning limit 1`
    expect(String(await again.catch((error: Error) => error))).toContain('earning_once')
  })

  test('two earnings that follow the same one of a period to date', async () => {
    const again = sql`
      insert into earning select (jsonb_populate_record(null::earning, to_jsonb(earning) || jsonb_build_object(
        'id', gen_random_uuid(), 'service_start', service_start - 1))).*
      from earning where position = 1 limit 1`
    expect(String(await again.catch((error: Error) => error))).toContain('earning_in_turn')
  })

  test('another rule text under an old id, a longer validity, and an end before a used day', async () => {
    const change = async (set: Promise<unknown>) => String(await set.catch((error: Error) => error))
    const [used] = await sql`select id, used_until::text from commission_rule where used_until is not null limit 1`
    const id = used!['id'] as string
    expect(await change(sql`update commission_rule set inheritable = not inheritable where id = ${id}`)).toContain(
      'never changes',
    )
    expect(
      await change(sql`update commission_rule set valid = daterange(lower(valid), '2999-01-01') where id = ${id}`),
    ).toContain('never changes')
    expect(await change(sql`delete from commission_rule where id = ${id}`)).toContain('never changes')
    expect(
      await change(sql`update commission_rule set valid = daterange(lower(valid), used_until - 1) where id = ${id}`),
    ).toContain('commission_rule_covers_its_use')
  })
})

import { describe, expect, test } from 'bun:test'
import { runCommissions } from '../../jobs/commissions.ts'
import { earnPeriodOf } from '../../src/modules/commissions/runs/job.ts'
import { handle, type WorkCtx } from '../../src/platform/work.ts'
import { commissionsHandlers } from '../../workers/commissions.ts'
import { commissionWorld, daysIn, refusalOf, tiers } from '../support/commissions.ts'
import { until } from '../support/until.ts'
import { testWorker } from '../support/worker.ts'

const { database, api, sql, world, paper, commissions, nextPeriod } = await commissionWorld()
const { platform, distributors, partner, tenant } = world
const direct = partner('-/agent')
const directTenant = tenant('-/agent')

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
    const days = daysIn(period)
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
    const counts = { period, lines: 1, earnings: 1, withoutRule: 0, withoutCost: 0, retiered: 0, reversed: 0 }
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
    expect(await refusalOf(again)).toContain('earning_once')
  })

  test.each([
    ['invoice_id', 'only issued documents earn'],
    ['line', 'an earning is of a line that exists'],
    ['rule_id', 'an earning is by a rule of its payer, in its currency'],
    ['statement_id', 'an earning stands on a statement of its payer and payee, in its currency'],
    ['payee_id', 'an earning stands on a statement of its payer and payee, in its currency'],
  ])('an earning with another %s than one that belongs to it', async (column, sentence) => {
    const stranger = column === 'line' ? sql`4711` : sql`'00000000-0000-7000-8000-000000000001'::uuid`
    const strange = sql`
      insert into earning select (jsonb_populate_record(null::earning, to_jsonb(earning) || jsonb_build_object(
        'id', gen_random_uuid(), 'position', null, 'service_start', service_start - 2, ${column}::text, ${stranger}))).*
      from earning limit 1`
    expect(await refusalOf(strange)).toContain(sentence)
  })

  test('an earning by a rule of another currency', async () => {
    const strange = sql`
      insert into earning select (jsonb_populate_record(null::earning, to_jsonb(earning) || jsonb_build_object(
        'id', gen_random_uuid(), 'position', null, 'service_start', service_start - 2, 'currency', 'XTS'))).*
      from earning limit 1`
    expect(await refusalOf(strange)).toContain('an earning is by a rule of its payer, in its currency')
  })

  test('two earnings that follow the same one of a period to date', async () => {
    const again = sql`
      insert into earning select (jsonb_populate_record(null::earning, to_jsonb(earning) || jsonb_build_object(
        'id', gen_random_uuid(), 'service_start', service_start - 1))).*
      from earning where position = 1 limit 1`
    expect(await refusalOf(again)).toContain('earning_in_turn')
  })

  test('another rule text under an old id, a longer validity, and an end before a used day', async () => {
    const [used] = await sql`select id, used_until::text from commission_rule where used_until is not null limit 1`
    const id = used!['id'] as string
    expect(await refusalOf(sql`update commission_rule set inheritable = not inheritable where id = ${id}`)).toContain(
      'never changes',
    )
    expect(
      await refusalOf(sql`update commission_rule set valid = daterange(lower(valid), '2999-01-01') where id = ${id}`),
    ).toContain('never changes')
    expect(await refusalOf(sql`delete from commission_rule where id = ${id}`)).toContain('never changes')
    expect(
      await refusalOf(sql`update commission_rule set valid = daterange(lower(valid), used_until - 1) where id = ${id}`),
    ).toContain('commission_rule_covers_its_use')
  })
})

test('asked over HTTP, rung by the queue, told to whoever polls', async () => {
  const period = nextPeriod()
  await commissions.rule(period, { payer: distributors.reseller, payee: partner('reseller/agent') })
  await paper.issue(distributors.reseller, tenant('reseller/agent'), period, ['12.34'])
  testWorker(database, commissionsHandlers)
  const jobId = await commissions.ask(distributors.reseller, period)
  const token = await world.token(distributors.reseller)
  const job = await until(async () => {
    const { body } = await api.call('GET', `/api/v1/jobs/${jobId}`, { token })
    return body.state === 'done' ? body : undefined
  })
  const earned = await api.call('GET', job.result.href, { token })
  expect(earned.body.data.map((row: { amount: string }) => row.amount)).toEqual(['1.23'])
})

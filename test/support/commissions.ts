import type postgres from 'postgres'
import { commissionsHandlers } from '../../workers/commissions.ts'
import type { Handler } from '../../src/platform/work.ts'
import type { Call } from './api.ts'
import type { TestDatabase } from './database.ts'
import { testJobs } from './jobs.ts'
import type { Member, World } from './world.ts'

/** A rule in short: to whom, by which percent or tiers, and for which month unless other days are said. */
export type RuleShort = {
  readonly payer: Member
  readonly payee: Member
  readonly percent?: string
  readonly body?: Readonly<Record<string, unknown>>
}

/** An earning as the database has it. */
export type EarningSeen = {
  invoice_id: string
  line: number
  payer_id: string
  payee_id: string
  base: string
  amount: string
  service_start: string
}

const monthAfter = (period: string): string =>
  Temporal.PlainYearMonth.from(period).add({ months: 1 }).toPlainDate({ day: 1 }).toString()

/** Rules through the API, runs by the real runner, and a look at the earnings. */
export async function testCommissions(
  database: TestDatabase,
  sql: postgres.Sql,
  { call }: { call: Call },
  world: World,
) {
  const jobs = await testJobs(database, sql)
  const rule = async (period: string, { payer, payee, percent = '10', body = {} }: RuleShort) => {
    const tiers = [{ to: null, percent }]
    const { status, body: made } = await call('POST', '/api/v1/commissions/rules', {
      token: await world.token(payer),
      body: {
        payeeId: payee.id,
        basis: 'net',
        scope: 'line',
        tiers,
        inheritable: false,
        validFrom: `${period}-01`,
        validTo: monthAfter(period),
        ...body,
      },
    })
    if (status !== 201) throw new Error(`creating a rule answered ${status} ${JSON.stringify(made)}`)
    return made
  }
  /** Asks for a run and answers the job's id. */
  const ask = async (payer: Member, period: string): Promise<string> => {
    const answer = await call('POST', '/api/v1/commissions/runs', { token: await world.token(payer), body: { period } })
    if (answer.status !== 202) throw new Error(`asking for a run answered ${answer.status}`)
    return answer.body.jobId as string
  }
  const runner = (handlers: readonly Handler[] = commissionsHandlers) => jobs.runner(handlers)
  return {
    jobs,
    rule,
    ask,
    runner,
    /** Runs one payer's period to its end and answers the job's result. */
    run: async (payer: Member, period: string): Promise<Record<string, unknown>> => {
      const jobId = await ask(payer, period)
      const outcome = await runner().run(jobId)
      const row = await jobs.read(jobId)
      if (outcome !== 'done') throw new Error(`the run ended ${outcome} ${JSON.stringify(row.problem)}`)
      return row.result ?? {}
    },
    earnings: (period: string) =>
      sql<EarningSeen[]>`
        select invoice_id, earning.line, payer_id, payee_id, earning.base::text, amount::text, service_start::text
        from earning join invoice on invoice.id = invoice_id
        where earning.period = ${period} order by number_sequence, earning.line, service_start, earning.id`,
  }
}

import type postgres from 'postgres'
import type { Handler } from '../../src/platform/work.ts'
import { commissionsHandlers } from '../../workers/commissions.ts'
import { type Call, testApi } from './api.ts'
import { lookInto, type TestDatabase, testDatabase } from './database.ts'
import { testJobs } from './jobs.ts'
import { testPaper } from './paper.ts'
import { buildWorld, type Member, type World } from './world.ts'

/** A rule in short: to whom, by which percent or tiers, and for which month unless other days are said. */
type RuleShort = {
  readonly payer: Member
  readonly payee: Member
  readonly percent?: string
  readonly body?: Readonly<Record<string, unknown>>
}

/** An earning as the database has it. */
type EarningSeen = {
  invoice_id: string
  line: number
  payer_id: string
  payee_id: string
  base: string
  amount: string
  service_start: string
}

/**
 * A database with a channel of every shape, paper to earn on, and months of one's own: rules, documents and earnings of one
 * test do not meet those of another.
 */
export async function commissionWorld() {
  const database = await testDatabase()
  const api = testApi(database)
  const sql = lookInto(database)
  const world = await buildWorld(api)
  const paper = testPaper(sql)
  const commissions = await testCommissions(database, sql, api, world)
  let month = Temporal.PlainYearMonth.from('2020-12')
  const nextPeriod = (): string => (month = month.add({ months: 1 })).toString()
  return { database, api, sql, world, paper, commissions, nextPeriod }
}

/** What a rule says that bounds, holds and shares nothing. */
export const plainTerms = {
  trigger: 'issued',
  skuIds: null,
  planIds: null,
  cap: null,
  floor: null,
  holdDays: 0,
  holdBackPercent: '0',
  split: [],
  retroactive: false,
}

/** The first day of the month after a period. */
export const dayAfter = (period: string): string =>
  Temporal.PlainYearMonth.from(period).add({ months: 1 }).toPlainDate({ day: 1 }).toString()

/** A tier table in short: `[to, percent, mode?]`, a `to` of null is open. */
export const tiers = (mode: string, ...rows: readonly (readonly [string | null, string, string?])[]) => ({
  mode,
  tiers: rows.map(([to, percent, own]) => ({ to, percent, ...(own ? { mode: own } : {}) })),
})

/** How many days a period has. */
export const daysIn = (period: string): number => Temporal.PlainYearMonth.from(period).daysInMonth

/** What a refused statement says; fails when it is not refused. */
export const refusalOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'not refused',
    (error: Error) => error.message,
  )

/** Rules through the API, runs by the real runner, and a look at the earnings. */
async function testCommissions(database: TestDatabase, sql: postgres.Sql, { call }: { call: Call }, world: World) {
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
        validTo: dayAfter(period),
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

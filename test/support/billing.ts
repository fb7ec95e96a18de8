import type postgres from 'postgres'
import { enqueueDueRefresh } from '../../src/modules/billing/rating/refresh.ts'
import { billingHandlers } from '../../workers/billing.ts'
import { ratingHandlers } from '../../workers/rating.ts'
import type { Tick } from '../../workers/ticks.ts'
import { usageHandlers } from '../../workers/usage.ts'
import type { Answer, CallOptions } from './api.ts'
import { catalogOf } from './catalog.ts'
import { until } from './until.ts'
import { usageRecord, usageWorld } from './usage.ts'
import type { Member, World, WorldApi } from './world.ts'

/** What a worker needs to take usage in, keep estimates up to date and bill. */
export const moneyHandlers = [...usageHandlers, ...ratingHandlers, ...billingHandlers]

/** Keeps estimates up to date, more often than in production. */
export const refreshTick: Tick = { name: 'rating.refresh', everyMs: 100, run: enqueueDueRefresh }

/** What tests about money do through the API; `period` is a month that has ended. */
export async function billingWorld(api: WorldApi, sql: postgres.Sql, world: World) {
  const usage = await usageWorld(api, sql)
  const catalog = catalogOf(api.call, world)
  const as = async (member: Member, method: string, path: string, options: CallOptions = {}): Promise<Answer> =>
    api.call(method, `/api/v1${path}`, { token: await world.token(member), ...options })
  const read = async (member: Member, path: string): Promise<any> => {
    const { status, body } = await as(member, 'GET', path)
    if (status !== 200) throw new Error(`GET ${path} answered ${status} ${JSON.stringify(body)}`)
    return body
  }
  let records = 0
  /** Posts one record of this day and waits until it is counted. */
  const use = async (subscription: string, sku: string, quantity: string, day = '2024-09-10'): Promise<void> => {
    const change = { subscription, sku, quantity, start: `${day}T10:00:00Z`, end: `${day}T11:00:00Z` }
    const receipt = await usage.settle('eu', [usageRecord(`u-${(records += 1)}`, change)])
    if (receipt.accepted !== 1) throw new Error(`not accepted: ${JSON.stringify(receipt)}`)
  }
  /** Lets every region have said everything, and closes. */
  const close = async (period: string): Promise<void> => {
    await sql`update region set complete_until = (${`${period}-01`}::date + interval '1 month') at time zone 'UTC'`
    const { status, body } = await as(world.platform, 'POST', `/billing/periods/${period}/close`)
    if (status !== 200) throw new Error(`closing answered ${status} ${JSON.stringify(body)}`)
  }
  const job = (member: Member, jobId: string): Promise<any> =>
    until(async () => {
      const body = await read(member, `/jobs/${jobId}`)
      return ['done', 'failed', 'cancelled', 'parked'].includes(body.state) ? body : undefined
    }, 30_000)
  /** Bills the period and answers the run after its job has ended. */
  const run = async (member: Member, period: string, issue = true): Promise<any> => {
    const { status, body } = await as(member, 'POST', '/billing/runs', { body: { period, issue } })
    if (status !== 202) throw new Error(`POST runs answered ${status} ${JSON.stringify(body)}`)
    const ended = await job(member, body.jobId)
    if (ended.state !== 'done') throw new Error(`the job ended ${ended.state} ${JSON.stringify(ended.problem)}`)
    return read(member, `/billing/runs/${body.runId}`)
  }
  const summary = async (member: Member, query: string): Promise<any[]> =>
    (await read(member, `/billing/summary?${query}`)).data
  /** Waits until nothing is due any more. */
  const rated = (): Promise<unknown> =>
    until(async () => {
      const [due] = await sql<{ count: number }[]>`
        select (select count(*) from rating_due)::int + (select count(*) from estimate where is_due)::int as count`
      return due!.count === 0
    })
  const invoices = async (member: Member, query = ''): Promise<any[]> => (await read(member, `/invoices?${query}`)).data
  const lines = async (member: Member, invoiceId: string): Promise<any[]> =>
    (await read(member, `/invoices/${invoiceId}/lines`)).data
  return {
    ...usage,
    ...catalog,
    as,
    read,
    use,
    close,
    job,
    run,
    summary,
    rated,
    invoices,
    lines,
    sellingSku: usage.sku,
  }
}

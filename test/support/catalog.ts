import type postgres from 'postgres'
import { newId } from '../../src/platform/ids.ts'
import type { Answer, Call } from './api.ts'
import type { Member, World } from './world.ts'

/** Sends a request in the name of a member's administrator. */
export type As = (member: Member, method: string, path: string, body?: unknown, ifMatch?: string) => Promise<Answer>

/** A flat price per unit. */
export const perUnit = (unitPrice: string) => ({ kind: 'per_unit', unitPrice })

/** What a list needs, with what a test changes about it. */
export const newList = (change: Record<string, unknown> = {}) => ({
  code: `list-${newId()}`,
  name: 'Prices',
  currency: 'EUR',
  scope: 'default',
  validFrom: '2026-01-01',
  rates: [],
  ...change,
})

/** Makes the catalog through the API. */
export function catalogOf(call: Call, world: World) {
  const as: As = async (member, method, path, body, ifMatch) =>
    call(method, `/api/v1${path}`, {
      token: await world.token(member),
      ...(body === undefined ? {} : { body }),
      ...(ifMatch === undefined ? {} : { headers: { 'if-match': ifMatch } }),
    })
  const made = async (member: Member, path: string, body: unknown): Promise<Answer['body']> => {
    const answer = await as(member, 'POST', path, body)
    if (answer.status !== 201) throw new Error(`POST ${path} answered ${answer.status} ${JSON.stringify(answer.body)}`)
    return answer.body
  }
  const sku = async (code = `sku-${newId()}`): Promise<{ id: string; code: string }> =>
    made(world.platform, '/pricing/skus', { code, name: `Name of ${code}`, unit: 'hour' })
  /** A list with one rate per unit for each SKU. */
  const list = async (seller: Member, prices: Record<string, string>, change: Record<string, unknown> = {}) =>
    made(
      seller,
      '/pricing/price-lists',
      newList({
        rates: Object.entries(prices).map(([code, price]) => ({ sku: code, rate: perUnit(price) })),
        ...change,
      }),
    )
  /** A published plan of these SKUs; answers the id of its version. */
  const publishedPlan = async (owner: Member, skus: readonly string[], code = `plan-${newId()}`) => {
    const plan = await made(owner, '/plans', { code, name: 'Plan', items: skus.map((one) => ({ sku: one })) })
    const { status, body } = await as(owner, 'POST', `/plans/${plan.id}/publish`)
    if (status !== 200) throw new Error(`publishing answered ${status} ${JSON.stringify(body)}`)
    return { planId: body.id as string, versionId: body.versions[0].id as string }
  }
  const region = async (code = `region-${newId()}`): Promise<{ id: string; code: string }> =>
    made(world.platform, '/regions', { code, name: code, timeZone: 'UTC' })
  return { as, made, sku, list, publishedPlan, region }
}

/** The code and pointers of a refusal, with its status. */
export const refusalOf = ({ status, body }: Answer) => ({
  status,
  code: body.code as string,
  pointers: (body.errors as { pointer: string }[]).map(({ pointer }) => pointer),
})

/** What is stored of prices: nothing of it may change when something is refused. */
export const storedPrices = async (sql: postgres.Sql) => {
  const [row] = await sql`
    select (select count(*)::int from price_list) as lists, (select count(*)::int from price_rate) as rates,
           (select count(*)::int from sku) as skus, (select max(updated_at)::text from price_list) as touched`
  return row
}

/** The day so many days from today, as the database counts. */
export const dayFromToday = async (sql: postgres.Sql, days: number): Promise<string> => {
  const [row] = await sql<{ day: string }[]>`select ((now() at time zone 'UTC')::date + ${days}::int)::text as day`
  return row!.day
}

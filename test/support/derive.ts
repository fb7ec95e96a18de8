import type postgres from 'postgres'
import { enqueueDueFollowing } from '../../src/modules/pricing/price-lists/follow.ts'
import type { Tick } from '../../workers/ticks.ts'
import { type As, newList } from './catalog.ts'
import { until } from './until.ts'
import type { Member } from './world.ts'

/** Lets derived lists follow, more often than in production. */
export const followTick: Tick = { name: 'pricing.follow', everyMs: 50, run: enqueueDueFollowing }

/** A derived list as it is asked for, with what a test changes about it. */
export const derivedList = (derivedFrom: object, change: object = {}) => {
  const { rates: _, ...frame } = newList({ derivedFrom })
  return { ...frame, ...change }
}

/** What tests of derived lists do through the API. */
export function derivingOf(as: As, sql: postgres.Sql) {
  const derive = async (seller: Member, derivedFrom: object, change: object = {}): Promise<any> => {
    const { status, body } = await as(seller, 'POST', '/pricing/price-lists', derivedList(derivedFrom, change))
    if (status !== 201) throw new Error(`deriving answered ${status} ${JSON.stringify(body)}`)
    return body
  }
  const from = (base: { id: string }, terms: object) => ({ basis: 'list', priceListId: base.id, ...terms })
  /** What a seller's lists of one code ask for a SKU, with their days. */
  const pricesOf = async (seller: Member, code: string, skuCode: string) => {
    const rows = await sql`
      select lower(list.valid)::text as from, upper(list.valid)::text as to, rate.rate->>'unitPrice' as price
      from price_list list join price_rate rate on rate.price_list_id = list.id join sku on sku.id = rate.sku_id
      where list.seller_id = ${seller.id} and list.code = ${code} and sku.code = ${skuCode} and list.state <> 'draft'
      order by list.valid`
    return rows.map(({ from, to, price }) => [from, to, price])
  }
  /** Waits until nothing is left to follow. */
  const settled = () =>
    until(async () => {
      const [row] = await sql`
        select (select count(*) from price_change) + (select count(*) from derivation_due)
             + (select count(*) from job where kind = 'pricing.follow' and state in ('queued', 'running')) as open`
      return row!['open'] === '0'
    }, 60_000)
  return { derive, from, pricesOf, settled }
}

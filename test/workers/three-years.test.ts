import { expect, test } from 'bun:test'
import { testApi } from '../support/api.ts'
import { billingWorld, moneyHandlers, refreshTick } from '../support/billing.ts'
import { chargingWorld } from '../support/charging.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { testWorker } from '../support/worker.ts'
import { buildWorld } from '../support/world.ts'

const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const world = await buildWorld(api, [[null, null]])
const money = await billingWorld(api, sql, world)
const { plan, prices, order, act, bill } = chargingWorld(money, world.platform)
testWorker(database, moneyHandlers, { ticks: [refreshTick] })
const tenant = world.tenant('-/-')

for (const sku of ['month', 'quarter', 'year', 'after']) await money.sellingSku(sku)
await prices(world.platform, { month: '10', quarter: '91', year: '36.6', after: '31' }, { validFrom: '2023-01-01' })
const anchored = { kind: 'recurring', anchor: 'start' }
const byMonth = await plan({ sku: 'month', ...anchored })
const byQuarter = await plan({ sku: 'quarter', ...anchored, interval: 'quarter' })
const byYear = await plan({ sku: 'year', ...anchored, interval: 'year' })
const afterwards = await plan({ sku: 'after', ...anchored, timing: 'arrears' })

const steady = await order(tenant, byMonth, '2023-01-31')
const growing = await order(tenant, byQuarter, '2023-01-30')
const paused = await order(tenant, byYear, '2023-01-29')
const ended = await order(tenant, afterwards, '2023-01-31')

/** As a cancellation of that time would have left it: one made today can't lie in the past. */
const endOn = (id: string, day: string) => sql`update subscription set end_date = ${day} where id = ${id}`

/** What happens in a month, before it is billed. */
const happenings: Readonly<Record<string, () => Promise<unknown>>> = {
  '2023-08': () => act(growing, 'change', { quantity: '3', effectiveOn: '2023-08-30' }),
  '2023-11': () => endOn(ended, '2023-12-15'),
  '2023-12': () => act(paused, 'suspend', { effectiveOn: '2023-12-31' }),
  '2024-02': () => act(paused, 'resume', { effectiveOn: '2024-02-29' }),
  '2024-10': () => act(growing, 'change', { planVersionId: byMonth, quantity: '3', effectiveOn: '2024-10-29' }),
  '2025-06': () => endOn(paused, '2025-06-30'),
}
const months = Array.from({ length: 36 }, (_, index) =>
  Temporal.PlainYearMonth.from('2023-01').add({ months: index }).toString(),
)
const documents = async (): Promise<number> => (await sql`select from invoice where state <> 'discarded'`).length
const added: number[] = []
for (const month of months) {
  await happenings[month]?.()
  await bill(month)
  const before = await documents()
  await money.run(world.platform, month)
  added.push((await documents()) - before)
}
const reached = Temporal.PlainYearMonth.from(months.at(-1) ?? '').add({ months: 1 })

/** The days that are billed for a subscription, neighbours joined, up to the end of the last month. */
const billed = async (subscriptionId: string): Promise<string[]> => {
  const spans = await sql<{ from: string; to: string }[]>`
    select lower(span)::date::text as "from", upper(span)::date::text as "to"
    from unnest((select range_agg(period) from billed_service where subscription_id = ${subscriptionId})
                * tstzmultirange(tstzrange(null, ${`${reached.toString()}-01T00:00:00Z`}::timestamptz))) as span
    order by span`
  return spans.map(({ from, to }) => `${from} ${to}`)
}
const netOf = async (subscriptionId: string): Promise<string> => {
  const [row] = await sql<{ net: string }[]>`
    select sum(line.net)::text as net from invoice_line line join invoice on invoice.id = line.invoice_id
    where line.subscription_id = ${subscriptionId} and invoice.state = 'issued'`
  return row?.net ?? ''
}

test('a second run of any month adds no document', () => {
  expect(added).toEqual(months.map(() => 0))
})

test('every day of every life is billed, no day of a suspension or after an end is, and none twice', async () => {
  const last = `${reached.toString()}-01`
  expect(await billed(steady)).toEqual([`2023-01-31 ${last}`])
  expect(await billed(growing)).toEqual([`2023-01-30 ${last}`])
  expect(await billed(paused)).toEqual(['2023-01-29 2023-12-31', '2024-02-29 2025-06-30'])
  expect(await billed(ended)).toEqual(['2023-01-31 2023-12-15'])
})

test('an anchor on the 31st costs one price a month, whatever the months are long', async () => {
  expect(await netOf(steady)).toBe('360.00')
})

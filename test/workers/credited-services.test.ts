import { describe, expect, test } from 'bun:test'
import { testApi } from '../support/api.ts'
import { billingWorld, moneyHandlers, refreshTick } from '../support/billing.ts'
import { refusalOf } from '../support/catalog.ts'
import { chargingWorld } from '../support/charging.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { breakIn } from '../support/harms.ts'
import { brokenLaws } from '../support/verify.ts'
import { testWorker } from '../support/worker.ts'
import { buildWorld } from '../support/world.ts'

const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const world = await buildWorld(api, [[null, null]])
const money = await billingWorld(api, sql, world)
const { platform } = world
const tenant = world.tenant('-/-')
const { plan, prices, order, act, bill, billed } = chargingWorld(money, platform)
testWorker(database, moneyHandlers, { ticks: [refreshTick] })

for (const sku of ['desk', 'lamp', 'setup']) await money.sellingSku(sku)
await prices(platform, { desk: '31', lamp: '31', setup: '99' })
const desks = await plan({ sku: 'desk', kind: 'recurring' }, { sku: 'setup', kind: 'oneTime' })
const lamps = await plan({ sku: 'lamp', kind: 'recurring' })

const tenantOf = async () => ({ ...tenant, id: (await money.tenant()).id })
const names = ['whole', 'partly', 'kept', 'lowered', 'changed', 'raced', 'drafted'] as const
const subscriptions = new Map<string, string>()
for (const name of names) {
  const version = name === 'whole' ? desks : lamps
  subscriptions.set(name, await order(await tenantOf(), version, '2025-01-01'))
}
const idOf = (name: (typeof names)[number]) => subscriptions.get(name)!
await bill('2025-01')

/** The issued document of a month that has a subscription's lines. */
const invoiceOf = async (name: (typeof names)[number], period: string): Promise<string> => {
  const [row] = await sql`
    select invoice.id from invoice join invoice_line line on line.invoice_id = invoice.id
    where subscription_id = ${idOf(name)} and period = ${period} and type = 'invoice' and state = 'issued' limit 1`
  return row!['id']
}
const credit = async (name: (typeof names)[number], body: object = {}, period = '2025-01') =>
  money.as(platform, 'POST', '/credit-notes', {
    body: { invoiceId: await invoiceOf(name, period), reason: 'not served', issue: true, ...body },
  })
const issue = (id: string) => money.as(platform, 'POST', `/credit-notes/${id}/issue`)
const servedOf = async (name: (typeof names)[number]) =>
  (
    await sql`
      select lower(period)::date::text || ' ' || upper(period)::date::text as span from billed_service
      where subscription_id = ${idOf(name)} order by period`
  ).map(({ span }) => span)

const tenDays = { lines: [{ line: 1, net: '10' }] }
const notes = {
  whole: await credit('whole'),
  partly: await credit('partly', tenDays),
  kept: await credit('kept', { service: 'kept' }),
  lowered: await credit('lowered', { service: 'kept', lines: [{ line: 1, net: '15.5' }] }),
}
const afterCredits = { whole: await servedOf('whole'), partly: await servedOf('partly'), kept: await servedOf('kept') }
await act(idOf('lowered'), 'change', { quantity: '2', effectiveOn: '2025-01-31' })
await act(idOf('changed'), 'change', { quantity: '2', effectiveOn: '2025-01-21' })
await bill('2025-02')

describe('a credit note on a charge', () => {
  test('frees all of a line that is credited whole, once-only charges too, and the next run bills it again', async () => {
    expect([notes.whole.status, notes.whole.body.net]).toEqual([201, '130.00'])
    expect(afterCredits.whole).toEqual([])
    expect((await billed(platform, '2025-02', idOf('whole'))).sort()).toEqual([
      'oneTime 2025-01-01 2025-01-02 x1 99.00',
      'recurring 2025-01-01 2025-02-01 x1 31.00',
      'recurring 2025-02-01 2025-03-01 x1 31.00',
    ])
  })

  test('frees the last days of a line that is credited in part, as many as are not paid for', async () => {
    expect(notes.partly.status).toBe(201)
    expect(afterCredits.partly).toEqual(['2025-01-01 2025-01-22'])
    expect((await billed(platform, '2025-02', idOf('partly'))).sort()).toEqual([
      'recurring 2025-01-22 2025-02-01 x1 10.00',
      'recurring 2025-02-01 2025-03-01 x1 31.00',
    ])
  })

  test('leaves what it keeps billed: it is not billed again', async () => {
    expect(afterCredits.kept).toEqual(['2025-01-01 2025-02-01'])
    expect(await billed(platform, '2025-02', idOf('kept'))).toEqual(['recurring 2025-02-01 2025-03-01 x1 31.00'])
  })

  test('lowers what a later bill gives back of a service that it keeps billed', async () => {
    expect(await billed(platform, '2025-02', idOf('lowered'))).toContain('credit 2025-01-31 2025-02-01 x-1 -0.50')
    expect((await credit('lowered')).body.net).toBe('15.00')
  })

  test('takes back no more than what a later bill has left of the line', async () => {
    expect(await billed(platform, '2025-02', idOf('changed'))).toContain('credit 2025-01-21 2025-02-01 x-1 -11.00')
    const over = await credit('changed', { lines: [{ line: 1, net: '20.01' }] })
    expect(refusalOf(over)).toEqual({ status: 422, code: 'credit.over_line', pointers: ['/lines/0/net'] })
    expect((await credit('changed', { lines: [{ line: 1, net: '5' }] })).status).toBe(201)
    expect((await servedOf('changed'))[0]).toBe('2025-01-01 2025-01-16')
    expect((await credit('changed')).body.net).toBe('15.00')
    expect(await servedOf('changed')).toEqual(['2025-01-21 2025-02-01', '2025-02-01 2025-03-01'])
  })

  test('is drafted again when another note freed its days meanwhile, and nothing is half done', async () => {
    const [one, two] = [
      (await credit('raced', { ...tenDays, issue: false })).body,
      (await credit('raced', { ...tenDays, issue: false })).body,
    ]
    expect((await issue(one.id)).status).toBe(200)
    const refused = await issue(two.id)
    expect([refused.status, refused.body.code]).toEqual([409, 'credit_note.stale'])
    expect(await servedOf('raced')).toEqual(['2025-01-01 2025-01-22', '2025-02-01 2025-03-01'])
    expect((await money.as(platform, 'GET', `/credit-notes/${two.id}`)).body.state).toBe('draft')
  })

  test('waits for a draft that gives back the same days, or at a price that would not hold any more', async () => {
    await act(idOf('drafted'), 'suspend', { effectiveOn: '2025-02-11' })
    const { id } = await money.run(platform, '2025-03', false)
    for (const change of [{}, { ...tenDays, service: 'kept' }]) {
      const refused = await credit('drafted', change, '2025-02')
      expect([refused.status, refused.body.code]).toEqual([409, 'credit_note.on_draft'])
    }
    const { body } = await money.as(platform, 'POST', `/billing/runs/${id}/cancel`)
    await money.job(platform, body.jobId)
    expect((await credit('drafted', {}, '2025-02')).status).toBe(201)
    expect(await servedOf('drafted')).toEqual(['2025-01-01 2025-02-01'])
  })

  test('undoes a document with all that the document itself gave back', async () => {
    const change = { quantity: '3', effectiveOn: '2025-02-15' }
    await act(idOf('partly'), 'change', change)
    await bill('2025-03')
    const id = await invoiceOf('partly', '2025-03')
    const { total } = await money.read(platform, `/invoices/${id}`)
    expect((await billed(platform, '2025-03', idOf('partly'))).some((line) => line.startsWith('credit'))).toBe(true)
    const { body } = await credit('partly', {}, '2025-03')
    expect([body.total, body.applied]).toEqual([total, total])
  })
})

test('the live check finds nothing, and names a note that frees other days than are free', async () => {
  await money.rated()
  expect(await brokenLaws(database)).toEqual([])
  await breakIn(
    database,
    (tx) => tx`
      update invoice_line set details = jsonb_set(details, '{freed,0,from}', '"2025-01-23T00:00:00Z"')
      where subscription_id = ${idOf('partly')} and details->'freed' is not null and service_start = '2025-01-01'`,
  )
  const charge = await sql`select id from sku where code = 'lamp'`
  expect(await brokenLaws(database)).toContain(
    `I3: charge ${charge[0]!['id']} of subscription ${idOf('partly')} by seller ${platform.id}`,
  )
})

import { describe, expect, test } from 'bun:test'
import { newId } from '../../src/platform/ids.ts'
import { testApi } from '../support/api.ts'
import { billingWorld, moneyHandlers, refreshTick } from '../support/billing.ts'
import { refusalOf } from '../support/catalog.ts'
import { chargingWorld } from '../support/charging.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { breakIn } from '../support/harms.ts'
import { brokenLaws } from '../support/verify.ts'
import { testWorker } from '../support/worker.ts'
import { buildWorld, type Member } from '../support/world.ts'

const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const world = await buildWorld(api, [
  ['reseller', 'agent'],
  [null, null],
])
const money = await billingWorld(api, sql, world)
const { platform } = world
const { reseller } = world.distributors
const agent = world.partner('reseller/agent')
const [below, direct] = [world.tenant('reseller/agent'), world.tenant('-/-')]
const { plan, prices, order, act, bill, billed } = chargingWorld(money, platform)
testWorker(database, moneyHandlers, { ticks: [refreshTick] })

await money.region('eu')
for (const sku of ['desk', 'hour']) await money.sellingSku(sku)
await prices(platform, { desk: '31', hour: '1' })
await prices(reseller, { desk: '40', hour: '2' })
const desks = await plan({ sku: 'desk', kind: 'recurring' }, { sku: 'hour', kind: 'usage' })
const tenantOf = async () => ({ ...direct, id: (await money.tenant()).id })
const names = ['plain', 'paid', 'freed', 'raced', 'twice', 'later'] as const
const subscriptions = new Map<string, string>()
for (const name of names) subscriptions.set(name, await order(await tenantOf(), desks, '2025-01-01'))
const deep = await order(below, desks, '2025-01-01')
const idOf = (name: (typeof names)[number]) => subscriptions.get(name)!
for (const id of [...subscriptions.values(), deep]) await money.use(id, 'hour', '469', '2025-01-10')
await bill('2025-01', [platform, reseller])

const invoiceOf = async (subscriptionId: string, seller: Member = platform): Promise<any> => {
  const [row] = await sql`
    select invoice.id from invoice join invoice_line line on line.invoice_id = invoice.id
    where subscription_id = ${subscriptionId} and type = 'invoice' and state = 'issued' and invoice.seller_id = ${seller.id}
    order by invoice.id limit 1`
  return money.read(seller, `/invoices/${row!['id']}`)
}
const lineOf = async (invoiceId: string, kind: string, seller: Member = platform): Promise<any> =>
  (await money.lines(seller, invoiceId)).find((line) => line.kind === kind)
const reissue = (id: string, body: object = {}, seller: Member = platform) =>
  money.as(seller, 'POST', `/invoices/${id}/reissue`, { body: { reason: 'hours were counted twice', ...body } })
const servedOf = async (subscriptionId: string) =>
  [
    ...(await sql`
      select lower(period)::date::text as from, upper(period)::date::text as to, invoice_id as invoice from billed_service
      where subscription_id = ${subscriptionId} order by period`),
  ].map((row) => ({ ...row }))

describe('POST /invoices/{id}/reissue', () => {
  test('C19: credits the wrong document of 500.00 in full and issues a right one of 450.00 that names it', async () => {
    const original = await invoiceOf(idOf('plain'))
    expect(original.total).toBe('500.00')
    const hours = await lineOf(original.id, 'usage')
    const made = await reissue(original.id, { lines: [{ line: hours.line, net: '419' }] })
    expect([made.status, made.headers.get('location')]).toEqual([201, `/api/v1/invoices/${made.body.id}`])
    expect(made.body).toMatchObject({
      state: 'issued',
      total: '450.00',
      open: '450.00',
      amends: original.id,
      reason: 'hours were counted twice',
      runId: null,
      period: '2025-01',
      amendedBy: [],
    })
    expect(made.body.number).not.toBe(original.number)
    const after = await money.read(platform, `/invoices/${original.id}`)
    const { updatedAt: _, ...changed } = after
    expect(changed).toEqual({
      ...(({ updatedAt: __, ...rest }) => rest)(original),
      credited: '500.00',
      open: '0.00',
      paymentState: 'credited',
      amendedBy: [
        { id: expect.any(String), type: 'credit_note', number: expect.stringMatching(/^CN-/) },
        { id: made.body.id, type: 'invoice', number: made.body.number },
      ],
    })
    const statement = await money.read(platform, `/billing/summary?period=2025-01&groupBy=subscription&side=sell`)
    const row = statement.data.find(({ groupId }: { groupId: string }) => groupId === idOf('plain'))
    expect([row.billed.net, row.credited.net]).toEqual(['950.00', '500.00'])
  })

  test('what was paid goes to the balance and pays the new document, the rest stays credit of the buyer', async () => {
    const original = await invoiceOf(idOf('paid'))
    const payment = { amount: '500', currency: 'EUR', receivedOn: '2025-02-15', reference: `bank-${newId()}` }
    await money.as(platform, 'POST', '/payments', { body: { ...payment, allocations: [{ invoiceId: original.id }] } })
    const hours = await lineOf(original.id, 'usage')
    const { body } = await reissue(original.id, { lines: [{ line: hours.line, net: '419' }] })
    expect([body.total, body.paid, body.open, body.paymentState]).toEqual(['450.00', '450.00', '0.00', 'paid'])
    const [rest] = await sql`select sum(amount)::text as amount from credit_entry where buyer_id = ${original.buyerId}`
    expect(rest!['amount']).toBe('50.00')
  })

  test('explains a corrected line by what was computed and what stands in its place', async () => {
    const [row] = await sql`
      select invoice_id, line from invoice_line where details->'corrected' is not null order by invoice_id limit 1`
    const told = await money.read(platform, `/invoices/${row!['invoice_id']}/lines/${row!['line']}/explain`)
    expect(told).toMatchObject({
      net: '419.00',
      unrounded: '419',
      corrected: { from: '469', to: '419', reason: 'hours were counted twice' },
    })
    expect(told.says.at(-1)).toBe('Corrected by the seller from 469 to 419: hours were counted twice')
  })

  test('keeps the services billed, at their corrected amount: a change gives back a part of that', async () => {
    const original = await invoiceOf(idOf('later'))
    const desk = await lineOf(original.id, 'recurring')
    const { body } = await reissue(original.id, { lines: [{ line: desk.line, net: '15.50' }] })
    expect(body.total).toBe('484.50')
    expect(await servedOf(idOf('later'))).toEqual([{ from: '2025-01-01', to: '2025-02-01', invoice: body.id }])
    await act(idOf('later'), 'change', { quantity: '2', effectiveOn: '2025-01-31' })
    await bill('2025-02')
    expect((await billed(platform, '2025-02', idOf('later'))).sort()).toEqual([
      'credit 2025-01-31 2025-02-01 x-1 -0.50',
      'recurring 2025-01-31 2025-02-01 x2 2.00',
      'recurring 2025-02-01 2025-03-01 x2 62.00',
    ])
    const february = await money.invoices(platform, `period=2025-02&buyerId=${body.buyerId}`)
    const credit = await lineOf(february[0].id, 'credit')
    const told = await money.read(platform, `/invoices/${february[0].id}/lines/${credit.line}/explain`)
    expect([told.net, told.proration.fullAmount]).toEqual(['-0.50', '15.5'])
    expect(told.says.at(-2)).toEndWith('at 15.5 for all. It was 31 and was corrected since.')
    expect(await billed(platform, '2025-02', idOf('plain'))).toEqual(['recurring 2025-02-01 2025-03-01 x1 31.00'])
  })

  test('both sides of the edge and the agent between see the link both ways; the seller above sees nothing of it', async () => {
    const original = await invoiceOf(deep, reseller)
    const { body } = await reissue(original.id, {}, reseller)
    expect([body.total, body.amends]).toEqual([original.total, original.id])
    for (const viewer of [reseller, below, agent, platform]) {
      const [old, anew] = [
        await money.read(viewer, `/invoices/${original.id}`),
        await money.read(viewer, `/invoices/${body.id}`),
      ]
      expect([old.amendedBy.at(-1).id, anew.amends]).toEqual([body.id, original.id])
    }
    expect((await reissue(original.id, {}, platform)).status).toBe(404)
    expect((await reissue(newId(), {}, platform)).status).toBe(404)
    expect((await money.as(direct, 'GET', `/invoices/${body.id}`)).status).toBe(404)
    expect((await reissue(body.id, {}, below)).status).toBe(403)
    const events = await sql`
      select distinct type from event where object_id = ${body.id} and type = 'invoice.issued'`
    expect(events).toHaveLength(1)
  })

  test('is refused twice, and where services were given back; the new one can be issued anew in turn', async () => {
    const original = await invoiceOf(idOf('twice'))
    const { body } = await reissue(original.id)
    const again = await reissue(original.id)
    expect([again.status, again.body.code]).toEqual([409, 'invoice.reissued'])
    const third = await reissue(body.id, { reason: 'the address' })
    expect([third.status, third.body.amends, third.body.total]).toEqual([201, body.id, original.total])
    const [service] = await sql`
      select invoice_id as invoice, details->>'fullAmount' as full, details ? 'pricedAmount' as restated from billed_service
      where subscription_id = ${idOf('twice')} and period @> '2025-01-15'::timestamptz`
    expect(service).toEqual({ invoice: third.body.id, full: '31', restated: false })
    const freed = await invoiceOf(idOf('freed'))
    const lines = [{ line: (await lineOf(freed.id, 'recurring')).line, net: '10' }]
    await money.as(platform, 'POST', '/credit-notes', {
      body: { invoiceId: freed.id, reason: 'x', issue: true, lines },
    })
    const refused = await reissue(freed.id)
    expect([refused.status, refused.body.code]).toEqual([409, 'invoice.services_freed'])
    expect((await money.read(platform, `/invoices/${freed.id}`)).credited).toBe('10.00')
  })

  test('the same Idempotency-Key is one document; at once with a credit of all, one of both wins', async () => {
    const original = await invoiceOf(idOf('raced'))
    const token = await world.token(platform)
    const asked = { token, headers: { 'idempotency-key': newId() }, body: { reason: 'twice' } }
    const path = `/api/v1/invoices/${original.id}/reissue`
    const [one, two] = await Promise.all([api.call('POST', path, asked), api.call('POST', path, asked)])
    const answers = [one, two].filter(({ status }) => status === 201)
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1)
    const anew = answers[0]!.body
    const [made, credit] = await Promise.all([
      reissue(anew.id),
      money.as(platform, 'POST', '/credit-notes', { body: { invoiceId: anew.id, reason: 'all', issue: true } }),
    ])
    const statuses = [made.status, credit.status]
    expect(
      [
        [201, 422],
        [409, 201],
      ].some((lawful) => Bun.deepEquals(lawful, statuses)),
    ).toBe(true)
    expect((await money.read(platform, `/invoices/${anew.id}`)).credited).toBe(anew.total)
  })

  test.each([
    ['an unknown line', { lines: [{ line: 99, net: '1' }] }, 'reissue.line_unknown', '/lines/0/line'],
    ['an amount finer than the currency', { lines: [{ line: 1, net: '0.001' }] }, 'amount.too_fine', '/lines/0/net'],
    ['a document below zero', { lines: [{ line: 1, net: '-9999' }] }, 'reissue.negative', '/lines'],
    ['an unknown field', { total: '1' }, 'request.invalid', '/total'],
  ])('422 for %s, and nothing is half done', async (_, body, code, pointer) => {
    const original = await invoiceOf(deep)
    const before = await sql`select count(*)::int as count from invoice`
    expect(refusalOf(await reissue(original.id, body))).toEqual({ status: 422, code, pointers: [pointer] })
    expect([...(await sql`select count(*)::int as count from invoice`)]).toEqual([...before])
  })
})

test('the live check finds nothing, and names a line that says other than what it corrects', async () => {
  await money.rated()
  expect(await brokenLaws(database)).toEqual([])
  const [row] = await sql`
    select invoice_id, line from invoice_line where details->'corrected' is not null order by invoice_id limit 1`
  await breakIn(
    database,
    (tx) => tx`
      update invoice_line set details = jsonb_set(details, '{corrected,from}', '"470"')
      where invoice_id = ${row!['invoice_id']} and line = ${row!['line']}`,
  )
  const broken = await brokenLaws(database)
  expect(broken).toContain(`I3: line ${row!['line']} of invoice ${row!['invoice_id']}`)
})

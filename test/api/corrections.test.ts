import { describe, expect, test } from 'bun:test'
import { newId, nilId } from '../../src/platform/ids.ts'
import { commissionsHandlers } from '../../workers/commissions.ts'
import { testApi } from '../support/api.ts'
import { billingWorld, moneyHandlers, refreshTick } from '../support/billing.ts'
import { refusalOf } from '../support/catalog.ts'
import { chargingWorld } from '../support/charging.ts'
import { correctingWorld } from '../support/correcting.ts'
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
const { plan, prices, order, act, ask, bill, billed } = chargingWorld(money, platform)
testWorker(database, [...moneyHandlers, ...commissionsHandlers], { ticks: [refreshTick] })

await money.region('eu')
for (const sku of ['hour', 'disk', 'seat']) await money.sellingSku(sku)
await prices(platform, { hour: '1', disk: '0.5', seat: '31' })
await prices(reseller, { hour: '1.5', disk: '1' })
const usage = await plan({ sku: 'hour', kind: 'usage' }, { sku: 'disk', kind: 'usage' })
const [mine, other] = [await order(below, usage, '2025-01-01'), await order(direct, usage, '2025-01-01')]
for (const id of [mine, other]) await money.use(id, 'hour', '100', '2025-01-10')
await ask(reseller, '/commissions/rules', {
  payeeId: agent.id,
  basis: 'net',
  scope: 'line',
  tiers: [{ to: null, percent: '10' }],
  inheritable: false,
  validFrom: '2025-01-01',
})
const seats = await plan({ sku: 'seat', kind: 'recurring' })
const [cheaper, dearer] = [await money.tenant(), await money.tenant()]
const [cheap, dear] = [
  await order({ ...direct, ...cheaper }, seats, '2025-01-01'),
  await order({ ...direct, ...dearer }, seats, '2025-01-01'),
]
await bill('2025-01', [platform, reseller])
const earn = async (): Promise<void> => {
  const { jobId } = await ask(reseller, '/commissions/runs', { period: '2025-01' })
  await money.job(reseller, jobId)
}
await earn()

const correcting = correctingWorld(money, sql, { platform, subscriptionId: mine, tenantId: below.id })
const { post, apply, counted, wrong, onEdges, documents, earnings } = correcting

describe('a correction of a quantity', () => {
  test('is previewed on every edge from the same quantity, and changes nothing', async () => {
    const before = [await documents(), await earnings()]
    const { status, body, headers } = await post(platform, wrong(counted('-20')))
    expect([status, headers.get('location')]).toEqual([201, `/api/v1/billing/corrections/${body.id}`])
    expect(body.state).toBe('draft')
    expect(onEdges(body)).toEqual(['platform: -20.00 +0', 'reseller: -30.00 +0'])
    expect(body.edges.map(({ lines }: any) => lines[0].difference).toSorted()).toEqual(['-20.00', '-30.00'])
    expect(
      body.edges.every(({ creditNotes, earnings }: any) => creditNotes[0].id === null && earnings.length === 0),
    ).toBe(true)
    expect([await documents(), await earnings()]).toEqual(before)
    expect([
      ...(await sql`select count(*)::int as count from number_series where document_type = 'credit_note'`),
    ]).toEqual([{ count: 0 }])
  })

  test('is applied once, on every edge at once: credit notes and negative earnings', async () => {
    const { body: draft } = await post(platform, wrong(counted('-20')))
    const { status, body } = await apply(platform, draft.id)
    expect([status, body.state, onEdges(body)]).toEqual([200, 'applied', onEdges(draft)])
    for (const { sellerId, creditNotes } of body.edges) {
      const seller = sellerId === platform.id ? platform : reseller
      const note = await money.read(seller, `/credit-notes/${creditNotes[0].id}`)
      expect([note.state, note.net, note.reason, note.amends]).toEqual([
        'issued',
        creditNotes[0].net,
        'counted twice',
        creditNotes[0].amends,
      ])
    }
    expect(await earnings()).toEqual(['earned 15.00', 'retier -3.00'])
    const again = await apply(platform, draft.id)
    expect([again.status, again.body.code]).toEqual([409, 'correction.applied'])
    expect((await documents()).find(({ type }) => type === 'credit_note')).toEqual({ type: 'credit_note', count: 2 })
    const nothing = await post(platform, { tenantId: below.id, period: '2025-01', reason: 'again' })
    expect([nothing.status, nothing.body.code]).toEqual([409, 'correction.nothing_wrong'])
  })

  test('moves what was mapped to a wrong SKU: a credit and a document besides, each explained', async () => {
    const { body: draft } = await post(platform, wrong(counted('-10'), counted('10', 'disk')))
    expect(onEdges(draft)).toEqual(['platform: -10.00 +5.00', 'reseller: -15.00 +10.00'])
    const { body } = await apply(platform, draft.id)
    const sold = body.edges.find(({ sellerId }: any) => sellerId === reseller.id)
    const anew = await money.read(below, `/invoices/${sold.invoice.id}`)
    expect([anew.total, anew.amends, anew.runId]).toEqual(['10.00', sold.invoice.amends, null])
    const told = await money.read(below, `/invoices/${anew.id}/lines/1/explain`)
    expect([told.net, told.corrected]).toEqual(['10.00', { from: '0.00', to: '10.00', reason: 'counted twice' }])
    await earn()
    expect(await earnings()).toEqual(['earned 15.00', 'retier -3.00', 'retier -1.50', 'earned 1.00'])
    const summary = await money.summary(reseller, 'period=2025-01&groupBy=tenant&side=sell')
    expect([summary[0].billed.net, summary[0].credited.net]).toEqual(['160.00', '45.00'])
  })

  test('is refused when it would come to something else by now, and nothing is half done', async () => {
    const { body: draft } = await post(platform, wrong(counted('-1')))
    const { body: first } = await post(platform, wrong(counted('-2')))
    expect((await apply(platform, first.id)).status).toBe(200)
    const before = await documents()
    const refused = await apply(platform, draft.id)
    expect([refused.status, refused.body.code]).toEqual([409, 'correction.stale'])
    expect(await documents()).toEqual(before)
  })

  test('twice at once has one effect', async () => {
    const { body: draft } = await post(platform, wrong(counted('-1')))
    const answers = await Promise.all([apply(platform, draft.id), apply(platform, draft.id)])
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409])
  })
})

test('the waterfall shows the margins as they were billed and after corrections, each equation exact', async () => {
  await money.list(platform, { hour: '0.6', disk: '0.2' }, { kind: 'cost', validFrom: '2024-01-01' })
  await money.rated()
  const query = 'period=2025-01&groupBy=tenant&tenantId='
  const [row] = (await money.read(platform, `/billing/waterfall?${query}${below.id}`)).data
  const [first, second] = row.sellers
  expect([row.tenantTotal, row.sum, row.gap]).toEqual(['150.00', '90.00', '0.00'])
  expect([first.margin, second.margin]).toEqual(['40.00', '50.00'])
  // 100 hours were billed: 33 were too many, and 10 of them were disks.
  expect([row.after.tenantTotal, row.after.sum, row.after.gap]).toEqual(['110.50', '50.50', '0.00'])
  expect([first.after.sold, first.after.margin, second.after.bought, second.after.margin]).toEqual([
    '72.00',
    '12.00',
    '72.00',
    '38.50',
  ])
  const [own] = (await money.read(reseller, `/billing/waterfall?${query}${below.id}`)).data
  expect([own.sellers[0].after.sold, own.sellers[0].after.bought, own.sellers[0].after.margin]).toEqual([
    '72.00',
    null,
    null,
  ])
  expect([own.after.tenantTotal, own.after.sum]).toEqual(['110.50', null])
})

test('a seller that forgets our own predicate reads the quantities of its own tenants only, and nobody’s reasons', async () => {
  const asSeller = (member: Member) =>
    ({ role: 'weir_seller', organizationId: member.id, accountId: null, sellerOfRecordId: nilId, line: [] }) as const
  const stranger = { ...reseller, id: newId() }
  const told = (member: Member) =>
    api.db.transaction(
      asSeller(member),
      (tx) => tx<{ id: string }[]>`select distinct seller_id as id from corrected_quantity`,
    )
  expect((await told(reseller)).map(({ id }) => id)).toEqual([reseller.id])
  expect((await told(platform)).map(({ id }) => id)).toEqual([platform.id])
  expect([...(await told(stranger))]).toEqual([])
  for (const table of ['correction', 'correction_edge']) {
    const read = api.db.transaction(asSeller(stranger), (tx) => tx`select * from ${tx(table)}`)
    expect(
      await read.then(
        (rows) => [...rows],
        ({ code }) => code,
      ),
    ).toEqual(table === 'correction' ? '42501' : [])
  }
  const foreign = api.db.transaction(
    asSeller(stranger),
    (tx) => tx`
      insert into corrected_quantity (seller_id, correction_id, position, tenant_id, period, subscription_id, sku_id, day, quantity)
      values (${platform.id}, ${newId()}, 1, ${below.id}, '2025-01', ${mine}, ${newId()}, '2025-01-10', 1)`,
  )
  await expect(foreign).rejects.toThrow('row-level security')
})

describe('a correction of a price', () => {
  test("is of the seller's own edges: it sees and changes no other one", async () => {
    await money.list(
      reseller,
      { hour: '1.25' },
      { scope: 'buyer', targetId: below.id, validFrom: '2025-01-01', validTo: '2025-02-01' },
    )
    const { body: draft } = await post(reseller, { tenantId: below.id, period: '2025-01', reason: 'a wrong price' })
    expect(onEdges(draft)).toHaveLength(1)
    expect(onEdges(draft)[0]).toStartWith('reseller: ')
    const { body } = await apply(reseller, draft.id)
    expect(body.edges.map(({ sellerId }: any) => sellerId)).toEqual([reseller.id])
    expect(body.edges[0].earnings).toEqual([{ payeeId: agent.id, amount: expect.stringMatching(/^-/) }])
    expect((await money.as(platform, 'GET', `/billing/corrections/${draft.id}`)).status).toBe(404)
    expect((await money.as(platform, 'GET', '/billing/corrections')).body.data.map(({ id }: any) => id)).not.toContain(
      draft.id,
    )
  })
})

describe('a correction that can not be', () => {
  test.each<[string, object, number, string, string]>([
    [
      'another period’s day',
      { quantities: [{ ...counted('1'), day: '2025-02-01' }] },
      422,
      'correction.day',
      '/quantities/0/day',
    ],
    ['nothing changed', { quantities: [counted('0')] }, 422, 'correction.no_change', '/quantities/0/quantity'],
    ['an unknown SKU', { quantities: [counted('1', 'ghost')] }, 422, 'reference.unknown', '/quantities/0/sku'],
    [
      'a foreign subscription',
      { quantities: [{ ...counted('1'), subscriptionId: other }] },
      422,
      'reference.unknown',
      '/quantities/0/subscriptionId',
    ],
    ['an absent tenant', { tenantId: newId() }, 422, 'reference.unknown', '/tenantId'],
    ['an unknown field', { amount: '1' }, 422, 'request.invalid', '/amount'],
  ])('%s is refused', async (_, change, status, code, pointer) => {
    expect(refusalOf(await post(platform, { ...wrong(counted('1')), ...change }))).toEqual({
      status,
      code,
      pointers: [pointer],
    })
  })

  test('an open period, a reseller’s quantities, a foreign tenant, and who buys', async () => {
    const open = await post(platform, { tenantId: below.id, period: '2025-02', reason: 'x' })
    expect([open.status, open.body.code]).toEqual([409, 'correction.period_open'])
    const quantities = await post(reseller, wrong(counted('1')))
    expect([quantities.status, quantities.body.code]).toEqual([403, 'correction.quantities'])
    const foreign = await post(reseller, { tenantId: direct.id, period: '2025-01', reason: 'x' })
    expect(refusalOf(foreign)).toEqual({ status: 422, code: 'reference.unknown', pointers: ['/tenantId'] })
    expect((await post(below, wrong(counted('1')))).status).toBe(403)
    const agents = await post(agent, { tenantId: below.id, period: '2025-01', reason: 'x' })
    expect([agents.status, agents.body.code]).toEqual([409, 'billing.not_a_seller'])
  })
})

describe('a correction of what a plan charges', () => {
  const price = (tenantId: string, seat: string, scope = 'buyer') =>
    money.list(platform, { seat }, { scope, targetId: tenantId, validFrom: '2025-01-01', validTo: '2025-02-01' })
  const correct = (tenantId: string) => post(platform, { tenantId, period: '2025-01', reason: 'a wrong price' })

  test('credits or charges the difference, and a later bill gives back a part of what is right', async () => {
    await price(cheaper.id, '15.5')
    await price(dearer.id, '62')
    const [down, up] = [(await correct(cheaper.id)).body, (await correct(dearer.id)).body]
    expect([onEdges(down), onEdges(up)]).toEqual([['platform: -15.50 +0'], ['platform: -0 +31.00']])
    expect((await apply(platform, down.id)).status).toBe(200)
    const [{ invoice }] = (await apply(platform, up.id)).body.edges
    const told = await money.read(platform, `/invoices/${invoice.id}/lines/1/explain`)
    expect([told.kind, told.net, told.corrected.from, told.corrected.to]).toEqual([
      'recurring',
      '31.00',
      '31.00',
      '62.00',
    ])
    for (const id of [cheap, dear]) await act(id, 'change', { quantity: '2', effectiveOn: '2025-01-31' })
    await bill('2025-02')
    expect(await billed(platform, '2025-02', cheap)).toContain('credit 2025-01-31 2025-02-01 x-1 -0.50')
    expect(await billed(platform, '2025-02', dear)).toContain('credit 2025-01-31 2025-02-01 x-1 -2.00')
    const nothing = await correct(dearer.id)
    expect([nothing.status, nothing.body.code]).toEqual([409, 'correction.nothing_wrong'])
  })

  test('is refused once a part of the charge was given back', async () => {
    await price(cheap, '10', 'subscription')
    const refused = await correct(cheaper.id)
    expect([refused.status, refused.body.code]).toEqual([409, 'correction.given_back'])
  })
})

test('the live check finds nothing, and names an edge whose documents come to something else', async () => {
  await money.rated()
  expect(await brokenLaws(database)).toEqual([])
  const [row] = await sql`select correction_id, edge_id from correction_edge where invoice_id is not null limit 1`
  await breakIn(
    database,
    (tx) => tx`
      update correction_edge set effects = jsonb_set(effects, '{lines,0,difference}', '"-0.01"')
      where correction_id = ${row!['correction_id']} and edge_id = ${row!['edge_id']}`,
  )
  const named = `I3: edge ${row!['edge_id']} of correction ${row!['correction_id']}`
  expect(await brokenLaws(database)).toEqual([named])
  await breakIn(
    database,
    (tx) => tx`update corrected_quantity set quantity = 1 where seller_id = ${reseller.id} and position = 2`,
  )
  expect((await brokenLaws(database)).toSorted()).toEqual([expect.stringContaining(`for seller ${reseller.id}`), named])
})

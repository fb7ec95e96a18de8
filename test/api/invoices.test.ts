import { describe, expect, test } from 'bun:test'
import { newId } from '../../src/platform/ids.ts'
import { testApi } from '../support/api.ts'
import { billingWorld, moneyHandlers, refreshTick } from '../support/billing.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { testWorker } from '../support/worker.ts'
import { buildWorld, type Member } from '../support/world.ts'

const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const world = await buildWorld(api, [
  ['reseller', 'agent'],
  ['agent', null],
])
const money = await billingWorld(api, sql, world)
testWorker(database, moneyHandlers, { ticks: [refreshTick] })

const { platform } = world
const { reseller, agent } = world.distributors
const agentPartner = world.partner('reseller/agent')
const [below, direct] = [world.tenant('reseller/agent'), world.tenant('agent/-')]
const period = '2024-09'
const tiers = [
  { upTo: '100', unitPrice: '1' },
  { upTo: null, unitPrice: '0.5' },
]
await money.region('eu')
await money.sellingSku('vm.hours')
const prices = (factor: string) => ({
  validFrom: '2024-01-01',
  rates: [
    { sku: 'vm.hours', rate: { kind: 'graduated', tiers: [...tiers.slice(0, 1), { upTo: null, unitPrice: factor }] } },
  ],
})
await money.list(platform, {}, prices('0.5'))
await money.list(reseller, {}, prices('0.7'))
await money.subscription(below.id, [{ region: 'eu', externalId: 'below' }])
await money.subscription(direct.id, [{ region: 'eu', externalId: 'direct' }])
await money.use('below', 'vm.hours', '120.333')
await money.use('direct', 'vm.hours', '95')
const draft = await money.run(reseller, period, false)
const [drafted] = await money.invoices(reseller, 'side=sell')

const pairs = (documents: any[]) => documents.map((one) => [one.sellerId, one.buyerId, one.state, one.total]).sort()
const get = (member: Member, path: string) => money.as(member, 'GET', path)

describe('a draft', () => {
  test("is its seller's alone: for everybody else on the edge it is not there", async () => {
    expect(drafted).toMatchObject({
      state: 'draft',
      number: null,
      paymentState: null,
      open: null,
      contentHash: null,
      runId: draft.id,
      total: '114.23',
    })
    for (const member of [platform, below, agentPartner, agent, direct]) {
      expect(await money.invoices(member)).toEqual([])
      for (const path of ['', '/lines', '/lines/1/explain']) {
        const [foreign, absent] = [
          await get(member, `/invoices/${drafted.id}${path}`),
          await get(member, `/invoices/${newId()}${path}`),
        ]
        expect([foreign.status, foreign.body.code]).toEqual([404, 'resource.not_found'])
        expect(absent.status).toBe(404)
      }
    }
  })

  test('discarded by its seller it stays as such, and its usage can be billed again', async () => {
    expect((await money.as(below, 'POST', `/invoices/${drafted.id}/discard`)).status).toBe(403)
    expect((await money.as(platform, 'POST', `/invoices/${drafted.id}/discard`)).status).toBe(404)
    const { status, body, headers } = await money.as(reseller, 'POST', `/invoices/${drafted.id}/discard`)
    expect([status, body.state, headers.get('etag')]).toEqual([200, 'discarded', '"2"'])
    const again = await money.as(reseller, 'POST', `/invoices/${drafted.id}/discard`)
    expect([again.status, again.body.code]).toEqual([409, 'invoice.not_discardable'])
    const [row] = await money.summary(reseller, `period=${period}&groupBy=tenant`)
    expect([row.unbilled.net, row.draft.net]).toEqual(['114.23', '0.00'])
  })
})

describe('an issued invoice', () => {
  test('is seen by seller, buyer, the agents between and the platform, and by nobody else', async () => {
    const cancelled = await money.as(reseller, 'POST', `/billing/runs/${draft.id}/cancel`)
    await money.job(reseller, cancelled.body.jobId)
    await money.close(period)
    await money.run(reseller, period)
    await money.run(platform, period)
    const toTenant = [reseller.id, below.id, 'issued', '114.23']
    const toReseller = [platform.id, reseller.id, 'issued', '110.17']
    const toDirect = [platform.id, direct.id, 'issued', '95.00']
    const seen = async (member: Member) => pairs(await money.invoices(member, 'state=issued'))
    expect(await seen(below)).toEqual([toTenant])
    expect(await seen(agentPartner)).toEqual([toTenant])
    expect(await seen(reseller)).toEqual([toTenant, toReseller].sort())
    expect(await seen(direct)).toEqual([toDirect])
    expect(await seen(agent)).toEqual([toDirect])
    expect(await seen(platform)).toEqual([toTenant, toReseller, toDirect].sort())
  })

  test('says what is owed, with number, dates, hash and an ETag', async () => {
    const [listed] = await money.invoices(below)
    const { status, body, headers } = await get(below, `/invoices/${listed.id}`)
    expect([status, body]).toEqual([200, listed])
    expect(headers.get('etag')).toMatch(/^"\d+"$/)
    expect(body).toMatchObject({
      number: `INV-${body.issueDate.slice(0, 4)}-000001`,
      type: 'invoice',
      state: 'issued',
      paymentState: 'open',
      runId: null,
      period,
      currency: 'EUR',
      lines: 1,
      net: '114.23',
      taxes: [],
      tax: '0.00',
      total: '114.23',
      paid: '0.00',
      open: '114.23',
      amends: null,
    })
    const days = (Date.parse(body.dueDate) - Date.parse(body.issueDate)) / 86_400_000
    expect([days, /^[0-9a-f]{64}$/.test(body.contentHash)]).toEqual([30, true])
  })

  test('can be found by side, seller, buyer, period and run; a foreign id finds nothing, like an absent one', async () => {
    const count = async (member: Member, query: string) => (await money.invoices(member, query)).length
    expect(await count(reseller, 'state=issued&side=sell')).toBe(1)
    expect(await count(reseller, 'side=buy')).toBe(1)
    expect(await count(reseller, 'side=agency')).toBe(0)
    expect(await count(platform, 'side=agency')).toBe(0)
    expect(await count(agent, 'side=agency')).toBe(1)
    expect(await count(platform, `buyerId=${direct.id}`)).toBe(1)
    expect(await count(platform, `sellerId=${reseller.id}`)).toBe(1)
    expect(await count(below, `sellerId=${platform.id}`)).toBe(0)
    expect(await count(below, `sellerId=${newId()}`)).toBe(0)
    expect(await count(below, `runId=${draft.id}`)).toBe(0)
    expect(await count(below, 'period=2024-08')).toBe(0)
  })

  test('its lines name what was used and when; each is rounded on its own', async () => {
    const [invoice] = await money.invoices(below)
    const [line] = await money.lines(below, invoice.id)
    expect(line).toMatchObject({
      line: 1,
      kind: 'usage',
      tenantId: below.id,
      sku: 'vm.hours',
      serviceStart: '2024-09-01',
      serviceEnd: '2024-10-01',
      region: null,
      quantity: '120.333',
      unit: 'hour',
      unrounded: '114.2331',
      net: '114.23',
      creditedNet: '0.00',
    })
    expect((await get(below, `/invoices/${invoice.id}/lines?cursor=bm8`)).status).toBe(422)
  })

  test('its lines are explained to whoever sees them, computed again to the same amount', async () => {
    const [invoice] = await money.invoices(below)
    for (const member of [below, agentPartner, reseller, platform]) {
      const { status, body } = await get(member, `/invoices/${invoice.id}/lines/1/explain`)
      expect(status).toBe(200)
      expect(body).toMatchObject({
        quantity: { before: '0', now: '120.333', unit: 'hour' },
        price: { scope: 'default', currency: 'EUR', validFrom: '2024-01-01', validTo: null },
        before: [],
        unrounded: '114.2331',
        rounding: { digits: 2, mode: 'half away from zero' },
        net: '114.23',
      })
      expect(body.after.map((step: any) => [step.quantity, step.unitPrice, step.amount])).toEqual([
        ['100', '1', '100'],
        ['20.333', '0.7', '14.2331'],
      ])
    }
    expect((await get(below, `/invoices/${invoice.id}/lines/2/explain`)).status).toBe(404)
    const upstream = (await money.invoices(reseller, 'side=buy'))[0]
    expect((await get(below, `/invoices/${upstream.id}/lines/1/explain`)).status).toBe(404)
    expect((await get(agentPartner, `/invoices/${upstream.id}`)).status).toBe(404)
  })

  test('a late line is explained by what its month had cost before', async () => {
    await money.use('direct', 'vm.hours', '10', '2024-09-20')
    await money.close('2024-10')
    await money.run(platform, '2024-10')
    const [invoice] = await money.invoices(direct, 'period=2024-10')
    const [line] = await money.lines(direct, invoice.id)
    expect([line.kind, line.serviceStart, line.net]).toEqual(['late', '2024-09-01', '7.50'])
    const { body } = await get(direct, `/invoices/${invoice.id}/lines/1/explain`)
    expect(body).toMatchObject({ quantity: { before: '95', now: '10' }, unrounded: '7.5', net: '7.50' })
    expect([body.after, body.before].map((steps: any) => steps.map((step: any) => step.amount))).toEqual([
      ['100', '2.5'],
      ['95'],
    ])
  })

  test('can not be discarded, and every line and total is in the books once', async () => {
    const [invoice] = await money.invoices(reseller, 'side=sell&state=issued')
    const refused = await money.as(reseller, 'POST', `/invoices/${invoice.id}/discard`)
    expect([refused.status, refused.body.code]).toEqual([409, 'invoice.not_discardable'])
    const postings =
      await sql`select account, amount::text from posting where document_id = ${invoice.id} order by account`
    expect([...postings]).toEqual([
      { account: 'receivable', amount: '114.23' },
      { account: 'revenue', amount: '-114.23' },
    ])
  })

  test('seller, buyer and the agents between are told, once each', async () => {
    const [invoice] = await money.invoices(below)
    const events = await sql<{ org_id: string; data: any }[]>`
      select org_id, data from event where type = 'invoice.issued' and object_id = ${invoice.id}`
    expect(events.map((event) => event.org_id).sort()).toEqual([reseller.id, below.id, agentPartner.id].sort())
    expect(events[0]!.data).toMatchObject({ invoiceId: invoice.id, number: invoice.number, period, currency: 'EUR' })
  })
})

test('401 without a token, 422 for a malformed id', async () => {
  expect((await api.call('GET', '/api/v1/invoices')).status).toBe(401)
  expect((await get(below, '/invoices/nothing')).status).toBe(422)
})

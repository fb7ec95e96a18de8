import { beforeAll, expect, test } from 'bun:test'
import { organizationHandlers } from '../../workers/organizations.ts'
import { testApi } from '../support/api.ts'
import { billingWorld, moneyHandlers, refreshTick } from '../support/billing.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { changesTick, movesOf } from '../support/moves.ts'
import { brokenLaws } from '../support/verify.ts'
import { testWorker } from '../support/worker.ts'
import { buildWorld, type Member } from '../support/world.ts'

// From October 2024 on the contract of the reselling distributor is confidential; its partner's never is.

const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const world = await buildWorld(api, [['reseller', 'reseller']])
const money = await billingWorld(api, sql, world)
const moves = movesOf(api.call, sql, world)
testWorker(database, [...moneyHandlers, ...organizationHandlers], { ticks: [refreshTick, changesTick] })

const { platform } = world
const distributor = world.distributors.reseller
const [partner, tenant] = [world.partner('reseller/reseller'), world.tenant('reseller/reseller')]
const sellers = [platform, distributor, partner]

let subscription = ''

const totals = async (viewer: Member, period: string): Promise<string[]> =>
  (await money.invoices(viewer, `period=${period}`)).map(({ total }) => total).sort()

beforeAll(async () => {
  await money.region('eu')
  await money.sellingSku('vm.hours')
  for (const [index, seller] of sellers.entries()) {
    const rates = [{ sku: 'vm.hours', rate: { kind: 'per_unit', unitPrice: `${index + 1}` } }]
    await money.list(seller, {}, { validFrom: '2024-01-01', rates })
  }
  subscription = await money.subscription(tenant.id, [{ region: 'eu', externalId: 'secret' }])
  await money.use('secret', 'vm.hours', '10', '2024-09-10')
  // Came in before the contract became confidential.
  await money.use('secret', 'vm.hours', '4', '2024-10-05')
  await money.rated()
  const path = `/distributors/${distributor.id}/confidentiality`
  await moves.begin(await moves.planned(platform, path, { confidential: true }), '2024-10')
  await money.rated()
  for (const period of ['2024-09', '2024-10']) {
    await money.close(period)
    for (const seller of sellers) await money.run(seller, period)
  }
}, 60_000)

test('everybody is billed as before; of the confidential sale the platform sees nothing from then on', async () => {
  expect(await totals(platform, '2024-09')).toEqual(['10.00', '20.00', '30.00'])
  expect(await totals(platform, '2024-10')).toEqual(['12.00', '4.00'])
  for (const [period, own] of [
    ['2024-09', ['10.00', '20.00']],
    ['2024-10', ['4.00', '8.00']],
  ] as const) {
    expect(await totals(distributor, period)).toEqual([...own])
  }
  expect(await totals(partner, '2024-10')).toEqual(['12.00', '8.00'])
})

test('the document is as absent to the platform as one that is not there, with its lines, explanation and print', async () => {
  const [hidden] = await money.invoices(distributor, `period=2024-10&buyerId=${partner.id}`)
  for (const rest of ['', '/lines', '/explain', '/html']) {
    const answers = [hidden.id, Bun.randomUUIDv7()].map((id) => money.as(platform, 'GET', `/invoices/${id}${rest}`))
    const [one, other] = await Promise.all(answers)
    expect([rest, one?.status, one?.body?.code]).toEqual([rest, 404, other?.body?.code])
  }
})

test('the waterfall of the platform has no margin where it does not see both sides', async () => {
  const margins = async (viewer: Member, period: string) => {
    const { data } = await money.read(viewer, `/billing/waterfall?period=${period}`)
    return data.flatMap(({ sellers: all }: any) => all.map((one: any) => `${one.name} ${one.margin}`))
  }
  expect(await margins(platform, '2024-09')).toEqual([
    expect.stringMatching(/ null$/),
    `${distributor.name} 10.00`,
    `${partner.name} 10.00`,
  ])
  expect(await margins(platform, '2024-10')).toEqual([expect.stringMatching(/ null$/), `${partner.name} null`])
  expect(await margins(distributor, '2024-10')).toEqual(['null null', `${distributor.name} 4.00`])
  const { data } = await money.read(platform, '/billing/waterfall?period=2024-10')
  expect(data[0].gap).toBe(null)
})

test('terms of a confidential edge are planned without telling the platform', async () => {
  const { data } = await money.read(distributor, '/edges?side=sell&on=2024-11-01')
  const planned = await money.as(distributor, 'PATCH', `/edges/${data[0].id}`, {
    body: { paymentTermDays: 10, fromPeriod: '2998-01' },
  })
  expect(planned.status).toBe(200)
  const seen = (viewer: Member) => money.as(viewer, 'GET', `/hierarchy-changes/${planned.body.id}`)
  expect(await Promise.all([distributor, partner, platform].map(async (one) => (await seen(one)).status))).toEqual([
    200, 200, 404,
  ])
})

test('both sides are told that it is confidential, and find it in their audit', async () => {
  for (const viewer of [platform, distributor]) {
    const { confidential } = await money.read(viewer, `/distributors/${distributor.id}`)
    const { data } = await money.read(viewer, `/audit?objectId=${distributor.id}`)
    const applied = data.find(({ action }: { action: string }) => action === 'organization.changed')
    expect([confidential, applied?.details]).toMatchObject([true, { kind: 'confidentiality', fromPeriod: '2024-10' }])
  }
})

test('a correction of the platform leaves out the sale that it does not see; the reseller follows with its own', async () => {
  const correct = async (member: Member, quantities?: object[]) => {
    const body = {
      tenantId: tenant.id,
      period: '2024-10',
      reason: 'counted twice',
      ...(quantities ? { quantities } : {}),
    }
    return money.as(member, 'POST', '/billing/corrections', { body })
  }
  const apply = (member: Member, id: string) => money.as(member, 'POST', `/billing/corrections/${id}/apply`)
  const credits = ({ edges }: any): string[] =>
    edges.map(
      ({ sellerId, creditNotes }: any) => `${sellers.findIndex(({ id }) => id === sellerId)} ${creditNotes[0].net}`,
    )
  const notes = async (seller: Member) =>
    (await sql`select from invoice where type = 'credit_note' and seller_id = ${seller.id}`).length
  const { body: draft } = await correct(platform, [
    { subscriptionId: subscription, sku: 'vm.hours', day: '2024-10-05', quantity: '-1' },
  ])
  expect(credits(draft).toSorted()).toEqual(['0 1.00', '2 3.00'])
  expect((await apply(platform, draft.id)).status).toBe(200)
  expect(await Promise.all(sellers.map(notes))).toEqual([1, 0, 1])
  // What is wrong where it does not look is none of its business, not even that something is.
  expect((await correct(platform)).body.code).toBe('correction.nothing_wrong')
  const { body: own } = await correct(distributor)
  expect(credits(own)).toEqual(['1 2.00'])
  expect((await apply(distributor, own.id)).status).toBe(200)
})

test('the books hold every law', async () => {
  expect(await brokenLaws(database)).toEqual([])
}, 60_000)

import { describe, expect, test } from 'bun:test'
import { pricingHandlers } from '../../workers/pricing.ts'
import { testApi } from '../support/api.ts'
import { billingWorld, moneyHandlers, refreshTick } from '../support/billing.ts'
import { refusalOf } from '../support/catalog.ts'
import { lookInto, testDatabase } from '../support/database.ts'
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
testWorker(database, [...moneyHandlers, ...pricingHandlers], { ticks: [refreshTick] })
const { platform } = world
const distributor = world.distributors.reseller
const tenants = { direct: world.tenant('-/-'), far: world.tenant('reseller/agent') }

await money.region('eu')
await money.subscription(tenants.direct.id, [{ region: 'eu', externalId: 'direct' }])
await money.subscription(tenants.far.id, [{ region: 'eu', externalId: 'far' }])
for (const sku of ['vm', 'disk', 'free']) await money.sellingSku(sku)
const since = { validFrom: '2024-01-01' }
const list = await money.list(platform, { vm: '0.0149', disk: '1.005' }, { ...since, code: 'list' })
await money.list(distributor, { vm: '0.02', disk: '2' }, since)
for (const who of ['direct', 'far']) {
  await money.use(who, 'vm', '333')
  await money.use(who, 'disk', '3')
  await money.use(who, 'free', '1')
}
await money.rated()

const draftOf = async (body: object): Promise<{ id: string }> => {
  const path = `/pricing/price-lists/${list.id}/increase`
  const answer = await money.as(platform, 'POST', path, { body: { validFrom: '2027-01-01', ...body } })
  if (answer.status !== 201) throw new Error(`increasing answered ${answer.status} ${JSON.stringify(answer.body)}`)
  return answer.body.priceList
}
const simulate = async (seller: Member, priceListId: string): Promise<string> => {
  const body = { period: '2024-09', priceListId }
  const { status, body: answer } = await money.as(seller, 'POST', '/pricing/simulations', { body })
  if (status !== 202) throw new Error(`simulating answered ${status} ${JSON.stringify(answer)}`)
  const { state, problem } = await money.job(seller, answer.jobId)
  if (state !== 'done') throw new Error(`the job ended ${state} ${JSON.stringify(problem)}`)
  return answer.simulationId
}
const rowsOf = async (seller: Member, id: string, groupBy: string): Promise<any[]> =>
  (await money.read(seller, `/pricing/simulations/${id}/rows?groupBy=${groupBy}`)).data
const books = async () => {
  const rows =
    await sql`select md5(string_agg(bucket::text, '' order by bucket::text)) as hash from rated_bucket bucket`
  const lists = await sql`select md5(string_agg(list::text, '' order by list::text)) as hash from price_list list`
  return [rows[0]?.['hash'], lists[0]?.['hash']]
}

describe('a simulation', () => {
  test('with unchanged prices gives exactly 0, whatever is parked, and touches nothing', async () => {
    const draft = await draftOf({ percent: '0' })
    const before = await books()
    const id = await simulate(platform, draft.id)
    const result = await money.read(platform, `/pricing/simulations/${id}`)
    expect(result).toMatchObject({ state: 'done', period: '2024-09', priceListId: draft.id })
    // On each of its two edges: 4.96 + 3.02.
    expect(result.totals).toEqual([
      {
        currency: 'EUR',
        lines: 6,
        before: '15.96',
        after: '15.96',
        difference: '0.00',
        parkedBefore: 2,
        parkedAfter: 2,
      },
    ])
    for (const by of ['distributor', 'partner', 'tenant', 'sku'])
      for (const row of await rowsOf(platform, id, by)) expect(row.difference).toBe('0.00')
    expect(await books()).toEqual(before)
  })

  test('gives the difference by tenant, SKU, partner and distributor, rounded as lines are', async () => {
    const id = await simulate(platform, (await draftOf({ percent: '10', skus: ['vm'] })).id)
    // 333 x 0.01639 = 5.45787, so 5.46 in place of 4.96, for both.
    const bySku = await rowsOf(platform, id, 'sku')
    expect(Object.fromEntries(bySku.map(({ name, difference }) => [name, difference]))).toEqual({
      vm: '1.00',
      disk: '0.00',
      free: '0.00',
    })
    const byTenant = await rowsOf(platform, id, 'tenant')
    expect(byTenant.map(({ groupId, difference }) => [groupId, difference]).sort()).toEqual(
      [tenants.direct.id, tenants.far.id].sort().map((one) => [one, '0.50']),
    )
    const byDistributor = await rowsOf(platform, id, 'distributor')
    expect(byDistributor.map(({ groupId, name, difference }) => [groupId, name, difference])).toEqual([
      ['00000000-0000-0000-0000-000000000000', null, '0.50'],
      [distributor.id, distributor.name, '0.50'],
    ])
  })

  test('a price that would go missing is counted, and in no amount', async () => {
    const draft = await money.list(platform, { vm: '0.0149' }, { ...since, code: 'list', state: 'draft' })
    const id = await simulate(platform, draft.id)
    const disk = (await rowsOf(platform, id, 'sku')).find(({ name }) => name === 'disk')
    expect(disk).toMatchObject({ before: '0.00', after: '0.00', difference: '0.00', parkedBefore: 0, parkedAfter: 2 })
  })

  test("pages go on where they stopped, and nobody else's simulation is there", async () => {
    const id = await simulate(platform, (await draftOf({ percent: '1' })).id)
    const first = await money.read(platform, `/pricing/simulations/${id}/rows?groupBy=sku&limit=2`)
    const path = `/pricing/simulations/${id}/rows?groupBy=sku&limit=2&cursor=${first.page.nextCursor}`
    const second = await money.read(platform, path)
    expect([...first.data, ...second.data].map(({ name }: any) => name).sort()).toEqual(['disk', 'free', 'vm'])
    expect((await money.as(distributor, 'GET', `/pricing/simulations/${id}`)).status).toBe(404)
    expect((await money.as(distributor, 'GET', `/pricing/simulations/${id}/rows`)).status).toBe(404)
    expect((await money.read(distributor, '/pricing/simulations')).data).toEqual([])
  })
})

describe('bad input', () => {
  test.each([
    ["another seller's list", { period: '2024-09' }, 422, 'reference.unknown', ['/priceListId']],
    ['a month that has not begun', { period: '2999-01' }, 409, 'billing.future_period', []],
  ])('%s', async (_, change, status, code, pointers) => {
    const draft = await draftOf({ percent: '1' })
    const seller = status === 422 ? distributor : platform
    const body = { priceListId: draft.id, ...change }
    const answer = await money.as(seller, 'POST', '/pricing/simulations', { body })
    expect([answer.status, answer.body.code]).toEqual([status, expect.any(String)])
    if (status === 422) expect(refusalOf(answer)).toEqual({ status, code, pointers })
    expect(await sql`select from price_simulation where price_list_id = ${draft.id}`).toHaveLength(0)
  })
})

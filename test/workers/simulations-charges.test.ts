import { describe, expect, test } from 'bun:test'
import { pricingHandlers } from '../../workers/pricing.ts'
import { testApi } from '../support/api.ts'
import { billingWorld, moneyHandlers, refreshTick } from '../support/billing.ts'
import { perUnit } from '../support/catalog.ts'
import { chargingWorld } from '../support/charging.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { testWorker } from '../support/worker.ts'
import { buildWorld } from '../support/world.ts'

const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const world = await buildWorld(api, [['agent', 'agent']])
const money = await billingWorld(api, sql, world)
const { plan, order, act, bill } = chargingWorld(money, world.platform)
testWorker(database, [...moneyHandlers, ...pricingHandlers], { ticks: [refreshTick] })
const { platform } = world
const tenant = world.tenant('agent/agent')

const skus = ['seat', 'setup', 'rent', 'vm', 'idle']
for (const sku of skus) await money.sellingSku(sku)
const listed = (code: string, rates: object, change: object = {}) =>
  money.list(
    platform,
    {},
    {
      code,
      validFrom: '2024-01-01',
      rates: Object.entries(rates).map(([sku, rate]) => ({ sku, rate })),
      ...change,
    },
  )
const main = await listed('main', {
  seat: perUnit('4'),
  setup: perUnit('99'),
  vm: { ...perUnit('1'), minimum: '56' },
  idle: perUnit('1'),
})
// In arrears each day has its own price: 30.11 up to the middle of February, then 20.10.
const rent = await listed('rent', { rent: perUnit('30.11') }, { validTo: '2025-02-15' })
await listed('rent', { rent: perUnit('20.1') }, { validFrom: '2025-02-15' })

const seats = await plan({ sku: 'seat', kind: 'recurring', anchor: 'start' }, { sku: 'setup', kind: 'oneTime' })
const rented = await plan({ sku: 'rent', kind: 'recurring', timing: 'arrears' })
const [committed, free] = [await plan({ sku: 'vm' }, { sku: 'idle' }), await plan({ sku: 'idle' })]
const seat = await order(tenant, seats, '2025-01-13')
await order(tenant, rented, '2025-01-01')
const machine = await order(tenant, committed, '2025-01-01')
await bill('2025-01')
await act(seat, 'change', { quantity: '2', effectiveOn: '2025-02-01' })
await act(machine, 'change', { planVersionId: free, effectiveOn: '2025-02-15' })
await bill('2025-02')

const increase = async (listId: string, percent: string): Promise<string> => {
  const path = `/pricing/price-lists/${listId}/increase`
  const answer = await money.as(platform, 'POST', path, { body: { percent, validFrom: '2027-01-01' } })
  if (answer.status !== 201) throw new Error(`increasing answered ${answer.status} ${JSON.stringify(answer.body)}`)
  return answer.body.priceList.id
}
const simulate = async (period: string, priceListId: string) => {
  const { status, body } = await money.as(platform, 'POST', '/pricing/simulations', { body: { period, priceListId } })
  if (status !== 202) throw new Error(`simulating answered ${status} ${JSON.stringify(body)}`)
  expect((await money.job(platform, body.jobId)).state).toBe('done')
  const path = `/pricing/simulations/${body.simulationId}`
  const rows = async (by: string): Promise<any[]> => (await money.read(platform, `${path}/rows?groupBy=${by}`)).data
  const bySku = Object.fromEntries(
    (await rows('sku')).map(({ name, before, after, difference }) => [name, { before, after, difference }]),
  )
  return { ...(await money.read(platform, path)), rows, bySku }
}
const papers = () =>
  sql`select md5(string_agg(bucket::text, '' order by bucket::text)) as hash from rated_bucket bucket where state = 'billed'`

describe('a simulation of a month with charges', () => {
  test.each([
    ['2025-01', main.id],
    ['2025-02', main.id],
  ])('%s with unchanged prices is what was billed, to the cent, and differs by exactly 0', async (period, list) => {
    const billed = (await money.invoices(platform, `period=${period}`)).reduce((sum, { net }) => sum + Number(net), 0)
    const before = await papers()
    const { totals, rows } = await simulate(period, await increase(list, '0'))
    expect(totals).toMatchObject([
      {
        before: billed.toFixed(2),
        after: billed.toFixed(2),
        difference: '0.00',
        parkedBefore: 0,
        parkedAfter: 0,
      },
    ])
    for (const by of ['distributor', 'partner', 'tenant', 'sku'])
      for (const row of await rows(by)) expect(row.difference).toBe('0.00')
    expect([...(await papers())]).toEqual([...before])
  })

  test('prices what it charged anew, prorations and minimums too, and leaves what it gave back', async () => {
    const { bySku, rows } = await simulate('2025-02', await increase(main.id, '50'))
    expect(bySku).toMatchObject({
      // 3.10 and 8.00 of two seats become 4.65 and 12.00; 1.55 of January's price is given back as it was paid.
      seat: { before: '9.55', after: '15.10', difference: '5.55' },
      // The plan listed it for 14 days of 28.
      vm: { before: '28.00', after: '42.00', difference: '14.00' },
      rent: { difference: '0.00' },
    })
    for (const [by, member] of [
      ['tenant', tenant],
      ['partner', world.partner('agent/agent')],
      ['distributor', world.distributors.agent],
    ] as const) {
      expect(await rows(by)).toMatchObject([{ groupId: member.id, difference: '19.55' }])
    }
  })

  test('charges what two lists split as one line, where one list holds for all of the month', async () => {
    const { bySku } = await simulate('2025-02', await increase(rent.id, '0'))
    // 15.06, that is 15.055, and 10.05 with a list for each half of the month.
    expect(bySku['rent']).toEqual({ before: '25.11', after: '30.11', difference: '5.00' })
  })

  test('of a month that is not billed yet tries out what falls due in it', async () => {
    const { bySku } = await simulate('2025-03', await increase(main.id, '50'))
    expect(bySku['seat']).toEqual({ before: '8.00', after: '12.00', difference: '4.00' })
  })

  test('knows a minimum that only the draft asks for, and charges that lose their price', async () => {
    const draft = await listed('main', { idle: { ...perUnit('1'), minimum: '56' } }, { state: 'draft' })
    const { bySku, totals } = await simulate('2025-02', draft.id)
    expect(bySku['idle']).toEqual({ before: '0.00', after: '56.00', difference: '56.00' })
    expect(bySku['seat']).toEqual({ before: '-1.55', after: '-1.55', difference: '0.00' })
    expect(totals).toMatchObject([{ parkedBefore: 0, parkedAfter: 2 }])
  })
})

import { describe, expect, test } from 'bun:test'
import { checkDiscounts } from '../../src/modules/verify/documents/discounts.ts'
import { newId, nilId } from '../../src/platform/ids.ts'
import { testApi } from '../support/api.ts'
import { billingWorld, moneyHandlers } from '../support/billing.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { alias, usageRecord } from '../support/usage.ts'
import { openVerifier } from '../support/verify.ts'
import { testWorker } from '../support/worker.ts'
import { buildWorld, type Member } from '../support/world.ts'

const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const world = await buildWorld(api, [
  ['reseller', null],
  ['agent', null],
])
const money = await billingWorld(api, sql, world)
testWorker(database, moneyHandlers)

const { platform } = world
const { reseller, agent } = world.distributors
const [below, direct] = [world.tenant('reseller/-'), world.tenant('agent/-')]
const path = '/billing/discounts'
const give = (seller: Member, change: object) =>
  money.as(seller, 'POST', path, {
    body: {
      buyerId: direct.id,
      name: 'Welcome',
      scope: 'buyer',
      kind: 'percent',
      value: '10',
      validFrom: '2024-01-01',
      ...change,
    },
  })

await money.region('eu')
for (const [code, price] of Object.entries({ fifty: '50', twenty: '20', thousand: '1000' })) {
  await money.sellingSku(code)
  await money.list(platform, { [code]: price }, { validFrom: '2024-01-01' })
}
await money.sellingSku('peak', { aggregation: 'max' })
const subscriptionId = await money.subscription(direct.id, [{ region: 'eu', externalId: 'direct' }])
await money.subscription(below.id, [{ region: 'eu', externalId: 'below' }])
const draftOf = async (period: string) => {
  const run = await money.run(platform, period, false)
  const [invoice] = await money.invoices(platform, `buyerId=${direct.id}&period=${period}&state=draft`)
  return { run, invoice, lines: await money.lines(platform, invoice.id) }
}
const cancel = async (run: { id: string }) => {
  const { body } = await money.as(platform, 'POST', `/billing/runs/${run.id}/cancel`)
  await money.job(platform, body.jobId)
}
const end = async (id: string, validTo = '2024-01-02') =>
  money.as(platform, 'POST', `${path}/${id}/end`, { body: { validTo } })

describe('a discount', () => {
  test('201 with Location; seller and buyer read it, the agent between and others do not', async () => {
    const { status, body, headers } = await give(platform, { limitAmount: '100' })
    expect([status, headers.get('location')]).toEqual([201, `/api/v1${path}/${body.id}`])
    expect(body).toMatchObject({ currency: 'EUR', used: '0.00', remaining: '100.00', limitPeriods: null })
    for (const member of [platform, direct]) expect(await money.read(member, `${path}/${body.id}`)).toEqual(body)
    for (const member of [agent, reseller, below]) {
      expect((await money.as(member, 'GET', `${path}/${body.id}`)).status).toBe(404)
      expect((await money.read(member, path)).data).toEqual([])
    }
    expect((await end(body.id)).body.validTo).toBe('2024-01-02')
  })

  test.each([
    ['a percent over 100', { value: '101' }, '/value'],
    ['a percent of nothing', { value: '0' }, '/value'],
    ['fractions of a cent', { kind: 'amount', value: '0.001' }, '/value'],
    ['free units of a document', { kind: 'free_quantity' }, '/scope'],
    ['somebody who is no buyer', { buyerId: newId() }, '/buyerId'],
    ["another seller's buyer", { buyerId: below.id }, '/buyerId'],
    ['a SKU that does not exist', { scope: 'sku', sku: 'nothing' }, '/sku'],
    ['no SKU where it needs one', { scope: 'sku' }, '/sku'],
    ['a foreign subscription', { scope: 'subscription', subscriptionId: newId() }, '/subscriptionId'],
    ['a resource of no subscription', { scope: 'resource', sku: 'fifty', resource: 'vm-1' }, '/subscriptionId'],
    ['a resource of all SKUs', { scope: 'resource', subscriptionId, resource: 'vm-1' }, '/sku'],
    ['a resource of what is no sum', { scope: 'resource', subscriptionId, sku: 'peak', resource: 'vm-1' }, '/sku'],
    ['no resource where it needs one', { scope: 'resource', subscriptionId, sku: 'fifty' }, '/resource'],
    ['a resource where none is asked for', { scope: 'sku', sku: 'fifty', resource: 'vm-1' }, '/resource'],
    ['a limit of nothing', { limitAmount: '0' }, '/limitAmount'],
    ['an end before its beginning', { validTo: '2023-01-01' }, '/validTo'],
  ])('422 for %s', async (_, change, pointer) => {
    const { status, body } = await give(platform, change)
    expect([status, body.errors[0].pointer]).toEqual([422, pointer])
  })

  test('403 for a tenant, 409 for an agent', async () => {
    expect((await give(direct, {})).status).toBe(403)
    expect((await give(agent, {})).status).toBe(409)
  })
})

describe('on a document', () => {
  test('C11: 50 + 20 less a coupon of 10, then 10 % tax: 60; 6; 66; each reduction is a line that names its line', async () => {
    await money.use('direct', 'fifty', '1')
    await money.use('direct', 'twenty', '1')
    await money.as(platform, 'PUT', '/settings/tax/profile', { body: { country: 'DE' } })
    await money.as(platform, 'POST', '/settings/tax/rates', {
      body: { country: 'DE', percent: '10', validFrom: '2024-01-01' },
    })
    const { body: coupon } = await give(platform, { name: 'Coupon', kind: 'amount', value: '10', limitAmount: '15' })
    const { run, invoice, lines } = await draftOf('2024-09')
    expect([invoice.net, invoice.tax, invoice.total]).toEqual(['60.00', '6.00', '66.00'])
    const off = lines.filter(({ kind }) => kind === 'discount')
    expect(off.map((line) => [line.amendsLine, line.net])).toEqual([
      [1, '-7.14'],
      [2, '-2.86'],
    ])
    expect(await money.read(platform, `${path}/${coupon.id}`)).toMatchObject({ used: '10.00', remaining: '5.00' })
    expect(await money.read(direct, `${path}/${coupon.id}`)).toMatchObject({ used: '0.00', remaining: '15.00' })
    const explained = await money.read(platform, `/invoices/${invoice.id}/lines/3/explain`)
    expect(explained).toMatchObject({
      kind: 'discount',
      amendsLine: 1,
      base: '50.00',
      net: '-7.14',
      discount: { discountId: coupon.id, name: 'Coupon', kind: 'amount', value: '10' },
    })
    await cancel(run)
    expect(await money.read(platform, `${path}/${coupon.id}`)).toMatchObject({ used: '0.00', remaining: '15.00' })
  })

  test('in order: free units, percents on the rest, amounts; lines before the document; a limit is not overdrawn', async () => {
    await give(platform, { name: 'Half a unit', scope: 'sku', sku: 'fifty', kind: 'free_quantity', value: '0.5' })
    await give(platform, { name: 'Ten', scope: 'subscription', subscriptionId, value: '10' })
    const { run, invoice } = await draftOf('2024-09')
    // 50 - 25 = 25; - 10 % = 22.50 and 18.00; - 10 = 30.50.
    expect([invoice.net, invoice.tax]).toEqual(['30.50', '3.05'])
    await cancel(run)
    await money.close('2024-09')
    await money.run(platform, '2024-09')
    await money.use('direct', 'fifty', '1', '2024-10-10')
    const next = await draftOf('2024-10')
    // 25 - 10 % = 22.50; of the coupon 5 were left.
    expect(next.invoice.net).toBe('17.50')
    await cancel(next.run)
  })

  test('E16: 1000.00 less 10 % is 900.00; and nothing is ever below zero', async () => {
    for (const { id } of (await money.read(platform, path)).data) await end(id)
    await money.use('direct', 'thousand', '1', '2024-11-10')
    const { body } = await give(platform, { limitPeriods: 1 })
    const first = await draftOf('2024-11')
    expect([first.invoice.net, first.lines.map(({ net }) => net)]).toEqual(['900.00', ['1000.00', '-100.00']])
    await cancel(first.run)
    await end(body.id)
    await give(platform, { kind: 'amount', value: '5000' })
    const { invoice, run } = await draftOf('2024-11')
    expect([invoice.state, invoice.net, invoice.tax, invoice.total]).toEqual(['draft', '0.00', '0.00', '0.00'])
    await cancel(run)
  })
})

test('what is taken back of a discounted service is taken back at what was paid, and verify comes to the same', async () => {
  const { id: buyerId } = await money.tenant({ name: 'Back' })
  await money.subscription(buyerId, [{ region: 'eu', externalId: 'back' }])
  const { body: whole } = await give(platform, { buyerId, name: 'Free', scope: 'sku', sku: 'fifty', value: '100' })
  const { body: tenth } = await give(platform, { buyerId, validTo: '2025-05-01' })
  await money.use('back', 'thousand', '1', '2025-04-10')
  await money.use('back', 'fifty', '1', '2025-04-10')
  await money.close('2025-04')
  await money.run(platform, '2025-04')
  await give(platform, { buyerId, name: 'Later', value: '50', validFrom: '2025-04-01', validTo: '2025-05-01' })
  await money.use('back', 'thousand', '-0.5', '2025-04-11')
  await money.use('back', 'fifty', '-1', '2025-04-11')
  await money.use('back', 'thousand', '1', '2025-05-10')
  const run = await money.run(platform, '2025-05', false)
  const [invoice] = await money.invoices(platform, `buyerId=${buyerId}&period=2025-05`)
  const lines: any[] = await money.lines(platform, invoice.id)
  const off = lines
    .filter(({ kind }) => kind === 'discount')
    .map((line) => {
      const on = lines.find((one) => one.line === line.amendsLine)
      return [on.sku, on.net, line.net]
    })
  expect(off.toSorted()).toEqual([
    ['fifty', '-50.00', '50.00'],
    ['thousand', '-500.00', '50.00'],
  ])
  expect(invoice.net).toBe('550.00')
  // What a draft gives back counts once it is issued.
  expect((await money.read(platform, `${path}/${whole.id}`)).used).toBe('50.00')
  expect((await money.read(platform, `${path}/${tenth.id}`)).used).toBe('100.00')
  const db = openVerifier(database)
  const found = await db.transaction(verifying, (tx) => checkDiscounts.run({ tx, progress: () => {} }))
  await db.close()
  expect(found.broken.first).toEqual([])
  await cancel(run)
})

/** In whose name the books of everybody are read. */
const verifying = {
  role: 'weir_verify',
  organizationId: nilId,
  accountId: null,
  sellerOfRecordId: nilId,
  line: [],
} as const

describe('on what one resource used', () => {
  const record = (id: string, resource: string | null, quantity: string, start: string, end = start) => ({
    ...usageRecord(id, { subscription: 'direct', sku: 'twenty', quantity, start, end }),
    ...(resource && { resource }),
  })
  const reductionsOf = (lines: any[]) =>
    lines.filter(({ kind }) => kind === 'discount').map((line) => `${line.serviceEnd} ${line.net}`)

  test('it takes its percent of that share, days of records that last over months included, late ones by their days', async () => {
    for (const { id } of (await money.read(platform, path)).data) await end(id)
    await money.settle('eu', [
      record('r-1', 'vm-1', '30', '2024-12-10T00:00:00Z'),
      record('r-2', 'vm-2', '50', '2024-12-11T00:00:00Z'),
      record('r-3', null, '8', '2024-12-12T00:00:00Z'),
      record('r-4', 'vm-1', '4', '2024-11-30T12:00:00Z', '2024-12-01T12:00:00Z'),
      record('r-5', 'vm-1', '20', '2024-12-31T12:00:00Z', '2025-01-01T12:00:00Z'),
    ])
    const half = { name: 'Half', scope: 'resource', subscriptionId, sku: 'twenty', resource: 'vm-1', value: '50' }
    const { body } = await give(platform, { ...half, validTo: '2025-01-01' })
    expect(body).toMatchObject({ scope: 'resource', resource: 'vm-1', sku: 'twenty' })
    const { run, invoice, lines } = await draftOf('2024-12')
    // 42 of 100 units at 20.
    expect([lines[0].quantity, lines[0].net, reductionsOf(lines)]).toEqual(['100', '2000.00', ['2025-01-01 -420.00']])
    const explained = await money.read(platform, `/invoices/${invoice.id}/lines/2/explain`)
    expect(explained.share).toEqual({ resource: 'vm-1', used: '42', quantity: '100', left: '840' })
    expect(explained.says[1]).toBe('vm-1 used 42 of its 100 units: of that share 840 EUR were left.')
    await cancel(run)
    await money.close('2024-12')
    await money.run(platform, '2024-12')
    await money.settle('eu', [
      record('r-6', 'vm-1', '3', '2024-12-20T00:00:00Z'),
      record('r-7', 'vm-2', '7', '2024-12-21T00:00:00Z'),
    ])
    const next = await draftOf('2025-01')
    expect(next.lines.map((line) => `${line.kind} ${line.quantity} ${line.net}`)).toEqual([
      'late 10 200.00',
      'usage 10 200.00',
      'discount 0 -30.00',
    ])
    await cancel(next.run)
  })

  test('of a region with prices of its own the share is that of the region', async () => {
    for (const { id } of (await money.read(platform, path)).data) await end(id)
    const { id: regionId } = await money.region('us')
    await alias(sql, subscriptionId, 'us', 'direct')
    await money.list(platform, { twenty: '30' }, { scope: 'region', targetId: regionId, validFrom: '2024-01-01' })
    for (const [region, first] of Object.entries({ eu: '1', us: '3' })) {
      await money.settle(region, [
        record(`${region}-1`, 'vm-1', first, '2025-02-10T00:00:00Z'),
        record(`${region}-2`, 'vm-2', '1', '2025-02-11T00:00:00Z'),
      ])
    }
    await give(platform, { scope: 'resource', subscriptionId, sku: 'twenty', resource: 'vm-1', value: '50' })
    const { run, lines } = await draftOf('2025-02')
    expect(lines.map(({ quantity, net }) => `${quantity} ${net}`)).toEqual([
      '2 40.00',
      '4 120.00',
      '0 -10.00',
      '0 -45.00',
    ])
    await cancel(run)
  })

  test('however many documents have such a discount, each is reduced once', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      const { id: buyerId } = await money.tenant({ name })
      const own = await money.subscription(buyerId, [{ region: 'eu', externalId: name }])
      await give(platform, {
        buyerId,
        scope: 'resource',
        subscriptionId: own,
        sku: 'twenty',
        resource: 'vm-1',
        value: '50',
      })
      const used = record(`many-${name}`, 'vm-1', '1', '2025-03-10T00:00:00Z')
      await money.settle('eu', [{ ...used, subscription: name }])
    }
    const run = await money.run(platform, '2025-03', false)
    const drafts = await money.invoices(platform, 'period=2025-03&state=draft')
    expect(drafts.map(({ net, lines }) => [net, lines])).toEqual(drafts.map(() => ['10.00', 2]))
    expect(drafts).toHaveLength(5)
    await cancel(run)
  })
})

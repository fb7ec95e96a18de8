import { describe, expect, test } from 'bun:test'
import { usageHandlers } from '../../workers/usage.ts'
import { testApi } from '../support/api.ts'
import { catalogOf, newList, perUnit, refusalOf, storedPrices } from '../support/catalog.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { usageRecord, usageWorld } from '../support/usage.ts'
import { testWorker } from '../support/worker.ts'
import { buildWorld } from '../support/world.ts'

// What people and programs get wrong: a clear no with a pointer, and nothing changed.

const database = await testDatabase()
const api = testApi(database)
const { call } = api
const sql = lookInto(database)
const world = await buildWorld(api, [['reseller', 'agent']])
const usage = await usageWorld(api, sql)
const catalog = catalogOf(call, world)
testWorker(database, usageHandlers)
const tenant = await usage.tenant()
await usage.region('eu')
await usage.sku('vm.hours')
await usage.subscription(tenant.id, [{ region: 'eu', externalId: 'sub-1' }])

test('faults of single records: each is rejected with its pointer, the sound one among them counts', async () => {
  const faulty: [string, Record<string, unknown>, string][] = [
    ['a 400-digit number', { quantity: '9'.repeat(400) }, 'quantity'],
    ['NaN', { quantity: 'NaN' }, 'quantity'],
    ['10^26', { quantity: `1${'0'.repeat(26)}` }, 'quantity'],
    ['an exponent', { quantity: '1e5' }, 'quantity'],
    ['13 digits after the point', { quantity: '0.0000000000001' }, 'quantity'],
    ['a float where text is due', { quantity: 1.5 }, 'quantity'],
    ['the year 0001', { start: '0001-01-01T00:00:00Z', end: '0001-01-01T01:00:00Z' }, 'start'],
    ['a day that is not', { start: '2024-02-30T00:00:00Z' }, 'start'],
    ['an end before its start', { end: '2024-09-10T09:00:00Z' }, 'end'],
    ['a NUL byte', { resource: 'a\u0000b' }, 'resource'],
    ['a lone surrogate', { resource: 'a\ud800b' }, 'resource'],
    ['a field that nobody knows', { colour: 'red' }, 'colour'],
    ['meter and SKU at once', { meter: 'm' }, 'sku'],
  ]
  const records = faulty.map(([name, change]) => usageRecord(name, change))
  const receipt = await usage.settle('eu', [...records, usageRecord('sound')])
  expect(receipt).toMatchObject({ sent: 14, accepted: 1, duplicate: 0, conflict: 0, quarantined: 0, rejected: 13 })
  const { body } = await call('GET', `/api/v1/usage/batches/${receipt.id}/records?limit=50`, { token: usage.token })
  const pointers = new Map(body.data.map((one: any) => [one.index, one.faults.map((fault: any) => fault.pointer)]))
  for (const [index, [name, , field]] of faulty.entries()) {
    expect({ name, pointers: pointers.get(index) }).toEqual({
      name,
      pointers: expect.arrayContaining([`/${index}/${field}`]),
    })
  }
  expect(JSON.stringify(body)).not.toContain('9'.repeat(50))
})

describe('a catalog that can not be', () => {
  test.each([
    [
      'a hole',
      [
        { from: '0', upTo: '10', unitPrice: '1' },
        { from: '20', upTo: null, unitPrice: '2' },
      ],
      '/rates/0/rate/tiers/1/from',
    ],
    [
      'tiers that fall back',
      [
        { upTo: '10', unitPrice: '1' },
        { upTo: '5', unitPrice: '1' },
        { upTo: null, unitPrice: '2' },
      ],
      '/rates/0/rate/tiers/1/upTo',
    ],
    ['a last tier that ends', [{ upTo: '10', unitPrice: '1' }], '/rates/0/rate/tiers/0/upTo'],
    ['a negative price', [{ upTo: null, unitPrice: '-1' }], '/rates/0/rate/tiers/0/unitPrice'],
  ])('a tier table with %s is 422 and stores nothing', async (_, tiers, pointer) => {
    const before = await storedPrices(sql)
    const sku = await sql<{ code: string }[]>`select code from sku limit 1`
    const rates = [{ sku: sku[0]!.code, rate: { kind: 'graduated', tiers } }]
    const refused = refusalOf(await catalog.as(world.platform, 'POST', '/pricing/price-lists', newList({ rates })))
    expect(refused).toMatchObject({ status: 422, pointers: [pointer] })
    expect(await storedPrices(sql)).toEqual(before)
  })

  test.each([
    ['an unknown kind', { kind: 'magic', unitPrice: '1' }, '/kind', 'must be one of flat, per_unit, graduated,'],
    ['no kind', { unitPrice: '1' }, '/kind', 'must be one of flat,'],
    ['a field of another kind', { kind: 'per_unit', unitPrice: '1', size: '5' }, '/size', 'Unexpected property'],
    ['a number where text is due', { kind: 'per_unit', unitPrice: 1.5 }, '/unitPrice', 'Expected string'],
    ['no price', { kind: 'per_unit' }, '/unitPrice', 'Expected required property'],
    ['a tier without a price', { kind: 'volume', tiers: [{ upTo: null }] }, '/tiers/0/unitPrice', 'Expected required'],
    [
      'a bound that is a number',
      { kind: 'volume', tiers: [{ upTo: 5, unitPrice: '1' }] },
      '/tiers/0/upTo',
      'Expected string',
    ],
    [
      'an unknown scope of tiers',
      { ...perUnit('1'), tierScope: 'world' },
      '/tierScope',
      'must be one of subscription, buyer',
    ],
  ])('a rate with %s is told by the form that was meant', async (_, rate, field, message) => {
    const rates = [{ sku: 'vm.hours', rate }]
    const { status, body } = await catalog.as(world.platform, 'POST', '/pricing/price-lists', newList({ rates }))
    expect([status, body.errors.map(({ pointer }: any) => pointer)]).toEqual([422, [`/rates/0/rate${field}`]])
    expect(body.errors[0].message).toStartWith(message)
  })

  test('a second default price for the same days is 409, and stores nothing', async () => {
    const { code } = await catalog.sku()
    await catalog.list(world.platform, { [code]: '1' })
    const before = await storedPrices(sql)
    const rates = [{ sku: code, rate: perUnit('2') }]
    const refused = refusalOf(await catalog.as(world.platform, 'POST', '/pricing/price-lists', newList({ rates })))
    expect([refused.status, refused.code]).toEqual([409, 'pricing.overlap'])
    expect(await storedPrices(sql)).toEqual(before)
  })

  test('a plan without a price for one of its SKUs is not published, and says which', async () => {
    const { code } = await catalog.sku()
    const plan = await catalog.made(world.platform, '/plans', {
      code: `p-${code}`,
      name: 'Plan',
      items: [{ sku: code }],
    })
    const refused = refusalOf(await catalog.as(world.platform, 'POST', `/plans/${plan.id}/publish`))
    expect(refused).toEqual({ status: 422, code: 'plan.price_missing', pointers: ['/items/0'] })
  })
})

test('a broken token, wherever it breaks, is 401', async () => {
  const token = usage.token
  const broken = [token.slice(1), token.slice(0, -1), `${token}A`, token.replace('.', '..'), 'x.y.z', '']
  for (const one of broken) expect((await call('GET', '/api/v1/auth/me', { token: one })).status).toBe(401)
})

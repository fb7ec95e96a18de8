import { describe, expect, test } from 'bun:test'
import { testApi } from '../support/api.ts'
import { catalogOf, newList, perUnit, refusalOf, storedPrices } from '../support/catalog.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { until } from '../support/until.ts'
import { buildWorld } from '../support/world.ts'

const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const world = await buildWorld(api, [[null, null]])
const { as, sku, list, region } = catalogOf(api.call, world)
const { platform } = world
const reseller = world.distributors.reseller
const absent = Bun.randomUUIDv7()
const lists = '/pricing/price-lists'
const first = await sku('cpu')
await sku('disk')
const { id: regionId } = await region('eu-1')

describe('making a price list', () => {
  test('201 with Location, ETag and the fields as they are read; rates are plain', async () => {
    const [one, other] = [await sku(), await sku()]
    const tiers = [
      { from: '0', upTo: '10.0', unitPrice: '1.50' },
      { upTo: null, unitPrice: '1.0', flatFee: '2.00' },
    ]
    const body = newList({
      validTo: '2027-01-01',
      rates: [
        { sku: one.code, rate: { kind: 'graduated', tiers, tierScope: 'buyer' } },
        { skuId: other.id, rate: perUnit('0.10') },
      ],
    })
    const answer = await as(platform, 'POST', lists, body)
    expect(answer.status).toBe(201)
    expect(answer.headers.get('location')).toBe(`/api/v1${lists}/${answer.body.id}`)
    const read = await as(platform, 'GET', `${lists}/${answer.body.id}`)
    expect(read.body).toEqual(answer.body)
    expect(read.headers.get('etag')).toBe(answer.headers.get('etag'))
    expect(read.body).toMatchObject({
      sellerId: platform.id,
      kind: 'sale',
      code: body.code,
      scope: 'default',
      targetId: null,
      buyerId: null,
      validFrom: '2026-01-01',
      validTo: '2027-01-01',
      state: 'active',
    })
    const rateOf = (skuId: string) => read.body.rates.find((rate: { skuId: string }) => rate.skuId === skuId)
    expect(rateOf(one.id)).toMatchObject({
      sku: one.code,
      unit: 'hour',
      rate: {
        kind: 'graduated',
        tiers: [
          { upTo: '10', unitPrice: '1.5' },
          { upTo: null, unitPrice: '1', flatFee: '2' },
        ],
        tierScope: 'buyer',
      },
    })
    expect(rateOf(other.id).rate).toEqual(perUnit('0.1'))
  })

  const tier = (upTo: string | null, more: object = {}) => ({ upTo, unitPrice: '1', ...more })
  const graduated = (...tiers: object[]) => ({ rates: [{ sku: 'cpu', rate: { kind: 'graduated', tiers } }] })
  const rate = (form: object) => ({ rates: [{ sku: 'cpu', rate: form }] })
  test.each<[string, Record<string, unknown>, string[]]>([
    ['a tier table with a hole', graduated(tier('10'), tier(null, { from: '11' })), ['/rates/0/rate/tiers/1/from']],
    ['tiers that overlap', graduated(tier('10'), tier(null, { from: '9' })), ['/rates/0/rate/tiers/1/from']],
    ['tiers that fall', graduated(tier('10'), tier('10'), tier(null)), ['/rates/0/rate/tiers/1/upTo']],
    ['a last tier that is not open', graduated(tier('10')), ['/rates/0/rate/tiers/0/upTo']],
    ['no tiers', graduated(), ['/rates/0/rate/tiers']],
    ['a negative price', rate(perUnit('-1')), ['/rates/0/rate/unitPrice']],
    ['a price of 13 fraction digits', rate(perUnit('0.1234567890123')), ['/rates/0/rate/unitPrice']],
    ['a price of 400 digits', rate(perUnit('1'.repeat(400))), ['/rates/0/rate/unitPrice']],
    ['NaN', rate(perUnit('NaN')), ['/rates/0/rate/unitPrice']],
    ['an exponent', rate({ kind: 'flat', amount: '1e3' }), ['/rates/0/rate/amount']],
    ['a bound that is no number', graduated(tier('ten'), tier(null)), ['/rates/0/rate/tiers/0/upTo']],
    ['a price that is a number', rate({ kind: 'per_unit', unitPrice: 1 }), ['/rates/0/rate/unitPrice']],
    ['a package of nothing', rate({ kind: 'package', size: '0', price: '1' }), ['/rates/0/rate/size']],
    ['an unknown field in a rate', rate({ ...perUnit('1'), discount: '1' }), ['/rates/0/rate/discount']],
    [
      'two bad rates at once',
      {
        rates: [
          { sku: 'cpu', rate: perUnit('-1') },
          { sku: 'disk', rate: perUnit('-2') },
        ],
      },
      ['/rates/0/rate/unitPrice', '/rates/1/rate/unitPrice'],
    ],
    ['an unknown SKU', { rates: [{ sku: 'nothing', rate: perUnit('1') }] }, ['/rates/0/sku']],
    ['an unknown SKU id', { rates: [{ skuId: absent, rate: perUnit('1') }] }, ['/rates/0/skuId']],
    ['a rate for no SKU', { rates: [{ rate: perUnit('1') }] }, ['/rates/0']],
    ['a rate that names its SKU twice', { rates: [{ sku: 'cpu', skuId: first.id, rate: perUnit('1') }] }, ['/rates/0']],
    [
      'two rates for one SKU',
      {
        rates: [
          { sku: 'cpu', rate: perUnit('1') },
          { skuId: first.id, rate: perUnit('2') },
        ],
      },
      ['/rates/1/skuId'],
    ],
    ['a currency that is none', { currency: 'EUX' }, ['/currency']],
    ['a day that no calendar has', { validFrom: '2026-02-30' }, ['/validFrom']],
    ['a day of the year 0001', { validFrom: '0001-01-01' }, ['/validFrom']],
    ['an end at the start', { validTo: '2026-01-01' }, ['/validTo']],
    ['a scope without its target', { scope: 'buyer' }, ['/targetId']],
    ['a target of the default scope', { targetId: absent }, ['/targetId']],
    ['a region that is absent', { scope: 'region', targetId: absent }, ['/targetId']],
    ['a plan version that is absent', { scope: 'plan_version', targetId: absent }, ['/targetId']],
    ['a cost list for one buyer', { kind: 'cost', scope: 'buyer', targetId: absent }, ['/scope']],
    ['an unknown field', { margin: '5' }, ['/margin']],
    ['a code with a NUL', { code: 'a\u0000b' }, ['/code']],
  ])('422 for %s, and nothing is stored', async (_, change, pointers) => {
    const before = await storedPrices(sql)
    const answer = await as(platform, 'POST', lists, newList(change))
    expect(refusalOf(answer)).toMatchObject({ status: 422, pointers })
    expect(await storedPrices(sql)).toEqual(before)
  })

  test('only the platform has cost lists, and nobody else sees them', async () => {
    const one = await sku()
    const refused = await as(reseller, 'POST', lists, newList({ kind: 'cost' }))
    expect(refusalOf(refused)).toMatchObject({ status: 422, pointers: ['/kind'] })
    const cost = await list(platform, { [one.code]: '0.01' }, { kind: 'cost' })
    const sale = await list(platform, { [one.code]: '1' })
    const seen = await as(world.tenant('-/-'), 'GET', `${lists}?limit=200`)
    const ids = new Set(seen.body.data.map(({ id }: { id: string }) => id))
    expect([ids.has(sale.id), ids.has(cost.id)]).toEqual([true, false])
  })

  test('409 for agents, who sell nothing; 403 for tenants', async () => {
    const agent = await as(world.distributors.agent, 'POST', lists, newList())
    expect([agent.status, agent.body.code]).toEqual([409, 'billing.not_a_seller'])
    expect((await as(world.tenant('-/-'), 'POST', lists, newList())).status).toBe(403)
  })

  test('the same Idempotency-Key makes one list', async () => {
    const token = await world.token(platform)
    const body = newList()
    const send = () => api.call('POST', `/api/v1${lists}`, { token, body, headers: { 'idempotency-key': body.code } })
    const [one, two] = [await send(), await send()]
    expect(two.headers.get('idempotency-replayed')).toBe('true')
    expect(two.body).toEqual(one.body)
    expect(await sql`select from price_list where code = ${body.code}`).toHaveLength(1)
  })
})

describe('one price per seller, scope, target, SKU, currency and day', () => {
  test('409 that points at each overlapping rate, and nothing is stored', async () => {
    const [one, two, three] = [await sku(), await sku(), await sku()]
    await list(platform, { [one.code]: '1', [three.code]: '3' }, { validTo: '2026-07-01' })
    const before = await storedPrices(sql)
    const rates = [one, two, three].map(({ code }) => ({ sku: code, rate: perUnit('2') }))
    const answer = await as(platform, 'POST', lists, newList({ validFrom: '2026-06-30', rates }))
    expect(refusalOf(answer)).toEqual({ status: 409, code: 'pricing.overlap', pointers: ['/rates/0', '/rates/2'] })
    expect(await storedPrices(sql)).toEqual(before)
    expect((await as(platform, 'POST', lists, newList({ validFrom: '2026-07-01', rates }))).status).toBe(201)
  })

  test('other currencies, scopes and sellers do not overlap', async () => {
    const one = await sku()
    await list(platform, { [one.code]: '1' })
    await list(platform, { [one.code]: '1' }, { currency: 'USD' })
    await list(platform, { [one.code]: '1' }, { scope: 'region', targetId: regionId })
    await list(reseller, { [one.code]: '1' })
    const again = newList({ scope: 'region', targetId: regionId, rates: [{ sku: one.code, rate: perUnit('1') }] })
    expect((await as(platform, 'POST', lists, again)).status).toBe(409)
  })

  test('the database refuses the overlap in direct SQL too, by a new row and by a longer list', async () => {
    const one = await sku()
    const early = await list(platform, { [one.code]: '1' }, { validTo: '2026-07-01' })
    const late = await list(platform, { [one.code]: '2' }, { validFrom: '2026-07-01' })
    const longer = sql`update price_list set valid = daterange('2026-01-01', '2026-07-02') where id = ${early.id}`
    await expect(longer).rejects.toThrow('price_rate_one_per_day')
    const twin = sql`
      with twin as (
        insert into price_list (id, seller_id, code, name, currency, scope, target_id, valid)
        select ${absent}, seller_id, 'twin', name, currency, scope, target_id, valid from price_list where id = ${late.id}
        returning *)
      insert into price_rate (id, price_list_id, seller_id, kind, scope, target_id, currency, valid, is_active, sku_id, rate)
      select ${absent}, id, seller_id, kind, scope, target_id, currency, valid, is_active, ${one.id}, '{}' from twin`
    await expect(twin).rejects.toThrow('price_rate_one_per_day')
    const strayed = sql`update price_rate set valid = '[2027-01-01,)' where price_list_id = ${late.id}`
    await expect(strayed).rejects.toThrow('price_rate_of_list')
  })

  test('five at once: one wins, the others are told', async () => {
    const one = await sku()
    const send = () => as(platform, 'POST', lists, newList({ rates: [{ sku: one.code, rate: perUnit('1') }] }))
    const waiting = () => sql`
      select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
    const sent = await sql.begin(async (tx) => {
      await tx`lock table price_rate in share mode`
      const answers = Promise.all(Array.from({ length: 5 }, send))
      await until(async () => (await waiting()).length === 5)
      return { answers }
    })
    const statuses = (await sent.answers).map(({ status }) => status).sort()
    expect(statuses).toEqual([201, 409, 409, 409, 409])
  })
})

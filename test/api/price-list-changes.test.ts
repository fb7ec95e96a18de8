import { describe, expect, test } from 'bun:test'
import { testApi } from '../support/api.ts'
import { catalogOf, dayFromToday, newList, perUnit, refusalOf, storedPrices } from '../support/catalog.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { buildWorld } from '../support/world.ts'

const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const world = await buildWorld(api, [])
const { as, sku, list, region } = catalogOf(api.call, world)
const { platform } = world
const lists = '/pricing/price-lists'
const { id: regionId } = await region('eu-1')

describe('versions', () => {
  test('a later version of an open list lets it end where it starts itself, rates included', async () => {
    const one = await sku()
    const code = `versions-${one.code}`
    const old = await list(platform, { [one.code]: '1' }, { code })
    const next = await list(platform, { [one.code]: '2' }, { code, validFrom: '2026-05-01' })
    expect((await as(platform, 'GET', `${lists}/${old.id}`)).body).toMatchObject({ validTo: '2026-05-01' })
    expect(next).toMatchObject({ validFrom: '2026-05-01', validTo: null })
    const rates = await sql`
      select lower(valid)::text as from, upper(valid)::text as to from price_rate where sku_id = ${one.id} order by valid`
    expect([...rates]).toEqual([
      { from: '2026-01-01', to: '2026-05-01' },
      { from: '2026-05-01', to: null },
    ])
  })

  test.each([
    ['before the other one', { validFrom: '2025-12-01' }],
    ['on the same day', { validFrom: '2026-01-01' }],
    ['in another currency', { validFrom: '2026-05-01', currency: 'USD' }],
    ['of another scope', { validFrom: '2026-05-01', scope: 'region', targetId: regionId }],
  ])('a version that starts %s is an overlap', async (_, change) => {
    const one = await sku()
    const code = `overlap-${one.code}`
    await list(platform, { [one.code]: '1' }, { code })
    const before = await storedPrices(sql)
    expect(refusalOf(await as(platform, 'POST', lists, newList({ code, ...change })))).toEqual({
      status: 409,
      code: 'pricing.overlap',
      pointers: ['/validFrom'],
    })
    expect(await storedPrices(sql)).toEqual(before)
  })

  test('a version with an end stays as it is', async () => {
    const code = 'with-end'
    await list(platform, {}, { code, validTo: '2026-07-01' })
    const answer = await as(platform, 'POST', lists, newList({ code, validFrom: '2026-06-01' }))
    expect(refusalOf(answer)).toMatchObject({ status: 409, code: 'pricing.overlap' })
    expect((await as(platform, 'POST', lists, newList({ code, validFrom: '2026-07-01' }))).status).toBe(201)
  })
})

describe('drafts', () => {
  test('a draft prices nothing and blocks nothing until it is activated', async () => {
    const one = await sku()
    const code = `draft-${one.code}`
    const active = await list(platform, { [one.code]: '1' }, { code })
    const draft = await list(platform, { [one.code]: '2' }, { code, state: 'draft', validFrom: '2026-05-01' })
    expect(draft.state).toBe('draft')
    const priceOn = async (day: string) =>
      (await as(platform, 'GET', `/pricing?side=sell&sku=${one.code}&day=${day}`)).body.data[0].rate
    expect(await priceOn('2026-05-01')).toEqual(perUnit('1'))
    const activated = await as(platform, 'POST', `${lists}/${draft.id}/activate`)
    expect([activated.status, activated.body.state]).toEqual([200, 'active'])
    expect((await as(platform, 'GET', `${lists}/${active.id}`)).body.validTo).toBe('2026-05-01')
    expect([await priceOn('2026-04-30'), await priceOn('2026-05-01')]).toEqual([perUnit('1'), perUnit('2')])
    expect((await as(platform, 'POST', `${lists}/${draft.id}/activate`)).body.code).toBe('pricing.list_not_draft')
  })

  test('activation refuses an overlap and points at the rate', async () => {
    const one = await sku()
    const draft = await list(platform, { [one.code]: '2' }, { state: 'draft' })
    await list(platform, { [one.code]: '1' })
    const answer = await as(platform, 'POST', `${lists}/${draft.id}/activate`)
    expect(refusalOf(answer)).toEqual({ status: 409, code: 'pricing.overlap', pointers: ['/rates/0'] })
    expect((await as(platform, 'GET', `${lists}/${draft.id}`)).body.state).toBe('draft')
  })

  test('a draft can be deleted, an active list can not', async () => {
    const one = await sku()
    const draft = await list(platform, { [one.code]: '2' }, { state: 'draft' })
    expect((await as(platform, 'DELETE', `${lists}/${draft.id}`)).status).toBe(204)
    expect((await as(platform, 'GET', `${lists}/${draft.id}`)).status).toBe(404)
    expect(await sql`select from price_rate where price_list_id = ${draft.id}`).toHaveLength(0)
    const active = await list(platform, { [one.code]: '2' })
    expect((await as(platform, 'DELETE', `${lists}/${active.id}`)).body.code).toBe('pricing.list_not_draft')
  })
})

describe('changing an unused list', () => {
  test('rates are replaced as they were read: 428 without, 412 with an old ETag, 200 with the right one', async () => {
    const one = await sku()
    const { id } = await list(platform, { [one.code]: '1' })
    const read = await as(platform, 'GET', `${lists}/${id}`)
    const etag = read.headers.get('etag')!
    const body = { rates: [{ sku: one.code, rate: perUnit('3') }] }
    expect((await as(platform, 'PUT', `${lists}/${id}/rates`, body)).status).toBe(428)
    const changed = await as(platform, 'PUT', `${lists}/${id}/rates`, body, etag)
    expect([changed.status, changed.body.rates[0].rate]).toEqual([200, perUnit('3')])
    expect(changed.headers.get('etag')).not.toBe(etag)
    expect((await as(platform, 'PUT', `${lists}/${id}/rates`, body, etag)).status).toBe(412)
  })

  test('new rates of an active list are checked against the other lists', async () => {
    const [one, two] = [await sku(), await sku()]
    await list(platform, { [one.code]: '1' })
    const { id } = await list(platform, { [two.code]: '1' })
    const etag = (await as(platform, 'GET', `${lists}/${id}`)).headers.get('etag')!
    const body = { rates: [two, one].map(({ code }) => ({ sku: code, rate: perUnit('3') })) }
    const answer = await as(platform, 'PUT', `${lists}/${id}/rates`, body, etag)
    expect(refusalOf(answer)).toEqual({ status: 409, code: 'pricing.overlap', pointers: ['/rates/1'] })
    expect((await as(platform, 'GET', `${lists}/${id}`)).body.rates).toHaveLength(1)
  })

  test('a list ends tomorrow at the earliest, and never later than it did', async () => {
    const one = await sku()
    const { id } = await list(platform, { [one.code]: '1' }, { validFrom: '2026-01-01' })
    const end = (validTo: string) => as(platform, 'POST', `${lists}/${id}/end`, { validTo })
    const [today, tomorrow, later] = [
      await dayFromToday(sql, 0),
      await dayFromToday(sql, 1),
      await dayFromToday(sql, 9),
    ]
    expect(refusalOf(await end(today))).toMatchObject({ status: 422, pointers: ['/validTo'] })
    expect((await end(later)).body.validTo).toBe(later)
    expect((await end(tomorrow)).body.validTo).toBe(tomorrow)
    expect(refusalOf(await end(later))).toMatchObject({ status: 422, code: 'pricing.end_later' })
    const [rate] = await sql`select upper(valid)::text as to from price_rate where price_list_id = ${id}`
    expect(rate!['to']).toBe(tomorrow)
    const draft = await list(platform, {}, { state: 'draft' })
    const refused = await as(platform, 'POST', `${lists}/${draft.id}/end`, { validTo: tomorrow })
    expect(refused.body.code).toBe('pricing.list_not_active')
  })

  test('every change is in the audit', async () => {
    const one = await sku()
    const { id } = await list(platform, { [one.code]: '1' })
    await as(platform, 'POST', `${lists}/${id}/end`, { validTo: await dayFromToday(sql, 1) })
    const actions = await sql`select action from audit where object_id = ${id} order by id`
    expect(actions.map(({ action }) => action)).toEqual([
      'price_list.created',
      'price_list.activated',
      'price_list.ended',
    ])
  })
})

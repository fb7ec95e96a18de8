import { describe, expect, test } from 'bun:test'
import { freezeLists, listRateCandidates } from '../../src/modules/pricing/price-lists/rates.ts'
import type { Scope } from '../../src/platform/db.ts'
import { newId, nilId } from '../../src/platform/ids.ts'
import { testApi } from '../support/api.ts'
import { catalogOf, dayFromToday, newList, perUnit, refusalOf, storedPrices } from '../support/catalog.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { until } from '../support/until.ts'
import { buildWorld } from '../support/world.ts'

const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const world = await buildWorld(api, [[null, null]])
const { as, sku, list } = catalogOf(api.call, world)
const { platform } = world
const lists = '/pricing/price-lists'
const asSeller: Scope = {
  role: 'weir_seller',
  organizationId: platform.id,
  accountId: null,
  sellerOfRecordId: platform.id,
  line: [],
}
const freeze = (id: string) => api.db.transaction(asSeller, (tx) => freezeLists(tx, [id]))
const read = (id: string) => as(platform, 'GET', `${lists}/${id}`)

/** A list that priced usage, with its SKU. */
const usedList = async (change: Record<string, unknown> = {}) => {
  const one = await sku()
  const { id, code } = await list(platform, { [one.code]: '1' }, change)
  await freeze(id)
  return { id, code, sku: one }
}

/** Puts the list on a document for service until `serviceEnd`, past all the rules of documents. */
const putOnPaper = async (listId: string, serviceEnd: string, state = 'draft') => {
  const [rate] = await sql`select id, sku_id from price_rate where price_list_id = ${listId}`
  const [edge] = await sql`select id, buyer_id from edge where kind = 'sale' and buyer_id = ${world.tenant('-/-').id}`
  const invoiceId = newId()
  await sql.begin(async (tx) => {
    await tx`set local session_replication_role = replica`
    await tx`
      insert into invoice (id, seller_id, buyer_id, edge_id, run_id, period, currency, currency_digits, state, see_platform_id)
      values (${invoiceId}, ${platform.id}, ${edge!['buyer_id']}, ${edge!['id']}, ${newId()}, ${serviceEnd.slice(0, 7)}, 'EUR', 2, ${state}, ${platform.id})`
    await tx`
      insert into invoice_line (invoice_id, line, kind, subscription_id, tenant_id, sku_id, service_period, service_start,
                                service_end, region_id, quantity, unrounded, net, price_rate_id, seller_id, see_platform_id)
      values (${invoiceId}, 1, 'usage', ${newId()}, ${edge!['buyer_id']}, ${rate!['sku_id']}, ${serviceEnd.slice(0, 7)},
              ${serviceEnd}::date - 1, ${serviceEnd}, ${nilId}, 1, 1, 1, ${rate!['id']}, ${platform.id}, ${platform.id})`
  })
}

describe('a list that priced usage', () => {
  test('says so, once, and says when it is over', async () => {
    const { id } = await usedList({ validFrom: '2025-01-01', validTo: '2025-02-01' })
    const { body, headers } = await read(id)
    expect(body.state).toBe('ended')
    await freeze(id)
    expect((await read(id)).headers.get('etag')).toBe(headers.get('etag'))
    const open = await usedList()
    expect((await read(open.id)).body.state).toBe('used')
    const ended = await as(platform, 'GET', `${lists}?state=ended&limit=200`)
    expect(ended.body.data.map((one: { id: string }) => one.id)).toEqual([id])
  })

  test('keeps its rates: 409 for new ones, for another SKU, for deleting it; nothing changes', async () => {
    const { id, sku: one } = await usedList()
    const other = await sku()
    const before = await storedPrices(sql)
    const etag = (await read(id)).headers.get('etag')!
    const rates = { rates: [{ sku: one.code, rate: perUnit('9') }] }
    const replaced = await as(platform, 'PUT', `${lists}/${id}/rates`, rates, etag)
    expect([replaced.status, replaced.body.code]).toEqual([409, 'pricing.list_frozen'])
    const added = { code: `new-${one.code}`, name: 'N', unit: 'u', rates: [{ priceListId: id, rate: perUnit('1') }] }
    expect(refusalOf(await as(platform, 'POST', '/pricing', added))).toEqual({
      status: 409,
      code: 'pricing.list_frozen',
      pointers: ['/rates/0/priceListId'],
    })
    expect((await as(platform, 'DELETE', `${lists}/${id}`)).status).toBe(409)
    expect(await storedPrices(sql)).toEqual(before)
    expect(other.code).not.toBe(one.code)
  })

  test.each<[string, (id: string) => Promise<unknown>]>([
    [
      'another rate',
      (id) => sql`update price_rate set rate = '{"kind":"flat","amount":"0"}' where price_list_id = ${id}`,
    ],
    ['no rate', (id) => sql`delete from price_rate where price_list_id = ${id}`],
    [
      'one rate more',
      async (id) => sql`
        insert into price_rate (id, price_list_id, seller_id, kind, scope, target_id, currency, valid, is_active, sku_id, rate)
        select ${newId()}, id, seller_id, kind, scope, target_id, currency, valid, is_active, ${(await sku()).id}, '{}'
        from price_list where id = ${id}`,
    ],
    [
      'a rate of another SKU',
      async (id) => sql`update price_rate set sku_id = ${(await sku()).id} where price_list_id = ${id}`,
    ],
    ['another currency', (id) => sql`update price_list set currency = 'USD' where id = ${id}`],
    ['another start', (id) => sql`update price_list set valid = '[2025-12-01,)' where id = ${id}`],
    ['its freedom', (id) => sql`update price_list set state = 'active' where id = ${id}`],
    ['its end', (id) => sql`delete from price_list where id = ${id}`],
  ])('is not given %s by direct SQL', async (_, change) => {
    const { id } = await usedList()
    const before = (await read(id)).body
    await expect(change(id)).rejects.toThrow('frozen')
    expect((await read(id)).body).toEqual(before)
  })

  test('may end, and its rates end with it', async () => {
    const { id } = await usedList()
    const validTo = await dayFromToday(sql, 1)
    expect((await as(platform, 'POST', `${lists}/${id}/end`, { validTo })).body).toMatchObject({
      validTo,
      state: 'used',
    })
    const [rate] = await sql`select upper(valid)::text as to from price_rate where price_list_id = ${id}`
    expect(rate!['to']).toBe(validTo)
  })

  test('does not end before a day that is on paper, by a new version or by itself', async () => {
    const { id, code, sku: one } = await usedList()
    const paperEnd = await dayFromToday(sql, 20)
    await putOnPaper(id, paperEnd)
    const before = await storedPrices(sql)
    const end = (validTo: string) => as(platform, 'POST', `${lists}/${id}/end`, { validTo })
    expect(refusalOf(await end(await dayFromToday(sql, 19)))).toEqual({
      status: 409,
      code: 'pricing.list_frozen',
      pointers: ['/validTo'],
    })
    const next = (validFrom: string) => newList({ code, validFrom, rates: [{ sku: one.code, rate: perUnit('2') }] })
    const early = await as(platform, 'POST', lists, next('2026-03-01'))
    expect(refusalOf(early)).toMatchObject({ status: 409, code: 'pricing.list_frozen', pointers: ['/validFrom'] })
    expect(await storedPrices(sql)).toEqual(before)
    expect((await as(platform, 'POST', lists, next(paperEnd))).status).toBe(201)
    expect((await read(id)).body.validTo).toBe(paperEnd)
  })

  test('a discarded draft is no paper', async () => {
    const { id } = await usedList()
    await putOnPaper(id, await dayFromToday(sql, 20), 'discarded')
    const answer = await as(platform, 'POST', `${lists}/${id}/end`, { validTo: await dayFromToday(sql, 1) })
    expect(answer.status).toBe(200)
  })
})

describe('rating reads', () => {
  test('rates of active lists that touch the days, with their bounds, kept apart by kind', async () => {
    const [one, other] = [await sku(), await sku()]
    const code = `read-${one.code}`
    const old = await list(platform, { [one.code]: '1' }, { code })
    const next = await list(platform, { [one.code]: '2', [other.code]: '3' }, { code, validFrom: '2026-03-15' })
    await list(platform, { [one.code]: '0.5' }, { kind: 'cost' })
    await list(platform, { [one.code]: '7' }, { state: 'draft' })
    const wanted = {
      sellerId: platform.id,
      kind: 'sale',
      skuIds: [one.id],
      from: '2026-03-01',
      to: '2026-04-01',
    } as const
    const found = await api.db.transaction(asSeller, (tx) => listRateCandidates(tx, wanted))
    const brief = found.map(({ priceListId, from, to, rate }) => ({ priceListId, from, to, rate }))
    expect(brief.sort((a, b) => (a.from < b.from ? -1 : 1))).toEqual([
      { priceListId: old.id, from: '2026-01-01', to: '2026-03-15', rate: perUnit('1') as never },
      { priceListId: next.id, from: '2026-03-15', to: null, rate: perUnit('2') as never },
    ])
    const march = await api.db.transaction(asSeller, (tx) =>
      listRateCandidates(tx, { ...wanted, from: '2026-03-15', to: '2026-04-01' }),
    )
    expect(march.map(({ priceListId }) => priceListId)).toEqual([next.id])
  })

  test('while a rater holds the rates, changing them waits and then finds the list frozen', async () => {
    const one = await sku()
    const { id } = await list(platform, { [one.code]: '1' })
    const etag = (await read(id)).headers.get('etag')!
    const wanted = {
      sellerId: platform.id,
      kind: 'sale',
      skuIds: [one.id],
      from: '2026-03-01',
      to: '2026-04-01',
    } as const
    const rates = { rates: [{ sku: one.code, rate: perUnit('9') }] }
    let changing: ReturnType<typeof as> | undefined
    await api.db.transaction(asSeller, async (tx) => {
      await listRateCandidates(tx, wanted)
      changing = as(platform, 'PUT', `${lists}/${id}/rates`, rates, etag)
      await until(
        async () =>
          (await sql`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`)
            .length,
      )
      await freezeLists(tx, [id])
    })
    expect((await changing)!.status).toBe(412)
    expect((await read(id)).body).toMatchObject({ state: 'used', rates: [{ rate: perUnit('1') }] })
  })
})

test('a change of prices marks what its seller has rated for those days and not billed', async () => {
  const one = await sku()
  const tenant = world.tenant('-/-')
  const [edge] = await sql`
    select chain_edge.chain_id, edge.id from chain_edge join edge on edge.id = chain_edge.edge_id
    where edge.kind = 'sale' and edge.buyer_id = ${tenant.id}`
  await sql.begin(async (tx) => {
    await tx`set local session_replication_role = replica`
    await tx`
      insert into rated_bucket (edge_id, period, tenant_id, subscription_id, sku_id, service_period, service_start, service_end,
        chain_id, seller_id, buyer_id, partner_id, distributor_id, plan_version_id, region_id, quantity, currency, currency_digits, state, parked_for)
      values (${edge!['id']}, '2026-03', ${tenant.id}, ${newId()}, ${one.id}, '2026-03', '2026-03-01', '2026-04-01',
        ${edge!['chain_id']}, ${platform.id}, ${tenant.id}, ${newId()}, ${newId()}, ${newId()}, ${nilId}, 1, 'EUR', 2, 'parked', 'no_price')`
  })
  const due = async () =>
    (await sql`select distinct period from rating_due where seller_id = ${platform.id}`).map(({ period }) => period)
  await list(platform, { [one.code]: '1' }, { validFrom: '2026-04-01' })
  expect(await due()).toEqual([])
  await list(platform, { [one.code]: '1' }, { state: 'draft', validTo: '2026-04-01' })
  expect(await due()).toEqual([])
  await list(platform, { [one.code]: '1' }, { validTo: '2026-04-01' })
  expect(await due()).toEqual(['2026-03'])
})

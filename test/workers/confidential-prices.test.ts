import { beforeAll, expect, test } from 'bun:test'
import { organizationHandlers } from '../../workers/organizations.ts'
import { pricingHandlers } from '../../workers/pricing.ts'
import { testApi } from '../support/api.ts'
import { catalogOf, perUnit } from '../support/catalog.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { derivingOf, followTick } from '../support/derive.ts'
import { changesTick, movesOf } from '../support/moves.ts'
import { testWorker } from '../support/worker.ts'
import { buildWorld, type Member } from '../support/world.ts'

// What a reseller asks of one buyer, made before its contract became confidential.

const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const world = await buildWorld(api, [['reseller', 'reseller']])
const { as, sku, list } = catalogOf(api.call, world)
const { derive, from, settled } = derivingOf(as, sql)
const moves = movesOf(api.call, sql, world)
testWorker(database, [...pricingHandlers, ...organizationHandlers], { ticks: [followTick, changesTick] })

const { platform } = world
const distributor = world.distributors.reseller
const partner = world.partner('reseller/reseller')
const lists = '/pricing/price-lists'
const forPartner = { scope: 'buyer', targetId: partner.id }
const ids = { base: '', unused: '', used: '', derived: '' }

const status = async (viewer: Member, id: string) => (await as(viewer, 'GET', `${lists}/${id}`)).status
const statuses = (viewer: Member) => Promise.all([ids.unused, ids.used, ids.derived].map((id) => status(viewer, id)))
const begin = async (confidential: boolean, period: string) =>
  moves.begin(
    await moves.planned(platform, `/distributors/${distributor.id}/confidentiality`, { confidential }),
    period,
  )

beforeAll(async () => {
  const [one, two, three] = [await sku(), await sku(), await sku()]
  const base = await list(distributor, { [one.code]: '10' })
  ids.base = base.id
  ids.unused = (await list(distributor, { [two.code]: '7' }, forPartner)).id
  ids.used = (await list(distributor, { [three.code]: '8' }, forPartner)).id
  ids.derived = (
    await derive(distributor, from(base, { method: 'discount', percent: '10' }), { ...forPartner, code: 'own' })
  ).id
  await sql`update price_list set state = 'used' where id = ${ids.used}`
  expect(await statuses(platform)).toEqual([200, 200, 200])
  await begin(true, '2024-10')
}, 30_000)

test('what has priced something keeps its readers; the rest is out of the sight of the platform, and of nobody else', async () => {
  expect(await statuses(platform)).toEqual([404, 200, 404])
  for (const viewer of [distributor, partner]) expect(await statuses(viewer)).toEqual([200, 200, 200])
  const { data } = (await as(platform, 'GET', `${lists}?limit=200`)).body
  expect(data.map(({ id }: { id: string }) => id)).not.toContain(ids.unused)
})

test('what a derived list becomes later is out of sight too', async () => {
  await sql`update price_list set state = 'used' where id = ${ids.derived}`
  const { headers, body } = await as(distributor, 'GET', `${lists}/${ids.base}`)
  const rates = body.rates.map(({ sku: code }: { sku: string }) => ({ sku: code, rate: perUnit('20') }))
  const put = await as(distributor, 'PUT', `${lists}/${ids.base}/rates`, { rates }, headers.get('etag') ?? '')
  expect(put.status).toBe(200)
  await settled()
  const own = async (viewer: Member) => (await as(viewer, 'GET', `${lists}?code=own`)).body.data.length
  expect(await own(partner)).toBe(2)
  expect(await own(platform)).toBe(0)
}, 30_000)

test('lifted, what has priced nothing yet is in sight again', async () => {
  await begin(false, '2024-11')
  expect((await statuses(platform)).slice(0, 2)).toEqual([200, 200])
}, 30_000)

import { expect, test } from 'bun:test'
import { testApi } from '../support/api.ts'
import { catalogOf } from '../support/catalog.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { farPeriod } from '../support/moves.ts'
import { buildWorld, type Member } from '../support/world.ts'

const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const world = await buildWorld(api, [
  ['reseller', 'reseller'],
  ['agent', null],
])
const { as } = catalogOf(api.call, world)
const { platform } = world
const { reseller, agent } = world.distributors
const partner = world.partner('reseller/reseller')

const pathOf = ({ level, id }: Member) => `/${level}s/${id}/confidentiality`
const wish = { confidential: true, fromPeriod: farPeriod }
const count = async () => (await sql`select count(*)::int as count from organization_change`)[0]?.['count']

test('a reseller that comes with a confidential contract sells out of sight from its first day', async () => {
  const made = await as(platform, 'POST', '/distributors', {
    name: 'Silent',
    commercialModel: 'reseller',
    confidential: true,
  })
  expect([made.status, made.body.confidential]).toEqual([201, true])
  const below = await as(platform, 'POST', '/tenants', { name: 'Served', parentId: made.body.id })
  const edges = await sql`
    select see_platform_id is not null as seen, buyer_id as "buyerId" from edge
    where buyer_id in (${made.body.id}, ${below.body.id}) order by see_platform_id nulls last`
  expect(edges.map(({ seen, buyerId }) => [seen, buyerId])).toEqual([
    [true, made.body.id],
    [false, below.body.id],
  ])
  const [audited] =
    await sql`select details from audit where object_id = ${made.body.id} and action = 'organization.created'`
  expect(audited?.['details'].confidential).toBe(true)
})

test('it is planned and cancelled by the platform, and read by the line of the reseller', async () => {
  const planned = await as(platform, 'POST', pathOf(partner), wish)
  expect([planned.status, planned.body.kind, planned.body.toConfidential]).toEqual([201, 'confidentiality', true])
  const seen = async (viewer: Member) => (await as(viewer, 'GET', `/hierarchy-changes/${planned.body.id}`)).status
  expect(await Promise.all([platform, reseller, partner, agent].map(seen))).toEqual([200, 200, 200, 404])
  expect((await as(platform, 'POST', `/hierarchy-changes/${planned.body.id}/cancel`)).body.state).toBe('cancelled')
})

test.each<[string, () => Promise<any>, number, string]>([
  ['by the reseller itself', () => as(reseller, 'POST', pathOf(reseller), wish), 403, 'organization.own_place'],
  ['by a reseller above', () => as(reseller, 'POST', pathOf(partner), wish), 403, 'organization.platform_decides'],
  [
    'by a reseller for a new partner',
    () => as(reseller, 'POST', '/partners', { name: 'N', commercialModel: 'reseller', confidential: true }),
    403,
    'organization.platform_decides',
  ],
  ['of an agent', () => as(platform, 'POST', pathOf(agent), wish), 422, 'organization.not_a_reseller'],
  [
    'of a new agent',
    () => as(platform, 'POST', '/distributors', { name: 'N', confidential: true }),
    422,
    'organization.not_a_reseller',
  ],
  [
    'as it is already',
    () => as(platform, 'POST', pathOf(reseller), { ...wish, confidential: false }),
    422,
    'organization.same_confidentiality',
  ],
  [
    'from a month that has begun',
    () => as(platform, 'POST', pathOf(reseller), { ...wish, fromPeriod: '2024-01' }),
    422,
    'period.not_in_future',
  ],
  [
    'with an unknown field',
    () => as(platform, 'POST', pathOf(reseller), { ...wish, reason: 'x' }),
    422,
    'request.invalid',
  ],
])('refused %s, and nothing is planned', async (_, ask, status, code) => {
  const before = await count()
  const { status: found, body } = await ask()
  expect([found, body.errors?.[0]?.code ?? body.code, body.code]).toEqual([found, expect.any(String), code])
  expect([found, await count()]).toEqual([status, before])
})

test('404 alike for a foreign and an absent reseller', async () => {
  const absent = { ...reseller, id: Bun.randomUUIDv7() }
  const answers = await Promise.all([
    as(agent, 'POST', pathOf(reseller), wish),
    as(agent, 'POST', pathOf(absent), wish),
  ])
  expect(answers.map(({ status, body }) => [status, body.code])).toEqual([
    [404, answers[1].body.code],
    [404, answers[0].body.code],
  ])
})

test('the database knows no agent with a confidential contract', async () => {
  const marked = sql`update organization set is_confidential = true where id = ${agent.id}`
  expect(marked).rejects.toThrow('organization_confidential_is_reseller')
})

import { describe, expect, test } from 'bun:test'
import { testApi } from '../support/api.ts'
import { catalogOf, refusalOf } from '../support/catalog.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { buildWorld, type Member } from '../support/world.ts'

const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const world = await buildWorld(api, [
  [null, null],
  ['agent', 'agent'],
  ['reseller', 'agent'],
  ['reseller', 'reseller'],
])
for (const member of world.all) await world.token(member)
const { as, made, sku, list, publishedPlan, region } = catalogOf(api.call, world)
const { platform } = world
const reseller = world.distributors.reseller
const below = world.partner('reseller/reseller')
const tenant = world.tenant('-/-')
const absent = Bun.randomUUIDv7()
await sku('cpu')
for (const seller of [platform, reseller, below]) await list(seller, { cpu: '1' })
const [{ versionId, planId }, ofReseller, ofBelow] = (await Promise.all(
  [platform, reseller, below].map((owner) => publishedPlan(owner, ['cpu'])),
)) as [Plan, Plan, Plan]
type Plan = { versionId: string; planId: string }
await region('eu-1')
await region('us-1')

const order = (change: Record<string, unknown> = {}) => ({
  tenantId: tenant.id,
  name: 'Servers',
  planVersionId: versionId,
  startDate: '2026-01-01',
  ...change,
})
const ordered = (change: Record<string, unknown> = {}) => made(platform, '/subscriptions', order(change))
const stored = async () => {
  const [row] = await sql`
    select (select count(*)::int from subscription) as subscriptions, (select count(*)::int from subscription_alias) as aliases,
           (select max(updated_at)::text from subscription) as touched`
  return row
}

describe('ordering', () => {
  test('201 with Location, ETag and the fields that are promised', async () => {
    const externalIds = [
      { region: 'us-1', externalId: 'acct-9' },
      { region: 'eu-1', externalId: 'acct-7' },
      { region: 'eu-1', externalId: 'acct-8' },
    ]
    const answer = await as(
      platform,
      'POST',
      '/subscriptions',
      order({ externalId: 'x-1', quantity: '2.50', externalIds }),
    )
    expect(answer.status).toBe(201)
    expect(answer.headers.get('location')).toBe(`/api/v1/subscriptions/${answer.body.id}`)
    const read = await as(platform, 'GET', `/subscriptions/${answer.body.id}`)
    expect(read.headers.get('etag')).toBe('"1"')
    expect(read.body).toEqual(answer.body)
    expect(read.body).toEqual({
      id: answer.body.id,
      tenantId: tenant.id,
      name: 'Servers',
      externalId: 'x-1',
      planVersionId: versionId,
      regionCodes: ['eu-1', 'us-1'],
      externalIds: [
        { region: 'eu-1', externalId: 'acct-7' },
        { region: 'eu-1', externalId: 'acct-8' },
        { region: 'us-1', externalId: 'acct-9' },
      ],
      startDate: '2026-01-01',
      endDate: null,
      quantity: '2.5',
      state: 'active',
      createdAt: read.body.createdAt,
      updatedAt: read.body.updatedAt,
    })
    const [audit] = await sql`select action from audit where object_id = ${answer.body.id}`
    expect(audit!['action']).toBe('subscription.created')
  })

  test('the row carries the ancestors of its tenant', async () => {
    const { id } = await ordered({ tenantId: world.tenant('reseller/reseller').id })
    const [row] = await sql`select distributor_id, partner_id from subscription where id = ${id}`
    expect(row).toEqual({ distributor_id: reseller.id, partner_id: below.id })
  })

  test.each<[string, Record<string, unknown>, string]>([
    ['an absent tenant', { tenantId: absent }, '/tenantId'],
    ['an organization that is no tenant', { tenantId: reseller.id }, '/tenantId'],
    ['an absent plan version', { planVersionId: absent }, '/planVersionId'],
    ['a plan of nobody who sells to the tenant', { planVersionId: ofReseller.versionId }, '/planVersionId'],
    ['the id of a plan', { planVersionId: planId }, '/planVersionId'],
    ['a day that no calendar has', { startDate: '2026-02-30' }, '/startDate'],
    ['a day of the year 0001', { startDate: '0001-01-01' }, '/startDate'],
    ['a quantity of 0', { quantity: '0' }, '/quantity'],
    ['a negative quantity', { quantity: '-1' }, '/quantity'],
    ['a quantity that is a number', { quantity: 1 }, '/quantity'],
    ['NaN', { quantity: 'NaN' }, '/quantity'],
    ['a quantity of 27 digits', { quantity: '1'.repeat(27) }, '/quantity'],
    ['an unknown region', { externalIds: [{ region: 'mars', externalId: 'a' }] }, '/externalIds/0/region'],
    [
      'an external id twice',
      {
        externalIds: [
          { region: 'eu-1', externalId: 'a' },
          { region: 'eu-1', externalId: 'a' },
        ],
      },
      '/externalIds/1/externalId',
    ],
    ['a name with a NUL', { name: 'a\u0000b' }, '/name'],
    ['an unknown field', { price: '1' }, '/price'],
  ])('422 for %s, and nothing is stored', async (_, change, pointer) => {
    const before = await stored()
    const answer = await as(platform, 'POST', '/subscriptions', order(change))
    expect(refusalOf(answer)).toMatchObject({ status: 422, pointers: [pointer] })
    expect(await stored()).toEqual(before)
  })

  test('a draft and a retired version can not be ordered; those who have one stay', async () => {
    const plan = await made(platform, '/plans', { code: 'draft', name: 'D', items: [{ sku: 'cpu' }] })
    const take = (planVersionId: string) => as(platform, 'POST', '/subscriptions', order({ planVersionId }))
    expect(refusalOf(await take(plan.versions[0].id))).toMatchObject({ status: 422, pointers: ['/planVersionId'] })
    const old = await publishedPlan(platform, ['cpu'])
    const taken = await take(old.versionId)
    await as(platform, 'POST', `/plans/${old.planId}/versions/1/retire`)
    expect((await take(old.versionId)).status).toBe(422)
    expect((await as(platform, 'GET', `/subscriptions/${taken.body.id}`)).body.planVersionId).toBe(old.versionId)
  })

  test('plans of any seller above the tenant can be ordered, by whoever sees both', async () => {
    const deep = world.tenant('reseller/reseller').id
    const take = async (member: Member, tenantId: string, planVersionId: string) =>
      (await as(member, 'POST', '/subscriptions', order({ tenantId, planVersionId }))).status
    expect(await take(platform, deep, ofReseller.versionId)).toBe(201)
    expect(await take(below, deep, ofReseller.versionId)).toBe(201)
    expect(await take(below, deep, ofBelow.versionId)).toBe(201)
    expect(await take(reseller, deep, ofBelow.versionId)).toBe(422)
    expect(await take(world.partner('reseller/agent'), world.tenant('reseller/agent').id, ofReseller.versionId)).toBe(
      201,
    )
    expect(await take(world.partner('reseller/agent'), world.tenant('reseller/agent').id, ofBelow.versionId)).toBe(422)
  })

  test('the own external id and the regions’ names are taken within a tenant only', async () => {
    const externalIds = [{ region: 'eu-1', externalId: 'shared' }]
    await ordered({ externalId: 'mine', externalIds })
    const before = await stored()
    const again = (change: object) => as(platform, 'POST', '/subscriptions', order({ ...change }))
    const code = 'subscription.external_id_taken'
    expect(refusalOf(await again({ externalId: 'mine' }))).toEqual({ status: 409, code, pointers: ['/externalId'] })
    const both = [{ region: 'us-1', externalId: 'shared' }, ...externalIds]
    expect(refusalOf(await again({ externalIds: both }))).toEqual({
      status: 409,
      code,
      pointers: ['/externalIds/1/externalId'],
    })
    expect(await stored()).toEqual(before)
    const elsewhere = { tenantId: world.tenant('agent/agent').id, externalId: 'mine', externalIds }
    expect((await again(elsewhere)).status).toBe(201)
  })

  test('no new orders below a suspended organization; what there is goes on', async () => {
    const place = world.tenant('agent/agent')
    const before = await ordered({ tenantId: place.id })
    await as(platform, 'POST', `/distributors/${world.distributors.agent.id}/suspend`)
    const refused = await as(world.partner('agent/agent'), 'POST', '/subscriptions', order({ tenantId: place.id }))
    expect([refused.status, refused.body.code]).toEqual([409, 'organization.not_active'])
    expect((await as(platform, 'GET', `/subscriptions/${before.id}`)).body.state).toBe('active')
    await as(platform, 'POST', `/distributors/${world.distributors.agent.id}/resume`)
    expect((await as(platform, 'POST', '/subscriptions', order({ tenantId: place.id }))).status).toBe(201)
  })

  test('the same Idempotency-Key orders once', async () => {
    const token = await world.token(platform)
    const headers = { 'idempotency-key': 'one-order' }
    const send = (body: object) => api.call('POST', '/api/v1/subscriptions', { token, headers, body })
    const body = order({ name: 'Once' })
    const [first, second] = [await send(body), await send(body)]
    expect(second.body).toEqual(first.body)
    expect(await sql`select from subscription where name = 'Once'`).toHaveLength(1)
    expect((await send(order({ name: 'Twice' }))).status).toBe(422)
  })

  test('403 for a tenant', async () => {
    expect((await as(tenant, 'POST', '/subscriptions', order())).status).toBe(403)
  })
})

test('onboarding orders too, and points into its own request', async () => {
  const token = await world.token(platform)
  const { tenantId: _, ...subscription } = order({ externalIds: [{ region: 'eu-1', externalId: 'onboarded' }] })
  const onboard = (planVersionId: string) =>
    api.call('POST', '/api/v1/tenants', {
      token,
      body: { name: 'New', subscriptions: [subscription, { ...subscription, planVersionId, externalIds: [] }] },
    })
  const refused = await onboard(absent)
  expect(refusalOf(refused)).toMatchObject({ status: 422, pointers: ['/subscriptions/1/planVersionId'] })
  const answer = await onboard(versionId)
  expect([answer.status, answer.body.subscriptions.length]).toEqual([201, 2])
})

import { describe, expect, test } from 'bun:test'
import { testApi } from '../support/api.ts'
import { catalogOf } from '../support/catalog.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { farPeriod, movesOf } from '../support/moves.ts'
import { buildWorld, type Member } from '../support/world.ts'

const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const world = await buildWorld(api)
const moves = movesOf(api.call, sql, world)
const { as, sku, list, publishedPlan } = catalogOf(api.call, world)
const { platform, distributors } = world
// Passwords take long to hash on a busy machine: nobody signs in while a test's clock runs.
for (const member of world.all) await world.token(member)
const read = async (viewer: Member, path: string) => (await as(viewer, 'GET', path)).body

const count = async () => {
  const [row] = await sql<{ count: number }[]>`select count(*)::int from organization_change`
  return row!.count
}

describe('planning a move', () => {
  const tenant = world.tenant('reseller/reseller')
  const [from, to] = [world.partner('reseller/reseller'), world.partner('agent/reseller')]

  test('201: a dated row; nothing has changed yet; it can be taken back', async () => {
    const answer = await moves.post(platform, `/tenants/${tenant.id}/move`, { parentId: to.id, fromPeriod: farPeriod })
    expect(answer.status).toBe(201)
    expect(answer.body).toMatchObject({
      kind: 'parent',
      organizationId: tenant.id,
      toParentId: to.id,
      fromPeriod: farPeriod,
      state: 'planned',
    })
    expect((await read(platform, `/tenants/${tenant.id}`)).parentId).toBe(from.id)
    const cancelled = await as(platform, 'POST', `/hierarchy-changes/${answer.body.id}/cancel`)
    expect([cancelled.status, cancelled.body.state]).toEqual([200, 'cancelled'])
    expect((await as(platform, 'POST', `/hierarchy-changes/${answer.body.id}/cancel`)).status).toBe(200)
    const actions = (await read(platform, `/audit?objectId=${tenant.id}`)).data.map((row: any) => row.action)
    expect(actions.slice(0, 2)).toEqual(['organization.change_cancelled', 'organization.change_planned'])
  })

  test('a repeated Idempotency-Key plans once', async () => {
    const key = { 'idempotency-key': 'move-once' }
    const body = { parentId: to.id, fromPeriod: '2998-01' }
    const token = await world.token(platform)
    const ask = () => api.call('POST', `/api/v1/tenants/${tenant.id}/move`, { token, body, headers: key })
    const [first, second] = [await ask(), await ask()]
    expect([first.status, second.status, second.body.id]).toEqual([201, 201, first.body.id])
    await as(platform, 'POST', `/hierarchy-changes/${first.body.id}/cancel`)
  })

  test('both lines see it, the old one without the new parent’s name, nobody else anything', async () => {
    const id = await moves.planned(platform, `/tenants/${tenant.id}/move`, { parentId: to.id })
    const seen = async (viewer: Member) => {
      const { status, body } = await as(viewer, 'GET', `/hierarchy-changes/${id}`)
      return status === 200 ? body.toParentId : status
    }
    expect(await Promise.all([platform, distributors.agent, to].map(seen))).toEqual([to.id, to.id, to.id])
    expect(await Promise.all([distributors.reseller, from, tenant].map(seen))).toEqual([null, null, null])
    const others = [world.partner('agent/agent'), world.partner('reseller/agent'), world.tenant('agent/reseller')]
    expect(await Promise.all(others.map(seen))).toEqual([404, 404, 404])
    expect((await read(world.partner('agent/agent'), '/hierarchy-changes')).data).toEqual([])
    const byOthers = await as(from, 'POST', `/hierarchy-changes/${id}/cancel`)
    expect([byOthers.status, byOthers.body.code]).toEqual([403, 'organization.change_of_others'])
    await as(platform, 'POST', `/hierarchy-changes/${id}/cancel`)
  })

  test('a distributor moves between its own partners and to itself, not out of its branch', async () => {
    const own = world.tenant('reseller/agent')
    const path = `/tenants/${own.id}/move`
    const inside = await moves.post(distributors.reseller, path, { parentId: from.id, fromPeriod: farPeriod })
    expect(inside.status).toBe(201)
    await as(distributors.reseller, 'POST', `/hierarchy-changes/${inside.body.id}/cancel`)
    const direct = await moves.post(distributors.reseller, path, {
      parentId: distributors.reseller.id,
      fromPeriod: farPeriod,
    })
    expect(direct.status).toBe(201)
    await as(distributors.reseller, 'POST', `/hierarchy-changes/${direct.body.id}/cancel`)
    for (const parentId of [to.id, platform.id, Bun.randomUUIDv7()]) {
      const { status, body } = await moves.post(distributors.reseller, path, { parentId, fromPeriod: farPeriod })
      expect([status, body.code, body.errors[0].pointer]).toEqual([422, 'reference.unknown', '/parentId'])
    }
    const foreign = await moves.post(distributors.reseller, `/tenants/${world.tenant('-/-').id}/move`, {
      parentId: from.id,
      fromPeriod: farPeriod,
    })
    expect(foreign.status).toBe(404)
  })

  test.each([
    ['a month that has begun', { fromPeriod: '2024-01' }, 422, 'period.not_in_future', '/fromPeriod'],
    ['no month', { fromPeriod: '2999-13' }, 422, 'request.invalid', '/fromPeriod'],
    ['the parent it has', { parentId: from.id }, 422, 'organization.same_parent', '/parentId'],
    ['a tenant as parent', { parentId: world.tenant('-/-').id }, 422, 'organization.parent_level', '/parentId'],
    ['an unknown field', { currency: 'EUR' }, 422, 'request.invalid', '/currency'],
  ])('%s is refused and nothing is planned', async (_, change, status, code, pointer) => {
    const before = await count()
    const body = { parentId: to.id, fromPeriod: farPeriod, ...change }
    const answer = await moves.post(platform, `/tenants/${tenant.id}/move`, body)
    expect([answer.status, answer.body.code, answer.body.errors[0].pointer]).toEqual([status, code, pointer])
    expect(await count()).toBe(before)
  })

  test('409: one change of a line with one month', async () => {
    const id = await moves.planned(platform, `/partners/${from.id}/move`, { parentId: distributors.agent.id })
    const below = await moves.post(platform, `/tenants/${tenant.id}/move`, { parentId: to.id, fromPeriod: farPeriod })
    const above = await moves.post(platform, `/distributors/${distributors.reseller.id}/commercial-model`, {
      commercialModel: 'agent',
      fromPeriod: farPeriod,
    })
    expect([below.body.code, above.body.code]).toEqual(['organization.change_planned', 'organization.change_planned'])
    const beside = await moves.post(platform, `/tenants/${world.tenant('-/-').id}/move`, {
      parentId: to.id,
      fromPeriod: farPeriod,
    })
    expect(beside.status).toBe(201)
    for (const one of [id, beside.body.id]) await as(platform, 'POST', `/hierarchy-changes/${one}/cancel`)
  })

  test('409: a new parent whose line changes in the same month, whichever is planned first', async () => {
    const plan = (path: string, body: object) => () => moves.post(platform, path, { ...body, fromPeriod: farPeriod })
    const move = plan(`/tenants/${tenant.id}/move`, { parentId: to.id })
    const away = plan(`/partners/${to.id}/move`, { parentId: platform.id })
    const remodel = plan(`/distributors/${distributors.agent.id}/commercial-model`, { commercialModel: 'reseller' })
    const pairs = [
      { first: move, second: remodel },
      { first: remodel, second: move },
      { first: move, second: away },
      { first: away, second: move },
    ]
    for (const { first, second } of pairs) {
      const { id } = (await first()).body
      const refused = await second()
      expect([refused.status, refused.body.code]).toEqual([409, 'organization.change_planned'])
      await as(platform, 'POST', `/hierarchy-changes/${id}/cancel`)
    }
  })

  test('409 when the month has begun: the change takes effect', async () => {
    const id = await moves.planned(platform, `/tenants/${tenant.id}/move`, { parentId: to.id })
    await sql`update organization_change set from_period = '2024-01' where id = ${id}`
    const { status, body } = await as(platform, 'POST', `/hierarchy-changes/${id}/cancel`)
    expect([status, body.code]).toEqual([409, 'organization.change_due'])
    const run = await moves.post(from, '/billing/runs', { period: '2024-02' })
    expect([run.status, run.body.code]).toEqual([409, 'billing.change_pending'])
    expect((await moves.post(from, '/billing/runs', { period: '2023-12' })).status).toBe(202)
    await sql`update organization_change set state = 'cancelled' where id = ${id}`
  })

  test('409 when the new parent uses the external id already', async () => {
    const named = async (parentId: string) => {
      const body = { name: 'Named', parentId, externalId: 'ERP-1' }
      return (await moves.post(platform, '/tenants', body)).body.id
    }
    const [one] = [await named(from.id), await named(to.id)]
    const answer = await moves.post(platform, `/tenants/${one}/move`, { parentId: to.id, fromPeriod: farPeriod })
    expect([answer.status, answer.body.code]).toEqual([409, 'organization.external_id_taken'])
  })
})

describe('a preview', () => {
  test('names edges, commissions, missing prices and kept plans, and plans nothing', async () => {
    const before = await count()
    const { code } = await sku()
    await list(distributors.reseller, { [code]: '1.00' })
    const { versionId } = await publishedPlan(distributors.reseller, [code])
    const tenant = world.tenant('reseller/agent')
    const ordered = await moves.post(distributors.reseller, '/subscriptions', {
      tenantId: tenant.id,
      name: 'One',
      planVersionId: versionId,
      startDate: '2026-01-01',
    })
    expect(ordered.status).toBe(201)
    const to = world.partner('agent/reseller')
    const { status, body } = await moves.post(platform, `/tenants/${tenant.id}/move?preview=true`, {
      parentId: to.id,
      fromPeriod: farPeriod,
    })
    expect(status).toBe(200)
    expect(body).toEqual({
      fromPeriod: farPeriod,
      tenants: 1,
      edges: [
        { sellerId: distributors.reseller.id, buyerId: tenant.id, change: 'ends' },
        { sellerId: to.id, buyerId: tenant.id, change: 'begins' },
      ],
      commissions: [
        { payerId: distributors.reseller.id, payeeId: world.partner('reseller/agent').id, change: 'ends' },
        { payerId: platform.id, payeeId: distributors.agent.id, change: 'begins' },
      ],
      missingPrices: [
        { sellerId: platform.id, tenantId: tenant.id, sku: code },
        { sellerId: to.id, tenantId: tenant.id, sku: code },
      ].toSorted((a, b) => (a.sellerId < b.sellerId ? -1 : 1)),
      keptPlans: [{ subscriptionId: ordered.body.id, planVersionId: versionId }],
    })
    expect(await count()).toBe(before)
  })

  test('of another commercial model: the tenants below get another seller', async () => {
    const partner = world.partner('reseller/agent')
    const { status, body } = await moves.post(
      distributors.reseller,
      `/partners/${partner.id}/commercial-model?preview=true`,
      { commercialModel: 'reseller', fromPeriod: farPeriod },
    )
    expect([status, body.tenants]).toEqual([200, 1])
    const tenant = world.tenant('reseller/agent')
    expect(body.edges).toEqual([
      { sellerId: distributors.reseller.id, buyerId: tenant.id, change: 'ends' },
      { sellerId: distributors.reseller.id, buyerId: partner.id, change: 'begins' },
      { sellerId: partner.id, buyerId: tenant.id, change: 'begins' },
    ])
    expect(body.commissions).toEqual([{ payerId: distributors.reseller.id, payeeId: partner.id, change: 'ends' }])
  })
})

describe('planning another commercial model', () => {
  test('403 for the own one, 422 for the one it is', async () => {
    const partner = world.partner('reseller/agent')
    const path = `/partners/${partner.id}/commercial-model`
    const own = await moves.post(partner, path, { commercialModel: 'reseller', fromPeriod: farPeriod })
    expect([own.status, own.body.code]).toEqual([403, 'organization.own_place'])
    const same = await moves.post(platform, path, { commercialModel: 'agent', fromPeriod: farPeriod })
    expect([same.status, same.body.errors[0].pointer]).toEqual([422, '/commercialModel'])
  })

  test('who is to be a reseller makes its prices before', async () => {
    const partner = world.partner('agent/agent')
    const { code } = await sku()
    const refused = await moves.post(partner, '/pricing/price-lists', {})
    expect(refused.status).toBe(422)
    const rates = [{ sku: code, rate: { kind: 'per_unit', unitPrice: '1' } }]
    const body = { code: 'own', name: 'Own', currency: 'EUR', scope: 'default', validFrom: '2026-01-01', rates }
    expect((await moves.post(partner, '/pricing/price-lists', body)).body.code).toBe('billing.not_a_seller')
    await moves.planned(platform, `/partners/${partner.id}/commercial-model`, { commercialModel: 'reseller' })
    expect((await moves.post(partner, '/pricing/price-lists', body)).status).toBe(201)
  })
})

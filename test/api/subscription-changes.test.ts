import { describe, expect, test } from 'bun:test'
import { tierRole } from '../../src/platform/context.ts'
import { testApi } from '../support/api.ts'
import { catalogOf, dayFromToday, refusalOf } from '../support/catalog.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { buildWorld, isBelow, type Member } from '../support/world.ts'

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
const tenant = world.tenant('-/-')
await sku('cpu')
await list(platform, { cpu: '1' })
const { versionId } = await publishedPlan(platform, ['cpu'])
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

describe('states', () => {
  const act = (id: string, verb: string, body?: object) => as(platform, 'POST', `/subscriptions/${id}/${verb}`, body)

  test('a subscription waits for its start; the calendar alone makes it active', async () => {
    const { id, state } = await ordered({ startDate: await dayFromToday(sql, 1) })
    expect(state).toBe('pending')
    expect((await act(id, 'suspend')).body.code).toBe('subscription.state')
    await sql`update subscription set start_date = start_date - 1 where id = ${id}`
    expect((await as(platform, 'GET', `/subscriptions/${id}`)).body.state).toBe('active')
  })

  test('suspend and resume, each from its own state only', async () => {
    const { id } = await ordered()
    expect((await act(id, 'resume')).status).toBe(409)
    const suspended = await act(id, 'suspend')
    expect([suspended.body.state, suspended.headers.get('etag')]).toEqual(['suspended', '"2"'])
    expect((await act(id, 'suspend')).status).toBe(409)
    expect((await act(id, 'resume')).body.state).toBe('active')
    const actions = await sql`select action from audit where object_id = ${id} order by id`
    expect(actions.map(({ action }) => action)).toEqual([
      'subscription.created',
      'subscription.suspended',
      'subscription.resumed',
    ])
  })

  test('cancelling sets the end, which may be moved until it comes; then it is final', async () => {
    const { id } = await ordered()
    const [today, later] = [await dayFromToday(sql, 0), await dayFromToday(sql, 5)]
    expect((await act(id, 'cancel', { endDate: later })).body).toMatchObject({ endDate: later, state: 'active' })
    expect((await act(id, 'cancel', { endDate: today })).body).toMatchObject({ endDate: today, state: 'ended' })
    for (const [verb, body] of [
      ['cancel', { endDate: later }],
      ['suspend', undefined],
      ['resume', undefined],
    ] as const) {
      expect((await act(id, verb, body)).body.code).toBe('subscription.state')
    }
  })

  test('cancelling may come late: the end is a day that is past, on which nothing was used since', async () => {
    const { id } = await ordered()
    const [cpu] = await sql`select id from sku where code = 'cpu'`
    await sql`
      insert into usage_daily (tenant_id, partner_id, distributor_id, subscription_id, sku_id, region_id, day, posting_period,
                               sum_quantity, max_quantity, last_quantity, last_at, records)
      select tenant_id, partner_id, distributor_id, ${id}, ${cpu!['id']}, (select id from region limit 1), '2026-03-15', '2026-03',
             1, 1, 1, '2026-03-15T10:00:00Z', 1
      from subscription where id = ${id}`
    const used = await act(id, 'cancel', { endDate: '2026-03-15' })
    expect(refusalOf(used)).toEqual({ status: 409, code: 'subscription.used_since', pointers: ['/endDate'] })
    const { body } = await act(id, 'cancel', { endDate: '2026-03-16' })
    expect(body).toMatchObject({ endDate: '2026-03-16', state: 'ended' })
    expect((await act(id, 'cancel', { endDate: '2026-03-17' })).body.code).toBe('subscription.state')
  })

  test('only the platform may end what lies in a closed month', async () => {
    const { id } = await made(reseller, '/subscriptions', order({ tenantId: world.tenant('reseller/agent').id }))
    await sql`insert into billing_period (period) values ('2026-02') on conflict do nothing`
    await sql`update billing_period set state = 'closed', certificate = '{}' where period = '2026-02'`
    const cancel = (member: Member, endDate: string) => as(member, 'POST', `/subscriptions/${id}/cancel`, { endDate })
    const late = await cancel(reseller, '2026-02-10')
    expect(refusalOf(late)).toEqual({ status: 409, code: 'subscription.month_closed', pointers: ['/endDate'] })
    expect((await cancel(platform, '2026-02-10')).body.endDate).toBe('2026-02-10')
  })

  test('one that has not begun ends at its start at the earliest', async () => {
    const startDate = await dayFromToday(sql, 5)
    const { id } = await ordered({ startDate })
    const early = await act(id, 'cancel', { endDate: await dayFromToday(sql, 4) })
    expect(refusalOf(early)).toMatchObject({ status: 422, pointers: ['/endDate'] })
    expect((await act(id, 'cancel', { endDate: startDate })).body.endDate).toBe(startDate)
  })

  test('422 for a day that no calendar has, and for an unknown field', async () => {
    const { id } = await ordered()
    expect(refusalOf(await act(id, 'cancel', { endDate: '2027-02-29' }))).toMatchObject({ pointers: ['/endDate'] })
    expect((await act(id, 'cancel', { endDate: '2027-02-28', reason: 'x' })).status).toBe(422)
  })
})

describe('PUT external-ids', () => {
  const put = (id: string, body: object, ifMatch?: string) =>
    as(platform, 'PUT', `/subscriptions/${id}/external-ids`, body, ifMatch)

  test('replaces what the regions call it, as it was read', async () => {
    const { id } = await ordered({ externalIds: [{ region: 'eu-1', externalId: 'put-1' }] })
    const next = [{ region: 'us-1', externalId: 'put-2' }]
    expect((await put(id, next)).status).toBe(428)
    expect((await put(id, next, '"9"')).status).toBe(412)
    const answer = await put(id, next, '"1"')
    expect(answer.body).toMatchObject({ externalIds: next, regionCodes: ['us-1'] })
    expect(answer.headers.get('etag')).toBe('"2"')
    expect((await put(id, [], '"2"')).body.externalIds).toEqual([])
  })

  test('refuses what is unknown, said twice, or another’s of the same tenant; nothing changes', async () => {
    await ordered({ externalIds: [{ region: 'eu-1', externalId: 'theirs' }] })
    const { id } = await ordered({ externalIds: [{ region: 'eu-1', externalId: 'ours' }] })
    const before = await stored()
    const twice = { region: 'us-1', externalId: 'x' }
    for (const [body, status, pointer] of [
      [
        [
          { region: 'eu-1', externalId: 'ours' },
          { region: 'mars', externalId: 'a' },
        ],
        422,
        '/1/region',
      ],
      [[twice, twice], 422, '/1/externalId'],
      [[{ region: 'eu-1', externalId: 'theirs' }], 409, '/0/externalId'],
    ] as const) {
      expect(refusalOf(await put(id, [...body], '"1"'))).toMatchObject({ status, pointers: [pointer] })
    }
    expect(await stored()).toEqual(before)
  })
})

describe('who sees a subscription', () => {
  test('the branch of its tenant: lists, filters, ids and changes; in SQL too', async () => {
    const owned = new Map<string, string>()
    for (const place of Object.values(world.tenants)) owned.set((await ordered({ tenantId: place.id })).id, place.id)
    for (const member of world.all) {
      const scope = {
        role: tierRole(member.level),
        organizationId: member.id,
        accountId: null,
        sellerOfRecordId: platform.id,
        line: member.line,
      }
      const rows = await api.db.transaction(scope, (tx) => tx<{ id: string }[]>`select id from subscription`)
      const { body } = await as(member, 'GET', '/subscriptions?limit=200')
      const listed = new Set(body.data.map((one: { id: string }) => one.id))
      for (const [id, tenantId] of owned) {
        const isVisible = isBelow(world, member, tenantId)
        expect(listed.has(id)).toBe(isVisible)
        expect(rows.some((row) => row.id === id)).toBe(isVisible)
        expect((await as(member, 'GET', `/subscriptions/${id}`)).status).toBe(isVisible ? 200 : 404)
        const filtered = (await as(member, 'GET', `/subscriptions?tenantId=${tenantId}`)).body.data
        expect(filtered.length > 0).toBe(isVisible)
        if (isVisible || member.level === 'tenant') continue
        expect((await as(member, 'POST', `/subscriptions/${id}/suspend`)).status).toBe(404)
        const ordering = await as(member, 'POST', '/subscriptions', order({ tenantId }))
        expect(refusalOf(ordering)).toEqual({ status: 422, code: 'reference.unknown', pointers: ['/tenantId'] })
      }
    }
  })

  test('in our own predicate too, without row level security', async () => {
    const { id } = await ordered()
    const open = (how: string) => sql.unsafe(`alter table subscription ${how} row level security`)
    await open('disable')
    try {
      const stranger = world.tenant('agent/agent')
      expect((await as(stranger, 'GET', `/subscriptions/${id}`)).status).toBe(404)
      expect((await as(stranger, 'GET', `/subscriptions?tenantId=${tenant.id}`)).body.data).toEqual([])
      expect((await as(reseller, 'POST', `/subscriptions/${id}/suspend`)).status).toBe(404)
    } finally {
      await open('enable')
    }
  })

  test('filters by state and external id', async () => {
    const { id } = await ordered({ externalId: 'findable', startDate: await dayFromToday(sql, 3) })
    const found = async (query: string) =>
      (await as(platform, 'GET', `/subscriptions?${query}`)).body.data.map((one: { id: string }) => one.id)
    expect(await found('externalId=findable')).toEqual([id])
    expect(await found('externalId=findable&state=pending')).toEqual([id])
    expect(await found('externalId=findable&state=active')).toEqual([])
  })
})

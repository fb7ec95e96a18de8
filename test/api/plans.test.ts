import { describe, expect, test } from 'bun:test'
import { tierRole } from '../../src/platform/context.ts'
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
const absent = Bun.randomUUIDv7()
const priced = await sku('priced')
const other = await sku('other')
await list(platform, { priced: '1', other: '2' })

const newPlan = (change: Record<string, unknown> = {}) => ({
  code: `plan-${Bun.randomUUIDv7()}`,
  name: 'Plan',
  items: [{ sku: 'priced' }],
  ...change,
})
const stored = async () => {
  const [row] = await sql`
    select (select count(*)::int from plan) as plans, (select count(*)::int from plan_version) as versions,
           (select count(*)::int from plan_item) as items, (select max(version) from plan) as version`
  return row
}

describe('making a plan', () => {
  test('201 with Location, ETag and a first draft version', async () => {
    const body = newPlan({ items: [{ sku: 'priced', kind: 'usage' }, { skuId: other.id }] })
    const answer = await as(platform, 'POST', '/plans', body)
    expect(answer.status).toBe(201)
    expect(answer.headers.get('location')).toBe(`/api/v1/plans/${answer.body.id}`)
    const read = await as(platform, 'GET', `/plans/${answer.body.id}`)
    expect(read.body).toEqual(answer.body)
    expect(read.headers.get('etag')).toBe('"1"')
    expect(read.body).toMatchObject({ ownerId: platform.id, code: body.code, name: 'Plan' })
    expect(read.body.versions).toMatchObject([
      {
        number: 1,
        state: 'draft',
        publishedAt: null,
        items: [
          { skuId: other.id, sku: 'other', kind: 'usage' },
          { skuId: priced.id, sku: 'priced', kind: 'usage' },
        ],
      },
    ])
  })

  test.each<[string, Record<string, unknown>, string]>([
    ['an unknown SKU', { items: [{ sku: 'priced' }, { sku: 'nothing' }] }, '/items/1/sku'],
    ['an absent SKU id', { items: [{ skuId: absent }] }, '/items/0/skuId'],
    ['a SKU twice', { items: [{ sku: 'priced' }, { skuId: priced.id }] }, '/items/1/skuId'],
    ['an item without SKU', { items: [{}] }, '/items/0'],
    ['an unknown kind', { items: [{ sku: 'priced', kind: 'gift' }] }, '/items/0/kind'],
    ['an amount: plans hold none', { items: [{ sku: 'priced', price: '1' }] }, '/items/0/price'],
    ['an empty code', { code: '' }, '/code'],
  ])('422 for %s, and nothing is stored', async (_, change, pointer) => {
    const before = await stored()
    const answer = await as(platform, 'POST', '/plans', newPlan(change))
    expect(refusalOf(answer)).toMatchObject({ status: 422, pointers: [pointer] })
    expect(await stored()).toEqual(before)
  })

  test('a code names one plan of its owner, and the plan of another owner too', async () => {
    const code = 'standard'
    expect((await as(platform, 'POST', '/plans', newPlan({ code }))).status).toBe(201)
    expect(refusalOf(await as(platform, 'POST', '/plans', newPlan({ code })))).toEqual({
      status: 409,
      code: 'plan.code_taken',
      pointers: ['/code'],
    })
    expect((await as(reseller, 'POST', '/plans', newPlan({ code }))).status).toBe(201)
  })

  test('409 for agents, who sell nothing; 403 for tenants', async () => {
    const agent = await as(world.distributors.agent, 'POST', '/plans', newPlan())
    expect([agent.status, agent.body.code]).toEqual([409, 'billing.not_a_seller'])
    expect((await as(world.tenant('-/-'), 'POST', '/plans', newPlan())).status).toBe(403)
  })
})

describe('publishing', () => {
  test('422 that points at each SKU without a price of the owner today; then it is no draft any more', async () => {
    const [bare, later, elsewhere, forOne, cost] = await Promise.all(
      ['a-bare', 'b-later', 'c-elsewhere', 'd-for-one', 'e-cost'].map((code) => sku(code)),
    )
    await list(platform, { [later!.code]: '1' }, { validFrom: '2099-01-01' })
    await list(reseller, { [elsewhere!.code]: '1' })
    await list(platform, { [forOne!.code]: '1' }, { scope: 'buyer', targetId: world.tenant('-/-').id })
    await list(platform, { [cost!.code]: '1' }, { kind: 'cost' })
    const skus = [bare, later, elsewhere, forOne, cost].map((one) => ({ sku: one!.code }))
    const plan = await made(platform, '/plans', newPlan({ items: [...skus, { sku: 'priced' }] }))
    const refused = await as(platform, 'POST', `/plans/${plan.id}/publish`)
    expect(refusalOf(refused)).toEqual({
      status: 422,
      code: 'plan.price_missing',
      pointers: ['/items/0', '/items/1', '/items/2', '/items/3', '/items/4'],
    })
    expect((await as(platform, 'GET', `/plans/${plan.id}`)).body.versions[0].state).toBe('draft')
    await list(platform, Object.fromEntries([bare, later, elsewhere, forOne, cost].map((one) => [one!.code, '1'])), {
      validTo: '2098-01-01',
    })
    const published = await as(platform, 'POST', `/plans/${plan.id}/publish`)
    expect([published.status, published.body.versions[0].state]).toEqual([200, 'published'])
    expect(published.body.versions[0].publishedAt).not.toBeNull()
    expect((await as(platform, 'POST', `/plans/${plan.id}/publish`)).body.code).toBe('plan.no_draft')
  })

  test('a price for the version itself or in a region is a price; one for another version is not', async () => {
    const [mine, regional] = [await sku(), await sku()]
    const plan = await made(platform, '/plans', newPlan({ items: [{ sku: mine.code }, { sku: regional.code }] }))
    await list(platform, { [regional.code]: '1' }, { scope: 'region', targetId: (await region()).id })
    const { versionId } = await publishedPlan(platform, ['priced'])
    await list(platform, { [mine.code]: '1' }, { scope: 'plan_version', targetId: versionId })
    expect((await as(platform, 'POST', `/plans/${plan.id}/publish`)).status).toBe(422)
    await list(platform, { [mine.code]: '1' }, { scope: 'plan_version', targetId: plan.versions[0].id })
    expect((await as(platform, 'POST', `/plans/${plan.id}/publish`)).status).toBe(200)
  })

  test('an empty plan is not published', async () => {
    const plan = await made(platform, '/plans', newPlan({ items: [] }))
    expect(refusalOf(await as(platform, 'POST', `/plans/${plan.id}/publish`))).toEqual({
      status: 422,
      code: 'plan.empty',
      pointers: ['/items'],
    })
  })

  test('two at once publish once', async () => {
    const plan = await made(platform, '/plans', newPlan())
    const publish = () => as(platform, 'POST', `/plans/${plan.id}/publish`)
    const statuses = (await Promise.all([publish(), publish(), publish()])).map(({ status }) => status).sort()
    expect(statuses).toEqual([200, 409, 409])
  })
})

describe('versions', () => {
  test('a published version is fixed, through the API and in direct SQL', async () => {
    const { planId, versionId } = await publishedPlan(platform, ['priced'])
    const { headers } = await as(platform, 'GET', `/plans/${planId}`)
    const etag = headers.get('etag')!
    const changed = await as(platform, 'PUT', `/plans/${planId}/versions/1/items`, { items: [] }, etag)
    expect([changed.status, changed.body.code]).toEqual([409, 'plan.version_fixed'])
    const changes = [
      sql`delete from plan_item where plan_version_id = ${versionId}`,
      sql`insert into plan_item (plan_version_id, owner_id, sku_id) values (${versionId}, ${platform.id}, ${other.id})`,
      sql`update plan_item set sku_id = ${other.id} where plan_version_id = ${versionId}`,
      sql`update plan_version set state = 'draft' where id = ${versionId}`,
      sql`update plan_version set published_at = now() where id = ${versionId}`,
      sql`delete from plan_version where id = ${versionId}`,
    ]
    for (const change of changes) await expect(change).rejects.toThrow('never change')
  })

  test('a new draft copies the last version or brings its own items; the old version stays', async () => {
    const { planId, versionId } = await publishedPlan(platform, ['priced'])
    const copied = await as(platform, 'POST', `/plans/${planId}/versions`, {})
    expect(copied.status).toBe(201)
    expect(copied.body.versions).toMatchObject([
      { number: 2, state: 'draft', items: [{ sku: 'priced' }] },
      { number: 1, state: 'published', id: versionId },
    ])
    expect((await as(platform, 'POST', `/plans/${planId}/versions`, {})).body.code).toBe('plan.draft_exists')
    const own = await publishedPlan(platform, ['priced'])
    const other = await as(platform, 'POST', `/plans/${own.planId}/versions`, { items: [{ sku: 'other' }] })
    expect(other.body.versions[0].items).toMatchObject([{ sku: 'other' }])
  })

  test('a draft’s items are replaced as they were read', async () => {
    const plan = await made(platform, '/plans', newPlan())
    const put = (ifMatch?: string) =>
      as(platform, 'PUT', `/plans/${plan.id}/versions/1/items`, { items: [{ sku: 'other' }] }, ifMatch)
    expect((await put()).status).toBe(428)
    expect((await put('"7"')).status).toBe(412)
    const changed = await put('"1"')
    expect([changed.status, changed.body.versions[0].items.length]).toEqual([200, 1])
    expect(changed.body.versions[0].items[0].sku).toBe('other')
    expect((await put('"1"')).status).toBe(412)
    expect((await as(platform, 'PUT', `/plans/${plan.id}/versions/9/items`, { items: [] }, '"2"')).status).toBe(404)
  })

  test('a published version can be retired, once; a draft can not', async () => {
    const { planId } = await publishedPlan(platform, ['priced'])
    const retire = (number: number) => as(platform, 'POST', `/plans/${planId}/versions/${number}/retire`)
    expect((await retire(1)).body.versions[0].state).toBe('retired')
    expect((await retire(1)).body.code).toBe('plan.version_not_published')
    await as(platform, 'POST', `/plans/${planId}/versions`, {})
    expect((await retire(2)).status).toBe(409)
  })

  test('every change is in the audit', async () => {
    const { planId } = await publishedPlan(platform, ['priced'])
    const actions = await sql`select action from audit where object_id = ${planId} order by id`
    expect(actions.map(({ action }) => action)).toEqual(['plan.created', 'plan.published'])
  })
})

describe('who sees a plan', () => {
  const below = world.partner('reseller/reseller')
  const owners = [platform, reseller, below]

  test('its owner’s branch and the platform; the others find nothing, also in SQL', async () => {
    await list(reseller, { priced: '3' })
    await list(below, { priced: '4' })
    const plans: { id: string; owner: Member }[] = []
    for (const owner of owners) plans.push({ id: (await publishedPlan(owner, ['priced'])).planId, owner })
    for (const member of world.all) {
      const scope = {
        role: tierRole(member.level),
        organizationId: member.id,
        accountId: null,
        sellerOfRecordId: platform.id,
        line: member.line,
      }
      const rows = await api.db.transaction(scope, (tx) => tx<{ id: string }[]>`select id from plan`)
      const items = await api.db.transaction(
        scope,
        (tx) =>
          tx<{ id: string }[]>`select distinct plan_id as id from plan_item join plan_version on id = plan_version_id`,
      )
      const { body } = await as(member, 'GET', '/plans?limit=200')
      const listed = new Set(body.data.map((plan: { id: string }) => plan.id))
      for (const { id, owner } of plans) {
        const isVisible = member === platform || member.line.includes(owner.id)
        expect((await as(member, 'GET', `/plans/${id}`)).status).toBe(isVisible ? 200 : 404)
        expect(listed.has(id)).toBe(isVisible)
        expect(rows.some((row) => row.id === id)).toBe(isVisible)
        expect(items.some((row) => row.id === id)).toBe(isVisible)
      }
    }
  })

  test('in our own predicate too, without row level security', async () => {
    const { planId } = await publishedPlan(reseller, ['priced'])
    const open = (how: string) => sql.unsafe(`alter table plan ${how} row level security`)
    await open('disable')
    try {
      const stranger = world.tenant('agent/agent')
      expect((await as(stranger, 'GET', `/plans/${planId}`)).status).toBe(404)
      const { body } = await as(stranger, 'GET', `/plans?ownerId=${reseller.id}`)
      expect(body.data).toEqual([])
    } finally {
      await open('enable')
    }
  })

  test('only its owner changes it: 403 in sight, 404 out of sight', async () => {
    const { planId } = await publishedPlan(platform, ['priced'])
    const foreign = await publishedPlan(below, ['priced'])
    for (const [method, path, body] of [
      ['POST', '/publish', undefined],
      ['POST', '/versions', {}],
      ['PUT', '/versions/1/items', { items: [] }],
      ['POST', '/versions/1/retire', undefined],
    ] as const) {
      expect((await as(reseller, method, `/plans/${planId}${path}`, body, '"1"')).body.code).toBe('plan.not_yours')
      expect((await as(reseller, method, `/plans/${foreign.planId}${path}`, body, '"1"')).status).toBe(404)
      expect((await as(platform, method, `/plans/${foreign.planId}${path}`, body, '"1"')).status).toBe(403)
    }
  })
})

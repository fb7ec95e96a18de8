import { expect, test } from 'bun:test'
import { testApi } from '../support/api.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { buildWorld } from '../support/world.ts'

// A tenant comes with its administrators and subscriptions in one call: all of it or nothing.

const database = await testDatabase()
const api = testApi(database)
const { call, signIn } = api
const sql = lookInto(database)
const world = await buildWorld(api, [['reseller', 'agent']])
const token = await world.token(world.partner('reseller/agent'))

/** A plan of the seller with one version in this state. */
async function planVersion(ownerId: string, state: 'draft' | 'published'): Promise<string> {
  const [planId, id] = [Bun.randomUUIDv7(), Bun.randomUUIDv7()]
  await sql`insert into plan (id, owner_id, code, name) values (${planId}, ${ownerId}, ${planId}, 'Plan')`
  await sql`insert into plan_version (id, plan_id, owner_id, number, state) values (${id}, ${planId}, ${ownerId}, 1, ${state})`
  return id
}

const published = await planVersion(world.distributors.reseller.id, 'published')
const draft = await planVersion(world.distributors.reseller.id, 'draft')
const foreign = await planVersion(world.distributors.agent.id, 'published')
const people = ['ada', 'grace'].map((name) => ({ email: `${name}@acme.example`, name, password: 'long enough to do' }))
const order = (planVersionId: string, more: object = {}) => ({
  name: 'Cloud',
  planVersionId,
  startDate: '2026-01-01',
  ...more,
})
const onboard = (body: object, headers: Record<string, string> = {}) =>
  call('POST', '/api/v1/tenants', { token, headers, body: { name: 'Acme', admins: people, ...body } })
const stored = async () => {
  const [counts] = await sql`
    select (select count(*) from organization) as organizations, (select count(*) from account) as accounts,
      (select count(*) from role_grant) as grants, (select count(*) from chain) as chains, (select count(*) from edge) as edges,
      (select count(*) from chain_edge) as hung, (select count(*) from subscription) as subscriptions,
      (select count(*) from audit) as audits, (select count(*) from idempotency_key) as keys`
  return counts
}

test.each([
  ['a plan that is a draft', draft],
  ['a plan of another branch', foreign],
  ['no plan', Bun.randomUUIDv7()],
])('422 at the subscription that names %s, and nothing of the tenant is stored', async (_, planVersionId) => {
  const before = await stored()
  const answer = await onboard(
    { externalId: 'acme', subscriptions: [order(published), order(planVersionId)] },
    { 'idempotency-key': `try-${planVersionId}` },
  )
  expect([answer.status, answer.body.code, answer.body.errors[0].pointer]).toEqual([
    422,
    'reference.unknown',
    '/subscriptions/1/planVersionId',
  ])
  expect(await stored()).toEqual(before)
})

test('the same external id twice in one call: refused at the second, nothing stored', async () => {
  const before = await stored()
  const twice = [order(published, { externalId: 'main' }), order(published, { externalId: 'main' })]
  const answer = await onboard({ subscriptions: twice })
  expect([answer.status, answer.body.errors[0].pointer]).toEqual([409, '/subscriptions/1/externalId'])
  expect(await stored()).toEqual(before)
})

test('201: the tenant, its chain, its administrators and its subscriptions stand at once', async () => {
  const subscriptions = [order(published, { externalId: 'main' }), order(published, { quantity: '3' })]
  const answer = await onboard({ externalId: 'acme', subscriptions })
  expect(answer.status).toBe(201)
  expect(answer.body.subscriptions.map((one: any) => [one.tenantId, one.externalId, one.quantity])).toEqual([
    [answer.body.id, 'main', '1'],
    [answer.body.id, null, '3'],
  ])
  const own = await signIn({ email: 'grace@acme.example', password: 'long enough to do' })
  const seen = await call('GET', '/api/v1/tenants', { token: own })
  expect(seen.body.data.map((one: any) => one.id)).toEqual([answer.body.id])
  const [chain] = await sql`select count(*)::int from chain_edge where tenant_id = ${answer.body.id}`
  expect(chain?.['count']).toBe(3)
})

test('two onboardings at once below one reseller share its edge and the cost edge', async () => {
  const name = () => call('POST', '/api/v1/tenants', { token, body: { name: 'Twin' } })
  const answers = await Promise.all([name(), name(), name(), name()])
  expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201])
  const [edges] = await sql`
    select count(*) filter (where kind = 'cost')::int as cost,
      count(*) filter (where buyer_id = ${world.distributors.reseller.id})::int as purchase
    from edge where kind = 'cost' or kind = 'sale'`
  expect({ ...edges }).toEqual({ cost: 1, purchase: 1 })
})

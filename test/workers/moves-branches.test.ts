import { beforeAll, describe, expect, test } from 'bun:test'
import { organizationHandlers } from '../../workers/organizations.ts'
import { testApi } from '../support/api.ts'
import { billingWorld, moneyHandlers, refreshTick } from '../support/billing.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { changesTick, movesOf } from '../support/moves.ts'
import { testWorker } from '../support/worker.ts'
import { buildWorld, type Member } from '../support/world.ts'

// Whole branches change with October 2024: an agent partner moves, a partner becomes a reseller, a distributor an agent, and
// a seller bills in another currency.

const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const world = await buildWorld(api, [
  ['agent', 'agent'],
  ['reseller', 'agent'],
  ['reseller', 'reseller'],
  ['reseller', null],
  [null, 'reseller'],
])
const money = await billingWorld(api, sql, world)
const moves = movesOf(api.call, sql, world)
testWorker(database, [...moneyHandlers, ...organizationHandlers], { ticks: [refreshTick, changesTick] })
const { platform, distributors } = world
for (const member of world.all) await world.token(member)

/** The edges of a tenant on a day from the top, with agents; organizations by name. */
const edgesOn = async (tenant: Member, day: string): Promise<string[]> => {
  const rows = await sql<{ seller: string; buyer: string; agents: string[]; currency: string; term: number }[]>`
    select seller.name as seller, buyer.name as buyer, edge.currency, edge.payment_term_days as term,
           array(select name from organization where id in (agent_distributor_id, agent_partner_id) order by level) as agents
    from chain join chain_edge on chain_edge.chain_id = chain.id
    join edge on edge.id = chain_edge.edge_id and edge.kind = 'sale' and edge.valid @> ${day}::date
    join organization seller on seller.id = edge.seller_id join organization buyer on buyer.id = edge.buyer_id
    where chain.tenant_id = ${tenant.id} and chain.valid @> ${day}::date order by chain_edge.position`
  const terms = (row: { currency: string; term: number }) =>
    row.currency === 'EUR' && row.term === 30 ? '' : ` in ${row.currency}, ${row.term} days`
  return rows.map((row) => `${row.seller} > ${row.buyer}${row.agents.map((one) => ` (${one})`).join('')}${terms(row)}`)
}
const [before, after] = ['2024-09-30', '2024-10-01']

beforeAll(async () => {
  await money.region('eu')
  await money.sellingSku('vm.hours')
  const list = (seller: Member, unitPrice: string) =>
    money.list(
      seller,
      {},
      { validFrom: '2024-01-01', rates: [{ sku: 'vm.hours', rate: { kind: 'per_unit', unitPrice } }] },
    )
  await list(platform, '1')
  await list(distributors.reseller, '2')
  await list(world.partner('reseller/reseller'), '3')
  for (const [key, tenant] of Object.entries(world.tenants)) {
    await money.subscription(tenant.id, [{ region: 'eu', externalId: key }])
    await money.use(key, 'vm.hours', '10', '2024-09-10')
    await money.use(key, 'vm.hours', '4', '2024-10-05')
  }
}, 120_000)

describe('an agent partner moves below another distributor', () => {
  const partner = world.partner('agent/agent')
  const tenant = world.tenant('agent/agent')

  test('its tenants buy from the new seller, and it earns from it; its people see it unchanged', async () => {
    await moves.movePartner(partner, distributors.reseller, '2024-10')
    expect(await edgesOn(tenant, before)).toEqual([
      'Platform > tenant agent/agent (distributor agent) (partner agent/agent)',
    ])
    expect(await edgesOn(tenant, after)).toEqual([
      'Platform > distributor reseller',
      'distributor reseller > tenant agent/agent (partner agent/agent)',
    ])
    expect((await money.read(partner, `/tenants/${tenant.id}`)).id).toBe(tenant.id)
    expect((await money.as(distributors.agent, 'GET', `/partners/${partner.id}`)).status).toBe(404)
    expect((await money.read(distributors.reseller, `/tenants/${tenant.id}`)).parentId).toBe(partner.id)
  })

  test('a role that somebody of the old distributor held in the branch is gone', async () => {
    const other = world.partner('reseller/agent')
    const holder = await sql`select id from account where org_id = ${distributors.reseller.id} limit 1`
    const granted = await money.as(platform, 'POST', `/users/${holder[0]?.['id']}/roles`, {
      body: { role: 'PartnerReader', organizationId: other.id },
    })
    expect(granted.status).toBeLessThan(300)
    const grants = async () =>
      (await sql`select 1 from role_grant where org_id = ${other.id} and account_id = ${holder[0]?.['id']}`).length
    expect(await grants()).toBe(1)
    await moves.movePartner(other, platform, '2024-10')
    expect(await grants()).toBe(0)
    expect(await edgesOn(world.tenant('reseller/agent'), after)).toEqual([
      'Platform > tenant reseller/agent (partner reseller/agent)',
    ])
  })
})

describe('a reseller becomes an agent', () => {
  const partner = world.partner('reseller/reseller')
  const tenant = world.tenant('reseller/reseller')

  test('it bills what it sold before, and nothing after', async () => {
    await moves.remodel(partner, 'agent', '2024-10')
    await money.rated()
    expect(await edgesOn(tenant, before)).toEqual([
      'Platform > distributor reseller',
      'distributor reseller > partner reseller/reseller',
      'partner reseller/reseller > tenant reseller/reseller',
    ])
    expect(await edgesOn(tenant, after)).toEqual([
      'Platform > distributor reseller',
      'distributor reseller > tenant reseller/reseller (partner reseller/reseller)',
    ])
    await money.close('2024-09')
    await money.close('2024-10')
    for (const period of ['2024-09', '2024-10']) await money.run(partner, period)
    const documents = (await money.invoices(partner, 'limit=100')).filter((one) => one.sellerId === partner.id)
    expect(documents.map((one) => `${one.period} ${one.total}`)).toEqual(['2024-09 30.00'])
    await money.run(distributors.reseller, '2024-10')
    const october = (await money.invoices(distributors.reseller, 'period=2024-10')).filter(
      (one) => one.buyerId === tenant.id,
    )
    expect(october.map((one) => one.total)).toEqual(['8.00'])
  }, 60_000)
})

describe('an agent becomes a reseller, a reseller distributor an agent', () => {
  test('the edges of the whole branch follow', async () => {
    const partner = world.partner('agent/agent')
    await moves.remodel(partner, 'reseller', '2024-11')
    expect(await edgesOn(world.tenant('agent/agent'), '2024-11-01')).toEqual([
      'Platform > distributor reseller',
      'distributor reseller > partner agent/agent',
      'partner agent/agent > tenant agent/agent',
    ])
    await moves.remodel(distributors.reseller, 'agent', '2024-12')
    expect(await edgesOn(world.tenant('agent/agent'), '2024-12-01')).toEqual([
      'Platform > partner agent/agent (distributor reseller)',
      'partner agent/agent > tenant agent/agent',
    ])
    expect(await edgesOn(world.tenant('reseller/-'), '2024-12-01')).toEqual([
      'Platform > tenant reseller/- (distributor reseller)',
    ])
    expect(await edgesOn(world.tenant('agent/agent'), before)).toHaveLength(1)
  })
})

describe('the terms of an edge', () => {
  const partner = world.partner('-/reseller')
  const tenant = world.tenant('-/reseller')

  test('the seller plans another currency and other days to pay, both ends see it, and it begins with the month', async () => {
    const [edge] = (await money.read(partner, '/edges?side=sell')).data
    expect(edge).toMatchObject({ sellerId: partner.id, buyerId: tenant.id, currency: 'EUR', paymentTermDays: 30 })
    const body = { currency: 'USD', paymentTermDays: 14, fromPeriod: '2999-01' }
    expect((await money.as(tenant, 'PATCH', `/edges/${edge.id}`, { body })).status).toBe(403)
    expect((await money.as(platform, 'PATCH', `/edges/${edge.id}`, { body })).status).toBe(404)
    const same = await money.as(partner, 'PATCH', `/edges/${edge.id}`, {
      body: { currency: 'EUR', fromPeriod: '2999-01' },
    })
    expect(same.status).toBe(422)
    const { status, body: planned } = await money.as(partner, 'PATCH', `/edges/${edge.id}`, { body })
    expect([status, planned.kind, planned.organizationId]).toEqual([200, 'edge_terms', tenant.id])
    expect((await money.read(tenant, `/hierarchy-changes/${planned.id}`)).toCurrency).toBe('USD')
    expect((await money.as(distributors.agent, 'GET', `/hierarchy-changes/${planned.id}`)).status).toBe(404)
    await moves.begin(planned.id, '2024-10')
    expect(await edgesOn(tenant, before)).toEqual([
      'Platform > partner -/reseller',
      'partner -/reseller > tenant -/reseller',
    ])
    expect(await edgesOn(tenant, after)).toEqual([
      'Platform > partner -/reseller',
      'partner -/reseller > tenant -/reseller in USD, 14 days',
    ])
    const terms = (await money.read(tenant, '/edges?side=buy')).data
    expect(terms.map((one: any) => [one.currency, one.validFrom, one.validTo])).toEqual([
      ['USD', '2024-10-01', null],
      ['EUR', '2000-01-01', '2024-10-01'],
    ])
  })
})

test('every row that carries ancestors either goes along or stays where it arose: nothing else is known', async () => {
  const rows = await sql<{ name: string }[]>`
    select relname as name from pg_class
    where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace and not relispartition
      and (select count(*) from pg_attribute where attrelid = pg_class.oid and attname in ('distributor_id', 'partner_id')
           and not attisdropped) = 2
    order by relname`
  const goesAlong = [
    'account',
    'organization',
    'role_grant',
    'subscription',
    'subscription_alias',
    'subscription_change',
    'tax_identity',
    'tenant_switch',
  ]
  const stays = [
    'audit',
    'chain',
    'chain_edge',
    'commission_simulation_row',
    'job',
    'organization_place',
    'price_simulation_row',
    'estimate_line',
    'rated_bucket',
    'usage_daily',
    'usage_event',
    'usage_value',
  ]
  expect(rows.map(({ name }) => name)).toEqual([...goesAlong, ...stays].toSorted())
})

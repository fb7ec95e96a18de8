import { describe, expect, test } from 'bun:test'
import { testApi } from '../support/api.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { buildWorld } from '../support/world.ts'

const database = await testDatabase()
const api = testApi(database)
const { call, signIn } = api
const sql = lookInto(database)
const world = await buildWorld(api)
const admin = await signIn()

type Edge = {
  position: number
  kind: string
  seller: string
  buyer: string
  currency: string
  see: string[]
  agents: string[]
}

/** The edges of a tenant's chain from the top; organizations by name. */
const edgesOf = (tenantId: string) => sql<Edge[]>`
  select chain_edge.position, edge.kind, seller.name as seller, buyer.name as buyer, edge.currency,
    array_remove(array[agent_distributor_id, agent_partner_id], null) as agents,
    array_remove(array[see_platform_id, see_distributor_id, see_partner_id, see_tenant_id], null) as see
  from chain_edge join edge on edge.id = chain_edge.edge_id
  join organization seller on seller.id = edge.seller_id join organization buyer on buyer.id = edge.buyer_id
  where chain_edge.tenant_id = ${tenantId} order by chain_edge.position`

describe('the chain of a new tenant', () => {
  const P = 'Platform'
  test.each([
    ['-/-', [[P, 'T']]],
    ['agent/-', [[P, 'T']]],
    [
      'reseller/-',
      [
        [P, 'D'],
        ['D', 'T'],
      ],
    ],
    ['-/agent', [[P, 'T']]],
    [
      '-/reseller',
      [
        [P, 'R'],
        ['R', 'T'],
      ],
    ],
    ['agent/agent', [[P, 'T']]],
    [
      'agent/reseller',
      [
        [P, 'R'],
        ['R', 'T'],
      ],
    ],
    [
      'reseller/agent',
      [
        [P, 'D'],
        ['D', 'T'],
      ],
    ],
    [
      'reseller/reseller',
      [
        [P, 'D'],
        ['D', 'R'],
        ['R', 'T'],
      ],
    ],
  ])('%s: one document per pair of seller and buyer, and what the platform pays', async (key, pairs) => {
    const names: Record<string, string> = {
      [P]: P,
      D: `distributor ${key.split('/')[0]}`,
      R: `partner ${key}`,
      T: `tenant ${key}`,
    }
    const edges = await edgesOf(world.tenant(key).id)
    expect(edges.map(({ position, kind, seller, buyer }) => ({ position, kind, seller, buyer }))).toEqual([
      { position: 0, kind: 'cost', seller: P, buyer: P },
      ...pairs.map(([seller = '', buyer = ''], index) => ({
        position: index + 1,
        kind: 'sale',
        seller: names[seller] ?? '',
        buyer: names[buyer] ?? '',
      })),
    ])
    expect(edges[0]?.see).toEqual([world.platform.id])
  })

  test('agents between seller and buyer are on the edge and see it; who is above the seller does not', async () => {
    const [, upper, lower] = await edgesOf(world.tenant('agent/reseller').id)
    const partner = world.partner('agent/reseller')
    expect(upper?.agents).toEqual([world.distributors.agent.id])
    expect(upper?.see).toEqual([world.platform.id, world.distributors.agent.id, partner.id])
    expect(lower?.agents).toEqual([])
    expect(lower?.see).toEqual([world.platform.id, partner.id, world.tenant('agent/reseller').id])
  })

  test('there is one edge per seller and buyer, and one cost edge per currency', async () => {
    const doubles = await sql`
      select seller_id, buyer_id, currency from edge group by seller_id, buyer_id, currency having count(*) > 1`
    expect(doubles).toHaveLength(0)
    const cost = await sql`select currency from edge where kind = 'cost'`
    expect(cost.map(({ currency }) => currency)).toEqual(['EUR'])
  })

  test('it is valid for usage of months before the onboarding', async () => {
    const [chain] = await sql`
      select valid @> '2024-09-01'::date and upper_inf(valid) as covers from chain
      where tenant_id = ${world.tenant('-/-').id}`
    expect(chain?.['covers']).toBe(true)
  })
})

describe('currency', () => {
  test('the seller chooses: a branch in USD below a platform in EUR', async () => {
    const body = { name: 'US distributor', commercialModel: 'reseller', currency: 'USD' }
    const distributor = await call('POST', '/api/v1/distributors', { token: admin, body })
    expect([distributor.status, distributor.body.currency]).toEqual([201, 'USD'])
    const tenant = await call('POST', '/api/v1/tenants', {
      token: admin,
      body: { name: 'US tenant', parentId: distributor.body.id },
    })
    expect([tenant.status, tenant.body.currency]).toEqual([201, 'USD'])
    const edges = await edgesOf(tenant.body.id)
    expect(edges.map(({ kind, currency }) => `${kind} ${currency}`)).toEqual(['cost USD', 'sale USD', 'sale USD'])
  })

  test('422 when somebody else than the seller chooses a tenant’s currency; the seller’s own passes', async () => {
    const token = await world.token(world.distributors.agent)
    const refused = await call('POST', '/api/v1/tenants', { token, body: { name: 'T', currency: 'USD' } })
    expect([refused.status, refused.body.errors[0].pointer]).toEqual([422, '/currency'])
    const same = await call('POST', '/api/v1/tenants', { token, body: { name: 'T', currency: 'EUR' } })
    expect(same.status).toBe(201)
  })

  test('a reseller below somebody else’s seller chooses what it sells in, not what it buys in', async () => {
    const token = await world.token(world.distributors.agent)
    const body = { name: 'Yen reseller', commercialModel: 'reseller', currency: 'JPY' }
    const partner = await call('POST', '/api/v1/partners', { token, body })
    expect([partner.status, partner.body.currency]).toEqual([201, 'JPY'])
    const [edge] = await sql`select currency from edge where buyer_id = ${partner.body.id}`
    expect(edge?.['currency']).toBe('EUR')
    const tenant = await call('POST', '/api/v1/tenants', { token, body: { name: 'T', parentId: partner.body.id } })
    const [own] = await sql`select currency, currency_digits from edge where buyer_id = ${tenant.body.id}`
    expect([own?.['currency'], own?.['currency_digits']]).toEqual(['JPY', 0])
  })
})

import { expect, test } from 'bun:test'
import { organizationHandlers } from '../../workers/organizations.ts'
import { testApi } from '../support/api.ts'
import { billingWorld, moneyHandlers, refreshTick } from '../support/billing.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { changesTick, movesOf } from '../support/moves.ts'
import { brokenLaws } from '../support/verify.ts'
import { testWorker } from '../support/worker.ts'
import { buildWorld } from '../support/world.ts'

const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const world = await buildWorld(api, [[null, 'reseller']])
const money = await billingWorld(api, sql, world)
const moves = movesOf(api.call, sql, world)
testWorker(database, [...moneyHandlers, ...organizationHandlers], { ticks: [refreshTick, changesTick] })

test('a tenant that hangs on the same edge by several chains is verified once', async () => {
  const [partner, tenant] = [world.partner('-/reseller'), world.tenant('-/reseller')]
  await money.region('eu')
  await money.sellingSku('vm.hours')
  const tiers = [
    { upTo: '100', unitPrice: '3' },
    { upTo: null, unitPrice: '2' },
  ]
  const rates = [{ sku: 'vm.hours', rate: { kind: 'graduated', tiers } }]
  for (const seller of [world.platform, partner]) await money.list(seller, {}, { validFrom: '2024-01-01', rates })
  await money.subscription(tenant.id, [{ region: 'eu', externalId: 'one' }])
  await money.use('one', 'vm.hours', '138')
  await money.rated()
  await money.close('2024-09')
  for (const seller of [world.platform, partner]) await money.run(seller, '2024-09')
  await moves.movePartner(partner, world.distributors.agent, '2024-10')
  await money.use('one', 'vm.hours', '138', '2024-10-10')
  await money.rated()
  const [places] = await sql`
    select count(*)::int as chains, count(distinct edge_id)::int as edges from chain_edge join edge on edge.id = edge_id
    where edge.seller_id = ${partner.id} and chain_edge.tenant_id = ${tenant.id}`
  expect(places).toEqual({ chains: 2, edges: 1 })
  expect((await money.invoices(tenant, 'period=2024-09')).map(({ total }) => total)).toEqual(['376.00'])
  expect(await brokenLaws(database)).toEqual([])
})

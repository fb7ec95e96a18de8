import { beforeAll, describe, expect, test } from 'bun:test'
import { organizationHandlers } from '../../workers/organizations.ts'
import { testApi } from '../support/api.ts'
import { billingWorld, moneyHandlers, refreshTick } from '../support/billing.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { changesTick, movesOf } from '../support/moves.ts'
import { usageRecord } from '../support/usage.ts'
import { brokenLaws } from '../support/verify.ts'
import { testWorker } from '../support/worker.ts'
import { buildWorld, type Member } from '../support/world.ts'

// A tenant moves with October 2024 from a reseller below a reseller to a reseller below an agent.

const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const world = await buildWorld(api, [
  ['reseller', 'reseller'],
  ['agent', 'reseller'],
  ['reseller', null],
])
const money = await billingWorld(api, sql, world)
const moves = movesOf(api.call, sql, world)
testWorker(database, [...moneyHandlers, ...organizationHandlers], { ticks: [refreshTick, changesTick] })

const { platform, distributors } = world
const [oldPartner, newPartner] = [world.partner('reseller/reseller'), world.partner('agent/reseller')]
const tenant = world.tenant('reseller/reseller')
const sellers = [platform, distributors.reseller, oldPartner, newPartner]
/** Made before the move: its token is of the old line. */
const tenantToken = await world.token(tenant)
let subscription = ''

const userOn = (day: string) => {
  const at = `${day}T10:00:00Z`
  return { subscription: 'moves', sku: 'users', start: at, end: at, quantity: '1', resource: 'grace' }
}

/** What a seller's documents of a period say, per buyer. */
const billed = async (seller: Member, period: string): Promise<string[]> => {
  const documents = await money.invoices(seller, `period=${period}`)
  return documents
    .filter((one) => one.sellerId === seller.id && one.state === 'issued')
    .map((one) => `${world.all.find(({ id }) => id === one.buyerId)?.name} ${one.total}`)
    .sort()
}

beforeAll(async () => {
  await money.region('eu')
  await money.sellingSku('vm.hours')
  const users = { code: 'users', name: 'Users', unit: 'user', aggregation: 'unique', uniqueBy: 'resource' }
  const { status } = await money.as(platform, 'POST', '/pricing/skus', { body: users })
  expect(status).toBe(201)
  for (const [index, seller] of sellers.entries()) {
    const rates = [
      { sku: 'vm.hours', rate: { kind: 'per_unit', unitPrice: `${index + 1}` } },
      { sku: 'users', rate: { kind: 'per_unit', unitPrice: '0' } },
    ]
    await money.list(seller, {}, { validFrom: '2024-01-01', rates })
  }
  subscription = await money.subscription(tenant.id, [{ region: 'eu', externalId: 'moves' }])
  await money.use('moves', 'vm.hours', '10', '2024-09-10')
  // Came in before the move was brought about.
  await money.use('moves', 'vm.hours', '4', '2024-10-05')
  for (const month of ['09', '10']) await money.settle('eu', [usageRecord(`user-${month}`, userOn(`2024-${month}-06`))])
  await money.rated()
  await moves.moveTenant(tenant, newPartner, '2024-10')
  await money.rated()
}, 60_000)

describe('before and after', () => {
  test('the old parents do not find the tenant any more, the new ones do', async () => {
    const seen = async (viewer: Member) => (await money.as(viewer, 'GET', `/tenants/${tenant.id}`)).status
    expect(await Promise.all([distributors.reseller, oldPartner].map(seen))).toEqual([404, 404])
    expect(await Promise.all([distributors.agent, newPartner, platform].map(seen))).toEqual([200, 200, 200])
    const { parentId } = await money.read(newPartner, `/tenants/${tenant.id}`)
    expect(parentId).toBe(newPartner.id)
  })

  test('people and subscriptions go along; a token of the old line still works for its own organization', async () => {
    const me = await api.call('GET', '/api/v1/subscriptions', { token: tenantToken })
    expect(me.body.data.map(({ id }: { id: string }) => id)).toEqual([subscription])
    const users = async (viewer: Member) =>
      (await money.read(viewer, `/users?organizationId=${tenant.id}`)).data.length as number
    expect([await users(newPartner), await users(oldPartner)]).toEqual([1, 0])
    const subscriptions = async (viewer: Member) =>
      (await money.read(viewer, `/subscriptions?tenantId=${tenant.id}`)).data.length as number
    expect([await subscriptions(newPartner), await subscriptions(oldPartner)]).toEqual([1, 0])
    const [lines] = await sql`
      select count(distinct (distributor_id, partner_id))::int as lines from (
        select distributor_id, partner_id from organization where id = ${tenant.id}
        union all select distributor_id, partner_id from account where org_id = ${tenant.id}
        union all select distributor_id, partner_id from role_grant where org_id = ${tenant.id}
        union all select distributor_id, partner_id from subscription where tenant_id = ${tenant.id}
        union all select distributor_id, partner_id from subscription_alias where tenant_id = ${tenant.id}) as everything`
    expect(lines?.['lines']).toBe(1)
  })

  test('each parent sees the usage of its own months, whenever it came in', async () => {
    const quantities = async (viewer: Member) => {
      const rows = await sql`
        select to_char(day, 'YYYY-MM') as month, trim_scale(sum(sum_quantity))::text as quantity from usage_daily
        where tenant_id = ${tenant.id} and partner_id = ${viewer.id} group by 1 order by 1`
      const events = await sql`
        select count(*)::int from usage_event where tenant_id = ${tenant.id} and partner_id = ${viewer.id}`
      return [...rows.map(({ month, quantity }) => `${month} ${quantity}`), events[0]?.['count']]
    }
    expect(await quantities(oldPartner)).toEqual(['2024-09 11', 2])
    expect(await quantities(newPartner)).toEqual(['2024-10 5', 2])
  })

  test('each parent can read the distinct values of its own months, and no others', async () => {
    const months = (viewer: Member) =>
      sql<{ month: string }[]>`
        select to_char(day, 'YYYY-MM') as month from usage_value
        where tenant_id = ${tenant.id} and partner_id = ${viewer.id}`
    expect([...(await months(oldPartner))]).toEqual([{ month: '2024-09' }])
    expect([...(await months(newPartner))]).toEqual([{ month: '2024-10' }])
  })

  test('estimates follow: nothing of October is left on the old edges', async () => {
    const unbilled = async (viewer: Member, period: string) =>
      (await money.summary(viewer, `period=${period}&groupBy=tenant&side=sell`)).map((row) => row.unbilled.net)
    expect([await unbilled(oldPartner, '2024-09'), await unbilled(newPartner, '2024-09')]).toEqual([['30.00'], []])
    expect([await unbilled(oldPartner, '2024-10'), await unbilled(newPartner, '2024-10')]).toEqual([[], ['16.00']])
  })

  test('both sides find the move in their audit, each on its own side', async () => {
    const actions = async (viewer: Member) =>
      (await money.read(viewer, `/audit?objectId=${tenant.id}`)).data.map(({ action }: { action: string }) => action)
    expect(await actions(oldPartner)).toContain('organization.moved_away')
    expect(await actions(oldPartner)).not.toContain('organization.moved_in')
    expect(await actions(newPartner)).toEqual(['organization.moved_in'])
    expect(await actions(distributors.agent)).toEqual(['organization.moved_in'])
  })
})

describe('billing', () => {
  test('the month before is billed along the old chain, the month after along the new, late usage where it arose', async () => {
    await money.close('2024-09')
    for (const seller of sellers) await money.run(seller, '2024-09')
    const september = await Promise.all(sellers.map((seller) => billed(seller, '2024-09')))
    expect(september).toEqual([
      ['distributor reseller 10.00'],
      ['partner reseller/reseller 20.00'],
      ['tenant reseller/reseller 30.00'],
      [],
    ])

    await money.use('moves', 'vm.hours', '2', '2024-09-20')
    await money.rated()
    await money.close('2024-10')
    for (const seller of sellers) await money.run(seller, '2024-10')
    const october = await Promise.all(sellers.map((seller) => billed(seller, '2024-10')))
    expect(october).toEqual([
      ['distributor reseller 2.00', 'partner agent/reseller 4.00'],
      ['partner reseller/reseller 4.00'],
      ['tenant reseller/reseller 6.00'],
      ['tenant reseller/reseller 16.00'],
    ])
  }, 60_000)

  test('the old parent keeps reading its documents, the new one none of them; the tenant reads all', async () => {
    const totals = async (documents: any[]) => documents.map((one) => one.total).sort()
    expect(await totals(await money.invoices(oldPartner))).toEqual(['20.00', '30.00', '4.00', '6.00'])
    expect(await totals(await money.invoices(newPartner))).toEqual(['16.00', '4.00'])
    const own = await api.call('GET', '/api/v1/invoices', { token: tenantToken })
    expect(await totals(own.body.data)).toEqual(['16.00', '30.00', '6.00'])
  })
})

test('afterwards the books hold every law', async () => {
  expect(await brokenLaws(database)).toEqual([])
}, 60_000)

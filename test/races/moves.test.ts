import { beforeAll, describe, expect, test } from 'bun:test'
import { nextPeriod, periodStartInstant } from '../../src/billing/period.ts'
import { applyPlanned } from '../../src/modules/organizations/changes/apply.ts'
import { take } from '../../src/modules/usage/ingest/take.ts'
import { newId } from '../../src/platform/ids.ts'
import { workScope } from '../../src/platform/work.ts'
import { testApi } from '../support/api.ts'
import { billingWorld } from '../support/billing.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { movesOf } from '../support/moves.ts'
import { bareWork, ownerOf, race, raceRounds, workerDatabase } from '../support/races.ts'
import { brokenLaws } from '../support/verify.ts'
import { buildWorld } from '../support/world.ts'

// A month that closes while usage comes in, and a tenant that moves while its sellers bill and its usage comes in.

const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const world = await buildWorld(api, [
  [null, 'reseller'],
  ['agent', 'reseller'],
])
const money = await billingWorld(api, sql, world)
const moves = movesOf(api.call, sql, world)
const db = workerDatabase(database)
const owner = ownerOf(world, world.platform)
const work = bareWork(db, owner)
const [one, other] = [world.partner('-/reseller'), world.partner('agent/reseller')]
const tenant = world.tenant('-/reseller')
const source = { regionId: '', semantics: 'event' as const, batchId: newId() }
let records = 0
for (const seller of [world.platform, one, other]) await world.token(seller)

beforeAll(async () => {
  source.regionId = (await money.region('eu')).id
  await money.sellingSku('vm.hours')
  await money.subscription(tenant.id, [{ region: 'eu', externalId: 'raced' }], { start: '2001-01-01' })
}, 60_000)

/** Posts one unit at the middle of a month. */
const post = (period: string) => {
  const index = (records += 1)
  const record = {
    index,
    id: `race-${index}`,
    subscription: 'raced',
    meter: null,
    sku: 'vm.hours',
    start: `${period}-15T10:00:00Z`,
    end: `${period}-15T11:00:00Z`,
    quantity: '1',
    unit: null,
    resource: null,
    dimensions: {},
  }
  return db.transaction(workScope(owner, 'weir_ingest'), (tx) => take(tx, source, [record]))
}

describe('re-parent with run', () => {
  test('a run of the month waits for the move; usage that comes in meanwhile stands where its day belongs', async () => {
    let refused = 0
    let from = [one, other]
    for (let round = 0, period = '2002-01'; round < raceRounds; round += 1, period = nextPeriod(period)) {
      const [seller, next] = from as [typeof one, typeof one]
      const changeId = await moves.planned(world.platform, `/tenants/${tenant.id}/move`, { parentId: next.id })
      await sql`update organization_change set from_period = ${period} where id = ${changeId}`
      const start = () => money.as(seller, 'POST', '/billing/runs', { body: { period } })
      const apply = () => Promise.all([applyPlanned(work, { changeId }), post(period)])
      const [[applied, taken], run] = await race(round, apply, start)
      expect([applied['tenants'], taken[0]?.outcome]).toEqual([1, 'accepted'])
      expect([202, 409]).toContain(run.status)
      if (run.status === 409) refused += 1
      const [usage] = await sql`
        select partner_id from usage_daily where tenant_id = ${tenant.id} and posting_period = ${period}`
      expect(usage?.['partner_id']).toBe(next.id)
      await sql`update billing_run set state = 'cancelled' where state = 'queued'`
      from = [next, seller]
    }
    expect(refused).toBeGreaterThan(0)
    const [chains] = await sql`
      select count(*)::int as chains, range_agg(valid) = '{[2000-01-01,)}' as tiles from chain where tenant_id = ${tenant.id}`
    expect(chains).toEqual({ chains: raceRounds + 1, tiles: true })
    expect((await brokenLaws(database)).filter((law) => law.startsWith('I5') || law.startsWith('I2'))).toEqual([])
  }, 120_000)

  test('the same change brought about twice at once is brought about once', async () => {
    const [{ id: home } = { id: '' }] = await sql<{ id: string }[]>`
      select parent_id as id from organization where id = ${tenant.id}`
    const to = home === one.id ? other : one
    const changeId = await moves.planned(world.platform, `/tenants/${tenant.id}/move`, { parentId: to.id })
    await sql`update organization_change set from_period = '2015-01' where id = ${changeId}`
    const both = await Promise.all([applyPlanned(work, { changeId }), applyPlanned(work, { changeId })])
    expect(both.map(({ tenants }) => tenants).toSorted()).toEqual([0, 1])
  })
})

describe('close with post', () => {
  test('a record is in the certificate of its month, or late in a later one; never lost and never in a sealed month', async () => {
    const token = await world.token(world.platform)
    await sql`update region set complete_until = '2035-01-01'`
    let late = 0
    for (let round = 0, period = '2016-01'; round < raceRounds; round += 1, period = nextPeriod(period)) {
      if (periodStartInstant(nextPeriod(period)) > new Date().toISOString()) break
      const [taken, closed] = await race(
        round,
        () => post(period),
        () => api.call('POST', `/api/v1/billing/periods/${period}/close`, { token }),
      )
      expect([taken[0]?.outcome, closed.status]).toEqual(['accepted', 200])
      const [posted] = await sql`
        select posting_period, (select certificate ->> 'rows' from billing_period where period = ${period}) as rows
        from usage_daily where tenant_id = ${tenant.id} and day = (${period} || '-15')::date`
      const isLate = posted!['posting_period'] > period
      const [sealed] = await sql`select count(*)::int as rows from usage_daily where posting_period = ${period}`
      expect(String(sealed!['rows'])).toBe(String(posted!['rows']))
      if (isLate) late += 1
    }
    expect(late).toBeLessThan(raceRounds)
    expect((await brokenLaws(database)).filter((law) => law.startsWith('I2') || law.startsWith('I3: month'))).toEqual(
      [],
    )
  }, 120_000)
})

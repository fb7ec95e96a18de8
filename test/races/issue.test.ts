import { beforeAll, describe, expect, test } from 'bun:test'
import { discardDrafts, issueSome } from '../../src/modules/billing/runs/steps.ts'
import { newId, nilId } from '../../src/platform/ids.ts'
import { workScope } from '../../src/platform/work.ts'
import { testApi } from '../support/api.ts'
import { billingWorld } from '../support/billing.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { ownerOf, race, raceRounds, workerDatabase } from '../support/races.ts'
import { brokenIn, reportsOn } from '../support/verify.ts'
import { buildWorld } from '../support/world.ts'

// Issuing against itself, against discarding and against prices that change: a hundred rounds each, on the same series.

const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const world = await buildWorld(api, [[null, null]])
const money = await billingWorld(api, sql, world)
const db = workerDatabase(database)
const { platform } = world
const owner = ownerOf(world, platform)
const token = await world.token(platform)
const month = '2015-03'
const prepared = { rateId: '', skuId: '', subscriptionId: '', jobId: newId() }

beforeAll(async () => {
  const { code } = await money.sku()
  await money.list(platform, { [code]: '1.00' }, { code: 'of-race', validFrom: '2014-01-01' })
  const [rate] = await sql`select id, sku_id from price_rate`
  const tenants = [world.tenant('-/-').id, (await money.tenant()).id, (await money.tenant()).id]
  const subscriptions = await Promise.all(tenants.map((id) => money.subscription(id, [])))
  Object.assign(prepared, { rateId: rate!['id'], skuId: rate!['sku_id'], subscriptionId: subscriptions[0] })
  await sql`insert into billing_period (period, state, certificate, closed_at) values (${month}, 'closed', '{}', now())`
  await sql`
    insert into job (id, kind, schema_version, queue, org_id, distributor_id, partner_id, tenant_id, dedupe_key, payload)
    values (${prepared.jobId}, 'race', 1, 'billing', ${platform.id}, ${nilId}, ${nilId}, ${nilId}, 'race', '{}')`
}, 60_000)

/** Three tenants and a reseller buy from the platform. */
const buyers = 4

/** A run with one draft of one line for each buyer. */
async function drafted(state: 'drafted' | 'issuing'): Promise<string> {
  const runId = newId()
  await sql.begin(async (tx) => {
    await tx`
      insert into billing_run (id, seller_id, period, job_id, state) values (${runId}, ${platform.id}, ${month}, ${prepared.jobId}, ${state})`
    await tx`
      insert into invoice (id, seller_id, buyer_id, edge_id, run_id, period, currency, currency_digits, net, total, lines, see_platform_id)
      select gen_random_uuid(), seller_id, buyer_id, id, ${runId}, ${month}, currency, currency_digits, 1, 1, 1, see_platform_id
      from edge where kind = 'sale'`
    await tx`
      insert into invoice_line (invoice_id, line, kind, subscription_id, tenant_id, sku_id, service_period, region_id,
                                service_start, service_end, quantity, unrounded, net, price_rate_id, seller_id, see_platform_id)
      select id, 1, 'usage', ${prepared.subscriptionId}, buyer_id, ${prepared.skuId}, ${month}, ${nilId}, '2015-03-01',
             '2015-04-01', 1, 1, 1, ${prepared.rateId}, seller_id, see_platform_id from invoice where run_id = ${runId}`
  })
  return runId
}

const running = (runId: string) => ({ runId, sellerId: platform.id, period: month, owner })
const inSeller = <T>(work: (tx: Parameters<typeof issueSome>[0]) => Promise<T>): Promise<T> =>
  db.transaction(workScope(owner, 'weir_seller'), work)
const issue = async (runId: string) => (await inSeller((tx) => issueSome(tx, running(runId)))).issued
const call = async (path: string): Promise<number> => (await api.call('POST', `/api/v1${path}`, { token })).status
const statesOf = async (runId: string) =>
  (await sql<{ state: string }[]>`select state from invoice where run_id = ${runId}`).map(({ state }) => state)
/** Ends what a round left open, so that the next can begin. */
const cleared = (runId: string) => sql`
  update billing_run set state = 'cancelled', discard_job_id = null where id = ${runId} and state <> 'done'`

const numbers = async () => {
  const [series] = await sql`
    select count(*)::int as issued, count(distinct number_sequence)::int as different, coalesce(max(number_sequence), 0) as highest,
           (select sum(last)::int from number_series) as last
    from invoice where state = 'issued'`
  return series
}

describe('issue with issue', () => {
  test('every draft gets one number, and no number is missing', async () => {
    for (let round = 0; round < raceRounds; round += 1) {
      const runId = await drafted('issuing')
      const [a, b] = await race(
        round,
        () => issue(runId),
        () => issue(runId),
      )
      expect(a + b).toBe(buyers)
      expect(await statesOf(runId)).toEqual(Array.from({ length: buyers }, () => 'issued'))
      await cleared(runId)
    }
    const issued = raceRounds * buyers
    expect(await numbers()).toEqual({ issued, different: issued, highest: issued, last: issued })
  }, 60_000)
})

describe('discard with issue', () => {
  test('whoever asks first wins, and the other is told', async () => {
    const won = { issue: 0, discard: 0 }
    for (let round = 0; round < raceRounds; round += 1) {
      const runId = await drafted('drafted')
      const [issued, discarded] = await race(
        round,
        () => call(`/billing/runs/${runId}/issue`),
        () => call(`/billing/runs/${runId}/cancel`),
      )
      expect([issued, discarded].toSorted()).toEqual([202, 409])
      won[issued === 202 ? 'issue' : 'discard'] += 1
      await cleared(runId)
    }
    expect(won.issue + won.discard).toBe(raceRounds)
  }, 60_000)

  test('even side by side on the same drafts each ends as one of both, and numbers stay gapless', async () => {
    const before = await numbers()
    let issued = 0
    for (let round = 0; round < raceRounds; round += 1) {
      const runId = await drafted('issuing')
      const [given, gone] = await race(
        round,
        () => issue(runId),
        () => inSeller((tx) => discardDrafts(tx, running(runId))),
      )
      expect(given + gone).toBe(buyers)
      const states = await statesOf(runId)
      expect(states.filter((state) => state === 'issued')).toHaveLength(given)
      expect(states.filter((state) => state === 'discarded')).toHaveLength(gone)
      issued += given
      await cleared(runId)
    }
    const total = before!['issued'] + issued
    expect(await numbers()).toEqual({ issued: total, different: total, highest: total, last: total })
  }, 60_000)
})

describe('price edit with issue', () => {
  test('prices that change at the same moment change no document: what is drafted stays as it is', async () => {
    const [sku] = await sql`select code from sku where id = ${prepared.skuId}`
    for (let round = 0; round < raceRounds; round += 1) {
      const runId = await drafted('issuing')
      const body = {
        code: `edit-${round}`,
        name: 'Edit',
        currency: 'EUR',
        scope: 'buyer',
        targetId: world.tenant('-/-').id,
        validFrom: `2016-01-${String((round % 28) + 1).padStart(2, '0')}`,
        validTo: `2016-01-${String((round % 28) + 2).padStart(2, '0')}`,
        rates: [{ sku: sku!['code'], rate: { kind: 'per_unit', unitPrice: '9' } }],
      }
      const [given, made] = await race(
        round,
        () => issue(runId),
        async () => (await api.call('POST', '/api/v1/pricing/price-lists', { token, body })).status,
      )
      expect(given).toBe(buyers)
      // One price a day: the twenty-ninth edit meets the first.
      expect(made).toBe(round < 28 ? 201 : 409)
      const [sums] =
        await sql`select sum(total)::text as total from invoice where run_id = ${runId} and state = 'issued'`
      expect(sums?.['total']).toBe(`${buyers}`)
      await cleared(runId)
    }
  }, 60_000)

  test('afterwards no hash, number or posting of any document is wrong', async () => {
    const wrong = brokenIn(await reportsOn(database)).filter((one) => /^(I4|I3 I10)|posting/.test(one))
    expect(wrong).toEqual([])
  }, 60_000)
})

import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { documentTotals, draftOutcome, lineKinds, zeroTotals } from '../../src/billing/invoice.ts'
import { currency } from '../../src/billing/money.ts'
import { reviewDrafts, settleSome } from '../../src/modules/invoices/drafts/finish-drafts.ts'
import type { Scope } from '../../src/platform/db.ts'
import { newId } from '../../src/platform/ids.ts'
import { testApi } from '../support/api.ts'
import { billingWorld, moneyHandlers } from '../support/billing.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { fuzzRuns } from '../support/fuzz.ts'
import { testWorker } from '../support/worker.ts'
import { buildWorld } from '../support/world.ts'

// What becomes of a draft is said in TypeScript for one, and in SQL for all drafts of a run: both must say the same.

const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const world = await buildWorld(api, [[null, null]])
const money = await billingWorld(api, sql, world)
testWorker(database, moneyHandlers)
const { platform } = world
const period = '2024-09'
const eur = currency('EUR')

await money.region('eu')
await money.sellingSku('hours')
await money.list(platform, { hours: '1' }, { validFrom: '2024-01-01' })
await money.subscription(world.tenant('-/-').id, [{ region: 'eu', externalId: 'sub' }])
await money.use('sub', 'hours', '1')
const model = await money.run(platform, period, false)
const scope: Scope = {
  role: 'weir_seller',
  organizationId: platform.id,
  accountId: null,
  sellerOfRecordId: platform.id,
  line: platform.line,
}

type Drawn = {
  readonly lines: readonly { readonly kind: (typeof lineKinds)[number]; readonly net: string }[]
  readonly tax: string
}
type Draft = Drawn & { readonly id: string; readonly runId: string }

/** Drafts as a run writes them, each of a run of its own, with these lines and taxes. */
async function insertDrafts(drawn: readonly Drawn[]): Promise<Draft[]> {
  const drafts = drawn.map((one) => ({ ...one, id: newId(), runId: newId() }))
  const ids = [drafts.map(({ id }) => id), drafts.map(({ runId }) => runId)] as const
  const totals = drafts.map(({ lines, tax }) => documentTotals(lines, [{ amount: tax }], eur))
  await sql`
    insert into billing_run (id, seller_id, period, job_id, state)
    select made.id, seller_id, period, job_id, 'done' from billing_run, unnest(${ids[1]}::uuid[]) as made (id)
    where billing_run.id = ${model.id}`
  await sql`
    insert into invoice (id, seller_id, buyer_id, edge_id, run_id, period, currency, currency_digits, lines, net, tax, total,
                         see_platform_id, see_distributor_id, see_partner_id, see_tenant_id)
    select made.id, seller_id, buyer_id, edge_id, made.run_id, period, currency, currency_digits, made.lines, made.net, made.tax,
           made.net + made.tax, see_platform_id, see_distributor_id, see_partner_id, see_tenant_id
    from invoice, unnest(${ids[0]}::uuid[], ${ids[1]}::uuid[], ${drafts.map(({ lines }) => lines.length)}::int[],
                         ${totals.map(({ net }) => net)}::numeric[], ${totals.map(({ tax }) => tax)}::numeric[])
      as made (id, run_id, lines, net, tax)
    where invoice.run_id = ${model.id}`
  const lines = drafts.flatMap(({ id, lines: own }) => own.map((line, index) => ({ ...line, id, line: index + 1 })))
  await sql`
    insert into invoice_line (invoice_id, line, kind, subscription_id, tenant_id, sku_id, service_period, region_id, service_start,
                              service_end, quantity, unrounded, net, price_rate_id, amends_line, seller_id, see_platform_id,
                              see_distributor_id, see_partner_id, see_tenant_id)
    select made.id, made.line, made.kind, line.subscription_id, line.tenant_id, line.sku_id, line.service_period, line.region_id,
           line.service_start, line.service_end, 1, made.net, made.net, line.price_rate_id, case made.kind when 'discount' then 1 end, line.seller_id, line.see_platform_id,
           line.see_distributor_id, line.see_partner_id, line.see_tenant_id
    from invoice join invoice_line line on line.invoice_id = invoice.id
    cross join unnest(${lines.map(({ id }) => id)}::uuid[], ${lines.map((one) => one.line)}::int[],
                      ${lines.map(({ kind }) => kind)}::text[], ${lines.map(({ net }) => net)}::numeric[])
      as made (id, line, kind, net)
    where invoice.run_id = ${model.id}`
  return drafts
}

/** What the statements of a run make of a draft. */
async function outcomeOf({ id, runId }: Draft): Promise<object> {
  await api.db.transaction(scope, async (tx) => {
    await reviewDrafts(tx, runId)
    await settleSome(tx, { runId, sellerId: platform.id, period }, 10)
  })
  const [row] = await sql<{ state: string; parkedFor: string | null }[]>`
    select state, parked_for as "parkedFor" from invoice where id = ${id}`
  if (row!.state === 'discarded') return { state: 'settled' }
  return row!.parkedFor === 'total.negative' ? { state: 'parked', reason: 'negative_total' } : { state: row!.state }
}

const net = fc.oneof(
  { weight: 3, arbitrary: fc.constant('0.00') },
  fc.constantFrom('0.01', '-0.01', '5.00', '-5.00', '123456789012.34'),
)
const kind = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom('usage', 'late', 'minimum') },
  fc.constantFrom(...lineKinds),
)
const drawn = fc.record({
  lines: fc.array(fc.record({ kind, net }), { minLength: 1, maxLength: 4 }),
  tax: fc.oneof({ weight: 3, arbitrary: fc.constant('0.00') }, fc.constantFrom('0.01', '-0.01')),
})

test.each(zeroTotals)(
  'a run makes of any draft what the rule says, where its seller wants to %s',
  async (wish) => {
    expect((await money.as(platform, 'PUT', '/settings/billing', { body: { zeroTotals: wish } })).status).toBe(200)
    const { numRuns } = fuzzRuns(400)
    const drafts = await insertDrafts(fc.sample(drawn, numRuns))
    const seen = new Set<string>()
    for (const draft of drafts) {
      const expected = draftOutcome(draft.lines, documentTotals(draft.lines, [{ amount: draft.tax }], eur), wish)
      expect({ ...draft, outcome: await outcomeOf(draft) }).toEqual({ ...draft, outcome: expected })
      seen.add(expected.state)
    }
    expect([...seen].toSorted()).toEqual(wish === 'settle' ? ['draft', 'parked', 'settled'] : ['draft', 'parked'])
  },
  600_000,
)

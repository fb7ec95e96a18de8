import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { take } from '../../src/modules/usage/ingest/take.ts'
import { newId } from '../../src/platform/ids.ts'
import { workScope } from '../../src/platform/work.ts'
import { testApi } from '../support/api.ts'
import { billingWorld } from '../support/billing.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { ownerOf, workerDatabase } from '../support/races.ts'
import { brokenLaws } from '../support/verify.ts'
import { buildWorld } from '../support/world.ts'

const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const world = await buildWorld(api, [[null, null]])
const money = await billingWorld(api, sql, world)
const db = workerDatabase(database)
const source = { regionId: (await money.region('eu')).id, semantics: 'event' as const, batchId: newId() }
const skus = [
  ['sums', 'sum'],
  ['peaks', 'max'],
  ['lasts', 'last'],
  ['users', 'unique'],
  ['levels', 'weighted'],
] as const
for (const [code, aggregation] of skus)
  await money.sellingSku(code, { aggregation, ...(aggregation === 'unique' && { uniqueBy: 'resource' }) })
await money.subscription(world.tenant('-/-').id, [{ region: 'eu', externalId: 'one' }])

const twoDigits = (value: number) => String(value).padStart(2, '0')
const instant = fc
  .tuple(fc.integer({ min: 1, max: 28 }), fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
  .map(([day, hour, minute]) => `2024-09-${twoDigits(day)}T${twoDigits(hour)}:${twoDigits(minute)}:00Z`)

/** Few ids, so that records come again: as they were, or saying something else. */
const record = fc.record({
  index: fc.constant(0),
  id: fc.integer({ min: 1, max: 400 }).map((id) => `r-${id}`),
  subscription: fc.constant('one'),
  meter: fc.constant(null),
  sku: fc.constantFrom(...skus.map(([code]) => code)),
  start: instant,
  end: fc.constant(''),
  quantity: fc
    .tuple(fc.integer({ min: -99_999, max: 99_999 }), fc.constantFrom('', '.5', '.000000000001'))
    .map((parts) => parts.join('')),
  unit: fc.constant(null),
  resource: fc.constantFrom('a', 'b', '💡', ' c "d\\e'),
  dimensions: fc.constant({}),
})
const lasting = fc.tuple(record, fc.integer({ min: 0, max: 72 })).map(([one, hours]) => ({
  ...one,
  // A unique count takes nothing back: the quarantine would hold it.
  quantity: one.sku === 'users' ? one.quantity.replace('-', '') : one.quantity,
  end: `${new Date(Date.parse(one.start) + hours * 3_600_000).toISOString().slice(0, 19)}Z`,
}))

test('however records are cut into batches and come again, the rollup is what they add up to', async () => {
  const scope = workScope(ownerOf(world, world.platform), 'weir_ingest')
  for (const records of fc.sample(fc.array(lasting, { minLength: 1, maxLength: 40 }), 60)) {
    await db.transaction(scope, (tx) =>
      take(
        tx,
        source,
        records.map((one, index) => ({ ...one, index })),
      ),
    )
  }
  const [rows] = await sql`select count(*)::int as days, sum(records)::int as records from usage_daily`
  expect(rows?.['days']).toBeGreaterThan(50)
  expect((await brokenLaws(database)).filter((law) => /^(I1 I2|I2|I5):/.test(law))).toEqual([])
}, 120_000)

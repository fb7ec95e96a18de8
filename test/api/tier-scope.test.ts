import { expect, test } from 'bun:test'
import { testApi } from '../support/api.ts'
import { billingWorld, moneyHandlers, refreshTick } from '../support/billing.ts'
import { copyDatabase, lookInto, testDatabase } from '../support/database.ts'
import { breakIn, first } from '../support/harms.ts'
import { brokenIn, reportsOn } from '../support/verify.ts'
import { testWorker } from '../support/worker.ts'
import { buildWorld } from '../support/world.ts'

const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const world = await buildWorld(api, [['reseller', null]])
const money = await billingWorld(api, sql, world)
const worker = testWorker(database, moneyHandlers, { ticks: [refreshTick] })

const { platform } = world
const { reseller } = world.distributors
const graduated = {
  kind: 'graduated',
  tiers: [
    { upTo: '1000', unitPrice: '1.00' },
    { upTo: null, unitPrice: '0.80' },
  ],
}
const list = (seller: typeof platform, rate: object) =>
  money.list(seller, {}, { validFrom: '2024-01-01', rates: [{ sku: 'units', rate }] })
await money.region('eu')
await money.sellingSku('units')
await list(platform, { ...graduated, tierScope: 'buyer' })
await list(reseller, graduated)
const made = await Promise.all(
  [2, 3, 4].map((number) => money.tenant({ name: `Tenant ${number}`, parentId: reseller.id })),
)
const tenantIds = [world.tenant('reseller/-').id, ...made.map(({ id }) => id)]
for (const [index, id] of tenantIds.entries()) {
  await money.subscription(id, [{ region: 'eu', externalId: `t-${index}` }])
  await money.use(`t-${index}`, 'units', '400')
}
await money.rated()

test('A14: four tenants of 400 units are 1600.00 to them, and 1480.00 to their distributor, who gains 120.00', async () => {
  await money.close('2024-09')
  await money.run(reseller, '2024-09')
  await money.run(platform, '2024-09')
  const sold = await money.invoices(reseller, 'side=sell')
  const [bought] = await money.invoices(reseller, 'side=buy')
  expect(sold.map(({ net }) => net)).toEqual(['400.00', '400.00', '400.00', '400.00'])
  expect(bought.net).toBe('1480.00')
  const lines = await money.lines(reseller, bought.id)
  expect(lines.map(({ net }) => net)).toEqual(['370.00', '370.00', '370.00', '370.00'])
  const explained = await money.read(reseller, `/invoices/${bought.id}/lines/1/explain`)
  expect([explained.pool, explained.net]).toEqual([
    { quantity: '1600', quantityBefore: '0', unrounded: '1480' },
    '370.00',
  ])
  expect(explained.after.map((step: any) => step.amount)).toEqual(['1000', '480'])
})

test('verify prices the whole again, and names a share that is another', async () => {
  await worker.stop()
  await api.db.close()
  await sql.end({ timeout: 5 })
  expect(brokenIn(await reportsOn(database))).toEqual([])
  const copy = await copyDatabase(database)
  const bucket = await breakIn(copy, (tx) =>
    first(tx`
      update rated_bucket set unrounded = unrounded + 1 where ctid = (
        select ctid from rated_bucket where details ? 'pool' order by subscription_id limit 1) returning *`),
  )
  const name = `bucket of subscription ${bucket['subscription_id']}`
  expect(brokenIn(await reportsOn(copy)).some((row) => row.includes(name))).toBe(true)
})

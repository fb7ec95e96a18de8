import { expect, test } from 'bun:test'
import { enqueueDueRedrives } from '../../src/modules/usage/quarantine/redrive.ts'
import { workScope } from '../../src/platform/work.ts'
import { usageHandlers } from '../../workers/usage.ts'
import { testApi } from '../support/api.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { testJobs } from '../support/jobs.ts'
import { usageRecord, usageWorld } from '../support/usage.ts'

const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const jobs = await testJobs(database, sql)
const world = await usageWorld(api, sql)
await world.region('eu')
await world.sku('vm.hours')
const runner = jobs.runner(usageHandlers)

const record = (id: string, quantity = '1') => usageRecord(id, { subscription: 'closing', quantity })

/** What became of a batch: accepted, duplicate, conflict, quarantined. */
async function receive(records: object[]) {
  const { body } = await world.post('eu', records)
  await runner.run(body.jobId)
  const { accepted, duplicate, conflict, quarantined } = await world.receipt(body.batchId)
  return { batchId: body.batchId as string, counts: [accepted, duplicate, conflict, quarantined] }
}

test('late usage of a closed tenant waits for a person; what was accepted before stays a duplicate', async () => {
  const { id } = await world.tenant()
  await world.subscription(id, [{ region: 'eu', externalId: 'closing' }], { end: '2024-10-01' })
  expect((await receive([record('early-1'), record('early-2')])).counts).toEqual([2, 0, 0, 0])
  await sql`update organization set state = 'closed' where id = ${id}`
  const { batchId, counts } = await receive([
    record('early-1'),
    record('early-2', '2'),
    record('late-1'),
    record('late-2'),
  ])
  expect(counts).toEqual([0, 1, 1, 2])
  const held = await sql<{ id: string; reason: string }[]>`
    select id, reason from usage_quarantine where batch_id = ${batchId} order by id`
  expect(held.map(({ reason }) => reason)).toEqual(['tenant.closed', 'tenant.closed'])
  const isTriedAgain = await jobs.db.transaction(workScope(jobs.owner, 'weir_relay'), (tx) =>
    enqueueDueRedrives(tx, jobs.owner),
  )
  expect(isTriedAgain).toBe(false)
  const token = await api.signIn()
  const body = { reason: 'agreed with the customer' }
  for (const one of held) {
    const path = `/api/v1/usage/quarantine/${one.id}/dismiss`
    expect((await api.call('POST', path, { token, body })).body.state).toBe('dismissed')
  }
  const rolled = await sql`select coalesce(sum(records), 0)::int as count from usage_daily where tenant_id = ${id}`
  expect(rolled[0]).toEqual({ count: 2 })
})

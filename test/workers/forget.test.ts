import { expect, test } from 'bun:test'
import { forgetOld } from '../../jobs/maintenance.ts'
import { enqueue } from '../../src/platform/jobs.ts'
import { maintenanceHandlers } from '../../workers/maintenance.ts'
import { usageHandlers } from '../../workers/usage.ts'
import { testApi } from '../support/api.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { testJobs } from '../support/jobs.ts'
import { usageRecord, usageWorld } from '../support/usage.ts'

const database = await testDatabase()
const sql = lookInto(database)
const jobs = await testJobs(database, sql)
const world = await usageWorld(testApi(database), sql)
await world.region('eu')

const receive = async (records: object[]): Promise<string> => {
  const { body } = await world.post('eu', records)
  expect(await jobs.runner(usageHandlers).run(body.jobId)).toBe('done')
  return body.batchId
}

test('what was said of single records is forgotten after 90 days, and the receipt goes on counting it', async () => {
  const batchId = await receive(['old-1', 'old-2', 'fresh'].map((id) => usageRecord(id, { quantity: 'x' })))
  await sql`
    update usage_outcome set recorded_at = now() - case when index < 2 then interval '91 days' else interval '89 days' end
    where batch_id = ${batchId}`
  const day = '2026-11-01'
  const forgetting = await jobs.db.transaction(jobs.scope, (tx) =>
    enqueue(tx, jobs.owner, forgetOld, { day }, { dedupeKey: day }),
  )
  expect(await jobs.runner(maintenanceHandlers).run(forgetting.id)).toBe('done')
  expect((await jobs.read(forgetting.id)).result).toMatchObject({ outcomes: 2 })
  const left = await sql`select index from usage_outcome where batch_id = ${batchId}`
  expect(left.map((row) => row['index'])).toEqual([2])
  expect(await world.receipt(batchId)).toMatchObject({ sent: 3, accepted: 0, rejected: 3 })
})

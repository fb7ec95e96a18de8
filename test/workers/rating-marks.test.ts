import { expect, test } from 'bun:test'
import { markTenantsDue } from '../../src/modules/billing/rating/due.ts'
import { openDatabase } from '../../src/platform/db.ts'
import { nilId } from '../../src/platform/ids.ts'
import { testApi } from '../support/api.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { until } from '../support/until.ts'
import { buildWorld } from '../support/world.ts'

const database = await testDatabase()
const sql = lookInto(database)
const world = await buildWorld(testApi(database), [[null, null]])
const tenant = world.tenant('-/-')

test('a mark that comes while its tenant is being rated waits for the rater and outlives it', async () => {
  const db = openDatabase({ url: database.workerUrl, name: 'marker', poolMax: 1, statementTimeoutMs: 30_000 })
  database.beforeDrop(() => db.close())
  const ingest = {
    role: 'weir_ingest',
    organizationId: nilId,
    accountId: null,
    sellerOfRecordId: nilId,
    line: [],
  } as const
  const mark = () => db.transaction(ingest, (tx) => markTenantsDue(tx, [{ tenantId: tenant.id, period: '2031-01' }]))
  const marks = async () => (await sql`select 1 from rating_due where period = '2031-01'`).length
  const isWaiting = async () =>
    (await sql`select 1 from pg_stat_activity where application_name = 'marker' and wait_event_type = 'Lock'`).length >
    0
  await mark()
  expect(await marks()).toBe(2)
  const rater = Promise.withResolvers<void>()
  const rating = sql.begin(async (tx) => {
    await tx`delete from rating_due where period = '2031-01'`
    await rater.promise
  })
  const marking = until(async () => (await marks()) === 2).then(mark)
  await until(isWaiting)
  rater.resolve()
  await Promise.all([rating, marking])
  expect(await marks()).toBe(2)
})

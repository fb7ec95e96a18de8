import { expect, test } from 'bun:test'
import { testApi } from '../support/api.ts'
import { billingHandlers } from '../../workers/billing.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { testJobs } from '../support/jobs.ts'
import { enqueue } from '../../src/platform/jobs.ts'
import { tellOverdue } from '../../jobs/billing.ts'
import { testPaper } from '../support/paper.ts'
import { buildWorld } from '../support/world.ts'

const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const world = await buildWorld(api, [['reseller', 'agent']])
const paper = testPaper(sql)
const jobs = await testJobs(database, sql)
const { reseller } = world.distributors
const [agent, tenant] = [world.partner('reseller/agent'), world.tenant('reseller/agent')]

const tell = async (day: string) => {
  const { id } = await jobs.db.transaction(jobs.scope, (tx) =>
    enqueue(tx, jobs.owner, tellOverdue, { day }, { dedupeKey: day }),
  )
  expect(await jobs.runner(billingHandlers).run(id)).toBe('done')
  return (await jobs.read(id)).result
}

test('an invoice that is due and not paid in time is told of once, to everybody on its edge', async () => {
  const [late, paid, soon] = [
    await paper.issue(reseller, tenant, '2024-09', ['10']),
    await paper.issue(reseller, tenant, '2024-09', ['20']),
    await paper.issue(reseller, tenant, '2024-09', ['30']),
  ]
  await sql.begin(async (tx) => {
    await tx`set local session_replication_role = replica`
    await tx`update invoice set due_date = current_date - 2 where id in (${late}, ${paid})`
  })
  const body = {
    amount: '20',
    currency: 'EUR',
    receivedOn: '2024-10-01',
    reference: 'r',
    allocations: [{ invoiceId: paid }],
  }
  const token = await world.token(reseller)
  expect((await api.call('POST', '/api/v1/payments', { token, body })).status).toBe(201)
  expect(await tell('2026-01-01')).toMatchObject({ invoices: 1 })
  expect(await tell('2026-01-02')).toMatchObject({ invoices: 0 })
  const events = await sql<{ org_id: string; data: any }[]>`
    select org_id, data from event where type = 'invoice.overdue' and object_id = ${late}`
  expect(events.map((event) => event.org_id).sort()).toEqual([reseller.id, agent.id, tenant.id].sort())
  expect(events[0]!.data).toMatchObject({ invoiceId: late, currency: 'EUR', open: '10.00' })
  const others = await sql`select 1 from event where type = 'invoice.overdue' and object_id in (${paid}, ${soon})`
  expect([...others]).toEqual([])
  const read = await api.call('GET', `/api/v1/invoices/${late}`, { token })
  expect([read.body.overdue, read.body.open]).toEqual([true, '10.00'])
})

import { expect, test } from 'bun:test'
import { expireCredits, tellOverdue } from '../../jobs/billing.ts'
import { enqueue } from '../../src/platform/jobs.ts'
import { billingHandlers } from '../../workers/billing.ts'
import { testApi } from '../support/api.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { testJobs } from '../support/jobs.ts'
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

test('what is left of a gift expires once, in the books too, and what has not ended stays', async () => {
  const token = await world.token(reseller)
  const gift = { buyerId: tenant.id, amount: '10', currency: 'EUR', purpose: 'promotion', reason: 'Welcome' }
  const give = async () => {
    const body = { ...gift, validFrom: '2024-01-01', validTo: '2999-01-01' }
    return (await api.call('POST', '/api/v1/billing/credits', { token, body })).body.id as string
  }
  const [over, open] = [await give(), await give()]
  const invoiceId = await paper.issue(reseller, tenant, '2024-09', ['4'])
  await api.call('POST', `/api/v1/invoices/${invoiceId}/apply-credit`, { token, body: {} })
  await sql.begin(async (tx) => {
    await tx`set local session_replication_role = replica`
    await tx`update credit_grant set valid = daterange('2024-01-01', (now() at time zone 'UTC')::date) where id = ${over}`
  })
  const expire = async (day: string) => {
    const { id } = await jobs.db.transaction(jobs.scope, (tx) =>
      enqueue(tx, jobs.owner, expireCredits, { day }, { dedupeKey: day }),
    )
    expect(await jobs.runner(billingHandlers).run(id)).toBe('done')
    return (await jobs.read(id)).result
  }
  expect(await expire('2026-01-01')).toMatchObject({ credits: 1 })
  expect(await expire('2026-01-02')).toMatchObject({ credits: 0 })
  const read = async (id: string) => (await api.call('GET', `/api/v1/billing/credits/${id}`, { token })).body
  expect(await read(over)).toMatchObject({ state: 'expired', drawn: '4.00', expired: '6.00', remaining: '0.00' })
  expect(await read(open)).toMatchObject({ state: 'active', remaining: '10.00' })
  const postings = await sql`
    select account, posting.amount::text from posting join credit_grant_entry entry on entry.id = document_id
    where entry.grant_id = ${over} and entry.kind = 'expired' order by account`
  expect(postings.map(({ account, amount }) => `${account} ${amount}`)).toEqual([
    'credit_balance 6.00',
    'credits_granted -6.00',
  ])
})

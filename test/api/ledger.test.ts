import { describe, expect, test } from 'bun:test'
import { newId } from '../../src/platform/ids.ts'
import { testApi } from '../support/api.ts'
import { catalogOf } from '../support/catalog.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { testPaper } from '../support/paper.ts'
import { buildWorld, type Member } from '../support/world.ts'

const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const world = await buildWorld(api, [
  ['reseller', 'agent'],
  ['agent', null],
])
const { as } = catalogOf(api.call, world)
const paper = testPaper(sql)
const { platform } = world
const { reseller, agent } = world.distributors
const agentPartner = world.partner('reseller/agent')
const [below, direct] = [world.tenant('reseller/agent'), world.tenant('agent/-')]

const pay = (seller: Member, amount: string, invoiceId: string) =>
  as(seller, 'POST', '/payments', {
    amount,
    currency: 'EUR',
    receivedOn: '2024-10-15',
    reference: `bank-${newId()}`,
    allocations: [{ invoiceId }],
  })
const read = async (member: Member, path: string) => {
  const { status, body } = await as(member, 'GET', path)
  expect(status).toBe(200)
  return body
}
/** Moves the due day, which nobody else can. */
const dueDaysAgo = async (id: string, days: number) =>
  sql.begin(async (tx) => {
    await tx`set local session_replication_role = replica`
    await tx`update invoice set due_date = (clock_timestamp() at time zone 'UTC')::date - ${days}::int where id = ${id}`
  })

const [first, second] = [
  await paper.issue(platform, direct, '2024-09', ['100']),
  await paper.issue(platform, direct, '2024-09', ['40']),
]
const toTenant = await paper.issue(reseller, below, '2024-09', ['70'])
await pay(platform, '130', first)
await as(platform, 'POST', `/invoices/${second}/write-off`, { amount: '2.50', reason: 'goodwill' })
await pay(reseller, '20', toTenant)

describe('the trial balance', () => {
  test("holds the own book's accounts, and debit equals credit", async () => {
    const { currencies } = await read(platform, '/ledger/trial-balance')
    expect(currencies).toHaveLength(1)
    const { accounts, debit, credit, difference } = currencies[0]
    expect([debit, credit, difference]).toEqual(['132.50', '132.50', '0.00'])
    expect(accounts.map((one: any) => `${one.account} ${one.balance}`)).toEqual([
      'bank 130.00',
      'credit_balance -30.00',
      'receivable -102.50',
      'write_off 2.50',
    ])
    expect((await read(platform, '/ledger/trial-balance?asOf=2020-01-01T00:00:00Z')).currencies).toEqual([])
    expect((await read(platform, '/ledger/trial-balance?currency=USD')).currencies).toEqual([])
  })

  test("is nobody else's: a seller sees its own book, buyers and agents have none", async () => {
    const [own] = (await read(reseller, '/ledger/trial-balance')).currencies
    expect([own.debit, own.difference]).toEqual(['20.00', '0.00'])
    for (const member of [agent, agentPartner, below, direct])
      expect((await read(member, '/ledger/trial-balance')).currencies).toEqual([])
    expect((await read(agentPartner, '/ledger/journal')).data).toEqual([])
  })
})

describe('the journal', () => {
  test('pages through the entries without skipping or repeating one, under the names of the own accounting', async () => {
    const codes = [
      { account: 'bank', code: '1200' },
      { account: 'receivable', code: '=1400' },
    ]
    const changed = await as(platform, 'PUT', '/ledger/accounts', { codes })
    expect(changed.body.data.find((one: any) => one.account === 'bank')).toEqual({ account: 'bank', code: '1200' })
    const all = (await read(platform, '/ledger/journal')).data
    const paged: any[] = []
    for (let cursor: string | null = ''; cursor !== null;) {
      const { data, page } = await read(platform, `/ledger/journal?limit=2${cursor ? `&cursor=${cursor}` : ''}`)
      paged.push(...data)
      cursor = page.nextCursor
    }
    expect(paged).toEqual(all)
    const bank = all.find((one: any) => one.account === 'bank')
    expect(bank).toMatchObject({ code: '1200', debit: '130.00', credit: '0.00', documentType: 'payment' })
    const ofPayment = (await read(platform, `/ledger/journal?documentId=${bank.documentId}`)).data
    expect(ofPayment).toHaveLength(3)
    expect((await read(reseller, `/ledger/journal?documentId=${bank.documentId}`)).data).toEqual([])
    expect((await read(platform, '/ledger/journal?account=bank')).data).toEqual([bank])
  })

  test('names are taken away again, each account is named once, and only by who keeps books', async () => {
    const gone = await as(platform, 'PUT', '/ledger/accounts', { codes: [{ account: 'bank', code: null }] })
    expect(gone.body.data.find((one: any) => one.account === 'bank').code).toBeNull()
    const one = { account: 'bank', code: '1' }
    const twice = await as(platform, 'PUT', '/ledger/accounts', { codes: [one, one] })
    expect([twice.status, twice.body.errors[0].pointer]).toEqual([422, '/codes/1/account'])
    expect((await as(below, 'PUT', '/ledger/accounts', { codes: [one] })).status).toBe(403)
    expect((await read(reseller, '/ledger/accounts')).data.every(({ code }: any) => code === null)).toBe(true)
  })

  test('nothing in it can be changed, not even by who owns the book', async () => {
    const rights = await sql`
      select privilege_type from information_schema.role_table_grants
      where table_name = 'posting' and grantee like 'weir%' and privilege_type in ('UPDATE', 'DELETE')`
    expect([...rights]).toEqual([])
  })
})

describe('a statement of account', () => {
  test('says what is open by age, and what is in the credit balance', async () => {
    await dueDaysAgo(second, 31)
    const third = await paper.issue(platform, direct, '2024-10', ['11'])
    await dueDaysAgo(third, 30)
    await paper.issue(platform, direct, '2024-10', ['5'])
    const [statement] = (await read(platform, `/ledger/statements?buyerId=${direct.id}`)).data
    expect(statement).toMatchObject({
      documents: 3,
      ageing: { notDue: '5.00', days1to30: '11.00', days31to60: '37.50', days61to90: '0.00', over90: '0.00' },
      open: '53.50',
      creditBalance: '30.00',
      balance: '23.50',
    })
    const items = (await read(platform, `/ledger/open-items?buyerId=${direct.id}`)).data
    expect(items.map((one: any) => `${one.age} ${one.open}`)).toEqual([
      'days31to60 37.50',
      'days1to30 11.00',
      'not_due 5.00',
    ])
  })

  test('is the same for seller and buyer, and there for nobody else, agents between included', async () => {
    const [sold] = (await read(reseller, '/ledger/statements?side=sell')).data
    const [bought] = (await read(below, '/ledger/statements')).data
    expect(sold).toEqual(bought)
    expect([sold.open, sold.balance]).toEqual(['50.00', '50.00'])
    for (const member of [agentPartner, agent]) {
      expect((await read(member, '/ledger/statements')).data).toEqual([])
      expect((await read(member, '/ledger/open-items')).data).toEqual([])
    }
    expect((await read(platform, `/ledger/statements?sellerId=${reseller.id}`)).data).toEqual([])
  })

  test('an overdue invoice says so', async () => {
    const { body } = await as(direct, 'GET', `/invoices/${second}`)
    expect([body.overdue, body.paymentState]).toEqual([true, 'partly_paid'])
  })
})

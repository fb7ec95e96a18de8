import { describe, expect, test } from 'bun:test'
import { newId } from '../../src/platform/ids.ts'
import { testApi } from '../support/api.ts'
import { catalogOf, dayFromToday, refusalOf } from '../support/catalog.ts'
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
const [below, direct] = [world.tenant('reseller/agent'), world.tenant('agent/-')]
const [yesterday, tomorrow, nextWeek] = await Promise.all([-1, 1, 7].map((days) => dayFromToday(sql, days)))

const path = '/billing/credits'
const give = (change: Record<string, unknown> = {}, seller: Member = platform) =>
  as(seller, 'POST', path, {
    buyerId: direct.id,
    amount: '20.00',
    currency: 'EUR',
    purpose: 'goodwill',
    reason: 'An outage in May',
    validFrom: '2024-01-01',
    ...change,
  })
const read = async (id: string, viewer: Member = platform) => (await as(viewer, 'GET', `${path}/${id}`)).body
const list = async (query: string, viewer: Member = platform): Promise<string[]> =>
  (await as(viewer, 'GET', `${path}?${query}`)).body.data.map(({ id }: { id: string }) => id)
const entries = async (id: string): Promise<any[]> => (await as(platform, 'GET', `${path}/${id}/entries`)).body.data
const takeBack = (id: string, seller: Member = platform) =>
  as(seller, 'POST', `${path}/${id}/void`, { reason: 'Given by mistake' })
const postingsOf = async (documentIds: readonly string[]) =>
  (
    await sql<{ account: string; amount: string }[]>`
      select account, amount::text from posting where document_id = any (${[...documentIds]}::uuid[]) order by account, amount`
  ).map(({ account, amount }) => `${account} ${amount}`)
const owing = (net: string) => paper.issue(platform, direct, '2024-09', [net])
const draw = (invoiceId: string, amount?: string) =>
  as(platform, 'POST', `/invoices/${invoiceId}/apply-credit`, amount === undefined ? {} : { amount })
/** What was granted and not used up is out of the way of the next test. */
const endAll = async () => {
  for (const state of ['active', 'upcoming'] as const) for (const id of await list(`state=${state}`)) await takeBack(id)
}
/** Lets its last day pass, which nobody can do. */
const overSince = (id: string, day: string) =>
  sql.begin(async (tx) => {
    await tx`set local session_replication_role = replica`
    await tx`update credit_grant set valid = daterange('2024-01-01', ${day}) where id = ${id}`
  })

describe('a granted credit', () => {
  test('201 with Location; it is a cost in the books, and a statement of account shows it beside the money', async () => {
    const { status, body, headers } = await give({ validTo: nextWeek })
    expect([status, headers.get('location')]).toEqual([201, `/api/v1${path}/${body.id}`])
    expect(body).toMatchObject({
      sellerId: platform.id,
      buyerId: direct.id,
      amount: '20.00',
      remaining: '20.00',
      drawn: '0.00',
      state: 'active',
      validTo: nextWeek,
    })
    const [granted] = await entries(body.id)
    expect([granted.kind, granted.amount, granted.invoiceId]).toEqual(['granted', '20.00', null])
    expect(await postingsOf([granted.id])).toEqual(['credit_balance -20.00', 'credits_granted 20.00'])
    const { body: statements } = await as(platform, 'GET', `/ledger/statements?buyerId=${direct.id}`)
    expect(statements.data[0]).toMatchObject({ grantedCredit: '20.00', creditBalance: '0.00', balance: '0.00' })
    await endAll()
  })

  test('is read by all who see the edge, and 404 for everybody else, alike for foreign and absent', async () => {
    const { body } = await give()
    for (const viewer of [direct, agent]) expect(await read(body.id, viewer)).toEqual(body)
    for (const viewer of [reseller, below]) {
      const foreign = await as(viewer, 'GET', `${path}/${body.id}`)
      const absent = await as(viewer, 'GET', `${path}/${newId()}`)
      expect([foreign.status, { ...foreign.body, requestId: '', instance: '' }]).toEqual([
        404,
        { ...absent.body, requestId: '', instance: '' },
      ])
      expect((await as(viewer, 'GET', `${path}/${body.id}/entries`)).status).toBe(404)
      expect(await list('', viewer)).toEqual([])
    }
    await endAll()
  })

  test('is found by its buyer, purpose, state and side, page by page', async () => {
    const ids: string[] = []
    for (const change of [{ purpose: 'promotion' }, { validFrom: tomorrow }, {}]) ids.push((await give(change)).body.id)
    expect(await list('purpose=promotion')).toEqual([ids[0]!])
    expect(await list('state=upcoming')).toEqual([ids[1]!])
    expect(await list(`state=active&buyerId=${direct.id}&side=sell`)).toEqual([ids[2]!, ids[0]!])
    expect(await list(`buyerId=${below.id}`)).toEqual([])
    const { body: first } = await as(platform, 'GET', `${path}?state=active&limit=1`)
    expect(await list(`state=active&limit=1&cursor=${first.page.nextCursor}`)).toEqual([ids[0]!])
    await endAll()
  })

  test('a repeated Idempotency-Key gives nothing a second time', async () => {
    const body = { buyerId: direct.id, amount: '3', currency: 'EUR', purpose: 'promotion', reason: 'Once' }
    const options = { token: await world.token(platform), headers: { 'idempotency-key': newId() } }
    const once = () => api.call('POST', `/api/v1${path}`, { ...options, body: { ...body, validFrom: '2024-01-01' } })
    const [first, second] = [await once(), await once()]
    expect([second.status, second.body.id, second.headers.get('idempotency-replayed')]).toEqual([
      201,
      first.body.id,
      'true',
    ])
    expect(await list('purpose=promotion&state=active')).toEqual([first.body.id])
    await endAll()
  })

  test.each([
    ['nothing', { amount: '0' }, '/amount'],
    ['fractions of a cent', { amount: '0.001' }, '/amount'],
    ['a currency that nobody is billed in', { currency: 'USD' }, '/currency'],
    ['somebody who is no buyer', { buyerId: newId() }, '/buyerId'],
    ["another seller's buyer", { buyerId: below.id }, '/buyerId'],
    ['a day that is none', { validFrom: '2024-02-30' }, '/validFrom'],
    ['an end before its beginning', { validTo: '2023-01-01' }, '/validTo'],
    ['an end that has passed', { validTo: yesterday }, '/validTo'],
    ['a purpose that is not known', { purpose: 'friendship' }, '/purpose'],
  ])('422 for %s, and nothing is granted', async (_, change, pointer) => {
    expect(refusalOf(await give(change))).toMatchObject({ status: 422, pointers: [pointer] })
    expect(await list('state=active')).toEqual([])
  })

  test('403 for a tenant, 409 for an agent', async () => {
    expect((await give({}, direct)).status).toBe(403)
    expect((await give({}, agent)).status).toBe(409)
  })
})

describe('what is granted', () => {
  test('is drawn before money: what ends first before what ends later, and what is left stays', async () => {
    const late = (await give({ validTo: nextWeek })).body.id
    const never = (await give()).body.id
    const soon = (await give({ amount: '5', validTo: tomorrow })).body.id
    const notYet = (await give({ validFrom: tomorrow })).body.id
    const money = { buyerId: direct.id, amount: '100', currency: 'EUR', receivedOn: '2024-09-01', reference: newId() }
    expect((await as(platform, 'POST', '/payments', money)).status).toBe(201)
    const invoiceId = await owing('50')
    expect((await draw(invoiceId, '7')).body).toMatchObject({ paid: '7.00', open: '43.00' })
    const remaining = async () => {
      const all = await Promise.all([soon, late, never, notYet].map((id) => read(id)))
      return all.map((credit) => credit.remaining)
    }
    expect(await remaining()).toEqual(['0.00', '18.00', '20.00', '20.00'])
    expect((await draw(invoiceId)).body).toMatchObject({ paid: '50.00', open: '0.00', paymentState: 'paid' })
    expect(await remaining()).toEqual(['0.00', '0.00', '0.00', '20.00'])
    const [statement] = (await as(platform, 'GET', `/ledger/statements?buyerId=${direct.id}`)).body.data
    expect([statement.creditBalance, statement.grantedCredit]).toEqual(['95.00', '0.00'])
    const drawn = (await entries(late)).filter(({ kind }) => kind === 'drawn')
    expect(drawn.map((entry) => [entry.amount, entry.invoiceId])).toEqual([
      ['-2.00', invoiceId],
      ['-18.00', invoiceId],
    ])
    expect((await read(soon)).state).toBe('used')
    expect(await list(`invoiceId=${invoiceId}`)).toEqual([soon, never, late])
    await endAll()
  })

  test('is taken back as far as it is left, once; what it paid stays paid, and the books say so', async () => {
    const { id } = (await give({ validTo: nextWeek })).body
    const invoiceId = await owing('8')
    await draw(invoiceId)
    expect((await takeBack(id, reseller)).status).toBe(404)
    const { status, body } = await takeBack(id)
    expect([status, body.state, body.drawn, body.voided, body.remaining, body.voidReason]).toEqual([
      200,
      'voided',
      '8.00',
      '12.00',
      '0.00',
      'Given by mistake',
    ])
    expect(refusalOf({ ...(await takeBack(id)) }).code).toBe('credit.nothing_left')
    const voided = (await entries(id)).find(({ kind }) => kind === 'voided')
    expect(await postingsOf([voided.id])).toEqual(['credit_balance 12.00', 'credits_granted -12.00'])
    expect((await as(platform, 'GET', `/invoices/${invoiceId}`)).body.paymentState).toBe('paid')
  })

  test('is not drawn after its last day, whether or not its end was written down, and reads as expired', async () => {
    const { id } = (await give({ amount: '9', validTo: nextWeek })).body
    const invoiceId = await owing('9')
    await overSince(id, await dayFromToday(sql, 0))
    const balance = (await as(platform, 'GET', `/ledger/statements?buyerId=${direct.id}`)).body.data[0]
    expect([balance.grantedCredit, (await draw(invoiceId)).body.open]).toEqual(['0.00', '0.00'])
    expect(await read(id)).toMatchObject({ state: 'expired', drawn: '0.00', expired: '9.00', remaining: '0.00' })
    expect((await takeBack(id)).body.code).toBe('credit.nothing_left')
    const wish = sql`
      insert into credit_grant_entry (id, grant_id, seller_id, currency, kind, amount, on_day, source_id)
      select ${newId()}, id, seller_id, currency, 'drawn', -1, upper(valid), ${newId()} from credit_grant where id = ${id}`
    await expect(Promise.resolve(wish)).rejects.toThrow('granted credit is drawn while it is valid')
  })

  test('comes back as money of the buyer where the document that it paid is credited', async () => {
    const { id } = (await give({ amount: '6', validTo: nextWeek })).body
    const invoiceId = await owing('6')
    await draw(invoiceId)
    const before = (await as(platform, 'GET', `/ledger/statements?buyerId=${direct.id}`)).body.data[0].creditBalance
    await as(platform, 'POST', '/credit-notes', { invoiceId, reason: 'all of it', issue: true })
    const [after] = (await as(platform, 'GET', `/ledger/statements?buyerId=${direct.id}`)).body.data
    expect(Number(after.creditBalance) - Number(before)).toBe(6)
    expect(await read(id)).toMatchObject({ state: 'used', drawn: '6.00' })
  })

  test('keeps its buyer from being closed until it is drawn or taken back', async () => {
    const { body: buyer } = await as(platform, 'POST', '/tenants', { name: 'Leaving', parentId: platform.id })
    const { id } = (await give({ buyerId: buyer.id })).body
    const close = () => as(platform, 'POST', `/tenants/${buyer.id}/close`)
    const refused = await close()
    expect([refused.status, refused.body.code]).toEqual([409, 'organization.not_settled'])
    await takeBack(id)
    expect((await close()).status).toBe(200)
  })
})

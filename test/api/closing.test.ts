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
  ['reseller', 'reseller'],
  ['agent', null],
])
const { as } = catalogOf(api.call, world)
const paper = testPaper(sql)
const { platform } = world
const { reseller, agent } = world.distributors
const partner = world.partner('reseller/reseller')
const [customer, direct] = [world.tenant('reseller/reseller'), world.tenant('agent/-')]

const pathOf = ({ level, id }: Pick<Member, 'level' | 'id'>) => `/${level}s/${id}`
const close = (member: Pick<Member, 'level' | 'id'>, by: Member = platform) => as(by, 'POST', `${pathOf(member)}/close`)
const reasons = (body: { errors: { code: string }[] }) =>
  body.errors.map(({ code }) => code.replace('organization.open_', ''))
const newTenant = async (parent: Member = platform) => {
  const { body } = await as(platform, 'POST', '/tenants', { name: 'Short', parentId: parent.id })
  return { id: body.id as string, level: 'tenant' as const }
}
const pay = (invoiceId: string, amount: string, seller: Member) =>
  as(seller, 'POST', '/payments', {
    amount,
    currency: 'EUR',
    receivedOn: '2024-10-15',
    reference: `bank-${newId()}`,
    allocations: [{ invoiceId }],
  })

describe('an organization without anything open', () => {
  test('is closed for good: it never moves again, not even by direct SQL', async () => {
    const tenant = await newTenant()
    const closed = await close(tenant)
    expect([closed.status, closed.body.state]).toEqual([200, 'closed'])
    for (const verb of ['close', 'suspend', 'resume']) {
      expect((await as(platform, 'POST', `${pathOf(tenant)}/${verb}`)).status).toBe(409)
    }
    expect(sql`update organization set state = 'active' where id = ${tenant.id}`).rejects.toThrow('stays closed')
    expect((await as(platform, 'GET', pathOf(tenant))).body.state).toBe('closed')
    const audited =
      await sql`select action from audit where object_id = ${tenant.id} and action = 'organization.closed'`
    expect(audited).toHaveLength(1)
  })

  test('lets nobody sign in, and nothing is ordered below it', async () => {
    const person = { email: 'last@closing.example', password: 'long enough to do' }
    const { body } = await as(platform, 'POST', '/partners', { name: 'Gone', admins: [{ ...person, name: 'Last' }] })
    await api.signIn(person)
    expect((await close({ level: 'partner', id: body.id })).status).toBe(200)
    const login = await api.call('POST', '/api/v1/auth/login', { body: person })
    expect(login.status).toBe(401)
    const order = await as(platform, 'POST', '/tenants', { name: 'Late', parentId: body.id })
    expect([order.status, order.body.code]).toEqual([409, 'organization.not_active'])
  })
})

describe('an organization with something open', () => {
  test('stays as it is until the organizations below it are closed', async () => {
    const answer = await close(agent)
    expect([answer.status, answer.body.code]).toEqual([409, 'organization.not_settled'])
    expect(reasons(answer.body)).toContain('below')
    expect((await as(platform, 'GET', pathOf(agent))).body.state).toBe('active')
  })

  test('stays as it is until what it owes is settled, also what is left over', async () => {
    const invoiceId = await paper.issue(platform, direct, '2024-09', ['100'])
    expect(reasons((await close(direct)).body)).toEqual(['debts'])
    await pay(invoiceId, '100.00', platform)
    await pay(invoiceId, '20.00', platform)
    expect(reasons((await close(direct)).body)).toEqual(['credit'])
  })

  test('is kept open by money that the caller does not see, and the caller is told no more than that', async () => {
    const invoiceId = await paper.issue(partner, customer, '2024-09', ['40'])
    expect(reasons((await close(customer, reseller)).body)).toEqual(['elsewhere'])
    expect(reasons((await close(customer, partner)).body)).toEqual(['debts'])
    await pay(invoiceId, '40.00', partner)
    expect((await close(customer, reseller)).body.state).toBe('closed')
  })
})

test('closing is for the organizations above: 403 for the own one, 404 alike for a foreign and an absent one', async () => {
  expect((await close(reseller, reseller)).status).toBe(403)
  const answers = await Promise.all([close(direct, reseller), close({ level: 'tenant', id: newId() }, reseller)])
  expect(answers.map(({ status }) => status)).toEqual([404, 404])
  expect(answers[0].body.code).toBe(answers[1].body.code)
})

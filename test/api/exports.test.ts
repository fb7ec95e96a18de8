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
const { reseller } = world.distributors
const [below, direct] = [world.tenant('reseller/agent'), world.tenant('agent/-')]

const id = await paper.issue(platform, direct, '2024-09', ['100', '-1.5'])
const other = await paper.issue(reseller, below, '2024-09', ['70'])
await sql.begin(async (tx) => {
  await tx`set local session_replication_role = replica`
  const parties = { seller: { name: '<b>Platform</b>' }, buyer: { name: '=cmd|calc,"x"' } }
  await tx`update invoice set parties = ${tx.json(parties)} where id = ${id}`
})
const payment = { amount: '30', currency: 'EUR', receivedOn: '2024-10-15', reference: '+49 123' }
await as(platform, 'POST', '/payments', { ...payment, allocations: [{ invoiceId: id }] })

const table = async (member: Member, name: string): Promise<string[]> => {
  const { status, body, headers } = await as(member, 'GET', `/exports/${name}`)
  expect([status, headers.get('content-type')]).toEqual([200, 'text/csv; charset=utf-8; header=present'])
  return (body as string).split('\r\n').slice(0, -1)
}

describe('a table as CSV', () => {
  test('holds what the caller sees; a name that a spreadsheet would run is text', async () => {
    const [head, row, ...more] = await table(direct, 'invoices')
    expect(head).toBe(
      'number,seller,sellerId,buyer,buyerId,period,issueDate,dueDate,currency,net,tax,total,open,amends,id',
    )
    expect(row).toContain(`,"'=cmd|calc,""x""",${direct.id},2024-09,`)
    expect(row).toEndWith(`,EUR,98.50,0.00,98.50,68.50,,${id}`)
    expect(more).toEqual([])
    expect(await table(platform, `invoices?buyerId=${below.id}&side=sell`)).toHaveLength(1)
    expect((await table(below, 'invoices'))[1]).toEndWith(`,${other}`)
  })

  test('lines, payments and the own journal, each of the own edges only', async () => {
    const lines = await table(platform, 'invoice-lines?side=sell')
    expect(lines).toHaveLength(3)
    expect(lines[2]).toContain(',-1.5,-1.50,EUR,')
    expect((await table(direct, 'payments'))[1]).toStartWith("2024-10-15,'+49 123,")
    expect(await table(below, 'payments')).toHaveLength(1)
    expect(await table(platform, 'journal')).toHaveLength(3)
    for (const row of (await table(platform, 'journal')).slice(1)) expect(row).toMatch(/,EUR,\d+\.\d\d,\d+\.\d\d,/)
    expect(await table(reseller, 'journal')).toHaveLength(1)
    expect(await table(platform, 'credit-notes')).toHaveLength(1)
    expect(await table(platform, 'payments?date[gte]=2024-10-16')).toHaveLength(1)
  })

  test('goes on over pages without losing or repeating a row', async () => {
    const nets = Array.from({ length: 2100 }, (_, index) => `${index + 1}`)
    const big = await paper.issue(platform, reseller, '2024-10', nets)
    const rows = (await table(reseller, 'invoice-lines?side=buy')).slice(1)
    expect(rows.map((row) => row.split(',')[12])).toEqual(nets.map((net) => `${net}.00`))
    const { body } = await as(reseller, 'GET', `/invoices/${big}/html`)
    expect([...(body as string).matchAll(/<tr><td>(\d+)<\/td>/g)].map((found) => found[1])).toEqual(nets)
  })

  test('422 for a table or a day that does not exist', async () => {
    expect((await as(platform, 'GET', '/exports/secrets')).status).toBe(422)
    expect((await as(platform, 'GET', '/exports/invoices?date[gte]=2024-02-30')).status).toBe(422)
  })
})

describe('an invoice to print', () => {
  test('says what is owed and what was paid, and runs nothing: all text is escaped, no script, no other origin', async () => {
    const { status, body, headers } = await as(direct, 'GET', `/invoices/${id}/html`)
    expect([status, headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-[\w+/=]+'; base-uri/)
    expect(body).toContain('&lt;b&gt;Platform&lt;/b&gt;')
    expect(body).not.toMatch(/<script|<b>|https?:\/\/|<img|<link/)
    expect(body).toContain('<td>Payment 2024-10-15 +49 123</td><td class="amount">-30.00</td>')
    expect(body).toContain('<td>Due EUR</td><td class="amount">68.50</td>')
    expect(body).toContain('<td>Net</td><td class="amount">98.50</td>')
  })

  test('is there for who sees the document, and for nobody else', async () => {
    const absent = await as(direct, 'GET', `/invoices/${newId()}/html`)
    for (const path of [`/invoices/${other}/html`, `/credit-notes/${id}/html`]) {
      const { status, body } = await as(direct, 'GET', path)
      expect([status, body.code]).toEqual([absent.status, absent.body.code])
    }
    expect((await as(world.partner('reseller/agent'), 'GET', `/invoices/${other}/html`)).status).toBe(200)
  })
})

describe('a credit note', () => {
  test('is printed and exported with what it takes back; an amount alone takes back no quantity', async () => {
    const invoiceId = await paper.issue(platform, reseller, '2024-11', ['80', '20'])
    const lines = [
      { line: 1, net: '80.00' },
      { line: 2, net: '5.00' },
    ]
    const draft = await as(platform, 'POST', '/credit-notes', { invoiceId, reason: 'Outage <12 Nov>', lines })
    const note = await as(platform, 'POST', `/credit-notes/${draft.body.id}/issue`)
    const { body } = await as(reseller, 'GET', `/credit-notes/${note.body.id}/html`)
    expect(body).toContain(`Amends ${note.body.amendsNumber}\nOutage &lt;12 Nov&gt;`)
    expect([...(body as string).matchAll(/<td class="amount">([^<]*)<\/td>/g)].map((found) => found[1])).toEqual([
      '1',
      '80.00',
      '',
      '5.00',
      '85.00',
      '85.00',
    ])
    const exported = (await table(reseller, 'credit-notes?side=buy')).filter((row) => row.endsWith(note.body.id))
    expect(exported).toHaveLength(1)
    expect(exported[0]).toContain(',EUR,85.00,0.00,85.00,')
    const invoice = (await table(reseller, 'invoices?side=buy')).find((row) => row.endsWith(invoiceId))
    expect(invoice).toContain(',EUR,100.00,0.00,100.00,15.00,')
  })
})

import { describe, expect, test } from 'bun:test'
import { newId } from '../../src/platform/ids.ts'
import { testApi } from '../support/api.ts'
import { billingWorld, moneyHandlers } from '../support/billing.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { testWorker } from '../support/worker.ts'
import { buildWorld, type Member } from '../support/world.ts'

const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const world = await buildWorld(api, [
  ['reseller', null],
  ['agent', null],
])
const money = await billingWorld(api, sql, world)
testWorker(database, moneyHandlers)

const { platform } = world
const { reseller, agent } = world.distributors
const below = world.tenant('reseller/-')
const tax = '/settings/tax'
const identity = { legalName: 'Buyer GmbH', addressLines: ['Street 1', '10115 Berlin'], country: 'DE', taxIds: [] }
const send = (member: Member, method: string, path: string, body: object) =>
  money.as(member, method, `${tax}${path}`, { body })
const rate = (change: object) =>
  send(platform, 'POST', '/rates', { country: 'DE', percent: '20', validFrom: '2020-01-01', ...change })

await money.region('eu')
for (const [code, price] of Object.entries({
  a: '10.005',
  b: '10.005',
  c: '10.005',
  quebec: '140',
  zero: '50',
  odd: '1',
})) {
  await money.sellingSku(code)
  await money.list(platform, { [code]: price }, { validFrom: '2024-01-01' })
}
const buyers: Record<string, string> = {}
const buyer = async (name: string, used: readonly string[], change?: object): Promise<void> => {
  const { id } = await money.tenant({ name })
  buyers[name] = id
  if (change) await send(platform, 'PUT', `/identities/${id}`, { ...identity, ...change })
  await money.subscription(id, [{ region: 'eu', externalId: name }])
  for (const sku of used) await money.use(name, sku, '1')
}
const invoiceOf = async (name: string, member = platform) =>
  (await money.invoices(member, `buyerId=${buyers[name]}`)).find((one) => one.state !== 'discarded')
const taxesOf = (invoice: any) => invoice.taxes.map((one: any) => [one.category, one.rate, one.base, one.amount])

describe('what is said of tax', () => {
  test('an identity is read in the branch, changed by its own administrators and those above, and by nobody else', async () => {
    const path = `${tax}/identities/${below.id}`
    expect((await money.as(below, 'GET', path)).status).toBe(404)
    const put = await send(below, 'PUT', `/identities/${below.id}`, identity)
    expect([put.status, put.body.legalName]).toEqual([200, 'Buyer GmbH'])
    expect((await money.as(reseller, 'GET', path)).body).toEqual(put.body)
    const [foreign, absent] = [
      await send(agent, 'PUT', `/identities/${below.id}`, identity),
      await send(agent, 'PUT', `/identities/${newId()}`, identity),
    ]
    expect([foreign.status, foreign.body.code]).toEqual([404, absent.body.code])
    expect((await money.as(agent, 'GET', path)).status).toBe(404)
  })

  test.each([
    ['an unknown country', 'PUT', `/identities/${below.id}`, { ...identity, country: 'XX' }, '/country'],
    [
      'a VAT number without its country',
      'PUT',
      `/identities/${below.id}`,
      { ...identity, taxIds: [{ scheme: 'vat', value: '123456789' }] },
      '/taxIds/0/value',
    ],
    ['a rate over 100', 'POST', '/rates', { country: 'DE', percent: '101', validFrom: '2024-01-01' }, '/percent'],
    [
      'a zero rate of a taxed category',
      'POST',
      '/rates',
      { country: 'DE', percent: '0', validFrom: '2024-01-01' },
      '/percent',
    ],
    [
      'a profile with an unknown country in a rule',
      'PUT',
      '/profile',
      { country: 'DE', rules: [{ countries: ['DE', 'QQ'], buyerHasTaxId: null, category: 'G', reason: 'x' }] },
      '/rules/0/countries/1',
    ],
    [
      'an exemption of somebody who is no buyer',
      'POST',
      '/exemptions',
      { buyerId: newId(), reason: 'x', proof: 'x', validFrom: '2024-01-01' },
      '/buyerId',
    ],
    ['an unknown SKU', 'PUT', '/skus', { skus: [{ sku: 'nothing', code: 'x' }] }, '/skus/0/sku'],
  ])('422 for %s', async (_, method, path, body, pointer) => {
    const answer = await send(platform, method, path, body)
    expect([answer.status, answer.body.errors[0].pointer]).toEqual([422, pointer])
  })

  test('only who sells has a profile and rates, and they are its own', async () => {
    for (const member of [agent, below]) {
      const { status, body } = await send(member, 'PUT', '/profile', { country: 'DE' })
      expect([status, body.code]).toEqual([409, 'billing.not_a_seller'])
    }
    expect((await money.as(platform, 'GET', `${tax}/profile`)).status).toBe(404)
  })
})

describe('documents', () => {
  test('without a profile there is no tax, and a note says so', async () => {
    await buyer('early', ['a'])
    await money.run(platform, '2024-09', false)
    expect(await invoiceOf('early')).toMatchObject({
      taxes: [],
      tax: '0.00',
      total: '10.01',
      taxNote: expect.stringContaining('no tax profile'),
    })
  })

  test('C8 and C10 through the API: per category and rate on the sum of rounded lines, rounded once', async () => {
    const [run] = (await money.read(platform, '/billing/runs')).data
    const cancelled = await money.as(platform, 'POST', `/billing/runs/${run.id}/cancel`)
    await money.job(platform, cancelled.body.jobId)
    await send(platform, 'PUT', '/profile', {
      country: 'DE',
      rules: [{ countries: ['AT'], buyerHasTaxId: true, category: 'AE', reason: 'Reverse charge' }],
    })
    expect((await rate({ validTo: '2024-10-01' })).status).toBe(201)
    const overlapping = await rate({ percent: '19', validFrom: '2024-09-30' })
    expect([overlapping.status, overlapping.body.code]).toEqual([409, 'tax_rate.overlap'])
    await rate({ percent: '16', validFrom: '2024-10-01' })
    await rate({ code: 'quebec', name: 'GST', percent: '5' })
    await rate({ code: 'quebec', name: 'QST', percent: '9.975' })
    await rate({ code: 'zero', category: 'Z', percent: '0' })
    await send(platform, 'PUT', '/skus', {
      skus: [
        { sku: 'quebec', code: 'quebec' },
        { sku: 'zero', code: 'zero' },
        { sku: 'odd', code: 'unheard' },
      ],
    })
    await buyer('three', ['a', 'b', 'c'], {})
    await buyer('canadian', ['quebec'], {})
    await buyer('mixed', ['quebec', 'a', 'zero'], {})
    await buyer('austrian', ['a'], { country: 'AT', taxIds: [{ scheme: 'vat', value: 'ATU12345678' }] })
    await buyer('charity', ['a'], {})
    await buyer('odd', ['odd'], {})
    await buyer('former', ['a'], {})
    const exemption = {
      buyerId: buyers['charity'],
      reason: 'Charity, § 4',
      proof: 'certificate 17',
      validFrom: '2024-01-01',
    }
    expect((await send(platform, 'POST', '/exemptions', exemption)).status).toBe(201)
    expect((await send(platform, 'POST', '/exemptions', exemption)).body.code).toBe('tax_exemption.overlap')
    const former = await send(platform, 'POST', '/exemptions', { ...exemption, buyerId: buyers['former'] })
    const end = (id: string, validTo: string) => send(platform, 'POST', `/exemptions/${id}/end`, { validTo })
    expect((await end(former.body.id, '2023-12-31')).status).toBe(422)
    expect((await end(former.body.id, '2024-09-30')).body).toMatchObject({ id: former.body.id, validTo: '2024-09-30' })
    expect((await end(former.body.id, '2024-10-01')).body.errors[0]).toMatchObject({
      pointer: '/validTo',
      code: 'tax_exemption.end_later',
    })
    expect((await end(newId(), '2024-09-30')).status).toBe(404)
    await money.close('2024-09')
    await money.run(platform, '2024-09')

    // The tax point is the last day of the month: the exemption had ended the day before.
    expect(taxesOf(await invoiceOf('former'))).toEqual([['S', '20', '10.01', '2.00']])
    const three = await invoiceOf('three')
    expect([three.net, three.tax, three.total, three.taxNote]).toEqual(['30.03', '6.01', '36.04', null])
    expect(taxesOf(three)).toEqual([['S', '20', '30.03', '6.01']])
    const canadian = await invoiceOf('canadian')
    expect([canadian.net, canadian.tax, canadian.total]).toEqual(['140.00', '20.97', '160.97'])
    expect(taxesOf(canadian)).toEqual([
      ['S', '5', '140.00', '7.00'],
      ['S', '9.975', '140.00', '13.97'],
    ])
    expect(taxesOf(await invoiceOf('mixed')).toSorted()).toEqual([
      ['S', '20', '10.01', '2.00'],
      ['S', '5', '140.00', '7.00'],
      ['S', '9.975', '140.00', '13.97'],
      ['Z', '0', '50.00', '0.00'],
    ])
    expect((await invoiceOf('austrian')).taxes).toEqual([
      { category: 'AE', name: '', rate: '0', base: '10.01', amount: '0.00', reason: 'Reverse charge' },
    ])
    expect((await invoiceOf('charity')).taxes[0]).toMatchObject({
      category: 'E',
      amount: '0.00',
      reason: 'Charity, § 4',
    })
    expect((await money.lines(platform, three.id)).map((line) => line.taxCategory)).toEqual(['S', 'S', 'S'])
  })

  test('what can not be taxed waits for a person, and the run goes on', async () => {
    expect(await invoiceOf('odd')).toMatchObject({ state: 'parked', parkedFor: 'tax.rate_missing', taxes: [] })
    // Nobody said where this buyer is, and the profile asks for it.
    expect(await invoiceOf('early')).toMatchObject({ state: 'parked', parkedFor: 'tax.buyer_unknown' })
  })

  test('is explained by lines and rates, keeps the identity it was issued to, and posts what is owed to the tax office', async () => {
    const three = await invoiceOf('three')
    const { data } = await money.read(platform, `/invoices/${three.id}/taxes`)
    expect(data).toMatchObject([
      {
        base: '30.03',
        unrounded: '6.006',
        amount: '6.01',
        parts: [
          { servicePeriod: '2024-09', lines: 3, net: '30.03', taxRate: { country: 'DE', validTo: '2024-10-01' } },
        ],
      },
    ])
    const [issued] = await sql`select parties from invoice where id = ${three.id}`
    expect(issued!['parties'].buyer.identity).toMatchObject({ legalName: 'Buyer GmbH', country: 'DE' })
    const postings = await sql`select account, amount from posting where document_id = ${three.id} order by account`
    expect(postings.map(({ account, amount }) => [account, amount])).toEqual([
      ['receivable', '36.04'],
      ['revenue', '-30.03'],
      ['tax_payable', '-6.01'],
    ])
  })

  test('late usage has the tax of its time, beside the tax of the month', async () => {
    await money.use('three', 'a', '1', '2024-09-12')
    await money.use('three', 'a', '1', '2024-10-12')
    await money.close('2024-10')
    await money.run(platform, '2024-10')
    const [invoice] = await money.invoices(platform, `buyerId=${buyers['three']}&period=2024-10`)
    expect(taxesOf(invoice)).toEqual([
      ['S', '16', '10.01', '1.60'],
      ['S', '20', '10.01', '2.00'],
    ])
  })
})

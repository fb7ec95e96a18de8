import { describe, expect, test } from 'bun:test'
import { checkCollected } from '../../src/modules/verify/commissions/collected.ts'
import { checkEarnings } from '../../src/modules/verify/commissions/earnings.ts'
import { newId, nilId } from '../../src/platform/ids.ts'
import { commissionWorld, tiers } from '../support/commissions.ts'
import { breakIn } from '../support/harms.ts'
import { openVerifier } from '../support/verify.ts'
import type { Member } from '../support/world.ts'

const { database, api, sql, world, paper, commissions, nextPeriod } = await commissionWorld()
const { platform, partner, tenant } = world
const agent = partner('-/agent')
const buyer = tenant('-/agent')

const ask = async (member: Member, method: string, path: string, body?: object) =>
  api.call(method, `/api/v1${path}`, { token: await world.token(member), ...(body ? { body } : {}) })
const pay = async (invoiceId: string, amount: string, receivedOn: string) => {
  const payment = { amount, currency: 'EUR', receivedOn, reference: newId(), allocations: [{ invoiceId }] }
  const { status, body } = await ask(platform, 'POST', '/payments', payment)
  if (status !== 201) throw new Error(`paying answered ${status} ${JSON.stringify(body)}`)
  return body.id as string
}
const earned = async (period: string) =>
  (await commissions.earnings(period)).map(({ base, amount }) => `${base} ${amount}`)
/** Runs a month, and again: the second run adds nothing. */
const run = async (period: string): Promise<string[]> => {
  await commissions.run(platform, period)
  const found = await earned(period)
  await commissions.run(platform, period)
  expect(await earned(period)).toEqual(found)
  return found
}
describe('a rule on what is collected', () => {
  test('earns with each payment, in its month, and on a document that is paid exactly what the document would', async () => {
    const [period, next] = [nextPeriod(), nextPeriod()]
    await commissions.rule(period, { payer: platform, payee: agent, body: { basis: 'collected' } })
    const invoiceId = await paper.issue(platform, buyer, period, ['33.33', '66.67'])
    expect(await run(period)).toEqual([])
    await pay(invoiceId, '50.00', `${period}-20`)
    await pay(invoiceId, '50.00', `${next}-03`)
    expect(await run(period)).toEqual(['16.67 1.67', '33.34 3.33'])
    expect(await run(next)).toEqual(['16.66 1.66', '33.33 3.34'])
  })

  test('takes back what the bank took back', async () => {
    const period = nextPeriod()
    await commissions.rule(period, { payer: platform, payee: agent, body: { basis: 'collected' } })
    const invoiceId = await paper.issue(platform, buyer, period, ['60.00', '40.00'])
    const paymentId = await pay(invoiceId, '100.00', `${period}-20`)
    expect(await run(period)).toEqual(['60.00 6.00', '40.00 4.00'])
    const reversal = await ask(platform, 'POST', `/payments/${paymentId}/reverse`, { reason: 'returned by the bank' })
    expect(reversal.status).toBe(201)
    const month = (await ask(platform, 'GET', `/payments/${reversal.body.id}`)).body.receivedOn.slice(0, 7)
    expect(month).toBe(period)
    expect(await run(period)).toEqual(['60.00 6.00', '-60.00 -6.00', '40.00 4.00', '-40.00 -4.00'])
  })

  test('earns nothing of what a gift of the seller paid', async () => {
    const period = nextPeriod()
    await commissions.rule(period, { payer: platform, payee: agent, body: { basis: 'collected' } })
    const invoiceId = await paper.issue(platform, buyer, period, ['60.00', '40.00'])
    const gift = { buyerId: buyer.id, amount: '40', currency: 'EUR', purpose: 'goodwill', reason: 'An outage' }
    const given = await ask(platform, 'POST', '/billing/credits', { ...gift, validFrom: '2024-01-01' })
    const drawn = await ask(platform, 'POST', `/invoices/${invoiceId}/apply-credit`, {})
    expect([given.status, drawn.body.open]).toEqual([201, '60.00'])
    await pay(invoiceId, '60.00', `${period}-20`)
    expect(await run(period)).toEqual(['36.00 3.60', '24.00 2.40'])
  })

  test('follows a credit note to the line that it names: the rest of the document is all paid then', async () => {
    const period = nextPeriod()
    await commissions.rule(period, { payer: platform, payee: agent, body: { basis: 'collected' } })
    const invoiceId = await paper.issue(platform, buyer, period, ['60.00', '40.00'])
    await pay(invoiceId, '50.00', `${period}-20`)
    const note = { invoiceId, reason: 'never delivered', lines: [{ line: 1 }], issue: true }
    const { body } = await ask(platform, 'POST', '/credit-notes', note)
    expect([body.applied, body.toBalance]).toEqual(['50.00', '10.00'])
    expect(await run(period)).toEqual(['30.00 3.00', '20.00 2.00'])
    expect((await run(body.issueDate.slice(0, 7))).slice(-2)).toEqual(['-30.00 -3.00', '20.00 2.00'])
  })

  test('counts the month to date by its tiers', async () => {
    const period = nextPeriod()
    const body = { basis: 'collected', scope: 'period', ...tiers('marginal', ['100', '10'], [null, '20']) }
    await commissions.rule(period, { payer: platform, payee: agent, body })
    const invoiceId = await paper.issue(platform, buyer, period, ['300.00'])
    await pay(invoiceId, '80.00', `${period}-10`)
    await pay(invoiceId, '220.00', `${period}-20`)
    expect(await run(period)).toEqual(['80.00 8.00', '220.00 42.00'])
  })

  test('422 where it is to earn before it is paid', async () => {
    const rule = {
      payeeId: agent.id,
      basis: 'collected',
      scope: 'line',
      tiers: [{ to: null, percent: '1' }],
      validFrom: '2019-01-01',
    }
    const answer = await ask(platform, 'POST', '/commissions/rules', { ...rule, trigger: 'issued' })
    expect([answer.status, answer.body.errors[0].pointer]).toEqual([422, '/trigger'])
    const made = await ask(platform, 'POST', '/commissions/rules', { ...rule, validTo: '2019-02-01' })
    expect([made.status, made.body.basis, made.body.trigger]).toEqual([201, 'collected', 'paid'])
  })
})

test('a rule that waits for payment earns whole lines, with the payment that completes the document', async () => {
  const period = nextPeriod()
  await commissions.rule(period, { payer: platform, payee: agent, body: { trigger: 'paid' } })
  const invoiceId = await paper.issue(platform, buyer, period, ['60.00', '40.00'])
  await pay(invoiceId, '99.99', `${period}-10`)
  expect(await run(period)).toEqual([])
  await pay(invoiceId, '0.01', `${period}-11`)
  expect(await run(period)).toEqual(['60.00 6.00', '40.00 4.00'])
})

describe('a rule on the margin', () => {
  test('waits for the cost, and then earns on what is left of the line', async () => {
    const period = nextPeriod()
    await commissions.rule(period, { payer: platform, payee: agent, body: { basis: 'margin' } })
    const invoiceId = await paper.issue(platform, buyer, period, ['100.00'])
    const waiting = await commissions.run(platform, period)
    expect(waiting).toMatchObject({ earnings: 0, withoutCost: 1 })
    const { body } = await ask(platform, 'GET', `/commissions/summary?period=${period}`)
    expect(body.data[0]).toMatchObject({ estimated: null, parked: 1, earned: '0.00' })
    await rateCost(invoiceId, period, '62.504')
    expect(await run(period)).toEqual(['37.50 3.75'])
    const [earning] = (await ask(platform, 'GET', `/commissions/earnings?period=${period}`)).body.data
    const explained = async (reader: Member) =>
      (await ask(reader, 'GET', `/commissions/earnings/${earning.id}/explain`)).body
    expect(await explained(platform)).toMatchObject({
      lineBase: '100.00',
      cost: '62.50',
      base: '37.50',
      amount: '3.75',
    })
    expect(await explained(agent)).toMatchObject({ cost: null, base: '37.50', amount: '3.75' })
  })

  test('what a minimum adds is one service with the use, on the bill and in what the payer pays itself', async () => {
    const [period, next] = [nextPeriod(), nextPeriod()]
    for (const month of [period, next]) {
      await commissions.rule(month, { payer: platform, payee: agent, body: { basis: 'margin' } })
    }
    const used = await paper.issue(platform, buyer, period, ['60.00', { net: '40.00', minimumOf: 1 }])
    await rateCost(used, period, '50')
    expect(await run(period)).toEqual(['10.00 1.00', '40.00 4.00'])
    const costly = await paper.issue(platform, buyer, next, ['60.00'])
    await rateCost(costly, next, '20')
    await rateCost(costly, next, '15', 'minimum')
    expect(await run(next)).toEqual(['25.00 2.50'])
  })

  test('a minimum of what was not used costs the payer nothing once what it pays is known', async () => {
    const period = nextPeriod()
    await commissions.rule(period, { payer: platform, payee: agent, body: { basis: 'margin' } })
    await paper.issue(platform, buyer, period, [{ net: '40.00', minimumOf: 1 }])
    expect(await commissions.run(platform, period)).toMatchObject({ earnings: 0, withoutCost: 1 })
    const costs = { code: 'costs', name: 'Costs', kind: 'cost', currency: 'EUR', scope: 'default', state: 'active' }
    const rates = [{ sku: 'vm', rate: { kind: 'per_unit', unitPrice: '1' } }]
    await ask(platform, 'POST', '/pricing/skus', { code: 'vm', name: 'VM', unit: 'hour' })
    const made = await ask(platform, 'POST', '/pricing/price-lists', { ...costs, validFrom: '2020-01-01', rates })
    expect(made.status).toBe(201)
    expect(await run(period)).toEqual(['40.00 4.00'])
  })
})

/** What the platform pays for the first line of a document, as its cost list would have rated it. */
async function rateCost(invoiceId: string, period: string, unrounded: string, kind = 'usage'): Promise<void> {
  await sql`
    insert into rated_bucket (seller_id, period, edge_id, tenant_id, subscription_id, sku_id, service_period, region_id,
                              service_start, service_end, chain_id, buyer_id, partner_id, distributor_id, plan_version_id,
                              quantity, currency, currency_digits, price_rate_id, unrounded, state, see_platform_id, kind)
    select cost.seller_id, ${period}, cost.id, line.tenant_id, line.subscription_id, line.sku_id, line.service_period,
           line.region_id, line.service_start, line.service_end, chain.id, cost.buyer_id, chain.partner_id,
           chain.distributor_id, ${newId()}, line.quantity, 'EUR', 2, line.price_rate_id, ${unrounded}, 'fresh', ${platform.id},
           ${kind}
    from invoice_line line
    join chain on chain.tenant_id = line.tenant_id
    cross join (select * from edge where kind = 'cost' limit 1) cost
    where line.invoice_id = ${invoiceId} and line.line = 1`
}

test('verify computes them again, and names one whose base was changed', async () => {
  const named = async (): Promise<string[]> => {
    const db = openVerifier(database)
    const scope = {
      role: 'weir_verify',
      organizationId: nilId,
      accountId: null,
      sellerOfRecordId: nilId,
      line: [],
    } as const
    const found = await db.transaction(scope, async (tx) => [
      ...(await checkCollected.run({ tx, progress: () => {} })).broken.first,
      ...(await checkEarnings.run({ tx, progress: () => {} })).broken.first,
    ])
    await db.close()
    return found.map(({ row }) => row)
  }
  expect(await named()).toEqual([])
  const [row] = await sql<{ id: string }[]>`select id from earning where payment_id is not null order by id limit 1`
  await breakIn(database, (tx) => tx`update earning set base = base + 1 where id = ${row?.id ?? ''}`)
  expect(await named()).toContain(`earning ${row?.id}`)
  await breakIn(database, (tx) => tx`update earning set base = base - 1 where id = ${row?.id ?? ''}`)
  await sql`update rated_bucket set unrounded = unrounded + 1`
  expect((await named()).length).toBeGreaterThan(0)
  await sql`update rated_bucket set rated_at = clock_timestamp()`
  expect(await named()).toEqual([])
})

test('every earning on a payment is explained, and its explanation comes to its amount', async () => {
  const rows = await sql<{ id: string; amount: string }[]>`
    select id, amount::text from earning where payment_id is not null or rule ->> 'basis' = 'margin'`
  expect(rows.length).toBeGreaterThan(8)
  for (const { id, amount } of rows) {
    const { status, body } = await ask(platform, 'GET', `/commissions/earnings/${id}/explain`)
    expect([status, body.amount]).toEqual([200, amount])
  }
})

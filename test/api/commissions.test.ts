import { describe, expect, test } from 'bun:test'
import { openDatabase, type Scope } from '../../src/platform/db.ts'
import { nilId } from '../../src/platform/ids.ts'
import { commissionWorld, dayAfter, daysIn, refusalOf } from '../support/commissions.ts'
import type { Member } from '../support/world.ts'

const { database, api, sql, world, paper, commissions, nextPeriod } = await commissionWorld()
const { call } = api
const { platform, distributors, partner, tenant } = world
const token = {
  platform: await world.token(platform),
  agent: await world.token(distributors.agent),
  reseller: await world.token(distributors.reseller),
  direct: await world.token(partner('-/agent')),
  below: await world.token(partner('agent/agent')),
  sold: await world.token(partner('reseller/agent')),
  tenant: await world.token(tenant('agent/agent')),
}

describe('POST /commissions/runs', () => {
  const run = (caller: string, body: unknown, headers: Record<string, string> = {}) =>
    call('POST', '/api/v1/commissions/runs', { token: caller, body, headers })

  test('202 with where to look; the same Idempotency-Key asks for one run', async () => {
    const headers = { 'idempotency-key': 'run-once' }
    const first = await run(token.platform, { period: '2021-01' }, headers)
    expect([first.status, first.headers.get('location'), first.headers.get('retry-after')]).toEqual([
      202,
      `/api/v1/jobs/${first.body.jobId}`,
      '1',
    ])
    expect((await run(token.platform, { period: '2021-01' }, headers)).body).toEqual(first.body)
    const [job] = await sql`select kind, payload, org_id from job where id = ${first.body.jobId}`
    expect(job).toEqual({
      kind: 'commissions.run',
      payload: { payerId: platform.id, period: '2021-01' },
      org_id: platform.id,
    })
  })

  test('409 for an agent and for a month that has not begun, 422 for a month that is none', async () => {
    const agent = await run(token.agent, { period: '2021-01' })
    expect([agent.status, agent.body.code]).toEqual([409, 'billing.not_a_seller'])
    const early = await run(token.platform, { period: '2199-01' })
    expect([early.status, early.body.code]).toEqual([409, 'billing.period_future'])
    const wrong = await run(token.platform, { period: '2021-13' })
    expect([wrong.status, wrong.body.errors[0].pointer]).toEqual([422, '/period'])
  })
})

/** One period with documents on three edges: two agents of the platform on one, the reseller's agent on another. */
const period = nextPeriod()
await commissions.rule(period, {
  payer: platform,
  payee: distributors.agent,
  percent: '10',
  body: {
    inheritable: true,
    scope: 'period',
    tiers: [
      { to: '150', percent: '10' },
      { to: null, percent: '20' },
    ],
  },
})
await commissions.rule(period, { payer: distributors.reseller, payee: partner('reseller/agent'), percent: '7' })
const twoAgents = await paper.issue(platform, tenant('agent/agent'), period, ['100.05', '100.00'])
await paper.issue(distributors.reseller, tenant('reseller/agent'), period, ['50.00'])
await commissions.run(platform, period)
await commissions.run(distributors.reseller, period)

const earningsOf = async (caller: string, filter = '') => {
  const { status, body } = await call('GET', `/api/v1/commissions/earnings?period=${period}&limit=200${filter}`, {
    token: caller,
  })
  expect(status).toBe(200)
  return body.data as Record<string, string>[]
}

describe('GET /commissions/earnings', () => {
  test('payer and payee see it with the fields that are promised, newest first', async () => {
    const mine = await earningsOf(token.below)
    const [last] = mine
    expect(mine).toHaveLength(2)
    expect(last).toEqual({
      id: last!['id']!,
      payeeId: partner('agent/agent').id,
      payerId: platform.id,
      ruleVersionId: last!['ruleVersionId']!,
      documentId: twoAgents,
      line: 2,
      kind: 'earned',
      serviceStart: `${period}-01`,
      serviceEnd: dayAfter(period),
      base: '100.00',
      baseToDate: '200.05',
      amount: '15.00',
      currency: 'EUR',
      period,
      reverses: null,
      shareOf: null,
      heldUntil: null,
      statementId: last!['statementId']!,
      payoutId: null,
      createdAt: last!['createdAt']!,
      updatedAt: last!['createdAt']!,
    } as never)
    expect(mine.map(({ amount }) => amount)).toEqual(['15.00', '10.01'])
    const paid = await earningsOf(token.platform)
    expect(paid.filter(({ payeeId }) => payeeId === partner('agent/agent').id)).toEqual(mine)
    expect(paid).toHaveLength(4)
  })

  test('pages and filters', async () => {
    const all = await earningsOf(token.platform)
    const path = `/api/v1/commissions/earnings?documentId=${twoAgents}&payeeId=${distributors.agent.id}&limit=1`
    const first = await call('GET', path, { token: token.platform })
    const second = await call('GET', `${path}&cursor=${first.body.page.nextCursor}`, { token: token.platform })
    expect([...first.body.data, ...second.body.data]).toEqual(
      all.filter(({ payeeId }) => payeeId === distributors.agent.id),
    )
    expect(second.body.page).toEqual({ nextCursor: null, hasMore: false })
    const foreign = Buffer.from('earnings|nonsense').toString('base64url')
    expect((await call('GET', `${path}&cursor=${foreign}`, { token: token.platform })).body.errors[0].pointer).toBe(
      '/query/cursor',
    )
  })
})

describe('GET /commissions/earnings/{id}/explain', () => {
  test('from the line to the cent, for the payee of an inherited rule too', async () => {
    const [second] = await earningsOf(token.below)
    const answer = await call('GET', `/api/v1/commissions/earnings/${second!['id']}/explain`, { token: token.below })
    expect(answer.status).toBe(200)
    expect(answer.body).toEqual({
      earningId: second!['id'],
      kind: 'earned',
      currency: 'EUR',
      document: { id: twoAgents, number: answer.body.document.number, line: 2 },
      lineNet: '100.00',
      lineBase: '100.00',
      days: {
        serviceStart: `${period}-01`,
        serviceEnd: second!['serviceEnd'],
        earned: daysIn(period),
        ofLine: daysIn(period),
      },
      base: '100.00',
      rule: {
        ruleVersionId: second!['ruleVersionId'],
        basis: 'net',
        scope: 'period',
        inherited: true,
        tiers: [
          { from: '0', to: '150', percent: '10', mode: 'marginal' },
          { from: '150', to: null, percent: '20', mode: 'marginal' },
        ],
        cap: null,
        floor: null,
      },
      baseBefore: '100.05',
      baseToDate: '200.05',
      steps: [
        { from: '0', to: '150', mode: 'marginal', base: '150', percent: '10', amount: '15' },
        { from: '150', to: null, mode: 'marginal', base: '50.05', percent: '20', amount: '10.01' },
      ],
      unrounded: '25.01',
      rounded: '25.01',
      uncappedToDate: null,
      earnedBefore: '10.01',
      earnedToDate: '25.01',
      whole: '15.00',
      takesBack: null,
      eventId: null,
      cost: null,
      part: { shareOf: null, percent: '100', heldUntil: null },
      amount: '15.00',
    })
  })

  test('every earning of the period replays to its own amount', async () => {
    for (const caller of [token.platform, token.agent, token.reseller, token.sold]) {
      for (const { id, amount } of await earningsOf(caller)) {
        const answer = await call('GET', `/api/v1/commissions/earnings/${id}/explain`, { token: caller })
        expect([answer.status, answer.body.amount]).toEqual([200, amount!])
      }
    }
  })

  test('404 alike for a foreign earning and an absent one', async () => {
    const [foreign] = await earningsOf(token.sold)
    for (const id of [foreign!['id'], Bun.randomUUIDv7()]) {
      const answer = await call('GET', `/api/v1/commissions/earnings/${id}/explain`, { token: token.platform })
      expect([answer.status, answer.body.code]).toEqual([404, 'resource.not_found'])
    }
  })
})

describe('isolation', () => {
  test('a partner sees no earning of its distributor, a distributor none of its partner, the platform none of a reseller', async () => {
    const payees = async (caller: string) => [...new Set((await earningsOf(caller)).map(({ payeeId }) => payeeId))]
    expect(await payees(token.below)).toEqual([partner('agent/agent').id])
    expect(await payees(token.agent)).toEqual([distributors.agent.id])
    expect(await payees(token.sold)).toEqual([partner('reseller/agent').id])
    expect(await payees(token.reseller)).toEqual([partner('reseller/agent').id])
    expect(await payees(token.platform)).not.toContain(partner('reseller/agent').id)
    expect(await payees(token.direct)).toEqual([])
    expect((await call('GET', '/api/v1/commissions/earnings', { token: token.tenant })).status).toBe(403)
  })

  test("a partner that earns by its distributor's rule can not read the rule", async () => {
    const [mine] = await earningsOf(token.below)
    const read = await call('GET', `/api/v1/commissions/rules/${mine!['ruleVersionId']}`, { token: token.below })
    expect(read.status).toBe(404)
    const listed = await call('GET', `/api/v1/commissions/rules?payeeId=${distributors.agent.id}`, {
      token: token.below,
    })
    expect(listed.body.data).toEqual([])
  })

  test('direct SQL as each tier shows exactly the rows of payer and payee, without any predicate', async () => {
    const db = openDatabase({ url: database.apiUrl, name: 'test-tiers', poolMax: 1, statementTimeoutMs: 10_000 })
    const scopeOf = (member: Member): Scope => ({
      role: `weir_${member.level}`,
      organizationId: member.id,
      accountId: null,
      sellerOfRecordId: nilId,
      line: member.line,
    })
    for (const member of world.all) {
      const [mine] = await sql`
        select (select count(*)::int from earning where ${member.id} in (payer_id, payee_id)) as earnings,
               (select count(*)::int from commission_rule where ${member.id} in (payer_id, payee_id)) as rules,
               (select count(*)::int from posting where document_type = 'earning' and book_id = ${member.id}) as postings`
      const [seen] = await db.transaction(
        scopeOf(member),
        (tx) => tx`
          select (select count(*)::int from earning) as earnings, (select count(*)::int from commission_rule) as rules,
                 (select count(*)::int from posting where document_type = 'earning') as postings`,
      )
      expect([member.name, seen]).toEqual([member.name, mine])
    }
    await db.close()
  })

  test('no tier can write a rule or an earning, not even the payer', async () => {
    const db = openDatabase({ url: database.apiUrl, name: 'test-writes', poolMax: 1, statementTimeoutMs: 10_000 })
    const scope: Scope = {
      role: 'weir_platform',
      organizationId: platform.id,
      accountId: null,
      sellerOfRecordId: nilId,
      line: [],
    }
    for (const statement of [
      'update earning set amount = 0',
      'delete from earning',
      'update commission_rule set inheritable = false',
      'delete from commission_rule',
    ]) {
      for (const role of ['weir_platform', 'weir_seller'] as const) {
        if (role === 'weir_seller' && statement.startsWith('update commission_rule')) continue
        const outcome = db.transaction({ ...scope, role }, (tx) => tx.unsafe(statement))
        expect(await refusalOf(outcome)).toContain('permission denied')
      }
    }
    await db.close()
  })
})

import { describe, expect, test } from 'bun:test'
import { commissionWorld, plainTerms } from '../support/commissions.ts'
import type { Member } from '../support/world.ts'

const { api, sql, world, paper, commissions } = await commissionWorld()
const { call } = api
const { platform, distributors, partner, tenant } = world
const token = {
  platform: await world.token(platform),
  agent: await world.token(distributors.agent),
  reseller: await world.token(distributors.reseller),
  direct: await world.token(partner('-/agent')),
  sold: await world.token(partner('reseller/agent')),
  tenant: await world.token(tenant('agent/agent')),
}
const rulesPath = '/api/v1/commissions/rules'

/** A year of its own for each test of rules: no two of them overlap. */
let year = 2100
const nextYear = (): number => (year += 1)

const newRule = (payee: Member, change: Record<string, unknown> = {}) => ({
  payeeId: payee.id,
  basis: 'net',
  scope: 'line',
  tiers: [{ to: null, percent: '10' }],
  validFrom: '2050-01-01',
  validTo: '2050-02-01',
  ...change,
})
const post = (caller: string, body: unknown, headers: Record<string, string> = {}) =>
  call('POST', rulesPath, { token: caller, body, headers })

describe('POST /commissions/rules', () => {
  test('201 with Location, ETag, and the rule as it was meant', async () => {
    const at = nextYear()
    const tiers = [
      { from: '0', to: '100.50', percent: '5', mode: 'whole' },
      { to: null, percent: '7.5' },
    ]
    const body = newRule(partner('-/agent'), { tiers, validFrom: `${at}-01-01`, validTo: `${at}-07-01` })
    const answer = await post(token.platform, body)
    expect(answer.status).toBe(201)
    expect(answer.headers.get('location')).toBe(`${rulesPath}/${answer.body.id}`)
    const { endedRuleId, together, ...rule } = answer.body
    expect(endedRuleId).toBeNull()
    expect(rule).toEqual({
      id: rule.id,
      payerId: platform.id,
      payeeId: partner('-/agent').id,
      currency: 'EUR',
      basis: 'net',
      scope: 'line',
      tiers: [
        { from: '0', to: '100.5', percent: '5', mode: 'whole' },
        { from: '100.5', to: null, percent: '7.5', mode: 'marginal' },
      ],
      ...plainTerms,
      inheritable: true,
      validFrom: `${at}-01-01`,
      validTo: `${at}-07-01`,
      createdAt: rule.createdAt,
      updatedAt: rule.updatedAt,
    })
    expect(together).toEqual({
      percent: '7.5',
      agents: [{ payeeId: rule.payeeId, ruleVersionId: rule.id, inherited: false, percent: '7.5' }],
    })
    for (const reader of [token.platform, token.direct]) {
      const read = await call('GET', `${rulesPath}/${rule.id}`, { token: reader })
      expect([read.status, read.headers.get('etag')]).toEqual([200, '"1"'])
      expect(read.body).toEqual(rule)
    }
    const audited = await sql`select action, org_id from audit where object_id = ${rule.id}`
    expect([...audited]).toEqual([{ action: 'commission_rule.created', org_id: platform.id }])
  })

  test('says what it adds up to: an inherited rule is paid twice on the worst line, an own one on top', async () => {
    const days = { validFrom: `${nextYear()}-01-01`, validTo: `${year}-07-01` }
    const [above, below] = [distributors.agent, partner('agent/agent')]
    const first = await post(token.platform, newRule(above, { ...days, tiers: [{ to: null, percent: '12' }] }))
    expect(first.body.together).toEqual({
      percent: '24',
      agents: [
        { payeeId: above.id, ruleVersionId: first.body.id, inherited: false, percent: '12' },
        { payeeId: below.id, ruleVersionId: first.body.id, inherited: true, percent: '12' },
      ],
    })
    const own = await post(token.platform, newRule(below, { ...days, tiers: [{ to: null, percent: '20' }] }))
    expect(own.body.together.percent).toBe('32')
    expect(own.body.together.agents.map((one: { percent: string }) => one.percent)).toEqual(['12', '20'])
  })

  test("a reseller's agent stands alone: rules of the platform above the reseller do not add up with it", async () => {
    const days = { validFrom: `${nextYear()}-01-01`, validTo: `${year}-07-01` }
    const answer = await post(token.reseller, newRule(partner('reseller/agent'), days))
    expect([answer.status, answer.body.payerId, answer.body.together.percent]).toEqual([
      201,
      distributors.reseller.id,
      '10',
    ])
  })

  test('a later rule lets the open-ended one before it end, in one step', async () => {
    const at = nextYear()
    const open = { validFrom: `${at}-01-01`, validTo: undefined, currency: 'CHF' }
    const first = await post(token.platform, newRule(partner('-/agent'), open))
    const second = await post(token.platform, newRule(partner('-/agent'), { ...open, validFrom: `${at}-03-01` }))
    expect([second.status, second.body.endedRuleId]).toEqual([201, first.body.id])
    const before = await call('GET', `${rulesPath}/${first.body.id}`, { token: token.platform })
    expect([before.body.validTo, before.headers.get('etag')]).toEqual([`${at}-03-01`, '"2"'])
    const [ended] =
      await sql`select details from audit where object_id = ${first.body.id} and action = 'commission_rule.ended'`
    expect(ended?.['details']).toEqual({ validTo: `${at}-03-01` })
  })

  test('409 for any other overlap, and nothing changes; another currency is no overlap', async () => {
    const at = nextYear()
    const closed = newRule(partner('-/agent'), { validFrom: `${at}-03-01`, validTo: `${at}-09-01` })
    expect((await post(token.platform, closed)).status).toBe(201)
    const before = await sql`select count(*)::int from commission_rule`
    for (const days of [
      { validFrom: `${at}-08-31`, validTo: `${at}-10-01` },
      { validFrom: `${at}-01-01`, validTo: `${at}-03-02` },
      { validFrom: `${at}-01-01`, validTo: undefined },
    ]) {
      const answer = await post(token.platform, { ...closed, ...days })
      expect([answer.status, answer.body.code, answer.body.errors[0].pointer]).toEqual([
        409,
        'commission.rule_overlap',
        '/validFrom',
      ])
    }
    expect([...(await sql`select count(*)::int from commission_rule`)]).toEqual([...before])
    expect((await post(token.platform, { ...closed, currency: 'USD' })).status).toBe(201)
  })

  test('the same Idempotency-Key makes one rule', async () => {
    const body = newRule(partner('-/agent'), { validFrom: `${nextYear()}-01-01`, validTo: `${year}-02-01` })
    const key = { 'idempotency-key': 'rule-once' }
    const [first, again] = [await post(token.platform, body, key), await post(token.platform, body, key)]
    expect([first.status, again.status, again.body.id]).toEqual([201, 201, first.body.id])
    expect(again.headers.get('idempotency-replayed')).toBe('true')
  })

  const tier = (change: object) => ({
    tiers: [
      { to: '10', percent: '5' },
      { to: null, percent: '5', ...change },
    ],
  })
  test.each([
    ['a hole between tiers', tier({ from: '11' }), '/tiers/1/from'],
    ['tiers that overlap', tier({ from: '9' }), '/tiers/1/from'],
    ['a percent over 100', tier({ percent: '100.01' }), '/tiers/1/percent'],
    ['a negative percent', tier({ percent: '-1' }), '/tiers/1/percent'],
    ['a last tier that is not open', tier({ to: '20' }), '/tiers/1/to'],
    ['no tier', { tiers: [] }, '/tiers'],
    ['an unknown currency', { currency: 'XXZ' }, '/currency'],
    ['a day that no calendar has', { validFrom: '2050-02-30' }, '/validFrom'],
    ['an end before the start', { validTo: '2050-01-01' }, '/validTo'],
    ['an unknown basis', { basis: 'gross' }, '/basis'],
    ['an unknown field', { payer: 'me' }, '/payer'],
    ['a percent as a number', { tiers: [{ to: null, percent: 5 }] }, '/tiers/0/percent'],
  ])('422 with a pointer for %s', async (_, change, pointer) => {
    const answer = await post(token.platform, newRule(partner('-/agent'), change))
    expect(answer.status).toBe(422)
    expect(answer.body.errors[0].pointer).toBe(pointer)
  })

  test('422 alike for a payee that is absent, foreign, a reseller, a tenant, above, or behind a reseller', async () => {
    const absent = { id: Bun.randomUUIDv7() } as Member
    const wanted: readonly (readonly [string, Member])[] = [
      [token.platform, absent],
      [token.platform, platform],
      [token.platform, distributors.reseller],
      [token.platform, partner('agent/reseller')],
      [token.platform, partner('reseller/agent')],
      [token.platform, tenant('-/agent')],
      [token.reseller, partner('agent/agent')],
      [token.reseller, distributors.agent],
      [token.reseller, distributors.reseller],
      [token.reseller, absent],
    ]
    const faces = new Set<string>()
    for (const [caller, payee] of wanted) {
      const answer = await post(caller, newRule(payee))
      const { requestId: _, ...face } = answer.body
      faces.add(JSON.stringify(face))
      expect([answer.status, answer.body.code, answer.body.errors[0].pointer]).toEqual([
        422,
        'reference.unknown',
        '/payeeId',
      ])
    }
    expect(faces.size).toBe(1)
  })

  test('409 for an agent, 403 for a tenant and 401 for a stranger', async () => {
    const agent = await post(token.agent, newRule(partner('agent/agent')))
    expect([agent.status, agent.body.code]).toEqual([409, 'billing.not_a_seller'])
    expect((await post(token.tenant, newRule(partner('agent/agent')))).status).toBe(403)
    expect((await call('POST', rulesPath, { body: {} })).status).toBe(401)
  })
})

describe('POST /commissions/rules/{id}/end', () => {
  const end = (caller: string, id: string, validTo: string) =>
    call('POST', `${rulesPath}/${id}/end`, { token: caller, body: { validTo } })

  test('the end comes earlier, never later; the same end again changes nothing', async () => {
    const at = nextYear()
    const { body: rule } = await post(
      token.platform,
      newRule(partner('-/agent'), { validFrom: `${at}-01-01`, validTo: undefined }),
    )
    const ended = await end(token.platform, rule.id, `${at}-06-01`)
    expect([ended.status, ended.body.validTo, ended.headers.get('etag')]).toEqual([200, `${at}-06-01`, '"2"'])
    const again = await end(token.platform, rule.id, `${at}-06-01`)
    expect([again.status, again.headers.get('etag')]).toEqual([200, '"2"'])
    const later = await end(token.platform, rule.id, `${at}-06-02`)
    expect([later.status, later.body.code]).toEqual([409, 'commission.rule_ended'])
    const empty = await end(token.platform, rule.id, `${at}-01-01`)
    expect([empty.status, empty.body.errors[0].pointer]).toEqual([422, '/validTo'])
  })

  test('not in the past, and neither by an end nor by a successor before a day that was earned by', async () => {
    const make = async (path: string, body: object): Promise<Member> => {
      const made = await call('POST', path, { token: token.platform, body })
      const { id, level, name, commercialModel: model } = made.body
      return { id, level, name, model, line: [] }
    }
    const payee = await make('/api/v1/partners', { name: 'Earnest', commercialModel: 'agent' })
    const buyer = await make('/api/v1/tenants', { name: 'Buyer', parentId: payee.id })
    const open = newRule(payee, { validFrom: '2020-01-01', validTo: undefined })
    const { body: rule } = await post(token.platform, open)
    await paper.issue(platform, buyer, '2024-01', [{ net: '1.00', from: '2090-01-01', to: '2090-02-01' }])
    await commissions.run(platform, '2024-01')
    const past = await end(token.platform, rule.id, '2024-05-01')
    expect([past.status, past.body.code]).toEqual([422, 'range.past'])
    const used = await end(token.platform, rule.id, '2090-01-31')
    expect([used.status, used.body.code, used.body.errors[0].pointer]).toEqual([
      409,
      'commission.rule_used',
      '/validTo',
    ])
    const early = await post(token.platform, { ...open, validFrom: '2090-01-31' })
    expect([early.status, early.body.code, early.body.errors[0].pointer]).toEqual([
      409,
      'commission.rule_used',
      '/validFrom',
    ])
    const successor = await post(token.platform, { ...open, validFrom: '2090-02-01' })
    expect([successor.status, successor.body.endedRuleId]).toEqual([201, rule.id])
  })

  test('404 alike for a foreign rule and an absent one; the payee may not end it', async () => {
    const { body: rule } = await post(
      token.reseller,
      newRule(partner('reseller/agent'), { validFrom: '2080-01-01', validTo: '2081-01-01' }),
    )
    for (const id of [rule.id, Bun.randomUUIDv7()]) {
      expect((await end(token.platform, id, '2080-06-01')).status).toBe(404)
      expect((await call('GET', `${rulesPath}/${id}`, { token: token.platform })).status).toBe(404)
    }
    expect((await end(token.sold, rule.id, '2080-06-01')).body.code).toBe('auth.forbidden')
  })
})

describe('GET /commissions/rules', () => {
  test('the payer lists what it pays, the payee what it earns by, in pages, newest first', async () => {
    const all = await call('GET', `${rulesPath}?limit=200`, { token: token.platform })
    expect(new Set(all.body.data.map((rule: { payerId: string }) => rule.payerId))).toEqual(new Set([platform.id]))
    const ids: string[] = []
    for (let cursor = ''; ;) {
      const page = await call('GET', `${rulesPath}?limit=3${cursor}`, { token: token.platform })
      ids.push(...page.body.data.map((rule: { id: string }) => rule.id))
      if (!page.body.page.hasMore) break
      cursor = `&cursor=${page.body.page.nextCursor}`
    }
    expect(ids).toEqual(all.body.data.map((rule: { id: string }) => rule.id))
    expect(ids).toEqual(ids.toSorted().toReversed())
    const own = await call('GET', `${rulesPath}?limit=200`, { token: token.direct })
    const path = `${rulesPath}?limit=200&payeeId=${partner('-/agent').id}`
    const filtered = await call('GET', path, { token: token.platform })
    expect(own.body.data).toEqual(filtered.body.data)
    expect(own.body.data.length).toBeGreaterThan(0)
  })

  test('a filter by a foreign organization gives the same empty page as by an absent one', async () => {
    for (const payeeId of [partner('reseller/agent').id, Bun.randomUUIDv7()]) {
      const { status, body } = await call('GET', `${rulesPath}?payeeId=${payeeId}`, { token: token.platform })
      expect([status, body]).toEqual([200, { data: [], page: { nextCursor: null, hasMore: false } }])
    }
  })
})

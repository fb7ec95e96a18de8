import { describe, expect, test } from 'bun:test'
import * as fc from 'fast-check'
import { checkCommission } from '../../src/billing/check-commission.ts'
import { lackingParts } from '../../src/billing/commission-line.ts'
import { straightPieces } from '../../src/billing/commission-pieces.ts'
import { commissionOn } from '../../src/billing/commission.ts'
import { currency, Decimal, decimal, plainText, sum } from '../../src/billing/money.ts'
import { type TieredRule, worstTogether } from '../../src/billing/together.ts'
import { fuzzRuns } from '../support/fuzz.ts'

const eur = currency('EUR')
const january = { from: '2025-01-01', to: '2025-02-01' }
const shown = (parts: ReturnType<typeof lackingParts<string>>) =>
  parts.map(({ from, to, chosen, base }) => [from.slice(8), to.slice(5), chosen, plainText(base)])

describe('what a line lacks', () => {
  const stretches = [
    { from: '2025-01-01', to: '2025-01-11', chosen: null },
    { from: '2025-01-11', to: '2025-02-01', chosen: 'rule' },
  ]

  test('a line without earnings lacks all of its days', () => {
    expect(shown(lackingParts(decimal('961'), stretches, [], eur))).toEqual([
      ['01', '01-11', null, '310'],
      ['11', '02-01', 'rule', '651'],
    ])
  })

  test('a line whose days are all covered lacks nothing', () => {
    const earned = [{ ...january, base: decimal('961') }]
    expect(lackingParts(decimal('961'), stretches, earned, eur)).toEqual([])
  })

  test('a rule that comes later earns on the days that had none, on what the others left of the net', () => {
    const later = [{ ...january, chosen: 'later' }]
    const earned = [{ from: '2025-01-11', to: '2025-02-01', base: decimal('651') }]
    expect(shown(lackingParts(decimal('961'), later, earned, eur))).toEqual([['01', '01-11', 'later', '310']])
  })

  test('days in the middle leave two parts that add up to the rest', () => {
    const earned = [{ from: '2025-01-11', to: '2025-01-21', base: decimal('3.33') }]
    const parts = lackingParts(decimal('10'), [{ ...january, chosen: 'r' }], earned, eur)
    expect(shown(parts)).toEqual([
      ['01', '01-11', 'r', '3.18'],
      ['21', '02-01', 'r', '3.49'],
    ])
  })

  test('whatever the cuts and the order, the bases of a line add up to its net', () => {
    const day = fc.integer({ min: 1, max: 30 })
    const cents = fc.integer({ min: -100_000, max: 100_000 }).map((units) => new Decimal(units).div(100))
    const dayText = (number: number) => `2025-01-${String(number).padStart(2, '0')}`
    fc.assert(
      fc.property(cents, day, day, (net, a, b) => {
        const [from, to] = [dayText(Math.min(a, b)), dayText(Math.max(a, b) + 1)]
        const first = [
          { from: '2025-01-01', to: from, chosen: null },
          { from, to, chosen: 'first' },
          { from: to, to: '2025-02-01', chosen: null },
        ].filter((stretch) => stretch.from < stretch.to)
        const earned = lackingParts(net, first, [], eur).filter(({ chosen }) => chosen !== null)
        const rest = lackingParts(net, [{ ...january, chosen: 'later' }], earned, eur)
        expect(plainText(sum([...earned, ...rest].map(({ base }) => base)))).toBe(plainText(net))
      }),
      fuzzRuns(500),
    )
  })
})

test('the straight pieces of a rule compute what its tiers say, for bases of both signs', () => {
  const tables = fc.tuple(
    fc.uniqueArray(fc.integer({ min: 1, max: 900 }), { maxLength: 4 }),
    fc.array(fc.tuple(fc.integer({ min: 0, max: 10_000 }), fc.constantFrom('marginal' as const, 'whole' as const)), {
      minLength: 5,
      maxLength: 5,
    }),
  )
  fc.assert(
    fc.property(tables, fc.integer({ min: -100_000, max: 100_000 }), ([bounds, tiers], units) => {
      const ends = [...bounds.toSorted((a, b) => a - b).map(String), null]
      const percents = tiers.slice(0, ends.length).map(([percent, mode], index) => ({
        to: ends[index] ?? null,
        percent: new Decimal(percent).div(100).toFixed(),
        mode,
      }))
      const terms = checkCommission({ scope: 'line', tiers: percents })
      const base = new Decimal(units).div(100)
      const size = base.abs()
      const piece = straightPieces(terms.tiers).find(
        ({ from, to }) => size.greaterThanOrEqualTo(from) && (to === null || size.lessThan(to)),
      )!
      const straight = decimal(piece.constant).plus(size.minus(piece.origin).times(piece.percent).times('0.01'))
      const expected = commissionOn(terms.tiers, base).amount
      expect(plainText(base.isNegative() ? straight.negated() : straight)).toBe(plainText(expected))
    }),
    fuzzRuns(1_000),
  )
})

describe('what rules add up to', () => {
  const rule = (payeeId: string, percents: readonly string[], more: Partial<TieredRule> = {}): TieredRule => ({
    ruleVersionId: `${payeeId}-rule`,
    payeeId,
    inheritable: true,
    valid: { from: '2025-01-01', to: null },
    tiers: percents.map((percent, index) => ({
      to: index === percents.length - 1 ? null : String((index + 1) * 100),
      percent,
      mode: 'marginal',
    })),
    ...more,
  })
  const range = { from: '2025-01-01', to: null }
  const lines = [
    { distributorId: 'D', partnerId: null },
    { distributorId: 'D', partnerId: 'P' },
    { distributorId: 'D', partnerId: 'Q' },
  ]

  test('an inherited rule counts for both agents, each at its highest percent', () => {
    expect(worstTogether(range, [rule('D', ['5', '8', '3'])], lines.slice(0, 2))).toEqual({
      percent: '16',
      agents: [
        { payeeId: 'D', ruleVersionId: 'D-rule', inherited: false, percent: '8' },
        { payeeId: 'P', ruleVersionId: 'D-rule', inherited: true, percent: '8' },
      ],
    })
  })

  test('the worst line decides: an own rule replaces the inherited one', () => {
    expect(worstTogether(range, [rule('D', ['8']), rule('P', ['1']), rule('Q', ['9.5'])], lines).percent).toBe('17.5')
  })

  test('the worst day decides, within the range only', () => {
    const later = rule('P', ['30'], { valid: { from: '2025-03-01', to: null } })
    const rules = [rule('D', ['5'], { inheritable: false }), later]
    expect(worstTogether(range, rules, lines.slice(0, 2)).percent).toBe('35')
    expect(worstTogether({ from: '2025-01-01', to: '2025-03-01' }, rules, lines.slice(0, 2)).percent).toBe('5')
  })
})

import { describe, expect, test } from 'bun:test'
import * as fc from 'fast-check'
import { checkCommission, type CommissionInput } from '../../src/billing/check-commission.ts'
import {
  commissionOn,
  earnLine,
  earnPeriod,
  rulesFor,
  splitByDays,
  type CommissionMode,
  type RuleVersion,
} from '../../src/billing/commission.ts'
import { currency, decimal, Decimal, plainText, sum, zero } from '../../src/billing/money.ts'
import { fuzzRuns } from '../support/fuzz.ts'

const eur = currency('EUR')
type Row = readonly [to: string | null, percent: string, mode?: CommissionMode]
const rule = (scope: 'line' | 'period', mode: CommissionMode, ...rows: readonly Row[]) =>
  checkCommission({ scope, mode, tiers: rows.map(([to, percent, mode]) => ({ to, percent, mode })) })
const percent = (scope: 'line' | 'period', percent: string) => rule(scope, 'marginal', [null, percent])
const onLine = (terms: ReturnType<typeof rule>, base: string) => earnLine(terms, decimal(base), eur).amount.toFixed(2)

/** The earnings of lines that come one after the other in one period. */
function inTurn(terms: ReturnType<typeof rule>, bases: readonly string[]): string[] {
  let toDate = { base: zero, earned: zero }
  return bases.map((base) => {
    const earning = earnPeriod(terms, toDate, decimal(base), eur)
    toDate = earning.toDate
    return earning.amount.toFixed(2)
  })
}

describe('worked cases', () => {
  const steps: readonly Row[] = [
    ['1000', '1'],
    ['3000', '2'],
    ['8000', '3'],
    [null, '5'],
  ]

  test('E1: step rates, each transaction alone', () => {
    const earned = ['200', '300', '1500', '1200', '2000', '4500'].map((base) =>
      onLine(rule('line', 'marginal', ...steps), base),
    )
    expect(earned).toEqual(['2.00', '3.00', '20.00', '14.00', '30.00', '95.00'])
    expect(sum(earned.map((amount) => decimal(amount))).toFixed(2)).toBe('164.00')
  })

  test('E2: the same table on the period to date', () => {
    expect(inTurn(rule('period', 'marginal', ...steps), ['2000', '3200', '4500'])).toEqual(['30.00', '86.00', '169.00'])
  })

  test.each([
    ['whole', ['50.00', '300.00', '1800.00']],
    ['marginal', ['50.00', '200.00', '1200.00']],
  ] as const)('E4: %s', (mode, expected) => {
    const terms = rule('line', mode, ['10000', '1'], ['50000', '2'], [null, '3'])
    expect(['5000', '15000', '60000'].map((base) => onLine(terms, base))).toEqual([...expected])
  })

  const quota = rule('period', 'whole', ['16500', '5'], ['33000', '10'], [null, '20', 'marginal'])
  test.each([
    ['16499', '824.95'],
    ['16500', '1650.00'],
    ['33000', '3300.00'],
    ['40000', '4700.00'],
  ])('E6: %s against a quota of 33000, whole below it and marginal above, earns %s', (base, expected) => {
    expect(inTurn(quota, [base])).toEqual([expected])
  })

  test('E6: the explanation of 40000 is 10 % of the quota and 20 % of what is above', () => {
    expect(commissionOn(quota.tiers, decimal('40000')).derivation).toEqual([
      { from: '16500', to: '33000', mode: 'whole', base: '33000', percent: '10', amount: '3300' },
      { from: '33000', to: null, mode: 'marginal', base: '7000', percent: '20', amount: '1400' },
    ])
  })

  test('E10: a section from 15000 to 16000 at 20 %', () => {
    const section = rule('line', 'whole', ['15000', '0'], ['16000', '20'], [null, '0'])
    expect(['15100', '14999.99', '16000'].map((base) => onLine(section, base))).toEqual(['3020.00', '0.00', '0.00'])
  })

  test('E16: 10 % and 3 % of the net after discount, and the same of a credit note', () => {
    const both = (base: string) => ['10', '3'].map((rate) => onLine(percent('line', rate), base))
    expect([both('900.00'), both('-225.00')]).toEqual([
      ['90.00', '27.00'],
      ['-22.50', '-6.75'],
    ])
  })

  test('E17: a credit across a threshold tiers the period again', () => {
    expect(inTurn(rule('period', 'marginal', ['10000', '5'], [null, '8']), ['10500', '-1000'])).toEqual([
      '540.00',
      '-65.00',
    ])
  })

  test('E18: 31.00 a day in January, 8 % for ten days and then 10 %, is 89.90', () => {
    const stretches = [
      { from: '2025-01-01', to: '2025-01-11', chosen: percent('line', '8') },
      { from: '2025-01-11', to: '2025-02-01', chosen: percent('line', '10') },
    ]
    const parts = splitByDays(decimal('961.00'), stretches, eur)
    expect(parts.map(({ base }) => base.toFixed(2))).toEqual(['310.00', '651.00'])
    expect(sum(parts.map(({ chosen, base }) => earnLine(chosen!, base, eur).amount)).toFixed(2)).toBe('89.90')
    expect(onLine(percent('line', '10'), '961.00')).toBe('96.10')
  })

  test('E21: 10 % of 0.05 is 0.01', () => {
    expect(onLine(percent('line', '10'), '0.05')).toBe('0.01')
  })
})

test('the period is rounded, not the step: half a cent left after a credit is still a whole one', () => {
  expect(inTurn(percent('period', '10'), ['0.20', '-0.15'])).toEqual(['0.02', '-0.01'])
})

describe('bounds are [from, to)', () => {
  test.each([
    ['marginal', ['0.00', '10.00', '10.00', '10.02']],
    ['whole', ['0.00', '10.00', '20.00', '20.02']],
  ] as const)('%s', (mode, expected) => {
    const terms = rule('line', mode, ['100', '10'], [null, '20'])
    expect(['0', '99.99', '100', '100.10'].map((base) => onLine(terms, base))).toEqual([...expected])
  })

  test('a base of nothing earns nothing and explains nothing', () => {
    expect(commissionOn(percent('line', '10').tiers, zero)).toEqual({ amount: zero, derivation: [] })
  })
})

const tables: fc.Arbitrary<CommissionInput> = fc
  .tuple(
    fc.uniqueArray(fc.integer({ min: 1, max: 9_000 }), { maxLength: 4 }),
    fc.array(fc.tuple(fc.integer({ min: 0, max: 10_000 }), fc.constantFrom('marginal' as const, 'whole' as const)), {
      minLength: 5,
      maxLength: 5,
    }),
  )
  .map(([bounds, tiers]) => ({
    scope: 'period' as const,
    tiers: [...bounds.toSorted((a, b) => a - b).map(String), null].map((to, index) => ({
      to,
      percent: new Decimal(tiers[index]![0]).div(100).toFixed(),
      mode: tiers[index]![1],
    })),
  }))
const cents = fc.integer({ min: -500_000, max: 1_000_000 }).map((units) => new Decimal(units).div(100))

/** Written from the words of rule 15, from the bottom up. */
function independent(input: CommissionInput, base: Decimal): Decimal {
  let [from, earned] = [zero, zero]
  for (const { to, percent, mode } of input.tiers) {
    if (base.lessThan(from)) break
    const upper = to === null || base.lessThan(to) ? base : decimal(to)
    const share = decimal(percent).div(100)
    earned = mode === 'whole' ? upper.times(share) : earned.plus(upper.minus(from).times(share))
    if (to === null) break
    from = decimal(to)
  }
  return earned
}

describe('for every rule', () => {
  test('F(base) is what the words say, its explanation adds up to it, and the mirror image holds', () => {
    fc.assert(
      fc.property(tables, cents, (input, base) => {
        const { tiers } = checkCommission(input)
        const { amount, derivation } = commissionOn(tiers, base)
        const expected = independent(input, base.abs())
        expect(plainText(amount)).toBe(plainText(base.isNegative() ? expected.negated() : expected))
        expect(plainText(sum(derivation.map((step) => decimal(step.amount))))).toBe(plainText(amount))
        const again = derivation.map((step) => decimal(step.base).times(step.percent).div(100))
        expect(plainText(sum(again))).toBe(plainText(amount))
      }),
      fuzzRuns(1_000),
    )
  })

  test('the earnings of a period add up to what its whole base earns, rounded, in any order', () => {
    fc.assert(
      fc.property(tables, fc.array(cents, { minLength: 1, maxLength: 10 }), (input, bases) => {
        const terms = checkCommission(input)
        const whole = commissionOn(terms.tiers, sum(bases)).amount.toDecimalPlaces(2)
        for (const order of [bases, bases.toReversed()]) {
          const earned = inTurn(terms, order.map(plainText)).map((amount) => decimal(amount))
          expect(plainText(sum(earned))).toBe(plainText(whole))
        }
      }),
      fuzzRuns(500),
    )
  })

  test('a line split by days conserves its base', () => {
    fc.assert(
      fc.property(cents, fc.uniqueArray(fc.integer({ min: 2, max: 31 }), { maxLength: 5 }), (base, cuts) => {
        const bounds = [1, ...cuts.toSorted((a, b) => a - b), 32].map((d) =>
          d > 31 ? '2025-02-01' : `2025-01-${String(d).padStart(2, '0')}`,
        )
        const stretches = bounds.slice(1).map((to, index) => ({ from: bounds[index]!, to, chosen: null }))
        expect(sum(splitByDays(base, stretches, eur).map((part) => part.base)).equals(base)).toBe(true)
      }),
      fuzzRuns(300),
    )
  })
})

describe('which rule applies', () => {
  const january = { from: '2025-01-01', to: '2025-02-01' }
  const version = (ruleVersionId: string, payeeId: string, more: Partial<RuleVersion> = {}): RuleVersion => ({
    ruleVersionId,
    payeeId,
    inheritable: true,
    valid: { from: '2024-01-01', to: null },
    ...more,
  })
  const chosen = (rules: readonly RuleVersion[], payee = { id: 'P', distributorId: 'D' as string | null }) =>
    rulesFor(january, rules, payee).map(({ from, to, chosen }) => [from, to, chosen?.ruleVersionId ?? null])
  const all = (id: string | null) => [['2025-01-01', '2025-02-01', id]]

  test('a partner earns by its own rule', () => {
    expect(chosen([version('d', 'D'), version('p', 'P')])).toEqual(all('p'))
  })

  test('a partner without a rule takes that of its distributor, where it is inheritable', () => {
    expect(chosen([version('d', 'D')])).toEqual(all('d'))
    expect(chosen([version('d', 'D', { inheritable: false })])).toEqual(all(null))
  })

  test('nobody takes the rule of a stranger, and a distributor nobody else', () => {
    expect(chosen([version('x', 'X')])).toEqual(all(null))
    expect(chosen([version('d', 'D')], { id: 'P', distributorId: null })).toEqual(all(null))
    expect(chosen([version('p', 'P')], { id: 'D', distributorId: null })).toEqual(all(null))
  })

  test('an own rule from the middle of the month takes over from the inherited one at its day', () => {
    expect(chosen([version('d', 'D'), version('p', 'P', { valid: { from: '2025-01-11', to: null } })])).toEqual([
      ['2025-01-01', '2025-01-11', 'd'],
      ['2025-01-11', '2025-02-01', 'p'],
    ])
  })

  test('two rules of one payee at one day are a broken constraint', () => {
    expect(() => chosen([version('a', 'P'), version('b', 'P')])).toThrow('invariant broken')
  })
})

test('a rule earns only in its own scope', () => {
  expect(() => earnLine(percent('period', '1'), decimal('1'), eur)).toThrow('invariant broken')
  expect(() => earnPeriod(percent('line', '1'), { base: zero, earned: zero }, decimal('1'), eur)).toThrow(
    'invariant broken',
  )
})

import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { checkAmounts, checkCommission, type CommissionInput } from '../../src/billing/check-commission.ts'
import { portionsOf } from '../../src/billing/commission-portions.ts'
import { type CommissionTerms, earnToDate, type ToDate } from '../../src/billing/commission.ts'
import { currency, decimal, sum, zero } from '../../src/billing/money.ts'
import { fuzzRuns } from '../support/fuzz.ts'
import { refusal } from '../support/refusal.ts'

const eur = currency('EUR')
const d = decimal
const line = (change: Partial<CommissionTerms> = {}): CommissionTerms => ({
  scope: 'line',
  tiers: [{ to: null, percent: '10', mode: 'marginal' }],
  ...change,
})
const parts = (terms: CommissionTerms, amount: string) =>
  portionsOf(terms, 'own', d(amount), eur).map((one) => [one.payeeId, one.isHeld, one.amount.toFixed(2)])

describe('portions of an earning', () => {
  test('E19: 100.00 to three equal payees is 33.34, 33.33, 33.33', () => {
    const third = '33.333333333333'
    const split = [
      { payeeId: 'b', percent: third },
      { payeeId: 'c', percent: third },
    ]
    expect(parts(line({ split }), '100.00')).toEqual([
      ['own', false, '33.34'],
      ['b', false, '33.33'],
      ['c', false, '33.33'],
    ])
  })

  test('hold days keep all of it, or the percent that is held back', () => {
    expect(parts(line({ holdDays: 30 }), '9.99')).toEqual([['own', true, '9.99']])
    expect(parts(line({ holdDays: 30, holdBackPercent: '20' }), '9.99')).toEqual([
      ['own', false, '7.99'],
      ['own', true, '2.00'],
    ])
    expect(parts(line({ split: [{ payeeId: 'own', percent: '40' }] }), '9.99')).toEqual([['own', false, '9.99']])
  })

  test('add up to the whole, whatever is split and held', () => {
    const terms = fc.record({
      holdDays: fc.constantFrom(0, 30),
      holdBackPercent: fc.constantFrom('0', '12.5', '99.999', '100'),
      percents: fc.array(fc.integer({ min: 1, max: 24 }), { maxLength: 4 }),
    })
    fc.assert(
      fc.property(terms, fc.integer({ min: -99_999, max: 99_999 }), ({ percents, ...hold }, cents) => {
        const split = percents.map((percent, index) => ({ payeeId: `p${index}`, percent: percent.toString() }))
        const amount = d(cents.toString()).dividedBy(100)
        const found = portionsOf(line({ ...hold, split }), 'own', amount, eur)
        expect(sum(found.map((one) => one.amount)).equals(amount)).toBe(true)
      }),
      fuzzRuns(5_000),
    )
  })
})

describe('cap and floor of a period', () => {
  const earned = (terms: CommissionTerms, bases: readonly string[]) => {
    let toDate: ToDate = { base: zero, earned: zero }
    return bases.map((base) => {
      const { amount, toDate: after } = earnToDate(terms, toDate, d(base), eur)
      toDate = after
      return amount.toFixed(2)
    })
  }

  test.each(['line', 'period'] as const)('the line that reaches the cap takes what is left: scope %s', (scope) => {
    expect(earned(line({ scope, cap: '25' }), ['100', '200', '50'])).toEqual(['10.00', '15.00', '0.00'])
    expect(earned(line({ scope, cap: '25' }), ['300', '-100', '-150'])).toEqual(['25.00', '-5.00', '-15.00'])
  })

  test.each(['line', 'period'] as const)('a floor is reached with the first line and not paid twice: %s', (scope) => {
    expect(earned(line({ scope, floor: '25' }), ['100', '100', '100'])).toEqual(['25.00', '0.00', '5.00'])
    expect(earned(line({ scope, floor: '25' }), ['100', '-100'])).toEqual(['25.00', '-25.00'])
  })
})

describe('bad terms', () => {
  const input = (change: Partial<CommissionInput>): CommissionInput => ({
    scope: 'line',
    tiers: [{ to: null, percent: '10' }],
    ...change,
  })
  const part = (percent: string, payeeId = percent) => ({ payeeId, percent })
  test.each([
    ['a floor above the cap', { cap: '1', floor: '2' }, 'commission.floor', '/floor'],
    ['a negative cap', { cap: '-1' }, 'decimal.negative', '/cap'],
    ['held back without days', { holdBackPercent: '10' }, 'commission.hold_back', '/holdBackPercent'],
    ['more than all held back', { holdDays: 1, holdBackPercent: '101' }, 'commission.percent', '/holdBackPercent'],
    ['parts over 100', { split: [part('60'), part('40.01')] }, 'commission.split_over', '/split/1/percent'],
    ['a part of nothing', { split: [part('0')] }, 'commission.percent', '/split/0/percent'],
    ['a payee twice', { split: [part('1', 'a'), part('2', 'a')] }, 'commission.split_twice', '/split/1/payeeId'],
  ] as const)('%s is refused with its pointer', (_, change, code, at) => {
    expect(refusal(() => checkCommission(input(change)))).toEqual({ code, at })
  })

  test('a cap finer than the currency is refused', () => {
    const terms = checkCommission(input({ cap: '1.5' }))
    expect(refusal(() => checkAmounts(terms, currency('JPY')))).toEqual({ code: 'commission.too_fine', at: '/cap' })
  })
})

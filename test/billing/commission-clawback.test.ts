import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { takenBases, reverse } from '../../src/billing/commission-clawback.ts'
import { type CommissionTerms, earnPeriod, retierLine } from '../../src/billing/commission.ts'
import { currency, decimal, sum, zero } from '../../src/billing/money.ts'
import { fuzzRuns } from '../support/fuzz.ts'

const eur = currency('EUR')
const d = decimal
const nothing = { base: zero, amount: zero }
const flat = (percent: string): CommissionTerms => ({
  scope: 'line',
  tiers: [{ to: null, percent, mode: 'marginal' }],
})

test('E14: a refund takes back all of 14.70, before the payout by tiering the line again, after it by its share', () => {
  expect(retierLine(flat('30'), d('49.00'), d('-49.00'), eur).toFixed(2)).toBe('-14.70')
  const after = reverse({ base: d('49.00'), amount: d('14.70') }, nothing, d('-49.00'), eur)
  expect(after.amount.toFixed(2)).toBe('-14.70')
})

test('E16: a credit of 225.00 on 900.00 takes a quarter: 22.50 of 90.00 and 6.75 of 27.00', () => {
  const share = (amount: string) => reverse({ base: d('900.00'), amount: d(amount) }, nothing, d('-225.00'), eur)
  expect([share('90.00'), share('27.00')].map(({ amount }) => amount.toFixed(2))).toEqual(['-22.50', '-6.75'])
})

describe('E17: 5 % to 10000, 8 % above, 10500 earned 540.00, then a credit of 1000', () => {
  const terms: CommissionTerms = {
    scope: 'period',
    tiers: [
      { to: '10000', percent: '5', mode: 'marginal' },
      { to: null, percent: '8', mode: 'marginal' },
    ],
  }
  const first = earnPeriod(terms, { base: zero, earned: zero }, d('10500'), eur)

  test('in the open period it is tiered again: -65.00 leaves 475.00', () => {
    expect(first.amount.toFixed(2)).toBe('540.00')
    const second = earnPeriod(terms, first.toDate, d('-1000'), eur)
    expect([second.amount.toFixed(2), second.toDate.earned.toFixed(2)]).toEqual(['-65.00', '475.00'])
  })

  test('after that it is the average rate: -51.43', () => {
    const { amount } = reverse({ base: d('10500'), amount: d('540.00') }, nothing, d('-1000'), eur)
    expect(amount.toFixed(2)).toBe('-51.43')
  })
})

const cents = fc.integer({ min: -1_000_000, max: 1_000_000 }).map((value) => d(value.toString()).dividedBy(100))

test('credits in any steps take back exactly the earning, and never more on the way', () => {
  const steps = fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 8 })
  fc.assert(
    fc.property(steps, fc.integer({ min: 0, max: 100_000 }), (credits, amountCents) => {
      const base = d(credits.reduce((all, one) => all + one, 0).toString())
      const before = { base, amount: d(amountCents.toString()).dividedBy(100) }
      let taken = nothing
      for (const credit of credits) {
        const delta = reverse(before, taken, d(`-${credit}`), eur)
        expect(delta.amount.isPositive() && !delta.amount.isZero()).toBe(false)
        taken = { base: taken.base.plus(delta.base), amount: taken.amount.plus(delta.amount) }
      }
      expect(taken.amount.plus(before.amount).isZero()).toBe(true)
    }),
    fuzzRuns(2_000),
  )
})

test('bases lose what is credited in proportion, never more than the line has, and all of it at the end', () => {
  const several = fc.array(fc.integer({ min: 1, max: 100_000 }), { minLength: 1, maxLength: 5 })
  fc.assert(
    fc.property(several, fc.integer({ min: 0, max: 50_000 }), cents, (bases, uncovered, credited) => {
      const left = bases.map((value) => d(value.toString()).dividedBy(100))
      const whole = sum([...left, d(uncovered.toString()).dividedBy(100)])
      const taken = takenBases(credited, whole, left, eur)
      const share = credited.abs().lessThan(whole) ? credited.abs().dividedBy(whole) : d('1')
      for (const [index, part] of taken.entries()) {
        expect(part.plus(left[index]!.times(share)).abs().lessThan('0.01')).toBe(true)
      }
      expect(takenBases(whole, whole, left, eur).map(String)).toEqual(left.map((base) => base.negated().toString()))
    }),
    fuzzRuns(2_000),
  )
})

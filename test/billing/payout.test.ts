import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { balancesOf } from '../../src/billing/payout.ts'
import { decimal, sum } from '../../src/billing/money.ts'
import { fuzzRuns } from '../support/fuzz.ts'

const due = (minimum: string, ...amounts: string[]) => {
  const owed = amounts.map((amount) => ({ payeeId: 'one', amount }))
  return balancesOf(owed, decimal(minimum)).map(({ amount, isDue }) => [amount.toFixed(2), isDue])
}

test('E22: with a minimum of 50.00, 49.99 is carried, and paid as 50.00 with the 0.01 of the next month', () => {
  expect(due('50.00', '49.99')).toEqual([['49.99', false]])
  expect(due('50.00', '49.99', '0.01')).toEqual([['50.00', true]])
})

test('G5: a balance of 4.99 is below a minimum of 5.00, and 5.00 is not', () => {
  expect(due('5.00', '4.99')).toEqual([['4.99', false]])
  expect(due('5.00', '5.00')).toEqual([['5.00', true]])
})

test('a negative balance is carried, and comes off what is earned later; nothing is no payment', () => {
  expect(due('0', '-14.70')).toEqual([['-14.70', false]])
  expect(due('0', '-14.70', '20.00')).toEqual([['5.30', true]])
  expect(due('0', '0.00')).toEqual([['0.00', false]])
})

test('what is due and what is carried add up to all that is owed', () => {
  const owed = fc.array(
    fc.record({ payeeId: fc.constantFrom('a', 'b', 'c'), cents: fc.integer({ min: -9999, max: 9999 }) }),
  )
  fc.assert(
    fc.property(owed, fc.integer({ min: 0, max: 9999 }), (rows, minimum) => {
      const all = rows.map(({ payeeId, cents }) => ({
        payeeId,
        amount: decimal(cents.toString()).dividedBy(100).toFixed(2),
      }))
      const balances = balancesOf(all, decimal(minimum.toString()).dividedBy(100))
      const total = sum(balances.map(({ amount }) => amount))
      expect(total.equals(sum(all.map(({ amount }) => decimal(amount))))).toBe(true)
      for (const { amount, isDue } of balances) expect(isDue && amount.lessThan('0.01')).toBe(false)
    }),
    fuzzRuns(1_000),
  )
})

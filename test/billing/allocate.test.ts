import { expect, test } from 'bun:test'
import * as fc from 'fast-check'
import { allocate, allocateDigits } from '../../src/billing/allocate.ts'
import { currency, decimal, Decimal, sum } from '../../src/billing/money.ts'
import { fuzzRuns } from '../support/fuzz.ts'

const eur = currency('EUR')
const split = (total: string, weights: readonly string[]) =>
  allocate(
    decimal(total),
    weights.map((weight) => decimal(weight)),
    eur,
  ).map((part) => part.toFixed(2))

test('E19: 100.00 to three equal payees is 33.34, 33.33, 33.33', () => {
  expect(split('100.00', ['1', '1', '1'])).toEqual(['33.34', '33.33', '33.33'])
})

test('leftover cents go to the largest remainders, ties to the earlier line', () => {
  expect(split('0.05', ['1', '2', '2'])).toEqual(['0.01', '0.02', '0.02'])
  expect(split('0.02', ['1', '1', '1'])).toEqual(['0.01', '0.01', '0.00'])
  expect(split('1.00', ['1', '2', '3'])).toEqual(['0.17', '0.33', '0.50'])
})

test('a negative total is the mirror image of the positive one', () => {
  expect(split('-100.00', ['1', '1', '1'])).toEqual(['-33.34', '-33.33', '-33.33'])
})

test('weights that add up to nothing split equally', () => {
  expect(split('1.00', ['0', '0', '0'])).toEqual(['0.34', '0.33', '0.33'])
  expect(split('1.00', ['5', '-5'])).toEqual(['0.50', '0.50'])
})

test('a negative weight among others takes its negative share', () => {
  expect(split('10.00', ['15', '-5'])).toEqual(['15.00', '-5.00'])
  expect(split('-10.00', ['-15', '5'])).toEqual(['-15.00', '5.00'])
})

test('what has more digits than its parts cannot be split', () => {
  expect(() => split('0.001', ['1'])).toThrow('invariant broken')
  expect(() => split('1.00', [])).toThrow('invariant broken')
})

test('every small total and split adds up, and no part is a whole unit away from its share', () => {
  const wrong: string[] = []
  for (let cents = -30; cents <= 30; cents++)
    for (let a = 0; a <= 5; a++)
      for (let b = 0; b <= 5; b++)
        for (let c = 0; c <= 5; c++) {
          const whole = a + b + c || 3
          const weights = a + b + c ? [a, b, c] : [1, 1, 1]
          const parts = allocate(
            new Decimal(cents).div(100),
            [a, b, c].map((w) => new Decimal(w)),
            eur,
          )
          const near = parts.every((part, i) =>
            part
              .times(100)
              .minus((cents * weights[i]!) / whole)
              .abs()
              .lessThan(1),
          )
          if (!near || !sum(parts).times(100).equals(cents)) wrong.push(`${cents}: ${a} ${b} ${c}`)
        }
  expect(wrong).toEqual([])
})

test('splits conserve whatever the size, the sign and the weights', () => {
  const numbers = fc.tuple(fc.bigInt(-(10n ** 38n), 10n ** 38n), fc.integer({ min: 0, max: 12 }))
  fc.assert(
    fc.property(numbers, fc.array(numbers, { minLength: 1, maxLength: 12 }), ([units, digits], weights) => {
      const total = new Decimal(`${units}e-${digits}`)
      const parts = allocateDigits(
        total,
        weights.map(([w, scale]) => new Decimal(`${w}e-${scale}`)),
        digits,
      )
      const added = parts.reduce((all, part) => all + BigInt(part.toFixed(digits).replace('.', '')), 0n)
      return added === units && parts.length === weights.length
    }),
    fuzzRuns(10_000),
  )
})

test('the mirror image holds for every split', () => {
  const weights = fc.array(
    fc.nat(1_000).map((w) => new Decimal(w)),
    { minLength: 1, maxLength: 8 },
  )
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1_000_000 }), weights, (cents, weights) => {
      const total = new Decimal(cents).div(100)
      const mirrored = allocate(total.negated(), weights, eur).map((part) => part.negated().toFixed(2))
      expect(mirrored.map((text) => text.replace(/^-0\.00$/, '0.00'))).toEqual(
        allocate(total, weights, eur).map((part) => part.toFixed(2)),
      )
    }),
    fuzzRuns(500),
  )
})

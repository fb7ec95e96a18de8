import { describe, expect, test } from 'bun:test'
import * as fc from 'fast-check'
import { aggregate, countDistinct } from '../../src/billing/aggregate.ts'
import { plainText } from '../../src/billing/money.ts'
import { fuzzRuns } from '../support/fuzz.ts'

const days = [
  { sum: '10.5', max: '9', last: '1', lastAt: '2025-01-01T23:00:00Z' },
  { sum: '-2', max: '10', last: '2', lastAt: '2025-01-03T01:00:00+02:00' },
  { sum: '0.000000000001', max: '-1', last: '3', lastAt: '2025-01-02T22:59:59.5Z' },
]

describe('the quantity of a period', () => {
  test.each([
    ['sum', '8.500000000001'],
    ['max', '10'],
    ['last', '2'],
  ] as const)('%s over the days is %s', (aggregation, expected) => {
    expect(plainText(aggregate(days, aggregation))).toBe(expected)
  })

  test('the latest is told by the instant, not by its text', () => {
    const rows = ['2025-01-01T00:00:00Z', '2025-01-01T00:30:00+01:00'].map((lastAt, index) => ({
      sum: '0',
      max: '0',
      last: `${index}`,
      lastAt,
    }))
    expect(plainText(aggregate(rows, 'last'))).toBe('0')
  })

  test('no order of rows changes it, not even for two figures of one instant', () => {
    const twins = [...days, { ...days[1]!, last: '7', lastAt: '2025-01-02T23:00:00Z' }]
    const orders = fc.shuffledSubarray(twins, { minLength: twins.length, maxLength: twins.length })
    fc.assert(
      fc.property(orders, (rows) => expect(plainText(aggregate(rows, 'last'))).toBe('7')),
      fuzzRuns(50),
    )
  })

  test('all below zero, the largest is still below zero', () => {
    const rows = ['-3', '-2.5'].map((max) => ({ sum: max, max, last: max, lastAt: '2025-01-01T00:00:00Z' }))
    expect(plainText(aggregate(rows, 'max'))).toBe('-2.5')
  })

  test('no rows are no quantity: not even 0', () => {
    expect(() => aggregate([], 'sum')).toThrow('invariant broken')
  })
})

describe('distinct values', () => {
  const values = [
    { count: '3', met: ['a', 'b'] },
    { count: '2', met: ['b'] },
    { count: '5', met: ['c'] },
  ]

  test('each counts once, however often it was met', () => {
    expect(plainText(countDistinct(values, () => true))).toBe('10')
    expect(plainText(countDistinct(values, (place) => place === 'b'))).toBe('5')
  })

  test('none are 0', () => {
    expect(plainText(countDistinct(values, () => false))).toBe('0')
    expect(plainText(countDistinct([], () => true))).toBe('0')
  })

  test('what two sets of occasions count together is never less than one and never more than both', () => {
    const occasions = fc.constantFrom('a', 'b', 'c', 'd')
    const some = fc.array(fc.record({ count: fc.nat(99).map(String), met: fc.uniqueArray(occasions) }))
    const sets = fc.tuple(fc.uniqueArray(occasions), fc.uniqueArray(occasions))
    fc.assert(
      fc.property(some, sets, (all, [one, other]) => {
        const counted = (places: readonly string[]) => countDistinct(all, (place) => places.includes(place)).toNumber()
        const both = counted([...one, ...other])
        expect(both).toBeGreaterThanOrEqual(Math.max(counted(one), counted(other)))
        expect(both).toBeLessThanOrEqual(counted(one) + counted(other))
      }),
      fuzzRuns(50),
    )
  })
})

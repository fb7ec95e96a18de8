import { describe, expect, test } from 'bun:test'
import * as fc from 'fast-check'
import { aggregate } from '../../src/billing/aggregate.ts'
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

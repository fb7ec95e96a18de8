import { describe, expect, test } from 'bun:test'
import * as fc from 'fast-check'
import { decimal, plainText } from '../../src/billing/money.ts'
import { type DayLevel, heldThroughMonth, levelsByDay, weightedUntil } from '../../src/billing/weighted.ts'
import { fuzzRuns } from '../support/fuzz.ts'

type Level = { readonly start: string; readonly end: string; readonly quantity: string }

const daysOf = (levels: readonly Level[]): DayLevel[] =>
  levels.flatMap(({ quantity, ...span }) => levelsByDay({ ...span, quantity: decimal(quantity) }))
const weighted = (levels: readonly Level[], until = '2024-10-01'): string => {
  const known = daysOf(levels).filter(({ day }) => day < until)
  const rows = known.map((level) => ({ sum: plainText(level.change), held: plainText(heldThroughMonth(level)) }))
  return plainText(weightedUntil(rows, '2024-09', until))
}
const change = (start: string, quantity: string): Level => ({ start, end: start, quantity })

describe('a level weighed by its time', () => {
  test.each([
    ['a change lasts to the end of the month', [change('2024-09-16T00:00:00Z', '10')], '5'],
    [
      'an interval holds its quantity',
      [{ start: '2024-09-01T00:00:00Z', end: '2024-09-02T00:00:00Z', quantity: '30' }],
      '1',
    ],
    ['up and down again', [change('2024-09-01T00:00:00Z', '60'), change('2024-09-01T12:00:00Z', '-60')], '1'],
    ['below zero', [change('2024-09-16T00:00:00Z', '-1')], '-0.5'],
    ['to 12 digits', [{ start: '2024-09-01T00:00:00Z', end: '2024-09-01T00:00:01Z', quantity: '1' }], '0.000000385802'],
    ['nothing', [], '0'],
  ])('%s', (_, levels, expected) => {
    expect(weighted(levels)).toBe(expected)
  })

  test('an interval is parted by the clock: each day and month has what it held', () => {
    const levels = daysOf([{ start: '2024-09-30T18:00:00Z', end: '2024-10-02T06:00:00+00:00', quantity: '2' }])
    expect(levels.map(({ day, change, held }) => [day, plainText(change), plainText(held)])).toEqual([
      ['2024-09-30', '0', '43200'],
      ['2024-10-01', '0', '172800'],
      ['2024-10-02', '0', '43200'],
    ])
  })

  test('up to a day it is what the level came to until then', () => {
    expect(weighted([change('2024-09-11T00:00:00Z', '3')], '2024-09-21')).toBe('1')
    expect(weighted([change('2024-09-11T00:00:00Z', '3')])).toBe('2')
  })

  test('an interval that ends before it starts is refused', () => {
    const backwards = { start: '2024-09-02T00:00:00Z', end: '2024-09-01T00:00:00Z', quantity: decimal('1') }
    expect(() => levelsByDay(backwards)).toThrow('must not end before it starts')
  })
})

const monthMinutes = 30 * 24 * 60
const at = (minute: number): string => `${new Date(Date.UTC(2024, 8, 1) + minute * 60_000).toISOString().slice(0, 19)}Z`
const minute = fc.integer({ min: 0, max: monthMinutes - 1 })
const quantity = fc.integer({ min: -9_999, max: 9_999 })
const someLevels = fc.array(fc.tuple(minute, fc.option(minute), quantity), { maxLength: 12 })
const levelOf = ([from, to, units]: readonly [number, number | null, number]) => {
  const [first, last] = to === null || to === from ? [from, from] : [Math.min(from, to), Math.max(from, to)]
  return { first, last, units, level: { start: at(first), end: at(last), quantity: `${units}` } }
}

test('it is what walking through the month says, in any order of records', () => {
  fc.assert(
    fc.property(someLevels, (some) => {
      const levels = some.map(levelOf)
      const until = ({ first, last }: (typeof levels)[number]) => (first === last ? monthMinutes : last)
      const unitMinutes = levels.reduce((held, one) => held + one.units * (until(one) - one.first), 0)
      const expected = plainText(decimal(`${unitMinutes}`).dividedBy(monthMinutes).toDecimalPlaces(12))
      expect(weighted(levels.map(({ level }) => level))).toBe(expected)
      expect(weighted(levels.map(({ level }) => level).toReversed())).toBe(expected)
    }),
    fuzzRuns(100),
  )
})

test('what a change makes is the interval from then to the end of the month', () => {
  fc.assert(
    fc.property(minute, quantity, (from, units) => {
      const interval = { start: at(from), end: at(monthMinutes), quantity: `${units}` }
      expect(weighted([change(at(from), `${units}`)])).toBe(weighted([interval]))
    }),
    fuzzRuns(50),
  )
})

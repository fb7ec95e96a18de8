import { describe, expect, test } from 'bun:test'
import * as fc from 'fast-check'
import { daysAfter, daysBetween } from '../../src/billing/days.ts'
import { decimal, Decimal, plainText, sum } from '../../src/billing/money.ts'
import { spread } from '../../src/billing/spread.ts'
import { fuzzRuns } from '../support/fuzz.ts'
import { refusal } from '../support/refusal.ts'

const spanning = { start: '2025-01-31T22:00:00Z', end: '2025-02-01T02:00:00Z', quantity: decimal('4') }
const shown = (parts: ReturnType<typeof spread>) => parts.map(({ day, quantity }) => [day, plainText(quantity)])

describe('F5: four units from 31 January 22:00 to 1 February 02:00', () => {
  test('split by time: two in January, two in February', () => {
    expect(shown(spread(spanning, 'split', 'sum'))).toEqual([
      ['2025-01-31', '2'],
      ['2025-02-01', '2'],
    ])
  })

  test('by start: four in January', () => {
    expect(shown(spread(spanning, 'start', 'sum'))).toEqual([['2025-01-31', '4']])
  })

  test.each(['max', 'last', 'unique'] as const)('%s always belongs to the day it starts on', (aggregation) => {
    expect(shown(spread(spanning, 'split', aggregation))).toEqual([['2025-01-31', '4']])
  })
})

test('an interval that ends at midnight belongs to the day before: days are half-open', () => {
  const record = { start: '2025-01-31T23:00:00Z', end: '2025-02-01T00:00:00Z', quantity: decimal('1') }
  expect(shown(spread(record, 'split', 'sum'))).toEqual([['2025-01-31', '1']])
})

test('an instant belongs to the day it falls on, at midnight to the new one', () => {
  const record = { start: '2025-02-01T00:00:00Z', end: '2025-02-01T00:00:00Z', quantity: decimal('1') }
  expect(shown(spread(record, 'split', 'sum'))).toEqual([['2025-02-01', '1']])
})

test('offsets are read as instants: what counts is the day in UTC', () => {
  const record = { start: '2025-02-01T00:30:00+02:00', end: '2025-02-01T01:30:00+02:00', quantity: decimal('1') }
  expect(shown(spread(record, 'split', 'sum'))).toEqual([['2025-01-31', '1']])
})

test('thirds keep 12 digits and the rest goes to the earliest day', () => {
  const record = { start: '2025-01-01T00:00:00Z', end: '2025-01-04T00:00:00Z', quantity: decimal('1') }
  expect(shown(spread(record, 'split', 'sum'))).toEqual([
    ['2025-01-01', '0.333333333334'],
    ['2025-01-02', '0.333333333333'],
    ['2025-01-03', '0.333333333333'],
  ])
})

test('fractions of a second are told apart', () => {
  const record = { start: '2025-01-01T23:59:59.9Z', end: '2025-01-02T00:00:00.3Z', quantity: decimal('4') }
  expect(shown(spread(record, 'split', 'sum'))).toEqual([
    ['2025-01-01', '1'],
    ['2025-01-02', '3'],
  ])
  const within = { start: '2025-01-01T23:59:59Z', end: '2025-01-01T23:59:59.5Z', quantity: decimal('4') }
  expect(shown(spread(within, 'split', 'sum'))).toEqual([['2025-01-01', '4']])
})

test.each([
  ['2025-01-02T00:00:00Z', '2025-01-01T00:00:00Z'],
  ['2025-01-01T00:00:01Z', '2025-01-01T00:00:00Z'],
  ['2025-01-01T00:00:00.2Z', '2025-01-01T00:00:00.1Z'],
  ['2025-01-01T00:00:00.5Z', '2025-01-01T00:00:00Z'],
])('an interval from %s to %s is refused', (start, end) =>
  expect(refusal(() => spread({ start, end, quantity: decimal('1') }, 'start', 'sum'))).toEqual({
    code: 'interval.reversed',
    at: '/end',
  }),
)

const quantities = fc
  .tuple(fc.bigInt(-(10n ** 30n), 10n ** 30n), fc.integer({ min: 0, max: 12 }))
  .map(([units, digits]) => new Decimal(`${units}e-${digits}`))
const instants = fc
  .integer({ min: 0, max: 40 * 86_400_000 })
  .map((ms) => Temporal.Instant.fromEpochMilliseconds(1_735_689_600_000 + ms).toString())

test('B10: the parts of any interval add up to the quantity exactly, and their days tile it', () => {
  fc.assert(
    fc.property(instants, instants, quantities, (one, other, quantity) => {
      const [start, end] = Temporal.Instant.compare(one, other) <= 0 ? [one, other] : [other, one]
      const parts = spread({ start, end, quantity }, 'split', 'sum')
      expect(sum(parts.map((part) => part.quantity)).equals(quantity)).toBe(true)
      expect(parts.map(({ day }) => day)).toEqual(parts.map((_, index) => daysAfter(start.slice(0, 10), index)))
      const endsAtMidnight = end.endsWith('T00:00:00Z') && end !== start
      const lastDay = endsAtMidnight ? daysAfter(end.slice(0, 10), -1) : end.slice(0, 10)
      expect(daysBetween(start.slice(0, 10), lastDay)).toBe(parts.length - 1)
    }),
    fuzzRuns(1_000),
  )
})

test('B10: an interval cut anywhere adds up to what the whole one is', () => {
  fc.assert(
    fc.property(fc.array(instants, { minLength: 2, maxLength: 6 }), fc.integer({ min: 1, max: 1000 }), (cuts, rate) => {
      const sorted = cuts.toSorted((a, b) => Temporal.Instant.compare(a, b))
      const quantityOf = (start: string, end: string) =>
        new Decimal(Temporal.Instant.from(start).until(end).total('seconds').toFixed(3)).times(rate)
      const pieces = sorted.slice(1).map((end, index) => ({ start: sorted[index]!, end }))
      const parts = pieces.flatMap((piece) =>
        spread({ ...piece, quantity: quantityOf(piece.start, piece.end) }, 'split', 'sum'),
      )
      expect(sum(parts.map((part) => part.quantity)).equals(quantityOf(sorted[0]!, sorted.at(-1)!))).toBe(true)
    }),
    fuzzRuns(300),
  )
})

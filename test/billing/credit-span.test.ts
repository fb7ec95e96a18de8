import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { spansFreed, unitsKept } from '../../src/billing/credit-span.ts'
import { currency, decimal, roundToMinor } from '../../src/billing/money.ts'
import { type InstantSpan, prorationUnits } from '../../src/billing/prorate.ts'
import { fuzzRuns } from '../support/fuzz.ts'

const eur = currency('EUR')
const kept = (net: string, credited: string, units: number) =>
  unitsKept({ net: decimal(net), credited: decimal(credited), units }, eur)
const day = (number: number) => `2025-01-${String(number).padStart(2, '0')}T00:00:00Z`
const january: InstantSpan = { from: day(1), to: '2025-02-01T00:00:00Z' }

describe('the days that a credited charge still pays for', () => {
  test.each([
    ['all, while nothing is credited', '310', '0', 31, 31],
    ['none, when all is', '310', '310', 31, 0],
    ['the first ones, when whole days are given back', '310', '110', 31, 20],
    ['one that is paid in part', '310', '115', 31, 20],
    ['all, when less than a day is given back', '310', '9.99', 31, 31],
    ['the ones whose rounded part is what is left', '10', '3.33', 3, 2],
    ['all of a line that costs nothing', '0', '0', 31, 31],
    ['all, though the rounded part of fewer would do', '0.01', '0', 4, 4],
    ['the only one of a charge that comes once, in part', '99', '98.99', 1, 1],
  ] as const)('are %s', (_, net, credited, units, expected) => {
    expect(kept(net, credited, units)).toBe(expected)
  })

  const charges = fc.record({
    net: fc.integer({ min: 1, max: 10_000_000 }),
    part: fc.integer({ min: 0, max: 1_000_000 }),
    units: fc.integer({ min: 1, max: 2_678_400 }),
  })

  test('cover the rest with their rounded part, to less than a unit, and are never more when more is credited', () => {
    const covers = (net: number, units: number, count: number) =>
      roundToMinor(decimal(String(net)).dividedBy(100).times(count).dividedBy(units), eur)
    fc.assert(
      fc.property(charges, ({ net, part, units }) => {
        const credited = Math.floor((net * part) / 1_000_000)
        const [rest, count] = [decimal(String(net - credited)).dividedBy(100), keptOf(net, credited, units)]
        expect(covers(net, units, count).greaterThanOrEqualTo(rest)).toBe(true)
        expect(
          rest
            .times(units)
            .times(100)
            .dividedBy(net)
            .greaterThan(count - 1),
        ).toBe(true)
        if (credited < net) expect(keptOf(net, credited + 1, units)).toBeLessThanOrEqual(count)
      }),
      fuzzRuns(1_000),
    )
  })
  const keptOf = (net: number, credited: number, units: number) => kept(cents(net), cents(credited), units)
  const cents = (amount: number) => decimal(String(amount)).dividedBy(100).toFixed(2)
})

describe('the spans that a credit frees', () => {
  test('are the last days', () => {
    expect(spansFreed([january], 20, 'day')).toEqual([{ from: day(21), to: january.to }])
    expect(spansFreed([january], 31, 'day')).toEqual([])
    expect(spansFreed([january], 0, 'day')).toEqual([january])
  })

  test('are counted over what is left, where something in between was given back before', () => {
    const left = [
      { from: day(1), to: day(11) },
      { from: day(21), to: day(31) },
    ]
    expect(spansFreed(left, 15, 'day')).toEqual([{ from: day(26), to: day(31) }])
    expect(spansFreed(left, 4, 'day')).toEqual([{ from: day(5), to: day(11) }, left[1]!])
  })

  test('are seconds where the plan counts seconds', () => {
    const span = { from: '2025-01-15T12:00:00Z', to: '2025-01-15T12:00:10Z' }
    expect(spansFreed([span], 3, 'second')).toEqual([{ from: '2025-01-15T12:00:03Z', to: span.to }])
  })

  test('leave exactly the units that are kept', () => {
    const units = fc.constantFrom(...prorationUnits)
    fc.assert(
      fc.property(units, fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 0, max: 1000 }), (unit, all, count) => {
        const size = unit === 'day' ? 86_400_000 : 1000
        const at = (number: number) => new Date(number * size).toISOString().replace('.000Z', 'Z')
        const freed = spansFreed([{ from: at(0), to: at(all) }], count, unit)
        const seconds = freed.reduce((sum, { from, to }) => sum + (Date.parse(to) - Date.parse(from)) / size, 0)
        expect(seconds).toBe(Math.max(all - count, 0))
      }),
      fuzzRuns(500),
    )
  })
})

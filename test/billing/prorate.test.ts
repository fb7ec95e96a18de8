import { describe, expect, test } from 'bun:test'
import * as fc from 'fast-check'
import { chargeIntervals, chargePeriodOf } from '../../src/billing/anchor.ts'
import { daysAfter } from '../../src/billing/days.ts'
import { currency, decimal, Decimal, plainText, roundToMinor, sum } from '../../src/billing/money.ts'
import { instantOfDay } from '../../src/billing/period.ts'
import { creditOf, prorate, shareOf } from '../../src/billing/prorate.ts'
import { peerCases, type PeerCase } from '../support/cases.ts'
import { fuzzRuns } from '../support/fuzz.ts'

const eur = currency('EUR')
const span = (from: string, to: string) => ({
  from: from.includes('T') ? from : instantOfDay(from),
  to: to.includes('T') ? to : instantOfDay(to),
})
const part = (full: string, [from, to]: [string, string], whole: [string, string], unit: 'day' | 'second' = 'day') =>
  roundToMinor(prorate(decimal(full), shareOf(span(from, to), span(...whole), unit)), eur).toFixed(2)

describe('worked cases', () => {
  const january: [string, string] = ['2025-01-01', '2025-02-01']

  test('B1: a month of 100.00 until the 15th, 200.00 from then on', () => {
    expect(part('100', ['2025-01-01', '2025-01-15'], january)).toBe('45.16')
    expect(part('200', ['2025-01-15', '2025-02-01'], january)).toBe('109.68')
  })

  test('B6: by the second from the 15th at noon', () => {
    expect(part('310', ['2025-01-15T12:00:00Z', '2025-02-01'], january, 'second')).toBe('165.00')
  })

  test('the same start counts as a whole day where days are counted', () => {
    expect(part('310', ['2025-01-15T12:00:00Z', '2025-02-01'], january)).toBe('170.00')
  })

  test('B7: February of a year of 120.00, leap year and not', () => {
    expect(part('120', ['2024-02-01', '2024-03-01'], ['2024-01-01', '2025-01-01'])).toBe('9.51')
    expect(part('120', ['2025-02-01', '2025-03-01'], ['2025-01-01', '2026-01-01'])).toBe('9.21')
  })
})

describe('cases of other billing systems', () => {
  type Params = PeerCase['params']
  const cents = (params: Params, name: string): Decimal => decimal(String(params[name]))
  const days = (params: Params, used: string, all: string) => ({
    offset: 0,
    numerator: Number(params[used]),
    denominator: Number(params[all]),
  })
  const left = (params: Params, amount: string): Decimal => {
    const [from, at, to] = ['period_start', 'change_at', 'period_end'].map((name) => String(params[name]))
    return prorate(cents(params, amount), shareOf(span(at!, to!), span(from!, to!), 'second')).toDecimalPlaces(0)
  }
  const models: Readonly<Record<string, (peer: PeerCase) => Decimal>> = {
    proration_ratio: ({ params }) =>
      prorate(decimal('1'), days(params, 'days', 'days_in_period')).toDecimalPlaces(Number(params['digits'])),
    proration_days_plus_tax: ({ params }) => {
      const net = prorate(cents(params, 'full_amount'), days(params, 'days_used', 'days_in_period')).toDecimalPlaces(0)
      return net.plus(net.times(cents(params, 'tax_percent')).dividedBy(100).toDecimalPlaces(0))
    },
    // The source gives every month 30 days; ours counts the days that the month has.
    proration_fixed30: ({ params }) =>
      prorate(cents(params, 'full_amount'), {
        offset: 0,
        numerator: Number(params['days_30_360']),
        denominator: 30,
      }).toDecimalPlaces(Number(params['currency_digits'])),
    proration_seconds: ({ params, expected_detail }) => {
      const [credit, debit] = [left(params, 'old_amount'), left(params, 'new_amount')]
      expect([plainText(credit), plainText(debit)]).toEqual([
        String(expected_detail['credit']),
        String(expected_detail['debit']),
      ])
      return debit.minus(credit)
    },
  }
  const covered = (peerCases() ?? []).filter(({ model }) => model in models)

  test.skipIf(covered.length === 0)('every model named here has cases', () => {
    expect([...new Set(covered.map(({ model }) => model))].sort()).toEqual(Object.keys(models).sort())
  })

  test.each(covered.map((peer) => [`${peer.id} (${peer.model})`, peer] as const))('%s', (_, peer) => {
    expect(plainText(models[peer.model]!(peer))).toBe(plainText(decimal(peer.expected)))
  })
})

const someDay = fc.integer({ min: 0, max: 12_000 }).map((count) => daysAfter('2004-01-01', count))
const cadence = fc.record({
  interval: fc.constantFrom(...chargeIntervals),
  anchor: fc.constantFrom('calendar' as const, 'start' as const),
})
const prices = fc.integer({ min: 0, max: 10 ** 12 }).map((value) => new Decimal(value).dividedBy(10 ** 6))

describe('charge periods', () => {
  test('on the 31st come back to it: 31 Jan, 28 Feb, 31 Mar, and the 29th in leap years', () => {
    const from = (day: string, start: string, interval: 'month' | 'quarter' | 'year' = 'month') =>
      Object.values(chargePeriodOf(day, { interval, anchor: 'start' }, start)).join(' ')
    expect(from('2025-01-31', '2025-01-31')).toBe('2025-01-31 2025-02-28')
    expect(from('2025-02-28', '2025-01-31')).toBe('2025-02-28 2025-03-31')
    expect(from('2024-03-30', '2024-01-31')).toBe('2024-02-29 2024-03-31')
    expect(from('2025-03-01', '2024-11-30', 'quarter')).toBe('2025-02-28 2025-05-30')
    expect(from('2025-02-28', '2024-02-29', 'year')).toBe('2025-02-28 2026-02-28')
    expect(from('2028-02-29', '2024-02-29', 'year')).toBe('2028-02-29 2029-02-28')
  })

  test('by calendar are months, quarters and years, whenever the subscription started', () => {
    const of = (interval: 'month' | 'quarter' | 'year') =>
      Object.values(chargePeriodOf('2025-05-17', { interval, anchor: 'calendar' }, '2024-01-31')).join(' ')
    expect(of('month')).toBe('2025-05-01 2025-06-01')
    expect(of('quarter')).toBe('2025-04-01 2025-07-01')
    expect(of('year')).toBe('2025-01-01 2026-01-01')
  })

  test('hold their day and tile all of time without gap or overlap', () => {
    fc.assert(
      fc.property(someDay, someDay, cadence, (day, start, terms) => {
        const period = chargePeriodOf(day, terms, start)
        expect(period.from <= day && day < period.to).toBe(true)
        expect(chargePeriodOf(period.to, terms, start).from).toBe(period.to)
        expect(chargePeriodOf(daysAfter(period.from, -1), terms, start).to).toBe(period.from)
      }),
      fuzzRuns(2_000),
    )
  })
})

/** A charge period and a partition of it by instants. */
const partition = fc
  .tuple(someDay, cadence, someDay, fc.array(fc.integer({ min: 0, max: 366 * 86_400 }), { maxLength: 8 }))
  .map(([day, terms, start, cuts]) => {
    const days = chargePeriodOf(day, terms, start)
    const [from, to] = [Date.parse(instantOfDay(days.from)), Date.parse(instantOfDay(days.to))]
    const inside = cuts.map((cut) => from + ((cut * 1000) % (to - from)))
    const bounds = [...new Set([from, ...inside, to])].sort((a, b) => a - b)
    const texts = bounds.map((at) => `${new Date(at).toISOString().slice(0, 19)}Z`)
    return { whole: { from: texts[0]!, to: texts.at(-1)! }, texts }
  })

describe('parts of a period', () => {
  test('B10: of any partition add up to the whole exactly, by day and by second', () => {
    fc.assert(
      fc.property(
        partition,
        prices,
        fc.constantFrom('day' as const, 'second' as const),
        ({ whole, texts }, full, unit) => {
          const parts = texts.slice(1).map((to, index) => shareOf({ from: texts[index]!, to }, whole, unit))
          expect(plainText(sum(parts.map((share) => prorate(full, share))))).toBe(plainText(full))
          expect(parts.reduce((units, share) => units + share.numerator, 0)).toBe(parts[0]!.denominator)
        },
      ),
      fuzzRuns(10_000),
    )
  })

  test('given back piece by piece from the end leave nothing of the line, and never more than it', () => {
    fc.assert(
      fc.property(partition, prices, ({ whole, texts }, full) => {
        const charge = { full, charged: whole, whole, unit: 'second' as const }
        const line = roundToMinor(full, eur)
        let left = line
        for (let index = texts.length - 1; index > 0; index -= 1) {
          const credited = { from: texts[index - 1]!, to: texts[index]! }
          left = left.plus(roundToMinor(creditOf(charge, credited, eur), eur))
          expect(left.isNegative() && !left.isZero()).toBe(false)
        }
        expect(plainText(left)).toBe('0')
      }),
      fuzzRuns(2_000),
    )
  })
})

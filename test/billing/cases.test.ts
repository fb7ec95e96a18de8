import { describe, expect, test } from 'bun:test'
import { allocate } from '../../src/billing/allocate.ts'
import { checkRate, type RateInput } from '../../src/billing/check-rate.ts'
import { type CommissionTerms, earnPeriod } from '../../src/billing/commission.ts'
import {
  amountText,
  type Currency,
  currency,
  decimal,
  type Decimal,
  roundToMinor,
  zero,
} from '../../src/billing/money.ts'
import { instantOfDay } from '../../src/billing/period.ts'
import { prorate, shareOf } from '../../src/billing/prorate.ts'
import { rateLate } from '../../src/billing/rate-period.ts'
import { rate } from '../../src/billing/rate.ts'
import { tiersOf } from '../support/rates.ts'

// Cases in the manner of well-known billing systems; every figure was worked out by hand in fractions, away from this code.
const eur = currency('EUR')
const shown = (amount: Decimal, money: Currency = eur): string => amountText(roundToMinor(amount, money), money)
const costs = (input: RateInput, quantity: string): string => shown(rate(checkRate(input), decimal(quantity)).amount)

describe('tiers', () => {
  const [falling, steps] = [tiersOf(['100', '1'], ['200', '0.5'], [null, '0.1']), ['5', '10', null] as const]
  const seats = steps.map((upTo, index) => ({ upTo, unitPrice: ['7', '6.5', '6'][index]! }))
  const fees = steps.map((upTo, index) => ({
    upTo,
    unitPrice: ['5', '4', '3'][index]!,
    flatFee: ['10', '20', '30'][index]!,
  }))

  test.each([
    ['99.5', '99.50'],
    ['100.5', '100.25'],
    ['200', '150.00'],
    ['200.000000000001', '150.00'],
    ['250', '155.00'],
    ['-150', '-125.00'],
  ])('1.00 to 100, 0.50 to 200, then 0.10: %s units cost %s', (quantity, expected) =>
    expect(costs({ kind: 'graduated', tiers: falling }, quantity)).toBe(expected),
  )

  test.each([
    ['5', '35.00', '35.00'],
    ['6', '41.50', '39.00'],
    ['20', '127.50', '120.00'],
  ])('7.00 to 5, 6.50 to 10, then 6.00: %s seats cost %s graduated and %s by volume', (quantity, graduated, volume) => {
    expect(costs({ kind: 'graduated', tiers: seats }, quantity)).toBe(graduated)
    expect(costs({ kind: 'volume', tiers: seats }, quantity)).toBe(volume)
  })

  test.each([
    ['0', '0.00', '0.00'],
    ['5', '35.00', '35.00'],
    ['6', '59.00', '44.00'],
    ['11', '108.00', '63.00'],
  ])('with a fee each, of those entered or of the one reached: %s cost %s and %s', (quantity, graduated, volume) => {
    expect(costs({ kind: 'graduated', tiers: fees }, quantity)).toBe(graduated)
    expect(costs({ kind: 'volume', tiers: fees }, quantity)).toBe(volume)
  })

  test('with a fee at zero usage the first one is due', () => {
    expect(costs({ kind: 'graduated', tiers: fees, feeAtZero: true }, '0')).toBe('10.00')
  })
})

describe('shares of a value', () => {
  const card = (terms: object, ...events: string[]) => {
    const given = events.map((event) => decimal(event))
    const whole = given.reduce((total, one) => total.plus(one), zero)
    return shown(rate(checkRate({ kind: 'percentage', percent: '1.2', ...terms }), whole, given).amount)
  }

  test('with a fee each: three events are free, or what comes first of them and 500.00', () => {
    expect(card({ feePerEvent: '0.10', freeEvents: 3 }, '200', '100', '100', '50')).toBe('0.70')
    expect(card({ feePerEvent: '0.10', freeEvents: 3, freeUnits: '500' }, '200', '100', '300', '50')).toBe('2.00')
    expect(card({ feePerEvent: '0.10', freeUnits: '500' }, '250', '250', '1')).toBe('0.11')
  })

  test('each event is at least 0.50 and at most 100.00', () => {
    const bounds = { percent: '2.9', eventMinimum: '0.50', eventMaximum: '100' }
    expect(card(bounds, '10', '100', '10000')).toBe('103.40')
    expect(card(bounds, '17.24')).toBe('0.50')
  })
})

describe('what a month has billed in part', () => {
  const pack = checkRate({ kind: 'package', size: '10', price: '15' })
  const late = (terms: RateInput, before: string, after: string) =>
    shown(rateLate(checkRate(terms), decimal(before), decimal(after)).amount)

  test('17 units in packages of 10, then 22: one more package', () => expect(late(pack, '17', '22')).toBe('15.00'))

  test('under a cap of 100.00 that was reached to 90.00, 10.00 are left', () =>
    expect(late({ ...pack, maximum: '100' }, '60', '110')).toBe('10.00'))

  test('the fee of a tier that was entered before is not asked again', () => {
    const tiers = tiersOf(['5', '0', '100'], ['10', '0', '50'], ['15', '5'], [null, '1'])
    expect(late({ kind: 'graduated', tiers }, '7', '8')).toBe('0.00')
    expect(late({ kind: 'graduated', tiers }, '12', '22')).toBe('22.00')
    expect(late({ kind: 'graduated', tiers, maximum: '170' }, '12', '22')).toBe('10.00')
  })
})

test.each([
  ['50', ['2025-03-05', '2025-04-01'], ['2025-03-01', '2025-04-01'], '43.55'],
  ['120', ['2025-02-28', '2026-01-31'], ['2025-01-31', '2026-01-31'], '110.79'],
  ['100', ['2024-02-01', '2024-02-29'], ['2024-02-01', '2024-03-01'], '96.55'],
  ['30', ['2025-01-31', '2025-02-10'], ['2025-01-31', '2025-02-28'], '10.71'],
  ['30', ['2024-01-31', '2024-02-10'], ['2024-01-31', '2024-02-29'], '10.34'],
  ['366', ['2024-02-29', '2024-03-01'], ['2024-02-29', '2025-02-28'], '1.00'],
  ['0.01', ['2025-06-16', '2025-07-01'], ['2025-06-01', '2025-07-01'], '0.01'],
] as const)('of %s for a period, the days %j of %j cost %s', (full, part, whole, expected) => {
  const span = ([from, to]: readonly [string, string]) => ({ from: instantOfDay(from), to: instantOfDay(to) })
  expect(shown(prorate(decimal(full), shareOf(span(part), span(whole), 'day')))).toBe(expected)
})

test.each([
  ['-100.00', ['1', '1', '1'], 'EUR', ['-33.34', '-33.33', '-33.33']],
  ['0.01', ['1', '1', '1'], 'EUR', ['0.01', '0.00', '0.00']],
  ['0.05', ['50', '30', '20'], 'EUR', ['0.03', '0.01', '0.01']],
  ['0.02', ['33.33', '33.33', '33.34'], 'EUR', ['0.01', '0.00', '0.01']],
  ['1000.00', ['1', '2', '4', '0'], 'EUR', ['142.86', '285.71', '571.43', '0.00']],
  ['100', ['1', '1', '1'], 'JPY', ['34', '33', '33']],
] as const)('%s shared by %j in %s is %j', (total, weights, code, expected) => {
  const money = currency(code)
  const parts = allocate(
    decimal(total),
    weights.map((weight) => decimal(weight)),
    money,
  )
  expect(parts.map((part) => shown(part, money))).toEqual([...expected])
})

describe('a commission on the month to date', () => {
  const inTurn = (terms: Omit<CommissionTerms, 'scope'>, ...bases: string[]): string[] => {
    let toDate = { base: zero, earned: zero }
    return bases.map((base) => {
      const earned = earnPeriod({ ...terms, scope: 'period' }, toDate, decimal(base), eur)
      toDate = earned.toDate
      return shown(earned.amount)
    })
  }
  const flat = (percent: string) => [{ to: null, percent, mode: 'marginal' as const }]

  test('speeds up from 100000.00 on, whose first cent has the new rate', () => {
    const tiers = [{ to: '100000', percent: '10', mode: 'marginal' as const }, ...flat('15')]
    expect(inTurn({ tiers }, '99999.99', '0.01', '0.01', '50000')).toEqual(['10000.00', '0.00', '0.00', '7500.00'])
  })

  test('reaches back to the first cent, and takes back as much where a credit falls below the bound', () => {
    const tiers = [
      { to: '50000', percent: '5', mode: 'whole' as const },
      { to: '100000', percent: '8', mode: 'whole' as const },
      { to: null, percent: '12', mode: 'whole' as const },
    ]
    const earned = inTurn({ tiers }, '49999.99', '0.01', '50000', '1000', '-2000')
    expect(earned).toEqual(['2500.00', '1500.00', '8000.00', '120.00', '-4200.00'])
  })

  test('stops at a cap of 50.00 and starts at a floor of 5.00', () => {
    expect(inTurn({ tiers: flat('10'), cap: '50' }, '400', '200', '-200')).toEqual(['40.00', '10.00', '-10.00'])
    expect(inTurn({ tiers: flat('10'), floor: '5' }, '10', '200', '-205')).toEqual(['5.00', '16.00', '-16.00'])
  })

  test('of six bases of 0.05 at 3.33 % is one cent, not six times nothing', () => {
    expect(inTurn({ tiers: flat('3.33') }, ...Array<string>(6).fill('0.05'))).toEqual([
      '0.00',
      '0.00',
      '0.00',
      '0.01',
      '0.00',
      '0.00',
    ])
  })
})

import { describe, expect, test } from 'bun:test'
import * as fc from 'fast-check'
import {
  checkFxRate,
  convertForDisplay,
  exchange,
  type FxRate,
  fxDayOf,
  isExactConversion,
  resolveFx,
} from '../../src/billing/fx.ts'
import { amountText, currency, decimal, plainText, roundToMinor } from '../../src/billing/money.ts'
import { fuzzRuns } from '../support/fuzz.ts'
import { refusal } from '../support/refusal.ts'

const row = (id: string, sellerId: string, pair: string, rate: string, validFrom: string): FxRate => {
  const [from, to] = pair.split('/') as [string, string]
  return { id, sellerId, from: currency(from), to: currency(to), rate, validFrom }
}
const wish = (pair: string, day: string, sellerId = 'reseller') => {
  const [from, to] = pair.split('/') as [string, string]
  return { sellerId, from: currency(from), to: currency(to), day }
}

describe('which rate is in force', () => {
  const rows = [
    row('1', 'platform', 'EUR/USD', '1.08', '2024-01-01'),
    row('2', 'platform', 'EUR/USD', '1.10', '2024-09-15'),
    row('3', 'reseller', 'EUR/USD', '1.12', '2024-09-30'),
    row('4', 'reseller', 'USD/JPY', '150', '2024-01-01'),
  ]
  test.each([
    ['2024-01-01', '1'],
    ['2024-09-14', '1'],
    ['2024-09-15', '2'],
    ['2024-09-29', '2'],
    ['2024-09-30', '3'],
    ['2025-01-01', '3'],
  ])("on %s: the seller's own, else the platform's, the one that began last", (day, id) =>
    expect(resolveFx(rows, wish('EUR/USD', day))?.id).toBe(id),
  )
  test('before the first day there is none', () =>
    expect(resolveFx(rows, wish('EUR/USD', '2023-12-31'))).toBeUndefined())
  test('an own row wins over a newer one of the platform', () =>
    expect(
      resolveFx([...rows, row('9', 'platform', 'EUR/USD', '2', '2024-10-01')], wish('EUR/USD', '2024-10-31'))?.id,
    ).toBe('3'))
  test('nothing is inverted and nothing crossed', () => {
    expect(resolveFx(rows, wish('USD/EUR', '2024-10-31'))).toBeUndefined()
    expect(resolveFx(rows, wish('EUR/JPY', '2024-10-31'))).toBeUndefined()
  })
  test('of two rows for the same day the later one counts', () =>
    expect(
      resolveFx([...rows, row('5', 'reseller', 'EUR/USD', '1.13', '2024-09-30')], wish('EUR/USD', '2024-10-01'))?.rate,
    ).toBe('1.13'))
  test.each([
    ['2024-02', '2024-02-29'],
    ['2025-02', '2025-02-28'],
    ['2024-12', '2024-12-31'],
  ])('a period is converted at the rate of its last day: %s', (period, day) => expect(fxDayOf(period)).toBe(day))
})

describe('C16: a converted amount is rounded once, to the digits of its currency', () => {
  test.each([
    ['JPY', '8.23', '150', '1235'],
    ['KWD', '4.115', '0.3', '1.235'],
    ['EUR', '-0.0125', '0.4', '-0.01'],
    ['USD', '10.005', '1', '10.01'],
  ])('to %s: %s at %s', (to, amount, rate, expected) =>
    expect(amountText(roundToMinor(exchange(decimal(amount), { rate }), currency(to)), currency(to))).toBe(expected),
  )
  test('the unrounded amount is converted, not the rounded one', () => {
    const unrounded = decimal('0.004')
    expect(plainText(roundToMinor(exchange(unrounded, { rate: '150' }), currency('JPY')))).toBe('1')
  })
  test('converting is exact: dividing by the rate gives the amount again', () => {
    const digits = fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n })
    const rates = fc.bigInt({ min: 1n, max: 10n ** 18n })
    fc.assert(
      fc.property(digits, rates, (units, scaled) => {
        const amount = decimal(String(units)).div('1e12')
        const rate = decimal(String(scaled)).div('1e9')
        expect(
          exchange(amount, { rate: plainText(rate) })
            .div(rate)
            .equals(amount),
        ).toBe(true)
      }),
      fuzzRuns(500),
    )
  })
  test('what can not be exact is known beforehand', () => {
    expect(isExactConversion(decimal('9'.repeat(60)), decimal('1.0849'))).toBe(true)
    expect(isExactConversion(decimal('9'.repeat(78)), decimal('1.0849'))).toBe(false)
  })
})

describe('what a reader wants to see in one currency', () => {
  const figures = [
    { amount: decimal('10.00'), currency: currency('EUR') },
    { amount: decimal('3'), currency: currency('USD') },
  ]
  test('each figure is converted and rounded, then summed', () =>
    expect(plainText(convertForDisplay(figures, currency('EUR'), () => ({ rate: '0.9251' })) ?? decimal('-1'))).toBe(
      '12.78',
    ))
  test('without a rate for one of them there is no sum', () =>
    expect(convertForDisplay(figures, currency('EUR'), () => undefined)).toBeNull())
})

describe('a rate from outside', () => {
  const input = { from: 'EUR', to: 'USD', rate: '1.0850', validFrom: '2024-09-01' }
  test('comes back plain', () =>
    expect(checkFxRate(input)).toEqual({
      from: currency('EUR'),
      to: currency('USD'),
      rate: '1.085',
      validFrom: '2024-09-01',
    }))
  test.each([
    ['of zero', { rate: '0' }, 'fx.rate_invalid', '/rate'],
    ['below zero', { rate: '-1' }, 'fx.rate_invalid', '/rate'],
    ['with 13 digits', { rate: '1.0000000000001' }, 'decimal.too_long', '/rate'],
    ['to the same currency', { to: 'EUR' }, 'fx.same_currency', '/to'],
    ['of no currency', { from: 'XXX' }, 'currency.unknown', '/from'],
    ['from no day', { validFrom: '2023-02-29' }, 'day.invalid', '/validFrom'],
  ])('%s is refused', (_, change, code, at) =>
    expect(refusal(() => checkFxRate({ ...input, ...change }))).toEqual({ code, at }),
  )
})

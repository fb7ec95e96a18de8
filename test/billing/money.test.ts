import { describe, expect, test } from 'bun:test'
import * as fc from 'fast-check'
import { currencyCodes } from '../../src/billing/currencies.ts'
import {
  amountText,
  minorText,
  boundedDecimal,
  boundedNonNegative,
  currency,
  decimal,
  Decimal,
  minorDigits,
  plainText,
  roundToMinor,
  sum,
} from '../../src/billing/money.ts'
import { fuzzRuns } from '../support/fuzz.ts'
import { refusal } from '../support/refusal.ts'

const rounded = (amount: string, code: string) =>
  amountText(roundToMinor(decimal(amount), currency(code)), currency(code))

describe('decimal text', () => {
  test.each(['0', '-1', '19.90', '007', '0.000000000001', '99999999999999999999999999.999999999999'])(
    '%s is read without loss',
    (text) => expect(decimal(text).equals(new Decimal(text))).toBe(true),
  )

  test.each(['', ' 1', '1 ', '+1', '1e5', '.5', '5.', '1,5', '0x1f', 'NaN', 'Infinity', '-', '١', '1\n', '1_000'])(
    '%j is no plain decimal',
    (text) => expect(refusal(() => decimal(text, '/q'))).toEqual({ code: 'decimal.invalid', at: '/q' }),
  )

  test('a number of 400 digits is refused, and so is a Decimal that is not finite', () => {
    expect(refusal(() => decimal('9'.repeat(400))).code).toBe('decimal.too_long')
    expect(refusal(() => decimal(new Decimal(1).div(0))).code).toBe('decimal.invalid')
  })

  test('the limits of a quantity or price: 12 fraction digits and 26 before the point, trailing zeros not counted', () => {
    expect(plainText(boundedDecimal('1.5000000000000000'))).toBe('1.5')
    expect(plainText(boundedDecimal('9'.repeat(26)))).toBe('9'.repeat(26))
    expect(refusal(() => boundedDecimal('0.0000000000001', '/p')).code).toBe('decimal.too_long')
    expect(refusal(() => boundedDecimal(`1${'0'.repeat(26)}`, '/p'))).toEqual({ code: 'decimal.too_long', at: '/p' })
    expect(refusal(() => boundedNonNegative('-0.1', '/p'))).toEqual({ code: 'decimal.negative', at: '/p' })
  })

  test('a product of two inputs at their limits keeps every digit', () => {
    const most = `${'9'.repeat(26)}.${'9'.repeat(12)}`
    const expected = (BigInt(most.replace('.', '')) ** 2n).toString()
    expect(decimal(most).times(decimal(most)).toFixed(24).replace('.', '')).toBe(expected)
  })

  test('text has no exponent, no trailing zero and no negative zero', () => {
    expect(plainText(decimal('0.000000000001'))).toBe('0.000000000001')
    expect(plainText(decimal('10.500'))).toBe('10.5')
    expect(plainText(decimal('-0'))).toBe('0')
    expect(plainText(new Decimal('1e30'))).toBe(`1${'0'.repeat(30)}`)
    expect(JSON.stringify(new Decimal('1e-30'))).toBe(`"0.${'0'.repeat(29)}1"`)
  })

  test('text and number of the input never stand in the refusal', () => {
    expect(() => decimal('secret')).toThrow(/^must be a plain decimal number$/)
  })
})

describe('rounding', () => {
  test.each([
    ['1234.5', 'JPY', '1235'],
    ['1.2345', 'KWD', '1.235'],
    ['-0.005', 'EUR', '-0.01'],
  ])('C16: %s %s is %s', (amount, code, expected) => expect(rounded(amount, code)).toBe(expected))

  test('C8: 9.975 % of 140.00 is 13.97, where binary floating point says 13.96', () => {
    expect(rounded(decimal('140.00').times(decimal('0.09975')).toFixed(), 'EUR')).toBe('13.97')
  })

  test('half goes away from zero on both sides, and what rounds to nothing has no sign', () => {
    expect([rounded('2.675', 'USD'), rounded('-2.675', 'USD'), rounded('-0.004', 'USD')]).toEqual([
      '2.68',
      '-2.68',
      '0.00',
    ])
  })

  test('an unrounded amount cannot be printed as money', () => {
    expect(() => amountText(decimal('0.001'), currency('EUR'))).toThrow('invariant broken')
  })

  test.each([
    ['19.9', 'EUR', '19.90'],
    ['-0.05', 'EUR', '-0.05'],
    ['7', 'EUR', '7.00'],
    ['1.5000', 'EUR', '1.50'],
    ['12', 'JPY', '12'],
    ['12.0', 'JPY', '12'],
    ['1.2', 'KWD', '1.200'],
  ])('%s %s as Postgres prints it is the text of its decimal: %s', (text, code, printed) => {
    expect(minorText(text, currency(code))).toBe(printed)
    expect(amountText(decimal(text), currency(code))).toBe(printed)
  })

  test.each(['0.001', '1e3', '', '1.', '.5', 'NaN', ' 1'])('%p is no rounded amount', (text) => {
    expect(() => minorText(text, currency('EUR'))).toThrow('invariant broken')
  })

  test('rounding is never further off than half a unit and does nothing twice', () => {
    const amounts = fc.tuple(fc.bigInt(-(10n ** 30n), 10n ** 30n), fc.integer({ min: 0, max: 12 }))
    fc.assert(
      fc.property(amounts, fc.constantFrom('EUR', 'JPY', 'KWD', 'CLF'), ([digits, scale], code) => {
        const exact = new Decimal(`${digits}e-${scale}`)
        const once = roundToMinor(exact, currency(code))
        const off = once
          .minus(exact)
          .abs()
          .times(new Decimal(10).pow(minorDigits(currency(code))))
        return off.lessThanOrEqualTo('0.5') && roundToMinor(once, currency(code)).equals(once)
      }),
      fuzzRuns(10_000),
    )
  })
})

describe('currencies', () => {
  test('minor units are those of ISO 4217', () => {
    const digits = ['EUR', 'USD', 'JPY', 'ISK', 'KWD', 'TND', 'HUF', 'CLF'].map((code) => minorDigits(currency(code)))
    expect(digits).toEqual([2, 2, 0, 0, 3, 3, 2, 4])
  })

  test.each(['eur', 'XXX', 'XAU', 'XTS', 'DEM', 'EURO', '', 'HRK'])('%j is no money', (code) =>
    expect(refusal(() => currency(code, '/currency'))).toEqual({ code: 'currency.unknown', at: '/currency' }),
  )

  test('every code of the table is three capitals and stands once', () => {
    expect(currencyCodes.filter((code) => !/^[A-Z]{3}$/.test(code))).toEqual([])
    expect(new Set(currencyCodes).size).toBe(currencyCodes.length)
    expect(currencyCodes.length).toBeGreaterThan(150)
  })
})

test('C15: a thousand rows of 0.004 are 4.00, because nothing is rounded before the line', () => {
  expect(rounded(sum(Array.from({ length: 1000 }, () => decimal('0.004'))).toFixed(), 'EUR')).toBe('4.00')
})

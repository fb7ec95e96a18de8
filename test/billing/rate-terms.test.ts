import { describe, expect, test } from 'bun:test'
import * as fc from 'fast-check'
import { decimal, Decimal, plainText, sum, zero } from '../../src/billing/money.ts'
import { minimumDue } from '../../src/billing/period-terms.ts'
import { rateLate, rateParts } from '../../src/billing/rate-period.ts'
import { rate, type Rate } from '../../src/billing/rate.ts'
import { fuzzRuns } from '../support/fuzz.ts'
import { quantities, rates, termedRates, tiersOf } from '../support/rates.ts'

const costs = (terms: Rate, quantity: string) => plainText(rate(terms, decimal(quantity)).amount)
const perUnit = (terms: Partial<Rate>): Rate => ({ kind: 'per_unit', unitPrice: '1', ...terms }) as Rate
const part = (rate: Rate, quantity: string) => ({ rate, quantity: decimal(quantity) })
const amounts = (parts: Parameters<typeof rateParts>[0], terms?: Rate) =>
  rateParts(parts, terms).map(({ amount }) => plainText(amount))

describe('included quantity', () => {
  test('it is free and reaches no tier', () => {
    const table: Rate = { kind: 'graduated', includedQuantity: '50', tiers: tiersOf(['100', '1'], [null, '0.5']) }
    expect(['0', '50', '50.5', '150', '160', '-60'].map((quantity) => costs(table, quantity))).toEqual([
      '0',
      '0',
      '0.5',
      '100',
      '105',
      '-10',
    ])
  })

  test('a flat amount and a package are due from the first unit beyond it', () => {
    expect(['50', '51'].map((q) => costs({ kind: 'flat', amount: '9', includedQuantity: '50' }, q))).toEqual(['0', '9'])
    const pack: Rate = { kind: 'package', size: '10', price: '2', includedQuantity: '50' }
    expect(['50', '51', '61'].map((q) => costs(pack, q))).toEqual(['0', '2', '4'])
  })

  test('the explanation says what was included', () => {
    const { derivation } = rate(perUnit({ includedQuantity: '10' }), decimal('15'))
    expect(derivation.map((step) => [step.kind, step.quantity, step.amount])).toEqual([
      ['included', '10', '0'],
      ['per_unit', '5', '5'],
    ])
  })
})

describe('maximum and minimum', () => {
  test('the cap is reached and not passed, in both directions', () => {
    expect(['99', '100', '101', '-101'].map((q) => costs(perUnit({ maximum: '100' }), q))).toEqual([
      '99',
      '100',
      '100',
      '-100',
    ])
  })

  test('the minimum is due whatever was used', () => {
    expect(['0', '20', '50', '51', '-5'].map((q) => costs(perUnit({ minimum: '50' }), q))).toEqual([
      '50',
      '50',
      '50',
      '51',
      '50',
    ])
  })

  test('all three in their order: included quantity, kind, maximum, minimum', () => {
    const terms = perUnit({ includedQuantity: '10', maximum: '80', minimum: '20' })
    expect(['10', '25', '35', '95'].map((q) => costs(terms, q))).toEqual(['20', '20', '25', '80'])
    expect(rate(terms, decimal('95')).derivation.map((step) => [step.kind, step.amount])).toEqual([
      ['included', '0'],
      ['per_unit', '85'],
      ['maximum', '-5'],
    ])
  })

  test('a minimum is prorated by the days in force, and divided once', () => {
    expect(plainText(minimumDue('310', decimal('100'), { days: 17, of: 31 }))).toBe('70')
    expect(plainText(minimumDue('310', decimal('200'), { days: 17, of: 31 }))).toBe('0')
    expect(plainText(minimumDue('100', zero, { days: 1, of: 3 }).toDecimalPlaces(2))).toBe('33.33')
  })
})

describe('late usage', () => {
  test('it costs nothing up to the minimum that was billed, nor beyond the cap', () => {
    const terms = perUnit({ minimum: '50', maximum: '100' })
    const late = (before: string, after: string) => plainText(rateLate(terms, decimal(before), decimal(after)).amount)
    expect([late('20', '45'), late('20', '70'), late('90', '200'), late('120', '200')]).toEqual(['0', '20', '10', '0'])
  })

  test('it goes on behind the included quantity', () => {
    const terms = perUnit({ includedQuantity: '10' })
    expect(plainText(rateLate(terms, decimal('4'), decimal('12')).amount)).toBe('2')
  })
})

describe('a list that changes inside a period', () => {
  const dear: Rate = { kind: 'per_unit', unitPrice: '2', includedQuantity: '10', maximum: '40' }

  test('included quantity and cap are those of the version at period end, once', () => {
    expect(amounts([part(perUnit({ includedQuantity: '99', maximum: '1' }), '15'), part(dear, '5')])).toEqual([
      '5',
      '10',
    ])
    expect(amounts([part(perUnit({}), '30'), part(dear, '20')])).toEqual(['20', '20'])
    expect(amounts([part(perUnit({}), '15')], dear)).toEqual(['5'])
  })

  test('a version at period end without terms takes those of the others away', () => {
    expect(amounts([part(dear, '30')], perUnit({}))).toEqual(['60'])
  })
})

describe('for every rate and quantity', () => {
  test('with any terms, parts of a period and the minimum sum to the whole', () => {
    fc.assert(
      fc.property(termedRates, fc.array(quantities, { minLength: 1, maxLength: 5 }), (terms, parts) => {
        const used = sum(rateParts(parts.map((quantity) => ({ rate: terms, quantity }))).map(({ amount }) => amount))
        const due = terms.minimum === undefined ? zero : minimumDue(terms.minimum, used)
        expect(plainText(used.plus(due))).toBe(plainText(rate(terms, sum(parts)).amount))
      }),
      fuzzRuns(1_000),
    )
  })

  test('the amount keeps between the minimum and the maximum', () => {
    fc.assert(
      fc.property(termedRates, quantities, (terms, quantity) => {
        const { amount } = rate(terms, quantity)
        if (terms.minimum !== undefined) expect(amount.greaterThanOrEqualTo(terms.minimum)).toBe(true)
        if (terms.maximum !== undefined) expect(amount.lessThanOrEqualTo(terms.maximum)).toBe(true)
      }),
      fuzzRuns(500),
    )
  })

  test('more usage never costs less, except where a volume tier is cheaper', () => {
    const monotone = termedRates.filter((terms) => terms.kind !== 'volume')
    fc.assert(
      fc.property(monotone, quantities, quantities, (terms, a, b) => {
        const [less, more] = a.lessThan(b) ? [a, b] : [b, a]
        expect(rate(terms, more).amount.greaterThanOrEqualTo(rate(terms, less).amount)).toBe(true)
      }),
      fuzzRuns(1_000),
    )
  })

  test('an included quantity moves the price along: F(q + included) with it is F(q) without', () => {
    fc.assert(
      fc.property(rates, quantities, fc.integer({ min: 0, max: 10 ** 6 }), (terms, quantity, included) => {
        const more = { ...terms, includedQuantity: String(included) }
        const moved = rate(more, quantity.abs().plus(included)).amount
        expect(plainText(moved)).toBe(plainText(rate(terms, new Decimal(quantity.abs())).amount))
      }),
      fuzzRuns(500),
    )
  })
})

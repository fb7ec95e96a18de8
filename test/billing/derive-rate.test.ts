import { describe, expect, test } from 'bun:test'
import * as fc from 'fast-check'
import { checkRate } from '../../src/billing/check-rate.ts'
import { checkDerivation, deriveRate, type DerivationTerms } from '../../src/billing/derive-rate.ts'
import { amountText, currency, decimal, Decimal, plainText, roundToMinor } from '../../src/billing/money.ts'
import { amountsOf } from '../../src/billing/rate-amounts.ts'
import { rate, type Rate } from '../../src/billing/rate.ts'
import { waterfall } from '../../src/billing/waterfall.ts'
import { fuzzRuns } from '../support/fuzz.ts'
import { quantities, rates, tiersOf } from '../support/rates.ts'
import { refusal } from '../support/refusal.ts'

const eur = currency('EUR')
const unit = (unitPrice: string): Rate => ({ kind: 'per_unit', unitPrice })
const priceOf = (derived: Rate) => amountsOf(derived).map(({ amount }) => amount)
const lineOf = (terms: Rate, quantity: string) =>
  amountText(roundToMinor(rate(terms, decimal(quantity)).amount, eur), eur)
const markup = (percent: string): DerivationTerms => ({ method: 'markup', percent })
const discount = (percent: string): DerivationTerms => ({ method: 'discount', percent })
/** What each seller keeps, from the platform down. */
const marginsOf = (cost: string, ...totals: string[]) =>
  waterfall({
    platformCost: decimal(cost),
    edges: totals.map((total, index) => ({ sellerId: `s${index}`, total: decimal(total) })),
  }).margins.map(({ margin }) => margin?.toFixed(2))

describe('worked cases', () => {
  test.each([
    ['none, sale 15', { method: 'amountUp', amount: '5' }, '5.00'],
    ['17', { method: 'amountUp', amount: '7' }, '7.00'],
    ['14', markup('40'), '4.00'],
    ['7', { method: 'amountDown', amount: '3' }, '-3.00'],
    ['sale 8', discount('20'), '-2.00'],
  ] as const)('D1: bought at 10, custom price %s', (_, terms, margin) =>
    expect(marginsOf('10', lineOf(deriveRate(unit('10'), terms), '1'))).toEqual([margin]),
  )

  test.each([
    [{ method: 'amountUp', amount: '3' }, { method: 'amountUp', amount: '2' }, ['3.00', '2.00']],
    [{ method: 'amountUp', amount: '3' }, { method: 'amountDown', amount: '2' }, ['3.00', '-2.00']],
    [{ method: 'amountDown', amount: '2' }, { method: 'amountUp', amount: '2' }, ['-2.00', '2.00']],
    [{ method: 'amountDown', amount: '2' }, { method: 'passThrough', percent: '0' }, ['-2.00', '0.00']],
  ] as const)('D2: developer 10, wholesale %o, selling %o', (wholesale, selling, margins) => {
    const bought = deriveRate(unit('10'), wholesale)
    expect(marginsOf('10', lineOf(bought, '1'), lineOf(deriveRate(bought, selling), '1'))).toEqual([...margins])
  })

  test('D3 and D4: who passes through keeps nothing, whose plan gives 100 keeps 2', () => {
    const [bill, plan] = [unit('98'), unit('100')]
    const passed = (one: Rate) => lineOf(deriveRate(one, { method: 'passThrough', percent: '0' }), '1')
    expect(marginsOf('98', passed(bill), lineOf(plan, '1'))).toEqual(['0.00', '2.00'])
    expect(marginsOf('98', lineOf(plan, '1'), passed(plan))).toEqual(['2.00', '0.00'])
  })

  test('D8: cost plus 8 % plus 12 %', () => {
    const distributor = deriveRate(unit('100.00'), markup('8'))
    const partner = deriveRate(distributor, markup('12'))
    const totals = [lineOf(distributor, '1'), lineOf(partner, '1')]
    expect(totals).toEqual(['108.00', '120.96'])
    expect(marginsOf('100.00', ...totals)).toEqual(['8.00', '12.96'])
  })

  test('D9: a discount off list on every edge, tiers included', () => {
    const list: Rate = { kind: 'graduated', tiers: tiersOf(['1000', '0.10'], [null, '0.08']) }
    const totals = ['45', '25', '15', '0'].map((percent) => lineOf(deriveRate(list, discount(percent)), '1200'))
    expect(totals).toEqual(['63.80', '87.00', '98.60', '116.00'])
    const [cost = '', ...edges] = totals
    expect(marginsOf(cost, ...edges)).toEqual(['23.20', '11.60', '17.40'])
  })

  test('D10: the unit price is not rounded to cents on its way down', () => {
    const totals = ['40', '20', '12', '0'].map((percent) =>
      lineOf(deriveRate(unit('0.0149'), discount(percent)), '333'),
    )
    expect(totals).toEqual(['2.98', '3.97', '4.37', '4.96'])
    const [cost = '', ...edges] = totals
    expect(marginsOf(cost, ...edges)).toEqual(['0.99', '0.40', '0.59'])
  })

  test('D13: a partner that buys at 85 of 100 keeps 15', () => {
    const bought = lineOf(deriveRate(unit('100'), discount('15')), '1')
    expect(marginsOf('60', bought, lineOf(unit('100'), '1'))).toEqual(['25.00', '15.00'])
  })
})

describe('what a method changes', () => {
  const tiers: Rate = { kind: 'volume', tiers: tiersOf(['10', '1.00', '5'], [null, '0.5', '7']), feeAtZero: true }
  test('a percentage changes prices and fees, bounds stay', () =>
    expect(deriveRate(tiers, markup('10'))).toEqual({
      kind: 'volume',
      tiers: [
        { upTo: '10', unitPrice: '1.1', flatFee: '5.5' },
        { upTo: null, unitPrice: '0.55', flatFee: '7.7' },
      ],
      feeAtZero: true,
    }))
  test('an amount changes prices, fees stay', () =>
    expect(priceOf(deriveRate(tiers, { method: 'amountUp', amount: '0.25' }))).toEqual(['1.25', '5', '0.75', '7']))
  test.each([
    [{ kind: 'flat', amount: '20' }, ['25']],
    [{ kind: 'package', size: '100', price: '5', freeUnits: '100' }, ['6.25']],
  ] as const)('%o: 25 %% markup is 20 %% margin', (base, prices) => {
    expect(priceOf(deriveRate(base, markup('25')))).toEqual([...prices])
    expect(priceOf(deriveRate(base, { method: 'margin', percent: '20' }))).toEqual([...prices])
  })
  test('a margin of a third is kept to 12 fraction digits', () =>
    expect(priceOf(deriveRate(unit('0.05'), { method: 'margin', percent: '70' }))).toEqual(['0.166666666667']))
  test('a pass-through may carry an uplift', () =>
    expect(priceOf(deriveRate(unit('98'), { method: 'passThrough', percent: '2.5' }))).toEqual(['100.45']))
})

describe('bad terms', () => {
  test.each([
    ['a margin of 100 %', { method: 'margin', percent: '100' }, 'derive.margin_100', '/percent'],
    ['a margin above it', { method: 'margin', percent: '140' }, 'derive.margin_100', '/percent'],
    ['a discount above 100 %', { method: 'discount', percent: '100.1' }, 'derive.discount_100', '/percent'],
    ['a negative markup', { method: 'markup', percent: '-1' }, 'decimal.negative', '/percent'],
    ['13 fraction digits', { method: 'markup', percent: '1.0000000000001' }, 'decimal.too_long', '/percent'],
    ['no percent', { method: 'markup' }, 'field.required', '/percent'],
    ['an amount beside a percentage', { method: 'markup', percent: '1', amount: '1' }, 'field.unknown', '/amount'],
    ['no amount', { method: 'amountUp' }, 'field.required', '/amount'],
    ['a percent beside an amount', { method: 'amountDown', amount: '1', percent: '1' }, 'field.unknown', '/percent'],
  ] as const)('%s', (_, input, code, at) => expect(refusal(() => checkDerivation(input))).toEqual({ code, at }))

  test('an amount that leaves less than nothing points at the price', () => {
    const base: Rate = { kind: 'graduated', tiers: tiersOf(['10', '1.00'], [null, '0.10']) }
    expect(refusal(() => deriveRate(base, { method: 'amountDown', amount: '0.5' }))).toEqual({
      code: 'derive.negative',
      at: '/tiers/1/unitPrice',
    })
  })

  test('a price that a list can not hold is refused', () =>
    expect(refusal(() => deriveRate(unit('9'.repeat(26)), markup('100'))).code).toBe('decimal.too_long'))
})

const percents = fc.integer({ min: 0, max: 9_999 }).map((hundredths) => new Decimal(hundredths).div(100).toFixed())

test('a derived rate is a rate that a list can hold, and costs its share of what the base costs', () =>
  fc.assert(
    fc.property(rates, percents, quantities, (base, percent, quantity) => {
      const derived = deriveRate(base, markup(percent))
      expect(checkRate(derived)).toEqual(derived)
      const share = rate(base, quantity).amount.times(decimal(percent).plus(100)).div(100)
      const steps = rate(derived, quantity).derivation.length
      // Each price and fee is exact to half of its twelfth digit; a started package is one more than the quantity.
      const exactTo = quantity.abs().plus(2).times(steps).times('0.0000000000005')
      expect(rate(derived, quantity).amount.minus(share).abs().lessThanOrEqualTo(exactTo)).toBe(true)
    }),
    fuzzRuns(1_000),
  ))

test('markup p and margin p / (100 + p) are the same price; discount undoes no price below zero', () =>
  fc.assert(
    fc.property(rates, percents, (base, percent) => {
      const margin = plainText(decimal(percent).times(100).div(decimal(percent).plus(100)).toDecimalPlaces(12))
      const pairs = amountsOf(deriveRate(base, markup(percent))).map(({ amount }, index) => [
        decimal(amount),
        decimal(priceOf(deriveRate(base, { method: 'margin', percent: margin }))[index] ?? '0'),
      ])
      for (const [a, b] of pairs) expect(a!.minus(b!).abs().lessThanOrEqualTo(a!.plus(1).times('1e-10'))).toBe(true)
      expect(priceOf(deriveRate(base, discount(percent))).every((price) => !price.startsWith('-'))).toBe(true)
    }),
    fuzzRuns(500),
  ))

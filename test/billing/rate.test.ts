import { describe, expect, test } from 'bun:test'
import * as fc from 'fast-check'
import { replay } from '../../src/billing/derivation.ts'
import {
  amountText,
  currency,
  decimal,
  Decimal,
  isNegative,
  plainText,
  roundToMinor,
  sum,
  zero,
} from '../../src/billing/money.ts'
import { rate, type Rate } from '../../src/billing/rate.ts'
import { fuzzRuns } from '../support/fuzz.ts'
import { quantities, rates, runningRates, termedRates, tiersOf } from '../support/rates.ts'

const eur = currency('EUR')
const costs = (terms: Rate, quantity: string) => plainText(rate(terms, decimal(quantity)).amount)
const billed = (terms: Rate, quantity: string) =>
  amountText(roundToMinor(rate(terms, decimal(quantity)).amount, eur), eur)

describe('worked cases', () => {
  const minutes = tiersOf(['100', '1.00'], [null, '0.50'])
  const megabytes = tiersOf(['1024', '0.50'], [null, '0.10'])

  test('A1: 150 blocks of minutes and 2048 MB cost 739.40, each unit in its own tier', () => {
    const [calls, data] = [
      rate({ kind: 'graduated', tiers: minutes }, decimal('150')),
      rate({ kind: 'graduated', tiers: megabytes }, decimal('2048')),
    ]
    expect([calls.derivation, data.derivation].map((steps) => steps.map((step) => step.amount))).toEqual([
      ['100', '25'],
      ['512', '102.4'],
    ])
    expect(plainText(calls.amount.plus(data.amount))).toBe('739.4')
  })

  test('A2: the same at the price of the tier that is reached cost 279.80', () => {
    expect([
      costs({ kind: 'volume', tiers: minutes }, '150'),
      costs({ kind: 'volume', tiers: megabytes }, '2048'),
    ]).toEqual(['75', '204.8'])
  })

  const lago: Rate = {
    kind: 'volume',
    tiers: tiersOf(
      ['10000', '0.0010', '10'],
      ['50000', '0.0008', '10'],
      ['100000', '0.0006', '10'],
      [null, '0.0004', '10'],
    ),
  }
  test.each([
    ['65000', '49.00'],
    ['10000', '20.00'],
    ['10001', '18.00'],
    ['50000', '50.00'],
    ['50001', '40.00'],
  ])('A5: %s units at volume prices with a fee cost %s', (quantity, expected) =>
    expect(billed(lago, quantity)).toBe(expected),
  )

  test('A5: nothing is rounded before the line', () => {
    expect([costs(lago, '10001'), costs(lago, '50001')]).toEqual(['18.0008', '40.0006'])
  })

  const packages: Rate = { kind: 'package', size: '100', price: '5.00', freeUnits: '100' }
  test.each([
    ['201', '10.00'],
    ['100', '0.00'],
    ['101', '5.00'],
    ['200', '5.00'],
    ['100.000000000001', '5.00'],
    ['0', '0.00'],
  ])('A6: %s units at 5.00 per hundred after the first hundred cost %s', (quantity, expected) =>
    expect(billed(packages, quantity)).toBe(expected),
  )

  const zuplo = tiersOf(['1000', '0.10'], ['10000', '0.05'], [null, '0.01'])
  test('A14: 4 x 400 units at 1.00 to 1000 and 0.80 above cost 1600.00 apart and 1480.00 together', () => {
    const table: Rate = { kind: 'graduated', tiers: tiersOf(['1000', '1.00'], [null, '0.80']) }
    const apart = sum(Array.from({ length: 4 }, () => rate(table, decimal('400')).amount))
    expect([plainText(apart), billed(table, '1600')]).toEqual(['1600', '1480.00'])
  })

  test('C1: 745 hours at 0.085 are 63.33, not 63.32', () =>
    expect(billed({ kind: 'per_unit', unitPrice: '0.085' }, '745')).toBe('63.33'))

  test('C15: a thousand records of 0.004 are one line of 4.00', () => {
    const quantity = sum(Array.from({ length: 1000 }, () => decimal('0.004')))
    expect(billed({ kind: 'per_unit', unitPrice: '1' }, plainText(quantity))).toBe('4.00')
  })

  test.each([
    ['JPY', '1234.5', '1235'],
    ['KWD', '1.2345', '1.235'],
    ['EUR', '-0.005', '-0.01'],
  ])('C16: %s rounds %s to %s', (code, quantity, expected) => {
    const money = currency(code)
    const { amount } = rate({ kind: 'per_unit', unitPrice: '1' }, decimal(quantity))
    expect(amountText(roundToMinor(amount, money), money)).toBe(expected)
  })

  test('A10: 15000 requests cost 600.00 graduated and 150.00 by volume', () => {
    expect([
      billed({ kind: 'graduated', tiers: zuplo }, '15000'),
      billed({ kind: 'volume', tiers: zuplo }, '15000'),
    ]).toEqual(['600.00', '150.00'])
  })
})

describe('flat', () => {
  const flat: Rate = { kind: 'flat', amount: '50' }
  test.each([
    ['0.000000000001', '50'],
    ['1000000', '50'],
    ['0', '0'],
    ['-3', '-50'],
  ])('%s units cost %s: once as soon as anything is used', (quantity, expected) =>
    expect(costs(flat, quantity)).toBe(expected),
  )
})

describe('graduated', () => {
  const table: Rate = { kind: 'graduated', tiers: tiersOf(['10', '1'], ['20', '0.5'], [null, '0.1']) }
  test.each([
    ['0', '0'],
    ['10', '10'],
    ['10.5', '10.25'],
    ['20', '15'],
    ['20.000000000001', '15.0000000000001'],
    ['120', '25'],
    ['-21', '-15.1'],
  ])('%s units cost %s', (quantity, expected) => expect(costs(table, quantity)).toBe(expected))

  test('a flat fee is due once the tier is entered, not when its bound is merely reached', () => {
    const fees: Rate = { kind: 'graduated', tiers: tiersOf(['10', '0', '100'], [null, '0', '7']) }
    expect(['0', '0.1', '10', '10.1', '-10.1'].map((quantity) => costs(fees, quantity))).toEqual([
      '0',
      '100',
      '100',
      '107',
      '-107',
    ])
    expect(costs({ ...fees, feeAtZero: true }, '0')).toBe('100')
  })

  test('the explanation says which tier took what', () => {
    expect(rate(table, decimal('25')).derivation).toEqual([
      { kind: 'graduated', from: '0', upTo: '10', quantity: '10', unitPrice: '1', flatFee: '0', amount: '10' },
      { kind: 'graduated', from: '10', upTo: '20', quantity: '10', unitPrice: '0.5', flatFee: '0', amount: '5' },
      { kind: 'graduated', from: '20', upTo: null, quantity: '5', unitPrice: '0.1', flatFee: '0', amount: '0.5' },
    ])
  })
})

describe('package', () => {
  test('rounding down charges whole packages only', () => {
    const down: Rate = { kind: 'package', size: '100', price: '1', rounding: 'down' }
    expect(['99.9', '100', '250'].map((quantity) => costs(down, quantity))).toEqual(['0', '1', '2'])
  })

  test('packages are counted in whole numbers, where division would round', () => {
    const thirds: Rate = { kind: 'package', size: '0.000000000003', price: '1' }
    expect(costs(thirds, '99999999999999999999999999')).toBe('33333333333333333333333333000000000000')
    expect(costs(thirds, '100000000000000000000000')).toBe('33333333333333333333333333333333334')
  })

  test('the explanation names the packages', () => {
    expect(rate({ kind: 'package', size: '100', price: '5', freeUnits: '100' }, decimal('-201')).derivation).toEqual([
      {
        kind: 'package',
        from: '100',
        upTo: null,
        quantity: '-2',
        unitPrice: '5',
        flatFee: '0',
        amount: '-10',
        packageSize: '100',
        freeUnits: '100',
      },
    ])
  })
})

/** Adds up the price at every quarter of a unit; knows tiers only as "which price at this point". */
function integral(
  tiers: readonly { upTo: string | null; unitPrice: string; flatFee?: string }[],
  quarters: number,
): Decimal {
  const priceAt = (point: Decimal) =>
    tiers.find((tier) => tier.upTo === null || point.lessThanOrEqualTo(tier.upTo))!.unitPrice
  let area = zero
  for (let quarter = 0; quarter < quarters; quarter++) area = area.plus(priceAt(new Decimal(quarter).plus(0.5).div(4)))
  const entered = tiers.filter(
    (_, index) => index === 0 || new Decimal(tiers[index - 1]!.upTo!).times(4).lessThan(quarters),
  )
  return area.div(4).plus(quarters > 0 ? sum(entered.map((tier) => decimal(tier.flatFee ?? '0'))) : zero)
}

describe('for every rate and quantity', () => {
  test('graduated equals the integral of its price', () => {
    const graduated = runningRates.filter((terms) => terms.kind === 'graduated')
    fc.assert(
      fc.property(
        graduated,
        fc.integer({ min: 0, max: 800 }),
        fc.integer({ min: 1, max: 50 }),
        (terms, quarters, scale) => {
          const tiers = terms.tiers.map((tier) => ({
            ...tier,
            upTo: tier.upTo === null ? null : String(Math.ceil(Number(tier.upTo) / scale / 5)),
          }))
          const unique = tiers.filter((tier, index) => tier.upTo === null || tier.upTo !== tiers[index + 1]?.upTo)
          const quantity = new Decimal(quarters).div(4)
          expect(rate({ kind: 'graduated', tiers: unique }, quantity).amount.equals(integral(unique, quarters))).toBe(
            true,
          )
        },
      ),
      fuzzRuns(200),
    )
  })

  test('the explanation adds up to the amount and replays to it', () => {
    fc.assert(
      fc.property(termedRates, quantities, (terms, quantity) => {
        const { amount, derivation } = rate(terms, quantity)
        expect(plainText(replay(derivation))).toBe(plainText(amount))
        expect(plainText(sum(derivation.map((step) => decimal(step.amount))))).toBe(plainText(amount))
        expect(plainText(replay(JSON.parse(JSON.stringify(derivation)) as typeof derivation))).toBe(plainText(amount))
      }),
      fuzzRuns(2_000),
    )
  })

  test('a correction costs as much as what it corrects: F(-q) = -F(q)', () => {
    fc.assert(
      fc.property(rates, quantities, (terms, quantity) => {
        const there = rate(terms, quantity).amount
        expect(plainText(rate(terms, quantity.negated()).amount)).toBe(plainText(there.negated()))
      }),
      fuzzRuns(500),
    )
  })

  test('a quantity above zero is never below zero in cost, and free only where every price it meets is 0', () => {
    fc.assert(
      fc.property(rates, quantities, (terms, quantity) => {
        const { amount, derivation } = rate(terms, quantity.abs())
        expect(isNegative(amount)).toBe(false)
        const priced = derivation.some((step) => !decimal(step.unitPrice).isZero() && !decimal(step.quantity).isZero())
        const feeDue = derivation.some((step) => !decimal(step.flatFee).isZero())
        expect(amount.isZero()).toBe(!priced && !feeDue)
      }),
      fuzzRuns(500),
    )
  })

  test('a fraction between two whole bounds is never free', () => {
    const tiers = tiersOf(['100', '1'], ['200', '2'], [null, '3'])
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 ** 9 }), fc.constantFrom('100', '200'), (tiny, bound) => {
        const above = decimal(bound).plus(new Decimal(tiny).div(10 ** 9))
        const more = rate({ kind: 'graduated', tiers }, above).amount.minus(
          rate({ kind: 'graduated', tiers }, decimal(bound)).amount,
        )
        expect(more.greaterThan(0)).toBe(tiny > 0)
        expect(rate({ kind: 'volume', tiers }, above).amount.greaterThanOrEqualTo(above)).toBe(true)
      }),
      fuzzRuns(200),
    )
  })

  test('replay does not trust the amounts it was stored with', () => {
    const { amount, derivation } = rate({ kind: 'per_unit', unitPrice: '2' }, decimal('3'))
    expect(plainText(replay(derivation.map((step) => Object.assign({}, step, { amount: '999' }))))).toBe(
      plainText(amount),
    )
    expect(plainText(replay(derivation.map((step) => Object.assign({}, step, { quantity: '4' }))))).toBe('8')
  })

  test('a quantity too large to be rated exactly is a bug, not a rounded amount', () => {
    expect(() => rate({ kind: 'per_unit', unitPrice: '1' }, new Decimal('1'.repeat(41)))).toThrow('invariant broken')
  })
})

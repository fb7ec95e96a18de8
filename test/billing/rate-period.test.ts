import { describe, expect, test } from 'bun:test'
import * as fc from 'fast-check'
import { replay } from '../../src/billing/derivation.ts'
import { amountText, currency, decimal, plainText, roundToMinor, sum, zero } from '../../src/billing/money.ts'
import { rateLate, rateParts } from '../../src/billing/rate-period.ts'
import { rate, type Rate } from '../../src/billing/rate.ts'
import { fuzzRuns } from '../support/fuzz.ts'
import { quantities, rates, runningRates, termedRates, tiersOf } from '../support/rates.ts'

const eur = currency('EUR')
const part = (rate: Rate, quantity: string) => ({ rate, quantity: decimal(quantity) })
const amounts = (parts: Parameters<typeof rateParts>[0]) => rateParts(parts).map(({ amount }) => plainText(amount))

describe('late usage', () => {
  test('F6: ten late units of January cost 10.00 at the price of January, whatever February asks', () => {
    const january: Rate = { kind: 'per_unit', unitPrice: '1.00' }
    expect(amountText(roundToMinor(rateLate(january, zero, decimal('10')).amount, eur), eur)).toBe('10.00')
  })

  test('F7: ten late units across a threshold cost 5 x 1.00 + 5 x 0.50', () => {
    const table: Rate = { kind: 'graduated', tiers: tiersOf(['100', '1.00'], [null, '0.50']) }
    const { amount, derivation } = rateLate(table, decimal('95'), decimal('105'))
    expect(amountText(roundToMinor(amount, eur), eur)).toBe('7.50')
    expect(derivation.map(({ quantity, unitPrice, amount }) => [quantity, unitPrice, amount])).toEqual([
      ['5', '1', '5'],
      ['5', '0.5', '2.5'],
    ])
  })

  test('volume: reaching a cheaper tier late gives money back', () => {
    const table: Rate = { kind: 'volume', tiers: tiersOf(['100', '1.00'], [null, '0.50']) }
    const { amount, derivation } = rateLate(table, decimal('95'), decimal('105'))
    expect(plainText(amount)).toBe('-42.5')
    expect(derivation.map((step) => step.amount)).toEqual(['52.5', '-95'])
  })

  test('nothing late costs nothing and needs no explanation', () => {
    const table: Rate = { kind: 'graduated', tiers: tiersOf(['100', '1.00', '9'], [null, '0.50', '9']) }
    expect(rateLate(table, decimal('105'), decimal('105')).derivation).toEqual([])
  })

  test('what was billed and what came late add up: F(a) + [F(b) - F(a)] = F(b), and it replays', () => {
    fc.assert(
      fc.property(termedRates, quantities, quantities, (terms, before, after) => {
        const late = rateLate(terms, before, after)
        expect(plainText(rate(terms, before).amount.plus(late.amount))).toBe(plainText(rate(terms, after).amount))
        expect(plainText(replay(late.derivation))).toBe(plainText(late.amount))
      }),
      fuzzRuns(1_000),
    )
  })
})

describe('a list that changes inside a period', () => {
  test('the running total goes on in the new version: its tiers do not start again', () => {
    const old: Rate = { kind: 'graduated', tiers: tiersOf(['100', '1.00'], [null, '0.50']) }
    const next: Rate = { kind: 'graduated', tiers: tiersOf(['100', '2.00'], [null, '1.00']) }
    expect(amounts([part(old, '80'), part(next, '40')])).toEqual(['80', '60'])
  })

  test('per unit: each part at its own price', () => {
    expect(
      amounts([part({ kind: 'per_unit', unitPrice: '1' }, '10'), part({ kind: 'per_unit', unitPrice: '1.2' }, '10')]),
    ).toEqual(['10', '12'])
  })

  test('flat: due once, at the version in which something was used first', () => {
    const [old, next]: Rate[] = [
      { kind: 'flat', amount: '50' },
      { kind: 'flat', amount: '60' },
    ]
    expect(amounts([part(old!, '1'), part(next!, '1')])).toEqual(['50', '0'])
    expect(amounts([part(old!, '0'), part(next!, '1')])).toEqual(['0', '60'])
  })

  test('package: a package started in the old version is not started again', () => {
    const terms = (price: string): Rate => ({ kind: 'package', size: '100', price })
    expect(amounts([part(terms('5'), '150'), part(terms('6'), '60')])).toEqual(['10', '6'])
  })

  test('volume: each part at its version, in the tier of the whole period, the fee once', () => {
    const old: Rate = { kind: 'volume', tiers: tiersOf(['100', '1.00', '5'], [null, '0.50', '7']) }
    const next: Rate = { kind: 'volume', tiers: tiersOf(['100', '2.00', '6'], [null, '1.00', '8']) }
    expect(amounts([part(old, '80'), part(next, '40')])).toEqual(['40', '48'])
    expect(amounts([part(old, '80'), part(next, '0')])).toEqual(['80', '6'])
  })

  test('a fee at zero usage is due once, in the first version', () => {
    const terms = (fee: string): Rate => ({ kind: 'graduated', feeAtZero: true, tiers: tiersOf([null, '1', fee]) })
    expect(amounts([part(terms('10'), '0'), part(terms('20'), '0')])).toEqual(['10', '0'])
    expect(amounts([part(terms('10'), '0'), part(terms('20'), '5')])).toEqual(['10', '5'])
    expect(amounts([part(terms('10'), '5'), part(terms('20'), '5')])).toEqual(['15', '5'])
  })

  test('a kind may change with the version', () => {
    const volume: Rate = { kind: 'volume', tiers: tiersOf(['10', '3', '1'], [null, '2', '4']) }
    const graduated: Rate = { kind: 'graduated', tiers: tiersOf(['10', '1'], [null, '0.5']) }
    expect(amounts([part(volume, '8'), part(graduated, '4')])).toEqual(['20', '3'])
  })

  test('cutting a period where the price does not change changes nothing', () => {
    fc.assert(
      fc.property(rates, fc.array(quantities, { minLength: 1, maxLength: 5 }), (terms, parts) => {
        const rated = rateParts(parts.map((quantity) => ({ rate: terms, quantity })))
        const whole = rate(terms, sum(parts)).amount
        expect(plainText(sum(rated.map(({ amount }) => amount)))).toBe(plainText(whole))
        for (const { amount, derivation } of rated) expect(plainText(replay(derivation))).toBe(plainText(amount))
      }),
      fuzzRuns(500),
    )
  })

  test('each part costs the difference of its own version, whatever came before', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(runningRates, quantities), { minLength: 1, maxLength: 4 }), (versions) => {
        let before = zero
        for (const [index, { amount }] of rateParts(
          versions.map(([rate, quantity]) => ({ rate, quantity })),
        ).entries()) {
          const [terms, quantity] = versions[index]!
          const after = before.plus(quantity)
          expect(plainText(amount)).toBe(plainText(rate(terms, after).amount.minus(rate(terms, before).amount)))
          before = after
        }
      }),
      fuzzRuns(300),
    )
  })
})

import { describe, expect, test } from 'bun:test'
import * as fc from 'fast-check'
import { compareRates, isSameRate } from '../../src/billing/compare-rates.ts'
import { checkRaise, raiseRate } from '../../src/billing/raise-rate.ts'
import { amountsOf } from '../../src/billing/rate-amounts.ts'
import type { Rate } from '../../src/billing/rate.ts'
import { fuzzRuns } from '../support/fuzz.ts'
import { rates, tiersOf } from '../support/rates.ts'
import { refusal } from '../support/refusal.ts'

const tiers: Rate = { kind: 'graduated', tiers: tiersOf(['10', '1.005', '5'], [null, '0.5']) }

describe('raising', () => {
  test('a percent changes prices and fees, rounded to the wanted digits, half away from zero', () =>
    expect(amountsOf(raiseRate(tiers, { percent: '10' }, 2)).map(({ amount }) => amount)).toEqual([
      '1.11',
      '5.5',
      '0.55',
    ]))
  test('an amount changes prices alone, down as well', () =>
    expect(amountsOf(raiseRate(tiers, { amount: '-0.5' }, 12)).map(({ amount }) => amount)).toEqual([
      '0.505',
      '5',
      '0',
    ]))
  test('a price below zero is refused at its place', () =>
    expect(refusal(() => raiseRate(tiers, { amount: '-0.6' }, 12, '/rates/3'))).toEqual({
      code: 'derive.negative',
      at: '/rates/3/tiers/1/unitPrice',
    }))
  test.each([
    [{}, 'raise.one_way', ''],
    [{ percent: '1', amount: '1' }, 'raise.one_way', ''],
    [{ percent: '-100.01' }, 'raise.below_zero', '/percent'],
    [{ amount: '0.0000000000001' }, 'decimal.too_long', '/amount'],
  ])('%o is refused', (input, code, at) => expect(refusal(() => checkRaise(input))).toEqual({ code, at }))
  test('by nothing changes nothing, for every rate', () =>
    fc.assert(
      fc.property(rates, (rate) => {
        expect(isSameRate(raiseRate(rate, { percent: '0' }, 12), rate)).toBe(true)
        expect(compareRates(rate, raiseRate(rate, { amount: '0' }, 12))).toEqual([])
      }),
      fuzzRuns(300),
    ))
})

test('comparing names each amount with its change in percent; what was nothing has none', () =>
  expect(compareRates(tiers, { kind: 'graduated', tiers: tiersOf(['10', '1.005'], [null, '0.75', '2']) })).toEqual([
    { pointer: '/tiers/0/flatFee', before: '5', after: null, percent: null },
    { pointer: '/tiers/1/unitPrice', before: '0.5', after: '0.75', percent: '50' },
    { pointer: '/tiers/1/flatFee', before: null, after: '2', percent: null },
  ]))

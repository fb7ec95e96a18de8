import { describe, expect, test } from 'bun:test'
import * as fc from 'fast-check'
import { replay } from '../../src/billing/derivation.ts'
import { type Decimal, decimal, plainText, sum, zero } from '../../src/billing/money.ts'
import { rateParts } from '../../src/billing/rate-period.ts'
import { rate, type Rate } from '../../src/billing/rate.ts'
import { fuzzRuns } from '../support/fuzz.ts'
import { eventRates } from '../support/rates.ts'

const costs = (terms: Rate, ...events: string[]) => {
  const each = events.map((event) => decimal(event))
  return plainText(rate(terms, sum(each), each).amount)
}

describe('percentage', () => {
  const share: Rate = { kind: 'percentage', percent: '2.5', freeUnits: '100' }
  test.each([
    ['0', '0'],
    ['100', '0'],
    ['100.0001', '0.0000025'],
    ['300', '5'],
    ['-300', '-5'],
  ])('2.5 percent of %s above 100 are %s', (quantity, expected) =>
    expect(plainText(rate(share, decimal(quantity)).amount)).toBe(expected),
  )

  const card: Rate = { kind: 'percentage', percent: '1.5', feePerEvent: '0.25', eventMinimum: '1', eventMaximum: '10' }
  test('every event pays its share within the bounds, and its fee', () => {
    expect(['10', '100', '10000'].map((event) => costs(card, event))).toEqual(['1.25', '1.75', '10.25'])
    expect(costs(card, '10', '100', '10000')).toBe('13.25')
  })

  test('a negative event takes back what one of its size was charged', () => {
    expect(costs(card, '10', '100', '-10')).toBe('1.75')
    expect(costs(card, '-100')).toBe('-1.75')
    expect(costs(card, '100', '-100')).toBe('0')
  })

  test('without a free part it does not matter which event comes first, though one takes back what is still to come', () => {
    expect(costs(card, '-10', '100', '10')).toBe('1.75')
    const amounts = fc.array(fc.integer({ min: -20_000, max: 20_000 }), { minLength: 1, maxLength: 8 })
    const orders = amounts.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    )
    fc.assert(
      fc.property(orders, ([one, other]) => {
        expect(costs(card, ...other.map(String))).toBe(costs(card, ...one.map(String)))
      }),
      fuzzRuns(300),
    )
  })

  test('events of the same treatment are one step of the explanation', () => {
    const each = ['10', '20', '100', '10000'].map((event) => decimal(event))
    expect(rate(card, sum(each), each).derivation.map((step) => [step.kind, step.quantity, step.amount])).toEqual([
      ['event_minimum', '2', '2'],
      ['event_fee', '4', '1'],
      ['percentage', '100', '1.5'],
      ['event_maximum', '1', '10'],
    ])
  })

  test('the free part ends with its units or its events, whichever come first', () => {
    const free = (freeUnits: string, freeEvents: number): Rate => ({
      kind: 'percentage',
      percent: '10',
      feePerEvent: '1',
      freeUnits,
      freeEvents,
    })
    expect(costs(free('100', 2), '30', '30', '30')).toBe('4')
    expect(costs(free('50', 2), '30', '30', '30')).toBe('6')
    expect(costs(free('0', 2), '30', '30', '30')).toBe('4')
    expect(costs(free('50', 0), '30', '30', '30')).toBe('6')
  })

  test('a rate that looks at events is not priced without them', () => {
    expect(() => rate(card, decimal('10'))).toThrow('invariant broken')
  })
})

describe('graduated percentage', () => {
  const tiers: Rate = {
    kind: 'graduated_percentage',
    tiers: [
      { upTo: '1000', percent: '3', flatFee: '5' },
      { upTo: null, percent: '1' },
    ],
  }
  test.each([
    ['0', '0'],
    ['1000', '35'],
    ['1000.5', '35.005'],
    ['3000', '55'],
    ['-3000', '-55'],
  ])('%s cost %s', (quantity, expected) => expect(plainText(rate(tiers, decimal(quantity)).amount)).toBe(expected))
})

const eventLists = fc.array(
  fc
    .tuple(fc.integer({ min: -50_000, max: 100_000 }), fc.constantFrom(0, 2))
    .map(([n, d]) => decimal(String(n)).div(10 ** d)),
  { maxLength: 8 },
)

describe('for every rate that looks at events', () => {
  test('the explanation replays to the amount, and parts of a period sum to the whole', () => {
    fc.assert(
      fc.property(eventRates, eventLists, fc.nat(8), (terms, events, cut) => {
        const { amount, derivation } = rate(terms, sum(events), events)
        expect(plainText(replay(derivation))).toBe(plainText(amount))
        const part = (some: readonly Decimal[]) => ({ rate: terms, quantity: sum(some), events: some })
        const parts = rateParts([part(events.slice(0, cut)), part(events.slice(cut))])
        expect(plainText(sum(parts.map((one) => one.amount)))).toBe(plainText(amount))
      }),
      fuzzRuns(500),
    )
  })

  test('a correction of everything costs what everything did: F(-q) = -F(q)', () => {
    fc.assert(
      fc.property(eventRates, eventLists, (terms, events) => {
        fc.pre(!sum(events).isZero())
        const there = rate(terms, sum(events), events).amount
        const back = events.map((event) => event.negated())
        expect(plainText(rate(terms, sum(back), back).amount)).toBe(plainText(zero.minus(there)))
      }),
      fuzzRuns(500),
    )
  })
})

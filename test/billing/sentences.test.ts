import { describe, expect, test } from 'bun:test'
import { stepKinds } from '../../src/billing/derivation.ts'
import { decimal } from '../../src/billing/money.ts'
import { rate, type Rate } from '../../src/billing/rate.ts'
import { countedHow, sentenceOf, sentencesOf } from '../../src/billing/sentences.ts'
import { tiersOf } from '../support/rates.ts'

const told = (terms: Rate, quantity: string) => rate(terms, decimal(quantity)).derivation.map(sentenceOf)

describe('each step is a sentence that can be computed again by hand', () => {
  test.each<[Rate, string, string[]]>([
    [{ kind: 'per_unit', unitPrice: '0.0149' }, '333', ['333 units at the same price: 333 x 0.0149 = 4.9617.']],
    [{ kind: 'flat', amount: '9.5' }, '3', ['A flat amount for the month: 9.5 = 9.5.']],
    [
      { kind: 'graduated', tiers: tiersOf(['100', '1'], [null, '0.5']) },
      '105',
      ['100 units above 0 up to 100: 100 x 1 = 100.', '5 units above 100: 5 x 0.5 = 2.5.'],
    ],
    [
      {
        kind: 'volume',
        tiers: [
          { upTo: '10', unitPrice: '2' },
          { upTo: null, unitPrice: '1', flatFee: '3' },
        ],
      },
      '20',
      ['All 20 units at the price for a quantity above 10: 20 x 1 + 3 = 23.'],
    ],
    [
      { kind: 'graduated', tiers: [{ upTo: null, unitPrice: '5', size: '100' }] },
      '201',
      ['3 packages of 100 above 0: 3 x 5 = 15.'],
    ],
    [
      { kind: 'package', size: '100', price: '5', freeUnits: '100' },
      '201',
      ['2 packages of 100, after 100 free units: 2 x 5 = 10.'],
    ],
  ])('%j', (terms, quantity, sentences) => expect(told(terms, quantity)).toEqual(sentences))

  test('every kind of step has words of its own', () => {
    const step = { from: '0', upTo: null, quantity: '2', unitPrice: '3', flatFee: '0', amount: '6' }
    const sentences = stepKinds.map((kind) => sentenceOf({ ...step, kind, packageSize: '1', freeUnits: '0' }))
    expect(new Set(sentences).size).toBe(stepKinds.length)
  })
})

test('a whole line: quantity, price, steps, what was billed before, rounding', () => {
  const terms: Rate = { kind: 'graduated', tiers: tiersOf(['100', '1'], [null, '0.5']) }
  const sentences = sentencesOf({
    quantity: { before: '95', now: '10', unit: 'hour' },
    price: { priceList: 'list', scope: 'default', currency: 'EUR', validFrom: '2024-01-01' },
    after: rate(terms, decimal('105')).derivation,
    before: rate(terms, decimal('95')).derivation,
    exchange: {
      amount: '7.5',
      from: 'EUR',
      to: 'USD',
      rate: '1.1',
      source: 'ECB',
      validFrom: '2024-09-30',
    },
    unrounded: '8.25',
    rounding: { digits: 2 },
    net: '8.25',
    currency: 'USD',
  })
  expect(sentences).toEqual([
    '10 hour, after 95 that were counted before.',
    'Price list list (scope default), in EUR, valid from 2024-01-01.',
    '100 units above 0 up to 100: 100 x 1 = 100.',
    '5 units above 100: 5 x 0.5 = 2.5.',
    'Less what was billed before. 95 units above 0 up to 100: 95 x 1 = 95.',
    '7.5 EUR at 1.1 USD for one (ECB, valid from 2024-09-30).',
    'Together 8.25, rounded once to 2 digits, half away from zero: 8.25 USD.',
  ])
})

test.each([
  ['sum', undefined],
  ['max', 'the largest record of the month'],
  ['last', 'the last record of the month'],
  ['unique', 'distinct values of dimensions.user, each once a month'],
  ['weighted', 'unit-seconds over the seconds of the month'],
] as const)('a quantity that is a %s says: %s', (aggregation, expected) => {
  expect(countedHow(aggregation, 'dimensions.user')).toBe(expected)
})

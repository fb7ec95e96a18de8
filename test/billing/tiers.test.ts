import { describe, expect, test } from 'bun:test'
import * as fc from 'fast-check'
import { checkRate } from '../../src/billing/check-rate.ts'
import { checkTiers } from '../../src/billing/tiers.ts'
import { fuzzRuns } from '../support/fuzz.ts'
import { eventRates, termedRates } from '../support/rates.ts'
import { refusal } from '../support/refusal.ts'

const open = { upTo: null, unitPrice: '1' }

describe('tier tables', () => {
  test('a whole table comes back with plain decimals and without its lower bounds', () => {
    const given = [
      { from: '0', upTo: '10.50', unitPrice: '01.0', flatFee: '2.00' },
      { from: '10.5', upTo: null, unitPrice: '0.500' },
    ]
    expect(checkTiers(given)).toEqual([
      { upTo: '10.5', unitPrice: '1', flatFee: '2' },
      { upTo: null, unitPrice: '0.5' },
    ])
  })

  test.each([
    ['no tier at all', [], 'tiers.empty', '/tiers'],
    [
      'a hole',
      [
        { upTo: '10', unitPrice: '1' },
        { ...open, from: '11' },
      ],
      'tiers.hole',
      '/tiers/1/from',
    ],
    ['a hole at the start', [{ ...open, from: '1' }], 'tiers.hole', '/tiers/0/from'],
    [
      'an overlap',
      [
        { upTo: '10', unitPrice: '1' },
        { ...open, from: '9' },
      ],
      'tiers.overlap',
      '/tiers/1/from',
    ],
    [
      'equal bounds',
      [{ upTo: '10', unitPrice: '1' }, { upTo: '10.0', unitPrice: '1' }, open],
      'tiers.not_increasing',
      '/tiers/1/upTo',
    ],
    [
      'falling bounds',
      [{ upTo: '10', unitPrice: '1' }, { upTo: '9', unitPrice: '1' }, open],
      'tiers.not_increasing',
      '/tiers/1/upTo',
    ],
    [
      'bounds that only text would sort',
      [{ upTo: '9', unitPrice: '1' }, { upTo: '10', unitPrice: '1' }, { upTo: '8', unitPrice: '1' }, open],
      'tiers.not_increasing',
      '/tiers/2/upTo',
    ],
    ['an empty first tier', [{ upTo: '0', unitPrice: '1' }, open], 'tiers.not_increasing', '/tiers/0/upTo'],
    ['a negative bound', [{ upTo: '-5', unitPrice: '1' }, open], 'decimal.negative', '/tiers/0/upTo'],
    ['a last tier that ends', [{ upTo: '10', unitPrice: '1' }], 'tiers.not_open', '/tiers/0/upTo'],
    ['an open tier in the middle', [open, open], 'tiers.open_early', '/tiers/0/upTo'],
    ['a negative price', [{ upTo: null, unitPrice: '-1' }], 'decimal.negative', '/tiers/0/unitPrice'],
    [
      'a price of 13 fraction digits',
      [{ upTo: null, unitPrice: '0.0000000000001' }],
      'decimal.too_long',
      '/tiers/0/unitPrice',
    ],
    [
      'a price of 39 digits',
      [{ upTo: null, unitPrice: `1${'0'.repeat(38)}` }],
      'decimal.too_long',
      '/tiers/0/unitPrice',
    ],
    ['a price that is no number', [{ upTo: null, unitPrice: '1e3' }], 'decimal.invalid', '/tiers/0/unitPrice'],
    ['a package of nothing', [{ ...open, size: '0.0' }], 'rate.size_zero', '/tiers/0/size'],
    ['a package below nothing', [{ ...open, size: '-1' }], 'decimal.negative', '/tiers/0/size'],
    ['a negative fee', [{ ...open, flatFee: '-0.01' }], 'decimal.negative', '/tiers/0/flatFee'],
    [
      'a hundred and one tiers',
      [...Array.from({ length: 100 }, (_, i) => ({ upTo: `${i + 1}`, unitPrice: '1' })), open],
      'tiers.too_many',
      '/tiers',
    ],
  ])('%s is refused with its pointer', (_, tiers, code, at) => {
    expect(refusal(() => checkTiers(tiers, '/tiers'))).toEqual({ code, at })
  })
})

describe('rates', () => {
  test.each([
    [{ kind: 'flat', amount: '-1' }, 'decimal.negative', '/rate/amount'],
    [{ kind: 'per_unit', unitPrice: '1.0000000000001' }, 'decimal.too_long', '/rate/unitPrice'],
    [{ kind: 'graduated', tiers: [] }, 'tiers.empty', '/rate/tiers'],
    [{ kind: 'volume', tiers: [{ upTo: '1', unitPrice: '1' }] }, 'tiers.not_open', '/rate/tiers/0/upTo'],
    [{ kind: 'package', size: '0.0', price: '1' }, 'rate.size_zero', '/rate/size'],
    [{ kind: 'package', size: '10', price: 'free' }, 'decimal.invalid', '/rate/price'],
    [{ kind: 'package', size: '10', price: '1', freeUnits: '-1' }, 'decimal.negative', '/rate/freeUnits'],
    [{ kind: 'percentage', percent: '-1' }, 'decimal.negative', '/rate/percent'],
    [{ kind: 'percentage', percent: '1', freeEvents: 1.5 }, 'rate.free_events', '/rate/freeEvents'],
    [
      { kind: 'percentage', percent: '1', eventMinimum: '2', eventMaximum: '1' },
      'rate.event_minimum_above_maximum',
      '/rate/eventMinimum',
    ],
    [
      {
        kind: 'graduated_percentage',
        tiers: [
          { upTo: '5', percent: '1' },
          { from: '6', upTo: null, percent: '1' },
        ],
      },
      'tiers.hole',
      '/rate/tiers/1/from',
    ],
    [
      { kind: 'graduated_percentage', tiers: [{ upTo: null, percent: 'x' }] },
      'decimal.invalid',
      '/rate/tiers/0/percent',
    ],
    [{ kind: 'per_unit', unitPrice: '1', includedQuantity: '-1' }, 'decimal.negative', '/rate/includedQuantity'],
    [
      { kind: 'per_unit', unitPrice: '1', minimum: '10.01', maximum: '10' },
      'rate.minimum_above_maximum',
      '/rate/minimum',
    ],
  ] as const)('%j is refused with its pointer', (input, code, at) => {
    expect(refusal(() => checkRate(input, '/rate'))).toEqual({ code, at })
  })

  test('numbers become plain, what is not said stays unsaid, what is said is kept', () => {
    expect(checkRate({ kind: 'package', size: '100.0', price: '5.00', freeUnits: undefined })).toEqual({
      kind: 'package',
      size: '100',
      price: '5',
    })
    expect(checkRate({ kind: 'volume', tierScope: 'buyer', feeAtZero: true, tiers: [open] })).toEqual({
      kind: 'volume',
      tierScope: 'buyer',
      feeAtZero: true,
      tiers: [open],
    })
  })

  test('checking a checked rate changes nothing', () => {
    fc.assert(
      fc.property(fc.oneof(termedRates, eventRates), (rate) => expect(checkRate(rate)).toEqual(rate)),
      fuzzRuns(300),
    )
  })
})

import { describe, expect, test } from 'bun:test'
import * as fc from 'fast-check'
import { rateRows, readRateRows, type RateRow } from '../../src/billing/rate-rows.ts'
import type { Rate } from '../../src/billing/rate.ts'
import { fuzzRuns } from '../support/fuzz.ts'
import { eventRates, termedRates, tiersOf } from '../support/rates.ts'

test('any rate, written as rows and read again, is the same rate', () => {
  const anyRate = fc.oneof(termedRates, eventRates).chain((rate) =>
    fc.constantFrom<Rate>(rate, ...('tiers' in rate ? [{ ...rate, feeAtZero: true }] : []), {
      ...rate,
      tierScope: 'subscription',
    }),
  )
  fc.assert(
    fc.property(anyRate, (rate) => {
      expect(readRateRows(rateRows(rate))).toEqual({ rate })
    }),
    fuzzRuns(2_000),
  )
})

test('tiers take a row each, and the first says what is of the whole rate', () => {
  const rate: Rate = { kind: 'graduated', tiers: tiersOf(['10', '1.5', '2'], [null, '1']), minimum: '5' }
  expect(rateRows(rate)).toEqual([
    { kind: 'graduated', minimum: '5', upTo: '10', unitPrice: '1.5', flatFee: '2' },
    { unitPrice: '1' },
  ])
})

describe('a cell that is wrong is named by its row and column:', () => {
  const perUnit = (more: RateRow): RateRow[] => [{ kind: 'per_unit', unitPrice: '1', ...more }]
  test.each<[string, RateRow[], [number, string, string][]]>([
    ['no kind', [{ unitPrice: '1' }], [[0, 'kind', 'field.required']]],
    ['a kind that there is not', [{ kind: 'toString' }], [[0, 'kind', 'rate.kind']]],
    ['a price that is missing', [{ kind: 'per_unit' }], [[0, 'unitPrice', 'field.required']]],
    ['a decimal comma', perUnit({ unitPrice: '1,5' }), [[0, 'unitPrice', 'decimal.comma']]],
    ['a negative price', perUnit({ unitPrice: '-1' }), [[0, 'unitPrice', 'decimal.negative']]],
    ['a field of another kind', perUnit({ size: '5' }), [[0, 'size', 'field.unknown']]],
    ['a second row without tiers', [...perUnit({}), { unitPrice: '2' }], [[1, 'kind', 'rate.one_row']]],
    [
      'tiers that fall',
      [{ kind: 'volume', upTo: '10', unitPrice: '1' }, { upTo: '5', unitPrice: '1' }, { unitPrice: '1' }],
      [[1, 'upTo', expect.any(String)]],
    ],
    [
      'a last tier that is not open',
      [{ kind: 'volume', upTo: '10', unitPrice: '1' }],
      [[0, 'upTo', expect.any(String)]],
    ],
    [
      'terms of the whole rate in a later tier, and a price that is missing there',
      [{ kind: 'graduated', upTo: '10', unitPrice: '1' }, { minimum: '5' }],
      [
        [1, 'unitPrice', 'field.required'],
        [1, 'minimum', 'field.unknown'],
      ],
    ],
    [
      'another rounding',
      [{ kind: 'package', size: '1', price: '1', rounding: 'half' }],
      [[0, 'rounding', 'value.unknown']],
    ],
    [
      'a count that is none',
      [{ kind: 'percentage', percent: '1', freeEvents: '1.5' }],
      [[0, 'freeEvents', 'rate.free_events']],
    ],
    [
      'a minimum above the maximum',
      perUnit({ minimum: '2', maximum: '1' }),
      [[0, 'minimum', 'rate.minimum_above_maximum']],
    ],
  ])('%s', (_, rows, expected) => {
    const read = readRateRows(rows)
    const faults = 'faults' in read ? read.faults : []
    expect(faults.map(({ row, column, code }) => [row, column, code])).toEqual(expected)
  })
})

import { expect, test } from 'bun:test'
import { decimal } from '../../src/billing/money.ts'
import { nextTier } from '../../src/billing/next-tier.ts'
import type { Rate } from '../../src/billing/rate.ts'
import { tiersOf } from '../support/rates.ts'

const table: Rate = { kind: 'graduated', tiers: tiersOf(['100', '1'], ['200', '0.5', '7'], [null, '0.1']) }
const distance = (terms: Rate, quantity: string) => nextTier(terms, decimal(quantity))?.distance ?? null

test('it says how far the next tier is and what it asks', () => {
  expect(nextTier(table, decimal('70.5'))).toEqual({ above: '100', distance: '29.5', unitPrice: '0.5', flatFee: '7' })
})

test('a bound belongs to the tier before it, so the next one begins right behind', () => {
  expect(['0', '-3', '100', '100.5', '200', '201'].map((quantity) => distance(table, quantity))).toEqual([
    '100',
    '103',
    '0',
    '99.5',
    '0',
    null,
  ])
})

test('the included quantity comes before the first tier', () => {
  expect(nextTier({ ...table, includedQuantity: '50' }, decimal('30'))).toMatchObject({ above: '150', distance: '120' })
})

test('percentages have tiers too, kinds without tiers have no next one', () => {
  const tiers = [
    { upTo: '1000', percent: '3' },
    { upTo: null, percent: '1' },
  ]
  expect(nextTier({ kind: 'graduated_percentage', tiers }, decimal('10'))).toMatchObject({
    distance: '990',
    unitPrice: '0.01',
  })
  expect(nextTier({ kind: 'per_unit', unitPrice: '1' }, decimal('10'))).toBeNull()
})

test('where the next tier is sold in packages it says of how many', () => {
  const tiers = [tiersOf(['100', '1'])[0]!, { upTo: null, unitPrice: '9', size: '10' }]
  expect(nextTier({ kind: 'graduated', tiers }, decimal('70'))).toMatchObject({ unitPrice: '9', packageSize: '10' })
})

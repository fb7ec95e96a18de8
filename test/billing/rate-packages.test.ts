import { describe, expect, test } from 'bun:test'
import { decimal, plainText } from '../../src/billing/money.ts'
import { rateLate } from '../../src/billing/rate-period.ts'
import { rate, type Rate } from '../../src/billing/rate.ts'

const costs = (terms: Rate, quantity: string) => plainText(rate(terms, decimal(quantity)).amount)

describe('tiers sold in packages', () => {
  const minutes = (size: string) => [
    { upTo: '1000', unitPrice: '1.00', size },
    { upTo: null, unitPrice: '0.50', size },
  ]
  test.each([
    ['1500', '125'],
    ['1000', '100'],
    ['1000.1', '100.5'],
    ['1501', '125.5'],
    ['0', '0'],
    ['0.1', '1'],
    ['-1501', '-125.5'],
  ])('%s minutes in blocks of 10, a hundred at 1.00, then 0.50, cost %s', (quantity, expected) =>
    expect(costs({ kind: 'graduated', tiers: minutes('10') }, quantity)).toBe(expected),
  )

  test('at the price of the tier that is reached a started block of all of them counts', () => {
    const top: Rate = { kind: 'volume', tiers: minutes('10') }
    expect(['1000', '1000.1', '1501'].map((quantity) => costs(top, quantity))).toEqual(['100', '50.5', '75.5'])
  })

  test('each tier has a size of its own, or none, and its fee comes on top', () => {
    const tiers = [
      { upTo: '1000', unitPrice: '1', size: '10' },
      { upTo: '50000', unitPrice: '1', size: '1000', flatFee: '3' },
      { upTo: null, unitPrice: '0.001' },
    ]
    expect(['995', '5325', '50001'].map((quantity) => costs({ kind: 'graduated', tiers }, quantity))).toEqual([
      '100',
      '108',
      '152.001',
    ])
  })

  test('the explanation counts packages, and says of how many', () => {
    const { derivation } = rate({ kind: 'graduated', tiers: minutes('10') }, decimal('1501'))
    expect(derivation.map(({ quantity, packageSize, amount }) => [quantity, packageSize, amount])).toEqual([
      ['100', '10', '100'],
      ['51', '10', '25.5'],
    ])
  })

  test('what comes late starts only the packages that were not started', () => {
    const late = (kind: 'graduated' | 'volume') =>
      plainText(rateLate({ kind, tiers: minutes('10') }, decimal('1501'), decimal('1512')).amount)
    expect([late('graduated'), late('volume')]).toEqual(['0.5', '0.5'])
  })
})

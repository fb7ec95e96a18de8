import { describe, expect, test } from 'bun:test'
import { checkCommission, type CommissionTierInput } from '../../src/billing/check-commission.ts'
import { refusal } from '../support/refusal.ts'

describe('bad rules', () => {
  const end = { to: null, percent: '1' }
  test.each([
    ['no tier', [], 'tiers.empty', '/rule/tiers'],
    [
      'a hole',
      [
        { to: '10', percent: '1' },
        { ...end, from: '10.01' },
      ],
      'tiers.hole',
      '/rule/tiers/1/from',
    ],
    [
      'an overlap',
      [
        { to: '10', percent: '1' },
        { ...end, from: '9.99' },
      ],
      'tiers.overlap',
      '/rule/tiers/1/from',
    ],
    ['a start above 0', [{ ...end, from: '1' }], 'tiers.hole', '/rule/tiers/0/from'],
    [
      'falling bounds',
      [{ to: '10', percent: '1' }, { to: '5', percent: '1' }, end],
      'tiers.not_increasing',
      '/rule/tiers/1/to',
    ],
    ['a last tier that ends', [{ to: '10', percent: '1' }], 'tiers.not_open', '/rule/tiers/0/to'],
    ['more than everything', [{ to: null, percent: '100.01' }], 'commission.percent', '/rule/tiers/0/percent'],
    ['less than nothing', [{ to: null, percent: '-1' }], 'decimal.negative', '/rule/tiers/0/percent'],
    ['a percent that is no number', [{ to: null, percent: '5%' }], 'decimal.invalid', '/rule/tiers/0/percent'],
  ] as [string, CommissionTierInput[], string, string][])('%s is refused with its pointer', (_, tiers, code, at) => {
    expect(refusal(() => checkCommission({ scope: 'line', tiers }, '/rule'))).toEqual({ code, at })
  })

  test('a table that is whole loses its lower bounds, and its tiers know their mode', () => {
    const tiers = [
      { from: '0', to: '10.0', percent: '5.00' },
      { from: '10', to: null, percent: '100', mode: 'whole' as const },
    ]
    expect(checkCommission({ scope: 'line', tiers })).toEqual({
      scope: 'line',
      tiers: [
        { to: '10', percent: '5', mode: 'marginal' },
        { to: null, percent: '100', mode: 'whole' },
      ],
    })
  })
})

import { describe, expect, test } from 'bun:test'
import { currency } from '../../src/billing/money.ts'
import { priceScopes, resolvePrices, type PriceCandidate, type PriceScope } from '../../src/billing/resolve.ts'

const [eur, usd, gbp] = [currency('EUR'), currency('USD'), currency('GBP')]
const january = { from: '2025-01-01', to: '2025-02-01' }
const ever = { from: '2024-01-01', to: null }
const candidate = (rateId: string, scope: PriceScope, more: Partial<PriceCandidate> = {}): PriceCandidate => ({
  rateId,
  scope,
  currency: eur,
  valid: ever,
  ...more,
})
const resolved = (candidates: readonly PriceCandidate[], range = january) =>
  resolvePrices(range, candidates, { billing: eur, sellersOwn: usd }).map(({ from, to, chosen }) => [
    from,
    to,
    chosen?.rateId ?? null,
  ])

describe('which price applies', () => {
  const all = priceScopes.map((scope) => candidate(scope, scope))

  test.each(priceScopes.map((scope, index) => [scope, index] as const))(
    '%s wins over all wider scopes, in any order',
    (scope, index) => {
      const expected = [['2025-01-01', '2025-02-01', scope]]
      expect(resolved(all.slice(index))).toEqual(expected)
      expect(resolved(all.slice(index).toReversed())).toEqual(expected)
    },
  )

  test('at one scope the billing currency wins, else the one of the seller', () => {
    const own = candidate('own', 'default', { currency: usd })
    expect(resolved([own, candidate('billing', 'default')])).toEqual([['2025-01-01', '2025-02-01', 'billing']])
    expect(resolved([own])).toEqual([['2025-01-01', '2025-02-01', 'own']])
  })

  test('a narrower scope in the currency of the seller wins over a wider one in that of the edge', () => {
    const own = candidate('own', 'buyer', { currency: usd })
    expect(resolved([candidate('wide', 'default'), own])).toEqual([['2025-01-01', '2025-02-01', 'own']])
  })

  test('a rate in a third currency does not count', () => {
    expect(resolved([candidate('third', 'subscription', { currency: gbp })])).toEqual([
      ['2025-01-01', '2025-02-01', null],
    ])
  })

  test('a version that changes inside the period splits it; the end is not part of it', () => {
    const old = candidate('v1', 'default', { valid: { from: '2024-06-01', to: '2025-01-11' } })
    const next = candidate('v2', 'default', { valid: { from: '2025-01-11', to: null } })
    expect(resolved([next, old])).toEqual([
      ['2025-01-01', '2025-01-11', 'v1'],
      ['2025-01-11', '2025-02-01', 'v2'],
    ])
  })

  test('a narrow rate interrupts a wide one, which goes on after it', () => {
    const promotion = candidate('promotion', 'buyer', { valid: { from: '2025-01-10', to: '2025-01-20' } })
    expect(resolved([candidate('list', 'default'), promotion])).toEqual([
      ['2025-01-01', '2025-01-10', 'list'],
      ['2025-01-10', '2025-01-20', 'promotion'],
      ['2025-01-20', '2025-02-01', 'list'],
    ])
  })

  test('days without a price are said, never skipped', () => {
    const late = candidate('late', 'default', { valid: { from: '2025-01-15', to: '2025-01-16' } })
    expect(resolved([late])).toEqual([
      ['2025-01-01', '2025-01-15', null],
      ['2025-01-15', '2025-01-16', 'late'],
      ['2025-01-16', '2025-02-01', null],
    ])
    expect(resolved([])).toEqual([['2025-01-01', '2025-02-01', null]])
  })

  test('two rates of one scope, currency and day are a broken constraint', () => {
    expect(() => resolved([candidate('a', 'default'), candidate('b', 'default')])).toThrow('invariant broken')
  })
})

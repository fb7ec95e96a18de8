import { describe, expect, test } from 'bun:test'
import * as fc from 'fast-check'
import { correctReductions, type Reductions } from '../../src/billing/correct-discounts.ts'
import { applyDiscounts, type Discount, type DiscountableLine } from '../../src/billing/discount.ts'
import { currency, decimal, sum } from '../../src/billing/money.ts'
import { fuzzRuns } from '../support/fuzz.ts'

const eur = currency('EUR')
const lineOf = (line: number, net: string, change: Partial<DiscountableLine> = {}): DiscountableLine => ({
  line,
  subscriptionId: 's1',
  skuId: 'k1',
  serviceEnd: '2024-10-01',
  quantity: '10',
  net,
  ...change,
})
const discount = (id: string, change: Partial<Discount> = {}): Discount => ({
  id,
  scope: 'buyer',
  subscriptionId: null,
  skuId: null,
  resource: null,
  kind: 'percent',
  value: '10',
  validFrom: '2024-01-01',
  validTo: null,
  available: null,
  ...change,
})
/** What the discounts take off lines as they are on paper. */
const onPaperOf = (lines: readonly DiscountableLine[], discounts: readonly Discount[]): Reductions => {
  const all = Map.groupBy(applyDiscounts(lines, discounts, eur), ({ discountId }) => discountId)
  return new Map([...all].map(([id, some]) => [id, new Map(some.map(({ line, amount }) => [line, decimal(amount)]))]))
}
/** What is off each line once these have another net, as text by line. */
const corrected = (lines: readonly DiscountableLine[], changes: Record<number, string>, ...discounts: Discount[]) => {
  const right = lines.map((one) => ({ ...one, net: changes[one.line] ?? one.net, isChanged: one.line in changes }))
  const off = correctReductions(right, { discounts, onPaper: onPaperOf(lines, discounts) }, eur)
  return right.map(({ line }) => sum([...off.values()].map((one) => one.get(line) ?? decimal('0'))).toFixed(2))
}

describe('what is off a corrected line', () => {
  test('is its percent of what is right', () =>
    expect(corrected([lineOf(1, '100.00'), lineOf(2, '50.00')], { 1: '80.00' }, discount('a'))).toEqual([
      '8.00',
      '5.00',
    ]))

  test('stays the amount that it was, whatever the line comes to', () => {
    const amount = discount('a', { scope: 'sku', skuId: 'k1', kind: 'amount', value: '20' })
    expect(corrected([lineOf(1, '200.00')], { 1: '100.00' }, amount)).toEqual(['20.00'])
    expect(corrected([lineOf(1, '200.00')], { 1: '15.00' }, amount)).toEqual(['15.00'])
  })

  test('moves no cent between lines that were right', () => {
    const lines = [lineOf(1, '0.05'), lineOf(2, '0.05'), lineOf(3, '1.00')]
    // 10 % of 1.10 are 11 cents, of 1.04 they are 10: the first line keeps its cent.
    expect(corrected(lines, {}, discount('a'))).toEqual(['0.01', '0.00', '0.10'])
    expect(corrected(lines, { 3: '0.94' }, discount('a'))).toEqual(['0.01', '0.00', '0.09'])
    // 10 % of 0.05 and of 0.06 are a cent: applied anew it would be the larger line's.
    const few = [lineOf(1, '0.01'), lineOf(2, '0.02'), lineOf(3, '0.02')]
    expect(corrected(few, { 3: '0.03' }, discount('a'))).toEqual(['0.00', '0.01', '0.00'])
  })

  test('goes to the other lines where it has no room on the corrected one any more', () => {
    const amount = discount('a', { kind: 'amount', value: '100' })
    expect(corrected([lineOf(1, '500.00'), lineOf(2, '500.00')], { 1: '0' }, amount)).toEqual(['0.00', '100.00'])
  })

  test('is never more than its discount has left', () => {
    const limited = discount('a', { available: '12' })
    expect(corrected([lineOf(1, '100.00')], { 1: '200.00' }, limited)).toEqual(['12.00'])
  })

  test('is what a line gives up as before where that is right', () => {
    const lines = [lineOf(1, '100.00'), lineOf(2, '-10.00')].map((one) => ({ ...one, isChanged: one.line === 1 }))
    const onPaper = new Map([['a', new Map([[2, decimal('-1')]])]])
    const off = correctReductions(lines, { discounts: [discount('a')], onPaper }, eur)
    expect([...(off.get('a') ?? [])].map(([line, amount]) => `${line} ${amount.toFixed(2)}`)).toEqual([
      '1 10.00',
      '2 -1.00',
    ])
  })
})

test('whatever is corrected: each discount takes what it would have taken, no line goes below zero, and nothing changes for nothing', () => {
  const anyLine = fc.record({
    cents: fc.integer({ min: 0, max: 20_000 }),
    next: fc.option(fc.nat(20_000)),
    sku: fc.constantFrom('k1', 'k2'),
  })
  const anyDiscount = fc.record({
    isLine: fc.boolean(),
    kind: fc.constantFrom('percent' as const, 'amount' as const),
    value: fc.integer({ min: 1, max: 100 }),
    available: fc.option(fc.nat(5_000)),
  })
  const text = (cents: number): string => (cents / 100).toFixed(2)
  fc.assert(
    fc.property(
      fc.array(anyLine, { minLength: 1, maxLength: 6 }),
      fc.array(anyDiscount, { maxLength: 4 }),
      (lines, some) => {
        const discounts = some.map(({ isLine, kind, value, available }, index) =>
          discount(`d${index}`, {
            scope: isLine ? 'sku' : 'buyer',
            skuId: isLine ? 'k1' : null,
            kind,
            value: String(value),
            available: available === null ? null : text(available),
          }),
        )
        const paper = lines.map(({ cents, sku }, index) => lineOf(index + 1, text(cents), { skuId: sku }))
        const onPaper = onPaperOf(paper, discounts)
        const right = paper.map((one, index) => {
          const next = lines[index]?.next ?? null
          return {
            ...one,
            net: next === null ? one.net : text(next),
            isChanged: next !== null && text(next) !== one.net,
          }
        })
        const off = correctReductions(right, { discounts, onPaper }, eur)
        const again = onPaperOf(right, discounts)
        for (const { id } of discounts)
          expect(sum([...(off.get(id)?.values() ?? [])]).toFixed(2)).toBe(
            sum([...(again.get(id)?.values() ?? [])]).toFixed(2),
          )
        for (const { line, net } of right) {
          const own = [...off.values()].map((one) => one.get(line) ?? decimal('0'))
          expect(own.every((one) => one.greaterThanOrEqualTo(0)) && sum(own).lessThanOrEqualTo(net)).toBe(true)
        }
        if (right.every(({ isChanged }) => !isChanged))
          for (const [id, lines] of onPaper)
            expect([...(off.get(id) ?? [])].filter(([, one]) => !one.isZero())).toEqual([...lines])
      },
    ),
    fuzzRuns(2_000),
  )
})

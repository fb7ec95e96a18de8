import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { applyDiscounts, type Discount } from '../../src/billing/discount.ts'
import { type ExpectedLine, expectedParts } from '../../src/billing/estimate.ts'
import { currency, decimal, sum } from '../../src/billing/money.ts'
import { documentTaxes, taxesOf, type TaxRate, type Treatment } from '../../src/billing/tax.ts'

const eur = currency('EUR')
const rate = (percent: string, name = 'VAT'): TaxRate => ({
  id: `${name} ${percent}`,
  country: 'DE',
  code: 'standard',
  name,
  category: 'S',
  percent,
  reason: null,
  validFrom: '2020-01-01',
  validTo: null,
})
const treatments: readonly Treatment[] = [
  { category: 'S', rates: [rate('19')], reason: null },
  { category: 'S', rates: [rate('5', 'GST'), rate('9.975', 'QST')], reason: null },
  { category: 'E', rates: [], reason: 'exempt' },
]
const treatmentOf = ({ skuId }: ExpectedLine): Treatment => treatments[Number(skuId)] ?? { unknown: 'tax.rate_missing' }
const line = (number: number, sku: number, cents: number): ExpectedLine => ({
  line: number,
  subscriptionId: 'one',
  skuId: String(sku),
  serviceEnd: '2024-02-01',
  servicePeriod: '2024-01',
  quantity: '3',
  net: (cents / 100).toFixed(2),
})
const percent = (id: string, value: string, change: Partial<Discount> = {}): Discount => ({
  id,
  scope: 'buyer',
  subscriptionId: null,
  skuId: null,
  resource: null,
  kind: 'percent',
  value,
  validFrom: '2024-01-01',
  validTo: null,
  available: null,
  ...change,
})
const cents = (values: readonly (string | null)[]): string => sum(values.map((one) => decimal(one ?? '0'))).toFixed(2)

describe('the parts of a draft to come', () => {
  test('add up to what its reductions and taxes are, cent by cent', () => {
    const lines = fc.array(fc.tuple(fc.nat({ max: 2 }), fc.integer({ min: -5_000, max: 50_000 })), {
      minLength: 1,
      maxLength: 12,
    })
    fc.assert(
      fc.property(lines, fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 9_999 }), (drawn, off, amount) => {
        const own = drawn.map(([sku, net], index) => line(index + 1, sku, net))
        const discounts = [
          percent('a', String(off)),
          percent('b', (amount / 100).toFixed(2), { kind: 'amount', scope: 'sku', skuId: '1' }),
        ]
        const parts = expectedParts(own, { discounts, services: [] }, treatmentOf, eur)
        const reductions = applyDiscounts(own, discounts, eur)
        const rows = [
          ...own.map(({ net, skuId }) => ({ net, skuId })),
          ...reductions.map((one) => ({ net: `-${one.amount}`, skuId: own[one.line - 1]?.skuId ?? '' })),
        ]
        const taxed = rows.map(({ net, skuId }) => {
          const treatment = treatments[Number(skuId)]
          return { net, taxes: treatment && 'rates' in treatment ? taxesOf(treatment) : [] }
        })
        expect(cents(parts.map(({ tax }) => tax))).toBe(cents(documentTaxes(taxed, eur).map((tax) => tax.amount)))
        expect(cents(parts.map(({ net }) => net))).toBe(cents(reductions.map((one) => `-${one.amount}`)))
      }),
      { numRuns: 500 },
    )
  })

  test('one line that nobody can tax makes every tax unknown, for the whole draft waits', () => {
    const parts = expectedParts([line(1, 0, 100), line(2, 9, 100)], { discounts: [], services: [] }, treatmentOf, eur)
    expect(parts).toEqual([
      { line: 1, of: 1, isReduction: false, net: '0', tax: null },
      { line: 2, of: 2, isReduction: false, net: '0', tax: null },
    ])
  })

  test('without a tax profile there is no tax, and without discounts nothing to say', () => {
    expect(expectedParts([line(1, 0, 100)], { discounts: [], services: [] }, undefined, eur)).toEqual([])
  })

  test('a reduction is a line of its own behind the others, and bears its part of the tax', () => {
    const parts = expectedParts(
      [line(1, 0, 1_000)],
      { discounts: [percent('a', '50')], services: [] },
      treatmentOf,
      eur,
    )
    expect(parts).toEqual([
      { line: 1, of: 1, isReduction: false, net: '0', tax: '1.9' },
      { line: 2, of: 1, isReduction: true, net: '-5', tax: '-0.95' },
    ])
  })
})

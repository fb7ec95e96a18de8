import { describe, expect, test } from 'bun:test'
import * as fc from 'fast-check'
import { applyDiscounts, checkDiscount, type Discount, type DiscountableLine } from '../../src/billing/discount.ts'
import { currency, decimal, plainText, sum } from '../../src/billing/money.ts'
import { documentTaxes } from '../../src/billing/tax.ts'
import { peerCases } from '../support/cases.ts'
import { fuzzRuns } from '../support/fuzz.ts'
import { refusal } from '../support/refusal.ts'

const eur = currency('EUR')
const lineOf = (net: string, line = 1, change: Partial<DiscountableLine> = {}): DiscountableLine => ({
  line,
  subscriptionId: 's1',
  skuId: 'k1',
  serviceEnd: '2024-10-01',
  quantity: '10',
  net,
  ...change,
})
let made = 0
const discount = (change: Partial<Discount>): Discount => ({
  id: `d${String((made += 1)).padStart(4, '0')}`,
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
const taken = (lines: readonly DiscountableLine[], ...discounts: Discount[]): string =>
  plainText(sum(applyDiscounts(lines, discounts, eur).map(({ amount }) => decimal(amount))))
const restOf = (lines: readonly DiscountableLine[], ...discounts: Discount[]): string[] => {
  const reductions = applyDiscounts(lines, discounts, eur)
  return lines.map(({ line, net }) =>
    decimal(net)
      .minus(sum(reductions.filter((one) => one.line === line).map(({ amount }) => decimal(amount))))
      .toFixed(2),
  )
}

describe('worked cases', () => {
  test('E16: 1000.00 less 10 % leaves 900.00 as the base of commissions', () =>
    expect(restOf([lineOf('1000.00')], discount({}))).toEqual(['900.00']))

  test('C11: 50 + 20 - 10 coupon, then 10 % tax: 60 and 6', () => {
    const lines = [lineOf('50.00', 1), lineOf('20.00', 2)]
    const rests = restOf(lines, discount({ kind: 'amount', value: '10' }))
    expect(plainText(sum(rests.map((rest) => decimal(rest))))).toBe('60')
    const taxes = [{ category: 'S' as const, name: 'VAT', percent: '10', reason: null }]
    expect(
      documentTaxes(
        rests.map((net) => ({ net, taxes })),
        eur,
      ).map(({ amount }) => amount),
    ).toEqual(['6.00'])
  })
})

const peers = peerCases()
describe.skipIf(!peers)('cases of other billing systems', () => {
  const major = (minor: unknown): string => decimal(String(minor)).div(100).toFixed(2)
  test.each((peers ?? []).filter(({ model }) => model === 'coupons').map((peer) => [peer.id, peer] as const))(
    '%s',
    (_, { params, expected }) => {
      const discounts = [
        ...(params['percents'] as string[]).map((value) => discount({ value })),
        ...(params['fixed'] as string[]).map((value) => discount({ kind: 'amount', value: major(value) })),
      ]
      expect(taken([lineOf(major(params['subtotal']))], ...discounts)).toBe(plainText(decimal(major(expected))))
    },
  )
  test.each((peers ?? []).filter(({ model }) => model === 'discount_spread').map((peer) => [peer.id, peer] as const))(
    '%s',
    (_, { params, expected_detail: detail }) => {
      const lines = (params['lines'] as string[]).map((net, index) => lineOf(major(net), index + 1))
      const rests = restOf(lines, discount({ kind: 'amount', value: major(params['discount']) }))
      expect(rests).toEqual((detail['lines_after'] as string[]).map(major))
    },
  )
})

describe('the order', () => {
  test('lines before the document; percents one after the other on the rest; amounts last', () => {
    const sku = discount({ scope: 'sku', skuId: 'k1', value: '20' })
    const whole = [discount({ kind: 'amount', value: '5' }), discount({ value: '10' }), discount({ value: '50' })]
    // 100 - 20 % = 80; + 100 = 180; - 10 % = 162; - 50 % = 81; - 5 = 76.
    const lines = [lineOf('100.00', 1), lineOf('100.00', 2, { skuId: 'k2' })]
    expect(plainText(sum(restOf(lines, ...whole, sku).map((rest) => decimal(rest))))).toBe('76')
  })
  test('free units are worth what the line asks for them, and come first', () => {
    const free = discount({ scope: 'sku', skuId: 'k1', kind: 'free_quantity', value: '12' })
    expect(restOf([lineOf('100.00', 1), lineOf('50.00', 2)], free)).toEqual(['0.00', '40.00'])
  })
  test('nothing is below zero, and credits are left alone', () =>
    expect(restOf([lineOf('3.00', 1), lineOf('-5.00', 2)], discount({ kind: 'amount', value: '99' }))).toEqual([
      '0.00',
      '-5.00',
    ]))
})

describe('which lines', () => {
  test.each([
    ['of its SKU', { scope: 'sku', skuId: 'k2' }, ['100.00', '90.00']],
    ['of its subscription', { scope: 'subscription', subscriptionId: 's2' }, ['100.00', '90.00']],
    ['on the last day of whose service it is valid', { validTo: '2024-10-01' }, ['90.00', '90.00']],
    ['not when it has ended before', { validTo: '2024-09-30' }, ['100.00', '100.00']],
    ['not when it begins afterwards', { validFrom: '2024-10-01' }, ['100.00', '100.00']],
    ['as far as it has something left', { available: '5.01' }, ['97.49', '97.50']],
    ['not when nothing is left', { available: '0' }, ['100.00', '100.00']],
  ] as const)('%s', (_, change, expected) =>
    expect(
      restOf([lineOf('100.00', 1), lineOf('100.00', 2, { subscriptionId: 's2', skuId: 'k2' })], discount(change)),
    ).toEqual([...expected]),
  )
})

test('whatever the lines and discounts: never below zero, never above what is left, and the parts are the whole', () => {
  const anyLine = fc.record({
    cents: fc.integer({ min: -5_000, max: 100_000 }),
    quantity: fc.integer({ min: 0, max: 50 }),
    sku: fc.constantFrom('k1', 'k2'),
  })
  const anyDiscount = fc.record({
    scope: fc.constantFrom('buyer' as const, 'sku' as const),
    kind: fc.constantFrom('percent' as const, 'amount' as const, 'free_quantity' as const),
    value: fc.integer({ min: 1, max: 100 }),
    available: fc.option(fc.integer({ min: 0, max: 3_000 })),
  })
  fc.assert(
    fc.property(
      fc.array(anyLine, { minLength: 1, maxLength: 8 }),
      fc.array(anyDiscount, { maxLength: 5 }),
      (lines, discounts) => {
        const given = lines.map(({ cents, quantity, sku }, index) =>
          lineOf((cents / 100).toFixed(2), index + 1, { quantity: String(quantity), skuId: sku }),
        )
        const all = discounts.map(({ scope, kind, value, available }, index) =>
          discount({
            id: `x${index}`,
            scope,
            kind,
            value: String(value),
            skuId: scope === 'sku' ? 'k1' : null,
            available: available === null ? null : (available / 100).toFixed(2),
          }),
        )
        const reductions = applyDiscounts(given, all, eur)
        for (const one of given) {
          const off = sum(reductions.filter(({ line }) => line === one.line).map(({ amount }) => decimal(amount)))
          expect(off.lessThanOrEqualTo(decimal(one.net).greaterThan(0) ? one.net : '0')).toBe(true)
        }
        for (const { id, available } of all) {
          if (available === null) continue
          const used = sum(
            reductions.filter(({ discountId }) => discountId === id).map(({ amount }) => decimal(amount)),
          )
          expect(used.lessThanOrEqualTo(available)).toBe(true)
        }
        expect(reductions.every(({ amount }) => decimal(amount).greaterThan(0))).toBe(true)
      },
    ),
    fuzzRuns(500),
  )
})

describe('from outside', () => {
  test.each([
    ['percent over 100', { scope: 'buyer', kind: 'percent', value: '100.5' }, 'percent.over_100', '/value'],
    ['nothing', { scope: 'buyer', kind: 'amount', value: '0' }, 'discount.zero', '/value'],
    ['less than nothing', { scope: 'buyer', kind: 'amount', value: '-1' }, 'decimal.negative', '/value'],
    ['fractions of a cent', { scope: 'buyer', kind: 'amount', value: '1.005' }, 'discount.digits', '/value'],
    [
      'free units of a whole document',
      { scope: 'buyer', kind: 'free_quantity', value: '1' },
      'discount.scope',
      '/scope',
    ],
  ] as const)('%s is refused', (_, input, code, at) =>
    expect(refusal(() => checkDiscount(input, eur))).toEqual({ code, at }),
  )
})

describe('a discount on what one resource used', () => {
  const used = (...shares: [string, string][]) => ({ quantity: '100', used: new Map(shares) })
  const onResource = (resource: string, change: Partial<Discount> = {}) =>
    discount({ scope: 'resource', subscriptionId: 's1', skuId: 'k1', resource, ...change })

  test('takes its percent of the share of the line that the resource used, rounded once', () => {
    const line = lineOf('100.01', 1, used(['vm-1', '33']))
    const [reduction] = applyDiscounts([line], [onResource('vm-1', { value: '50' })], eur)
    expect(reduction).toMatchObject({
      base: '100.01',
      amount: '16.50',
      share: { resource: 'vm-1', used: '33', quantity: '100', left: '33.0033' },
    })
  })

  test('takes free units and amounts from that share alone, and no more than it', () => {
    const line = () => lineOf('200.00', 1, used(['vm-1', '30']))
    expect(taken([line()], onResource('vm-1', { kind: 'free_quantity', value: '10' }))).toBe('20')
    expect(taken([line()], onResource('vm-1', { kind: 'free_quantity', value: '45' }))).toBe('60')
    expect(taken([line()], onResource('vm-1', { kind: 'amount', value: '45.5' }))).toBe('45.5')
    expect(taken([line()], onResource('vm-1', { kind: 'amount', value: '500' }))).toBe('60')
    expect(taken([line()], onResource('vm-1', { kind: 'amount', value: '500', available: '7' }))).toBe('7')
  })

  test('leaves the shares of other resources alone; what is taken from the whole line is taken from all of them', () => {
    const line = lineOf('100.00', 1, used(['vm-1', '50'], ['vm-2', '50']))
    const [first, second] = [onResource('vm-1', { value: '100' }), onResource('vm-2', { value: '10' })]
    expect(restOf([line], first, second)).toEqual(['45.00'])
    const whole = discount({ scope: 'subscription', subscriptionId: 's1', value: '10' })
    expect(restOf([line], whole, onResource('vm-1', { value: '50' }))).toEqual(['67.50'])
  })

  test('takes nothing where the resource used nothing, gave back, or the line is of something else', () => {
    const one = onResource('vm-1', { value: '50' })
    expect(taken([lineOf('100.00'), lineOf('100.00', 2, used(['vm-2', '9']))], one)).toBe('0')
    expect(taken([lineOf('100.00', 1, used(['vm-1', '-5']))], one)).toBe('0')
    expect(taken([lineOf('100.00', 1, { ...used(['vm-1', '5']), skuId: 'k2' })], one)).toBe('0')
  })

  test('takes no more than the whole line where others gave back more than they used', () =>
    expect(taken([lineOf('100.00', 1, used(['vm-1', '150']))], onResource('vm-1', { value: '50' }))).toBe('50'))

  test('never takes more than the share, whatever else is taken before it', () => {
    const cents = fc.integer({ min: 0, max: 100_000 })
    const kinds = fc.constantFrom('percent', 'amount', 'free_quantity')
    const some = fc.array(fc.record({ kind: kinds, value: fc.integer({ min: 1, max: 100 }), which: fc.nat(2) }), {
      maxLength: 6,
    })
    fc.assert(
      fc.property(cents, fc.nat(100), some, (net, part, wishes) => {
        const line = lineOf((net / 100).toFixed(2), 1, used(['vm-1', String(part)], ['vm-2', String(100 - part)]))
        const discounts = wishes.map(({ kind, value, which }) => {
          const change = { kind, value: String(value) } as const
          return which === 2
            ? discount({ scope: 'subscription', subscriptionId: 's1', ...change })
            : onResource(`vm-${which + 1}`, change)
        })
        const reductions = applyDiscounts([line], discounts, eur)
        const total = (of: (id: string) => boolean) =>
          sum(reductions.filter(({ discountId }) => of(discountId)).map(({ amount }) => decimal(amount)))
        expect(total(() => true).lte(line.net)).toBe(true)
        const onFirst = new Set(discounts.filter(({ resource }) => resource === 'vm-1').map(({ id }) => id))
        // Each reduction is rounded by at most half a cent.
        const most = decimal(line.net).times(part).dividedBy(100).plus(decimal('0.005').times(onFirst.size))
        expect(total((id) => onFirst.has(id)).lte(most)).toBe(true)
      }),
      fuzzRuns(500),
    )
  })
})

import { describe, expect, test } from 'bun:test'
import * as fc from 'fast-check'
import { documentTotals, draftLines, draftOutcome, shareOut, type Billable } from '../../src/billing/invoice.ts'
import { amountText, currency, decimal, Decimal, plainText, roundToMinor, sum } from '../../src/billing/money.ts'
import { rate } from '../../src/billing/rate.ts'
import { fuzzRuns } from '../support/fuzz.ts'
import { quantities, rates, tiersOf } from '../support/rates.ts'

const eur = currency('EUR')
const bucket = (unrounded: string, more: Partial<Billable> = {}): Billable => ({
  kind: 'usage',
  subscriptionId: 's1',
  sku: 'vm',
  serviceStart: '2025-01-01',
  serviceEnd: '2025-02-01',
  priceVersionId: 'v1',
  taxCategory: null,
  unrounded,
  ...more,
})
const nets = (unrounded: readonly string[]) =>
  draftLines(
    unrounded.map((text, n) => bucket(text, { sku: `sku${n}` })),
    eur,
  )
const totals = (unrounded: readonly string[]) => documentTotals(nets(unrounded), [], eur)

describe('lines', () => {
  test('C1: 745 hours at 0.085 are 63.33', () => {
    const { amount } = rate({ kind: 'per_unit', unitPrice: '0.085' }, decimal('745'))
    expect(plainText(amount)).toBe('63.325')
    const [line] = draftLines([bucket(plainText(amount))], eur)
    expect([line?.net, decimal(line!.net).div(745).toFixed(8)]).toEqual(['63.33', '0.08500671'])
  })

  test('C10: three lines of 10.005 with 20 % make 36.04, because each line is rounded', () => {
    const lines = nets(['10.005', '10.005', '10.005'])
    const vat = roundToMinor(sum(lines.map(({ net }) => decimal(net))).times('0.2'), eur)
    expect(documentTotals(lines, [{ amount: amountText(vat, eur) }], eur)).toEqual({
      net: '30.03',
      tax: '6.01',
      total: '36.04',
    })
  })

  test('C15: one line of a thousand rows of 0.004 is 4.00', () => {
    const { amount } = rate(
      { kind: 'per_unit', unitPrice: '1' },
      sum(Array.from({ length: 1000 }, () => decimal('0.004'))),
    )
    expect(totals([plainText(amount)]).net).toBe('4.00')
  })

  test('C16: each currency rounds to its own minor unit', () => {
    const net = (unrounded: string, code: string) => draftLines([bucket(unrounded)], currency(code))[0]?.net
    expect([net('1234.5', 'JPY'), net('1.2345', 'KWD'), net('-0.005', 'EUR')]).toEqual(['1235', '1.235', '-0.01'])
  })

  test('numbers and order do not depend on the order of the buckets', () => {
    const buckets = [
      bucket('1', { subscriptionId: 's2', sku: 'disk' }),
      bucket('2', { sku: 'vm' }),
      bucket('3', { sku: 'vm', kind: 'late' }),
      bucket('4', { sku: 'disk', serviceStart: '2025-01-11', priceVersionId: 'v2' }),
      bucket('5', { sku: 'disk', serviceEnd: '2025-01-11' }),
    ]
    const expected = draftLines(buckets, eur).map(({ line, net }) => `${line}: ${net}`)
    expect(expected).toEqual(['1: 5.00', '2: 4.00', '3: 3.00', '4: 2.00', '5: 1.00'])
    const orders = fc.shuffledSubarray(buckets, { minLength: 5, maxLength: 5 })
    fc.assert(
      fc.property(orders, (order) =>
        expect(draftLines(order, eur).map(({ line, net }) => `${line}: ${net}`)).toEqual(expected),
      ),
      fuzzRuns(50),
    )
  })

  test('what a bucket carries besides travels with its line, and the bucket itself is left alone', () => {
    const given = { ...bucket('1'), bucketId: 'b1', quantity: '3' }
    expect(draftLines([given], eur)).toEqual([{ ...given, line: 1, net: '1.00' }])
    expect(given).not.toHaveProperty('net')
  })
})

describe('documents', () => {
  test('one rounding per line: the total is the sum of the rounded lines, never further off than half a cent each', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(rates, quantities), { minLength: 1, maxLength: 12 }), (usage) => {
        const unrounded = usage.map(([terms, quantity]) => rate(terms, quantity).amount)
        const lines = nets(unrounded.map(plainText))
        const { net, tax, total } = documentTotals(lines, [], eur)
        expect([tax, total]).toEqual(['0.00', net])
        expect(sum(lines.map((line) => decimal(line.net))).toFixed(2)).toBe(net)
        const off = decimal(net).minus(sum(unrounded)).abs()
        expect(off.lessThanOrEqualTo(new Decimal('0.005').times(lines.length))).toBe(true)
      }),
      fuzzRuns(500),
    )
  })

  test.each([
    ['nothing makes no document', [], { state: 'none' }],
    ['a line of 0.00 is a document', ['0.001'], { state: 'draft' }],
    ['lines that cancel are a document', ['5', '-5'], { state: 'draft' }],
    ['a negative line among others stays', ['5', '-4'], { state: 'draft' }],
    ['a negative total waits for a person', ['5', '-5.01'], { state: 'parked', reason: 'negative_total' }],
  ])('%s', (_, unrounded, expected) => {
    expect(draftOutcome(nets(unrounded), totals(unrounded))).toEqual(expected as ReturnType<typeof draftOutcome>)
  })

  test.each([
    ['a line of 0.00 needs no document', ['0.001'], 'usage', { state: 'settled' }],
    ['late usage and what is missing to a minimum neither', ['0', '-0.004'], 'late', { state: 'settled' }],
    ['lines that cancel are a document', ['5', '-5'], 'usage', { state: 'draft' }],
    ['a free charge is a document: its time is served once', ['0'], 'recurring', { state: 'draft' }],
    ['a discount is used up by a document', ['0'], 'discount', { state: 'draft' }],
    ['half a cent is a cent', ['0.005'], 'usage', { state: 'draft' }],
    ['a negative total waits for a person', ['-0.005'], 'usage', { state: 'parked', reason: 'negative_total' }],
  ] as const)('where the seller settles 0.00, %s', (_, unrounded, kind, expected) => {
    const lines = draftLines(
      unrounded.map((amount) => bucket(amount, { kind })),
      eur,
    )
    expect(draftOutcome(lines, documentTotals(lines, [], eur), 'settle')).toEqual(expected)
  })

  test('a total in yen has no decimals', () => {
    expect(documentTotals(draftLines([bucket('1234.5')], currency('JPY')), [], currency('JPY'))).toEqual({
      net: '1235',
      tax: '0',
      total: '1235',
    })
  })
})

describe('tier scope buyer', () => {
  const tiers = tiersOf(['1000', '1.00'], [null, '0.80'])
  const tenants = Array.from({ length: 4 }, () => decimal('400'))

  test('A14: four tenants of 400 units pay 1600.00, their distributor 1480.00 and gains 120.00', () => {
    const onTenantEdges = sum(
      tenants.map((quantity) => roundToMinor(rate({ kind: 'graduated', tiers }, quantity).amount, eur)),
    )
    const { rounded, shares } = shareOut(
      rate({ kind: 'graduated', tiers, tierScope: 'buyer' }, sum(tenants)).amount,
      tenants,
      eur,
    )
    expect([onTenantEdges, rounded, onTenantEdges.minus(rounded)].map((amount) => amount.toFixed(2))).toEqual([
      '1600.00',
      '1480.00',
      '120.00',
    ])
    expect(shares.map((share) => share.toFixed(2))).toEqual(['370.00', '370.00', '370.00', '370.00'])
  })

  test('the lines add up to the amount that was rounded once, and rounding them again changes nothing', () => {
    fc.assert(
      fc.property(rates, fc.array(quantities, { minLength: 1, maxLength: 8 }), (terms, parts) => {
        const { rounded, shares } = shareOut(rate(terms, sum(parts)).amount, parts, eur)
        const lines = nets(shares.map(plainText))
        expect(sum(lines.map(({ net }) => decimal(net))).toFixed(2)).toBe(amountText(rounded, eur))
      }),
      fuzzRuns(500),
    )
  })
})

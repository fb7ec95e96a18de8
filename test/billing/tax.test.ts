import { describe, expect, test } from 'bun:test'
import * as fc from 'fast-check'
import { allocate } from '../../src/billing/allocate.ts'
import { documentTotals } from '../../src/billing/invoice.ts'
import { amountText, currency, decimal, plainText, roundToMinor, sum } from '../../src/billing/money.ts'
import {
  checkTaxId,
  checkTaxRate,
  documentTaxes,
  type LineTax,
  type TaxCategory,
  type TaxedBuyer,
  type TaxProfile,
  type TaxRate,
  treatmentOf,
} from '../../src/billing/tax.ts'
import { peerCases } from '../support/cases.ts'
import { fuzzRuns } from '../support/fuzz.ts'
import { refusal } from '../support/refusal.ts'

const eur = currency('EUR')
const tax = (percent: string, name = 'VAT', category: TaxCategory = 'S'): LineTax => ({
  category,
  name,
  percent,
  reason: null,
})
const taxed = (nets: readonly string[], ...taxes: LineTax[]) => nets.map((net) => ({ net, taxes }))
const amounts = (lines: Parameters<typeof documentTaxes>[0], code = eur) =>
  documentTaxes(lines, code).map(({ amount }) => amount)
const totalOf = (lines: Parameters<typeof documentTaxes>[0], code = eur) =>
  documentTotals(lines, documentTaxes(lines, code), code).total

describe('worked cases', () => {
  test('C8: 140.00 with 5 % and 9.975 %: each rounded once, half away from zero', () => {
    const lines = taxed(['140.00'], tax('5', 'GST'), tax('9.975', 'QST'))
    expect(amounts(lines)).toEqual(['7.00', '13.97'])
    expect(totalOf(lines)).toBe('160.97')
  })

  test('C10: three lines of 10.005: lines round first, tax is on their sum', () => {
    const net = amountText(roundToMinor(decimal('10.005'), eur), eur)
    const lines = taxed([net, net, net], tax('20'))
    expect(documentTaxes(lines, eur)).toEqual([{ ...tax('20'), base: '30.03', amount: '6.01' }])
    expect(totalOf(lines)).toBe('36.04')
  })

  test('C11: 50 + 20 - 10 coupon, 10 % tax: 60; 6; 66', () => {
    const lines = taxed(['50.00', '-7.14', '20.00', '-2.86'], tax('10'))
    expect(documentTotals(lines, documentTaxes(lines, eur), eur)).toEqual({ net: '60.00', tax: '6.00', total: '66.00' })
  })

  test('C16: tax has the digits of its currency', () => {
    expect(amounts(taxed(['1235'], tax('10')), currency('JPY'))).toEqual(['124'])
    expect(amounts(taxed(['1.235'], tax('5')), currency('KWD'))).toEqual(['0.062'])
    expect(amounts(taxed(['-0.10'], tax('5')))).toEqual(['-0.01'])
  })
})

const peers = peerCases()
describe.skipIf(!peers)('cases of other billing systems', () => {
  const one = (id: string) => peers!.find((peer) => peer.id === id)!
  const major = (minor: unknown) => decimal(String(minor)).div(100).toFixed(2)

  test('lago-tax-coupon-prorata (invoice_tax_coupon): the coupon spreads by amount before tax', () => {
    const { params, expected, expected_detail: detail } = one('lago-tax-coupon-prorata')
    const fees = (params['fees'] as string[]).map(major)
    const shares = allocate(
      decimal(major(params['coupon'])),
      fees.map((fee) => decimal(fee)),
      eur,
    )
    expect(shares.map((share) => share.times(100).toFixed())).toEqual(detail['coupon_shares'] as string[])
    const lines = fees.map((fee, index) => ({
      net: decimal(fee).minus(shares[index]!).toFixed(2),
      taxes: [tax((params['tax_percents'] as string[])[index]!)],
    }))
    expect(totalOf(lines)).toBe(major(expected))
    // Where the source rounds each fee, we round the group; both come to the same here.
    const total = sum(documentTaxes(lines, eur).map(({ amount }) => decimal(amount)))
    expect(plainText(total)).toBe(plainText(decimal(major(detail['tax_total']))))
  })

  test('lago-prorate-start-mid-month (proration_days_plus_tax): 24 of 31 days of 50.00, then 20 %', () => {
    const { params, expected, expected_detail: detail } = one('lago-prorate-start-mid-month')
    const [full, used, days] = ['full_amount', 'days_used', 'days_in_period'].map((name) =>
      decimal(String(params[name])),
    )
    const net = roundToMinor(full!.times(used!).div(days!).div(100), eur)
    expect(net.toFixed(2)).toBe(major(detail['net']))
    const lines = taxed([net.toFixed(2)], tax(String(params['tax_percent'])))
    expect([amounts(lines), totalOf(lines)]).toEqual([[major(detail['tax'])], major(expected)])
  })
})

describe('grouping', () => {
  test('two names at the same percent are two taxes, two classes with the same tax are one', () => {
    const lines = [...taxed(['10.03'], tax('9', 'CGST'), tax('9', 'SGST')), ...taxed(['10.03'], tax('9', 'CGST'))]
    expect(documentTaxes(lines, eur).map(({ name, base, amount }) => [name, base, amount])).toEqual([
      ['CGST', '20.06', '1.81'],
      ['SGST', '10.03', '0.90'],
    ])
  })

  test('whatever the order of the lines, the taxes are the same, and each is within half a unit of exact', () => {
    const line = fc.tuple(fc.integer({ min: -100_000, max: 100_000 }), fc.constantFrom('5', '9.975', '19', '20'))
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 30 }), (made) => {
        const lines = made.map(([cents, percent]) => ({ net: (cents / 100).toFixed(2), taxes: [tax(percent)] }))
        const found = documentTaxes(lines, eur)
        expect(documentTaxes(lines.toReversed(), eur)).toEqual(found)
        for (const { base, percent, amount } of found) {
          const exact = decimal(base).times(percent).div(100)
          expect(decimal(amount).minus(exact).abs().lessThanOrEqualTo('0.005')).toBe(true)
        }
        expect(sum(found.map(({ base }) => decimal(base))).equals(sum(lines.map(({ net }) => decimal(net))))).toBe(true)
      }),
      fuzzRuns(500),
    )
  })
})

describe('how a line is taxed', () => {
  const rate = (change: Partial<TaxRate>): TaxRate => ({
    id: 'r',
    country: 'DE',
    code: 'standard',
    name: 'VAT',
    category: 'S',
    percent: '19',
    reason: null,
    validFrom: '2024-01-01',
    validTo: null,
    ...change,
  })
  const profile = (change: Partial<TaxProfile> = {}): TaxProfile => ({
    country: 'DE',
    place: 'seller',
    rules: [],
    ...change,
  })
  const reverse = { countries: ['AT', 'FR'], buyerHasTaxId: true, category: 'AE', reason: 'Reverse charge' } as const
  const export_ = { countries: ['US'], buyerHasTaxId: null, category: 'G', reason: 'Export' } as const
  const buyer = (where: string | null, hasTaxId = false): TaxedBuyer => ({ country: where, hasTaxId, exemptions: [] })
  const rates = [
    rate({ validTo: '2024-07-01' }),
    rate({ id: 'later', percent: '16', validFrom: '2024-07-01' }),
    rate({ id: 'reduced', code: 'reduced', percent: '7' }),
    rate({ id: 'at', country: 'AT', percent: '20' }),
  ]
  const ask = (one: TaxProfile, who: TaxedBuyer, code = 'standard', taxPoint = '2024-06-30') =>
    treatmentOf({ profile: one, rates }, who, code, taxPoint)

  test('by the rate of its class in force on the last day of the month of service', () => {
    expect(ask(profile(), buyer(null))).toMatchObject({ category: 'S', rates: [{ percent: '19' }] })
    expect(ask(profile(), buyer(null), 'standard', '2024-07-31')).toMatchObject({ rates: [{ percent: '16' }] })
    expect(ask(profile(), buyer(null), 'reduced')).toMatchObject({ rates: [{ percent: '7' }] })
    expect(ask(profile(), buyer(null), 'unheard')).toEqual({ unknown: 'tax.rate_missing' })
  })
  test('reverse charge for a buyer of another country with a tax id, by the profile; without one it is taxed', () => {
    const eu = profile({ rules: [reverse, export_] })
    expect(ask(eu, buyer('AT', true))).toEqual({ category: 'AE', rates: [], reason: 'Reverse charge' })
    expect(ask(eu, buyer('AT'))).toMatchObject({ category: 'S' })
    expect(ask(eu, buyer('US'))).toMatchObject({ category: 'G' })
    expect(ask(eu, buyer('DE', true))).toMatchObject({ category: 'S' })
    expect(ask(eu, buyer(null))).toEqual({ unknown: 'tax.buyer_unknown' })
  })
  test("taxed where the buyer is, the rates are that country's", () => {
    const there = profile({ place: 'buyer' })
    expect(ask(there, buyer('AT'))).toMatchObject({ rates: [{ percent: '20' }] })
    expect(ask(there, buyer('FR'))).toEqual({ unknown: 'tax.rate_missing' })
  })
  test('an exempt buyer is not taxed while the exemption lasts', () => {
    const exemptions = [{ category: 'E' as const, reason: 'Charity', validFrom: '2024-06-01', validTo: '2024-07-01' }]
    expect(ask(profile(), { ...buyer('DE'), exemptions })).toEqual({ category: 'E', rates: [], reason: 'Charity' })
    expect(ask(profile(), { ...buyer('DE'), exemptions }, 'standard', '2024-07-31')).toMatchObject({ category: 'S' })
  })
})

describe('from outside', () => {
  const input = {
    country: 'DE',
    code: 'standard',
    name: 'VAT',
    category: 'S' as TaxCategory,
    percent: '19.0',
    validFrom: '2024-01-01',
  }
  test('a rate comes back plain', () =>
    expect(checkTaxRate(input)).toEqual({ ...input, percent: '19', reason: null, validTo: null }))
  test.each([
    ['of an unknown country', { country: 'XX' }, 'country.unknown', '/country'],
    ['over 100', { percent: '100.01' }, 'percent.over_100', '/percent'],
    ['below zero', { percent: '-1' }, 'decimal.negative', '/percent'],
    ['of 0 in a taxed category', { percent: '0' }, 'tax.percent_of_category', '/percent'],
    ['above 0 in an untaxed one', { category: 'Z' as TaxCategory }, 'tax.percent_of_category', '/percent'],
    ['exempt without a reason', { category: 'E' as TaxCategory, percent: '0' }, 'tax.reason_missing', '/reason'],
    ['that ends before it begins', { validTo: '2023-12-31' }, 'range.empty', '/validTo'],
  ])('a rate %s is refused', (_, change, code, at) =>
    expect(refusal(() => checkTaxRate({ ...input, ...change }))).toEqual({ code, at }),
  )
  test.each([
    ['vat', 'DE123456789', true],
    ['vat', 'EL123456789', true],
    ['vat', '123456789', false],
    ['vat', 'XX123', false],
    ['other', '12-3456789', true],
    ['other', '<script>', false],
  ] as const)('a tax id %s %s', (scheme, value, isOne) => {
    if (isOne) expect(checkTaxId({ scheme, value })).toEqual({ scheme, value })
    else expect(refusal(() => checkTaxId({ scheme, value }, '/x'))).toEqual({ code: 'tax_id.invalid', at: '/x' })
  })
})

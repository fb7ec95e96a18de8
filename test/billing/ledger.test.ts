import { describe, expect, test } from 'bun:test'
import * as fc from 'fast-check'
import {
  assertBalanced,
  imbalances,
  postingsOfEarning,
  postingsOfInvoice,
  type Posting,
} from '../../src/billing/ledger.ts'
import { currency, decimal, Decimal } from '../../src/billing/money.ts'
import { fuzzRuns } from '../support/fuzz.ts'

const [eur, jpy] = [currency('EUR'), currency('JPY')]
const shown = (postings: readonly Posting[]) =>
  postings.map(({ bookId, account, amount }) => `${bookId} ${account} ${amount}`)

describe('postings', () => {
  test('an invoice: the seller is owed what it earned and the tax', () => {
    const postings = postingsOfInvoice({ sellerId: 'D', currency: eur, net: '30.03', tax: '6.01', total: '36.04' })
    expect(shown(postings)).toEqual(['D receivable 36.04', 'D revenue -30.03', 'D tax_payable -6.01'])
  })

  test('without tax nothing is posted to tax, and 0.00 posts nothing at all', () => {
    expect(shown(postingsOfInvoice({ sellerId: 'D', currency: jpy, net: '1235', tax: '0', total: '1235' }))).toEqual([
      'D receivable 1235',
      'D revenue -1235',
    ])
    expect(postingsOfInvoice({ sellerId: 'D', currency: eur, net: '0.00', tax: '0.00', total: '0.00' })).toEqual([])
  })

  test('an earning is an expense of its payer, a negative one takes it back', () => {
    const postings = (amount: string) => shown(postingsOfEarning({ payerId: 'O', currency: eur, amount }))
    expect(postings('14.70')).toEqual(['O commission_expense 14.70', 'O commission_accrued -14.70'])
    expect(postings('-14.70')).toEqual(['O commission_expense -14.70', 'O commission_accrued 14.70'])
  })

  test('a total that is not net + tax is a bug, and so is an amount of more digits than the currency has', () => {
    const invoice = { sellerId: 'D', currency: eur, net: '30.03', tax: '6.01', total: '36.03' }
    expect(() => postingsOfInvoice(invoice)).toThrow('invariant broken')
    expect(() => postingsOfEarning({ payerId: 'O', currency: eur, amount: '0.001' })).toThrow('invariant broken')
  })
})

describe('balance', () => {
  const posting = (bookId: string, amount: string, of = eur): Posting => ({
    bookId,
    account: 'bank',
    currency: of,
    amount,
  })

  test('what is missing is told per book and currency', () => {
    const postings = [posting('A', '1.00'), posting('A', '-1.00'), posting('B', '2.50'), posting('B', '-2', jpy)]
    expect(imbalances(postings)).toEqual([
      { bookId: 'B', currency: eur, sum: '2.50' },
      { bookId: 'B', currency: jpy, sum: '-2' },
    ])
    expect(() => assertBalanced(postings)).toThrow('invariant broken')
  })

  test('one book or currency does not make up for another', () => {
    expect(imbalances([posting('A', '1.00'), posting('B', '-1.00')])).toHaveLength(2)
    expect(imbalances([posting('A', '1.00'), posting('A', '-1', jpy)])).toHaveLength(2)
  })

  test('whatever is invoiced and earned, the books balance', () => {
    const cents = fc.integer({ min: -(10 ** 9), max: 10 ** 9 }).map((units) => new Decimal(units).div(100).toFixed(2))
    fc.assert(
      fc.property(fc.array(fc.tuple(cents, cents, fc.constantFrom('O', 'D', 'P')), { maxLength: 10 }), (documents) => {
        const postings = documents.flatMap(([net, tax, book]) => [
          ...postingsOfInvoice({ sellerId: book, currency: eur, net, tax, total: decimal(net).plus(tax).toFixed(2) }),
          ...postingsOfEarning({ payerId: book, currency: eur, amount: tax }),
        ])
        assertBalanced(postings)
        expect(imbalances(postings)).toEqual([])
      }),
      fuzzRuns(300),
    )
  })
})

import { describe, expect, test } from 'bun:test'
import * as fc from 'fast-check'
import { positiveAmount } from '../../src/billing/amount.ts'
import {
  postingsOfCreditNote,
  postingsOfCreditUse,
  postingsOfPayment,
  postingsOfWriteOff,
} from '../../src/billing/ledger.ts'
import { currency, Decimal, decimal, sum } from '../../src/billing/money.ts'
import { ageOf, allocatePayment, isOverdue, openOf, paymentStateOf, type Settled } from '../../src/billing/payment.ts'
import { fuzzRuns } from '../support/fuzz.ts'
import { refusal } from '../support/refusal.ts'

const eur = currency('EUR')
const settled = (total: string, change: Partial<Record<keyof Settled, string>> = {}): Settled => ({
  total: decimal(total),
  paid: decimal(change.paid ?? '0'),
  credited: decimal(change.credited ?? '0'),
  writtenOff: decimal(change.writtenOff ?? '0'),
  creditedTotal: decimal(change.creditedTotal ?? change.credited ?? '0'),
})

describe('the state of a document', () => {
  test.each([
    ['nothing happened', '100', {}, 'open', '100'],
    ['a part is paid', '100', { paid: '40' }, 'partly_paid', '60'],
    ['a part is credited', '100', { credited: '40' }, 'partly_paid', '60'],
    ['all is paid', '100', { paid: '100' }, 'paid', '0'],
    ['a part is paid, the rest credited', '100', { paid: '40', credited: '60' }, 'paid', '0'],
    ['all is credited', '100', { credited: '100' }, 'credited', '0'],
    ['all was paid and then credited', '100', { paid: '100', creditedTotal: '100' }, 'credited', '0'],
    ['the rest is given up', '100', { paid: '40', writtenOff: '60' }, 'written_off', '0'],
    ['nothing was ever due', '0', {}, 'paid', '0'],
  ] as const)('when %s', (_, total, change, state, open) => {
    const sums = settled(total, change)
    expect([paymentStateOf(sums), openOf(sums).toFixed()]).toEqual([state, open])
  })

  test('it is overdue the day after its due day, and only while something is due', () => {
    const due = '2026-11-30'
    expect(isOverdue(decimal('1'), due, '2026-11-30')).toBe(false)
    expect(isOverdue(decimal('0.01'), due, '2026-12-01')).toBe(true)
    expect(isOverdue(decimal('0'), due, '2026-12-01')).toBe(false)
    expect(isOverdue(decimal('-1'), due, '2026-12-01')).toBe(false)
  })

  test.each([
    ['2026-11-30', 'not_due'],
    ['2026-12-01', 'days1to30'],
    ['2026-12-30', 'days1to30'],
    ['2026-12-31', 'days31to60'],
    ['2027-01-29', 'days31to60'],
    ['2027-01-30', 'days61to90'],
    ['2027-02-28', 'days61to90'],
    ['2027-03-01', 'over90'],
  ] as const)('on %s a document that was due on 30 November is %s', (today, age) => {
    expect(ageOf('2026-11-30', today)).toBe(age)
  })
})

describe('a payment', () => {
  const shares = (amount: string, ...payables: readonly (readonly [open: string, wanted: string | null])[]) => {
    const { parts, rest } = allocatePayment(
      decimal(amount),
      payables.map(([open, wanted]) => ({ open: decimal(open), wanted: wanted === null ? null : decimal(wanted) })),
    )
    return [...parts, rest].map((one) => one.toFixed())
  }

  test('pays documents in their order, each no more than is due, and the rest is left over', () => {
    expect(shares('100', ['30', null], ['50', null])).toEqual(['30', '50', '20'])
    expect(shares('60', ['30', null], ['50', null])).toEqual(['30', '30', '0'])
    expect(shares('60', ['30', '10'], ['50', null])).toEqual(['10', '50', '0'])
    expect(shares('60', ['30', '60'])).toEqual(['30', '30'])
    expect(shares('60', ['0', null], ['-5', null])).toEqual(['0', '0', '60'])
    expect(shares('60')).toEqual(['60'])
  })

  test('whatever is due and wanted, parts and rest add up to the amount and no document gets more than is due', () => {
    const cents = (min: number) => fc.integer({ min, max: 10 ** 8 }).map((units) => new Decimal(units).div(100))
    const payable = fc.record({ open: cents(-(10 ** 4)), wanted: fc.option(cents(1)) })
    fc.assert(
      fc.property(cents(1), fc.array(payable, { maxLength: 8 }), (amount, payables) => {
        const { parts, rest } = allocatePayment(amount, payables)
        expect(sum([...parts, rest]).equals(amount)).toBe(true)
        expect(rest.isNegative() && !rest.isZero()).toBe(false)
        expect(parts.every((part, index) => part.isZero() || part.lte(payables[index]!.open))).toBe(true)
      }),
      fuzzRuns(500),
    )
  })

  test('is an amount above zero with the digits of its currency', () => {
    expect(positiveAmount('19.90', eur).toFixed()).toBe('19.9')
    expect(refusal(() => positiveAmount('0', eur, '/amount'))).toEqual({ code: 'amount.not_positive', at: '/amount' })
    expect(refusal(() => positiveAmount('-1', eur, '/amount')).code).toBe('amount.not_positive')
    expect(refusal(() => positiveAmount('0.001', eur, '/amount')).code).toBe('amount.too_fine')
    expect(refusal(() => positiveAmount('1.0000000000001', eur, '/amount')).code).toBe('decimal.too_long')
  })
})

describe('the postings of what settles', () => {
  const shown = (postings: readonly { account: string; amount: string }[]) =>
    postings.map(({ account, amount }) => `${account} ${amount}`)
  const book = { sellerId: 'D', currency: eur }

  test('a payment: bank = receivable, and what is over is the credit of the buyer', () => {
    expect(shown(postingsOfPayment({ ...book, amount: '100.00', overpaid: '20.00' }))).toEqual([
      'bank 100.00',
      'receivable -80.00',
      'credit_balance -20.00',
    ])
  })

  test('a write-off, and credit that pays a document', () => {
    expect(shown(postingsOfWriteOff({ ...book, amount: '5.00' }))).toEqual(['write_off 5.00', 'receivable -5.00'])
    expect(shown(postingsOfCreditUse({ ...book, amount: '5.00' }))).toEqual(['credit_balance 5.00', 'receivable -5.00'])
  })

  test('a credit note is the reverse of an invoice; what was paid before becomes credit of the buyer', () => {
    const note = { ...book, net: '50.00', tax: '5.00', total: '55.00', applied: '40.00' }
    expect(shown(postingsOfCreditNote(note))).toEqual([
      'revenue 50.00',
      'tax_payable 5.00',
      'receivable -40.00',
      'credit_balance -15.00',
    ])
  })
})

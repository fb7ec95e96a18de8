import { expect, test } from 'bun:test'
import * as fc from 'fast-check'
import {
  assertBalanced,
  type Account,
  type Exchanged,
  type Posting,
  postingsOfCreditNote,
  postingsOfCreditUse,
  postingsOfEarning,
  postingsOfInvoice,
  postingsOfPayment,
  postingsOfPayout,
  postingsOfStatement,
  postingsOfWriteOff,
} from '../../src/billing/ledger.ts'
import { currency, decimal } from '../../src/billing/money.ts'
import { payIn } from '../../src/billing/payout.ts'
import { fuzzRuns } from '../support/fuzz.ts'

const [eur, usd] = [currency('EUR'), currency('USD')]
const book = { sellerId: 'S', payerId: 'S', currency: eur }
const text = (cents: number): string => decimal(cents.toString()).dividedBy(100).toFixed(2)

/** What the books must say, kept beside them in cents. */
type Model = {
  readonly invoices: { open: number; left: number }[]
  credit: number
  accrued: number
  payable: number
  bank: number
  readonly payments: { invoice: number; applied: number; overpaid: number }[]
  readonly sent: { amount: number; exchanged: Exchanged[] }[]
}
const empty = (): Model => ({ invoices: [], credit: 0, accrued: 0, payable: 0, bank: 0, payments: [], sent: [] })

type Step = { readonly which: number; readonly cents: number }

/** Each does what a service does with this amount, where it is possible, and answers what it posts. */
const steps = {
  invoice(model: Model, { which, cents }: Step): Posting[] {
    const tax = which % 30
    model.invoices.push({ open: cents + tax, left: cents + tax })
    return postingsOfInvoice({ ...book, net: text(cents), tax: text(tax), total: text(cents + tax) })
  },
  pay(model: Model, { which, cents }: Step): Posting[] {
    const index = which % Math.max(1, model.invoices.length)
    const invoice = model.invoices[index]
    if (!invoice) return []
    const applied = Math.min(cents, invoice.open)
    invoice.open -= applied
    model.credit += cents - applied
    model.bank += cents
    model.payments.push({ invoice: index, applied, overpaid: cents - applied })
    return postingsOfPayment({ ...book, amount: text(cents), overpaid: text(cents - applied) })
  },
  takePaymentBack(model: Model): Posting[] {
    const last = model.payments.pop()
    if (!last || last.overpaid > model.credit) return []
    model.invoices[last.invoice]!.open += last.applied
    model.credit -= last.overpaid
    model.bank -= last.applied + last.overpaid
    return postingsOfPayment({ ...book, amount: text(-last.applied - last.overpaid), overpaid: text(-last.overpaid) })
  },
  writeOff(model: Model, { which, cents }: Step): Posting[] {
    const invoice = model.invoices[which % Math.max(1, model.invoices.length)]
    const amount = Math.min(cents, invoice?.open ?? 0)
    if (invoice) invoice.open -= amount
    return postingsOfWriteOff({ ...book, amount: text(amount) })
  },
  useCredit(model: Model, { which }: Step): Posting[] {
    const invoice = model.invoices[which % Math.max(1, model.invoices.length)]
    const amount = Math.min(model.credit, invoice?.open ?? 0)
    if (invoice) invoice.open -= amount
    model.credit -= amount
    return postingsOfCreditUse({ ...book, amount: text(amount) })
  },
  credit(model: Model, { which, cents }: Step): Posting[] {
    const invoice = model.invoices[which % Math.max(1, model.invoices.length)]
    const total = Math.min(cents, invoice?.left ?? 0)
    const applied = Math.min(total, invoice?.open ?? 0)
    if (invoice) Object.assign(invoice, { left: invoice.left - total, open: invoice.open - applied })
    model.credit += total - applied
    const tax = Math.min(total, which % 7)
    const amounts = { net: text(total - tax), tax: text(tax), total: text(total), applied: text(applied) }
    return postingsOfCreditNote({ ...book, ...amounts })
  },
  earn(model: Model, { which, cents }: Step): Posting[] {
    const amount = which % 3 === 0 ? -cents : cents
    model.accrued += amount
    return postingsOfEarning({ ...book, amount: text(amount) })
  },
  approve(model: Model): Posting[] {
    const amount = model.accrued
    Object.assign(model, { accrued: 0, payable: model.payable + amount })
    return postingsOfStatement({ ...book, amount: text(amount) })
  },
  payOut(model: Model, { which, cents }: Step): Posting[] {
    const amount = model.payable
    if (amount <= 0) return []
    const away = which % 2 === 0 ? 0 : Math.min(amount, cents)
    const paid = payIn(decimal(text(away)), eur, usd, { id: 'rate', rate: '1.0837' })
    const part = { amount: text(away), paidCurrency: usd, paidAmount: paid?.amount.toFixed(2) ?? '0' }
    const exchanged = away === 0 ? [] : [part]
    model.payable = 0
    model.bank -= amount - away
    model.sent.push({ amount, exchanged })
    return postingsOfPayout({ ...book, amount: text(amount), exchanged })
  },
  takePayoutBack(model: Model): Posting[] {
    const last = model.sent.pop()
    if (!last) return []
    const minus = (amount: string) => decimal(amount).negated().toFixed(2)
    const exchanged = last.exchanged.map((one) => ({
      amount: minus(one.amount),
      paidCurrency: one.paidCurrency,
      paidAmount: minus(one.paidAmount),
    }))
    const away = last.exchanged.reduce((total, one) => total + Math.round(Number(one.amount) * 100), 0)
    model.payable += last.amount
    model.bank += last.amount - away
    return postingsOfPayout({ ...book, amount: text(-last.amount), exchanged })
  },
}

const balanceOf = (postings: readonly Posting[], account: Account): string =>
  postings
    .filter((posting) => posting.account === account && posting.currency === eur)
    .reduce((total, posting) => total.plus(decimal(posting.amount)), decimal('0'))
    .toFixed(2)

test('whatever is invoiced, paid, credited, earned, approved and paid out, in whatever order: debit is credit after every step', () => {
  const step = fc.record({
    kind: fc.constantFrom(...(Object.keys(steps) as (keyof typeof steps)[])),
    which: fc.nat(50),
    cents: fc.integer({ min: 1, max: 99_999 }),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (sequence) => {
      const model = empty()
      const posted: Posting[] = []
      for (const { kind, ...one } of sequence) {
        const postings = steps[kind](model, one)
        assertBalanced(postings)
        posted.push(...postings)
      }
      const open = model.invoices.reduce((total, invoice) => total + invoice.open, 0)
      const accounts: Account[] = ['receivable', 'credit_balance', 'commission_accrued', 'commission_payable', 'bank']
      expect(accounts.map((account) => balanceOf(posted, account))).toEqual(
        [open, -model.credit, -model.accrued, -model.payable, model.bank].map(text),
      )
    }),
    fuzzRuns(1_000),
  )
})

test('all payouts that came back leave the books as they were before, in every currency', () => {
  const parts = fc.array(fc.integer({ min: 1, max: 9_999_999 }), { minLength: 1, maxLength: 5 })
  fc.assert(
    fc.property(parts, (amounts) => {
      const model = empty()
      const posted = amounts.flatMap((cents, index) => {
        model.payable = cents
        return steps.payOut(model, { which: index, cents: Math.ceil(cents / 2) })
      })
      while (model.sent.length > 0) posted.push(...steps.takePayoutBack(model))
      const left = [...Map.groupBy(posted, ({ account, currency: code }) => `${account} ${code}`).values()].map(
        (rows) => rows.reduce((total, { amount }) => total.plus(decimal(amount)), decimal('0')).toFixed(2),
      )
      expect(left.filter((one) => Number(one) !== 0)).toEqual([])
    }),
    fuzzRuns(1_000),
  )
})

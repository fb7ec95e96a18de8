import { invariant } from './errors.ts'
import { amountText, decimal, type Currency, type Decimal, sum, zero } from './money.ts'

/** The accounts of every book (law 14). */
export const accounts = [
  'receivable',
  'revenue',
  'tax_payable',
  'credit_balance',
  'credits_granted',
  'discount',
  'write_off',
  'fx_difference',
  'commission_expense',
  'commission_accrued',
  'commission_payable',
  'bank',
] as const
export type Account = (typeof accounts)[number]

/** One posting; debit is positive, credit negative. `bookId` is the organization whose accounts these are. */
export type Posting = {
  readonly bookId: string
  readonly account: Account
  readonly currency: Currency
  readonly amount: string
}

/** The amounts of an issued invoice that the books care about; text in minor units. */
type InvoiceAmounts = {
  readonly sellerId: string
  readonly currency: Currency
  readonly net: string
  readonly tax: string
  readonly total: string
}

type Entry = { readonly account: Account; readonly amount: Decimal }

const toPostings = (bookId: string, currency: Currency, entries: readonly Entry[]): Posting[] =>
  entries
    .filter(({ amount }) => !amount.isZero())
    .map(({ account, amount }) => ({ bookId, account, currency, amount: amountText(amount, currency) }))

/** In the seller's book: receivable = revenue + tax. Amounts of 0 post nothing, so a 0.00 invoice has no postings. */
export function postingsOfInvoice({ sellerId, currency, net, tax, total }: InvoiceAmounts): Posting[] {
  const [revenue, taxPayable, receivable] = [decimal(net), decimal(tax), decimal(total)]
  invariant(revenue.plus(taxPayable).equals(receivable), 'total = net + tax')
  return toPostings(sellerId, currency, [
    { account: 'receivable', amount: receivable },
    { account: 'revenue', amount: revenue.negated() },
    { account: 'tax_payable', amount: taxPayable.negated() },
  ])
}

/** In the seller's book: bank = receivable, and what is more than was due is the buyer's credit. Negative takes it back. */
export function postingsOfPayment(payment: {
  readonly sellerId: string
  readonly currency: Currency
  readonly amount: string
  readonly overpaid: string
}): Posting[] {
  const [amount, overpaid] = [decimal(payment.amount), decimal(payment.overpaid)]
  return toPostings(payment.sellerId, payment.currency, [
    { account: 'bank', amount },
    { account: 'receivable', amount: overpaid.minus(amount) },
    { account: 'credit_balance', amount: overpaid.negated() },
  ])
}

/** In the seller's book: write_off = receivable. What is given up is given up with its tax. */
export function postingsOfWriteOff(writeOff: {
  readonly sellerId: string
  readonly currency: Currency
  readonly amount: string
}): Posting[] {
  const amount = decimal(writeOff.amount)
  return toPostings(writeOff.sellerId, writeOff.currency, [
    { account: 'write_off', amount },
    { account: 'receivable', amount: amount.negated() },
  ])
}

/** In the seller's book: credit_balance = receivable, where a buyer's credit pays a document. */
export function postingsOfCreditUse(use: {
  readonly sellerId: string
  readonly currency: Currency
  readonly amount: string
}): Posting[] {
  const amount = decimal(use.amount)
  return toPostings(use.sellerId, use.currency, [
    { account: 'credit_balance', amount },
    { account: 'receivable', amount: amount.negated() },
  ])
}

/**
 * In the seller's book: credits_granted = credit_balance, what a gift costs until it is drawn. Negative takes back what was
 * left of it.
 */
export function postingsOfGrant(grant: {
  readonly sellerId: string
  readonly currency: Currency
  readonly amount: string
}): Posting[] {
  const amount = decimal(grant.amount)
  return toPostings(grant.sellerId, grant.currency, [
    { account: 'credits_granted', amount },
    { account: 'credit_balance', amount: amount.negated() },
  ])
}

/**
 * In the seller's book, the reverse of an invoice: revenue and tax go back; `applied` of it is not owed any more, the rest
 * is the buyer's credit.
 */
export function postingsOfCreditNote(note: InvoiceAmounts & { readonly applied: string }): Posting[] {
  const [net, tax, total, applied] = [note.net, note.tax, note.total, note.applied].map((one) => decimal(one)) as [
    Decimal,
    Decimal,
    Decimal,
    Decimal,
  ]
  invariant(net.plus(tax).equals(total), 'total = net + tax')
  return toPostings(note.sellerId, note.currency, [
    { account: 'revenue', amount: net },
    { account: 'tax_payable', amount: tax },
    { account: 'receivable', amount: applied.negated() },
    { account: 'credit_balance', amount: applied.minus(total) },
  ])
}

/** In the payer's book: expense = accrued. A negative earning takes back. */
export function postingsOfEarning(earning: {
  readonly payerId: string
  readonly currency: Currency
  readonly amount: string
}): Posting[] {
  const amount = decimal(earning.amount)
  return toPostings(earning.payerId, earning.currency, [
    { account: 'commission_expense', amount },
    { account: 'commission_accrued', amount: amount.negated() },
  ])
}

/** What a payer owes a payee, or gets back: an amount in its book. */
type Payable = { readonly payerId: string; readonly currency: Currency; readonly amount: string }

/** In the payer's book: accrued = payable, when a statement is approved. */
export function postingsOfStatement({ payerId, currency, amount: text }: Payable): Posting[] {
  const amount = decimal(text)
  return toPostings(payerId, currency, [
    { account: 'commission_accrued', amount },
    { account: 'commission_payable', amount: amount.negated() },
  ])
}

/** A part of what a batch pays that leaves the bank in another currency; both amounts have the sign of the batch. */
export type Exchanged = { readonly amount: string; readonly paidCurrency: Currency; readonly paidAmount: string }

/**
 * In the payer's book: payable = bank, when a batch is sent; negative amounts are what came back. What leaves in another
 * currency goes through fx difference, so that each currency balances by itself; what stays there is gain or loss.
 */
export function postingsOfPayout({
  payerId,
  currency,
  amount: text,
  exchanged = [],
}: Payable & { readonly exchanged?: readonly Exchanged[] | undefined }): Posting[] {
  const [amount, away] = [decimal(text), sum(exchanged.map((one) => decimal(one.amount)))]
  const own = toPostings(payerId, currency, [
    { account: 'commission_payable', amount },
    { account: 'fx_difference', amount: away.negated() },
    { account: 'bank', amount: away.minus(amount) },
  ])
  const others = [...Map.groupBy(exchanged, ({ paidCurrency }) => paidCurrency)].flatMap(([paid, parts]) => {
    const left = sum(parts.map(({ paidAmount }) => decimal(paidAmount)))
    return toPostings(payerId, paid, [
      { account: 'fx_difference', amount: left },
      { account: 'bank', amount: left.negated() },
    ])
  })
  return [...own, ...others]
}

/** The sums that are not zero, per book and currency; empty when the books balance. */
export function imbalances(postings: readonly Posting[]): { bookId: string; currency: Currency; sum: string }[] {
  const sums = new Map<string, { bookId: string; currency: Currency; total: Decimal }>()
  for (const { bookId, currency, amount } of postings) {
    const key = `${bookId} ${currency}`
    const total = (sums.get(key)?.total ?? zero).plus(decimal(amount))
    sums.set(key, { bookId, currency, total })
  }
  return [...sums.values()]
    .filter(({ total }) => !total.isZero())
    .map(({ bookId, currency, total }) => ({ bookId, currency, sum: amountText(total, currency) }))
}

/** Debit and credit are equal per book and currency, or the document is not written. */
export function assertBalanced(postings: readonly Posting[]): void {
  invariant(imbalances(postings).length === 0, 'postings balance per book and currency')
}

import { conflictAt, invalidField } from '../../platform/errors.ts'

const referenceSays = 'a payment with this reference is recorded already'

export const referenceTaken = () => conflictAt('/reference', 'payment.reference_taken', referenceSays)

export const notReversible = () =>
  conflictAt('/path/id', 'payment.not_reversible', 'this payment is reversed already, or is itself a reversal')

export const balanceUsed = () =>
  conflictAt('/path/id', 'payment.balance_used', 'what this payment left over has been used for other documents')

export const notPayable = (pointer: string) =>
  invalidField(pointer, 'payment.not_payable', 'only an issued invoice can be paid')

export const otherBuyer = (pointer: string) =>
  invalidField(pointer, 'payment.other_buyer', 'one payment is for documents of one buyer')

export const otherCurrency = () =>
  invalidField('/currency', 'payment.other_currency', 'a payment is in the currency of what it pays')

export const namedTwice = (pointer: string) =>
  invalidField(pointer, 'payment.invoice_twice', 'each document is named once')

export const overAllocated = () =>
  invalidField('/allocations', 'payment.over_allocated', 'the parts come to more than the amount')

export const forNobody = () =>
  invalidField('/buyerId', 'payment.buyer_required', 'name a buyer, or the invoices that are paid')

export const futureDay = () =>
  invalidField(
    '/receivedOn',
    'payment.day_in_future',
    'must not be in the future: only money that was received is recorded',
  )

import { type Day, daysBetween } from './days.ts'
import { type Decimal, isNegative, zero } from './money.ts'

/** How an issued document stands; derived, never stored (domain, States). Overdue is an open one after its due day. */
export const paymentStates = ['open', 'partly_paid', 'paid', 'credited', 'written_off'] as const
type PaymentState = (typeof paymentStates)[number]

/** What may happen to the amount of an issued document. A reversal is one of the same kind with the other sign. */
const settlementKinds = ['paid', 'credit_applied', 'credited', 'written_off'] as const
export type SettlementKind = (typeof settlementKinds)[number]

/**
 * What has been settled of a document, each as a sum: `paid` by money and by the buyer's credit balance, `credited` by
 * credit notes against the open amount, `writtenOff`; `creditedTotal` is what its credit notes say in all, with what went
 * to the credit balance.
 */
export type Settled = {
  readonly total: Decimal
  readonly paid: Decimal
  readonly credited: Decimal
  readonly writtenOff: Decimal
  readonly creditedTotal: Decimal
}

/** What is still due: the total less everything that settled it. */
export const openOf = ({ total, paid, credited, writtenOff }: Settled): Decimal =>
  total.minus(paid).minus(credited).minus(writtenOff)

/**
 * The state of an issued document. Something that is due is open, or partly paid once anything was taken off; nothing due is
 * credited where credit notes took all of it back, written off where a part was given up, else paid. A document of 0.00 is paid.
 */
export function paymentStateOf(settled: Settled): PaymentState {
  const open = openOf(settled)
  if (!open.isZero()) return open.equals(settled.total) ? 'open' : 'partly_paid'
  if (!settled.total.isZero() && settled.creditedTotal.equals(settled.total)) return 'credited'
  return settled.writtenOff.isZero() ? 'paid' : 'written_off'
}

/** True when something is due and the due day has passed. */
export const isOverdue = (open: Decimal, dueDate: Day, today: Day): boolean =>
  !isNegative(open) && !open.isZero() && dueDate < today

/** A document that a payment is for: what is due of it, and how much of the payment it is to get; null is all it needs. */
type Payable = { readonly open: Decimal; readonly wanted: Decimal | null }

/**
 * Puts an amount on documents in their order, on each no more than is due of it; what is left over is the buyer's credit.
 * The parts and the rest add up to the amount.
 */
export function allocatePayment(
  amount: Decimal,
  payables: readonly Payable[],
): { readonly parts: readonly Decimal[]; readonly rest: Decimal } {
  let rest = amount
  const parts = payables.map(({ open, wanted }) => {
    const most = isNegative(open) ? zero : open
    const part = [most, wanted ?? most, rest].reduce((least, one) => (one.lt(least) ? one : least))
    rest = rest.minus(part)
    return part
  })
  return { parts, rest }
}

/** The columns of an ageing: days that a document is over its due day. */
export const ages = ['not_due', 'days1to30', 'days31to60', 'days61to90', 'over90'] as const
type Age = (typeof ages)[number]

/** The ageing column of a document on a day. On its due day it is not due yet. */
export function ageOf(dueDate: Day, today: Day): Age {
  const days = daysBetween(dueDate, today)
  if (days <= 0) return 'not_due'
  if (days <= 30) return 'days1to30'
  if (days <= 60) return 'days31to60'
  return days <= 90 ? 'days61to90' : 'over90'
}

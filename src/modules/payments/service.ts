import { day } from '../../billing/days.ts'
import { type Currency, currency, minorText } from '../../billing/money.ts'
import { type Ctx, inTx } from '../../platform/context.ts'
import type { Tx } from '../../platform/db.ts'
import { notFound } from '../../platform/errors.ts'
import { idPageRequest, type Page, pageOf } from '../../platform/page.ts'
import { checkedInput } from '../billing-errors.ts'
import type { Payment, PaymentFilters } from './model.ts'
import * as queries from './queries.ts'

const textOf = (code: Currency) => (amount: string) => minorText(amount, code)

/** Payments on the caller's edges, newest first. */
export async function listPayments(ctx: Ctx, filters: PaymentFilters): Promise<Page<Payment>> {
  const page = idPageRequest('payments', filters)
  for (const name of ['receivedOn[gte]', 'receivedOn[lt]'] as const) {
    const asked = filters[name]
    if (asked !== undefined) checkedInput(() => day(asked, `/query/${name}`))
  }
  const rows = await inTx(ctx, (tx) => queries.listPayments(tx, ctx.actor, filters, page))
  return pageOf('payments', page, rows, (row) => row.id, toPayment)
}

/** @throws notFound, alike for an absent payment and another branch's. */
export const getPayment = (ctx: Ctx, id: string): Promise<Payment> => inTx(ctx, (tx) => readPayment(ctx, tx, id))

/** The payment as the caller sees it. @throws notFound */
export async function readPayment(ctx: Ctx, tx: Tx, id: string): Promise<Payment> {
  const row = await queries.findPayment(tx, ctx.actor, id)
  if (!row) throw notFound()
  return toPayment(row)
}

function toPayment({ edgeId: _, ...row }: queries.PaymentRow): Payment {
  const text = textOf(currency(row.currency))
  return {
    ...row,
    amount: text(row.amount),
    allocations: row.allocations.map(({ invoiceId, amount }) => ({ invoiceId, amount: text(amount) })),
    overpaid: text(row.overpaid),
    updatedAt: row.createdAt,
  }
}

import { positiveAmount } from '../../billing/amount.ts'
import { day } from '../../billing/days.ts'
import { postingsOfPayment } from '../../billing/ledger.ts'
import { amountText, type Currency, currency, type Decimal, sum } from '../../billing/money.ts'
import { allocatePayment } from '../../billing/payment.ts'
import { type Ctx, inTxOnce, tierRole } from '../../platform/context.ts'
import { switchRole, type Tx } from '../../platform/db.ts'
import { unknownReference } from '../../platform/errors.ts'
import { newId } from '../../platform/ids.ts'
import { recordAudit } from '../audit/service.ts'
import { checkedInput } from '../billing-errors.ts'
import * as settling from '../invoices/issue/settle.ts'
import { post } from '../ledger/service.ts'
import { assertSeller } from '../pricing/sellers.ts'
import { raiseEvents } from '../webhooks/events.ts'
import * as errors from './errors.ts'
import type { NewPayment, Payment } from './model.ts'
import * as queries from './queries.ts'
import { readPayment } from './service.ts'

/** A payment as it was checked, before the books are asked. */
type Wish = {
  readonly money: Currency
  readonly amount: Decimal
  readonly parts: readonly { readonly invoiceId: string; readonly wanted: Decimal | null }[]
}

/** Where a payment goes: the edge, and what each document gets. */
type Placed = {
  readonly edge: settling.EdgeRow
  readonly parts: readonly { readonly invoiceId: string; readonly amount: Decimal }[]
  readonly rest: Decimal
}

/**
 * Records money that the acting seller received: on the named documents as far as they are due, what is more goes to the
 * buyer's credit balance. Money is a fact: that a document has been settled meanwhile refuses nothing.
 * @throws referenceTaken (the same money twice), notASeller, and 422 with the pointer of what is wrong
 */
export const recordPayment = (ctx: Ctx, input: NewPayment): Promise<Payment> =>
  inTxOnce(ctx, async (tx) => {
    await assertSeller(tx, ctx.actor)
    const wish = checkWish(input)
    if (!(await queries.hasBegun(tx, input.receivedOn))) throw errors.futureDay()
    await switchRole(tx, 'weir_seller')
    const placed = await place(tx, ctx.actor.organizationId, input, wish)
    const id = newId()
    const { receivedOn, reference } = input
    const recorded = { id, receivedOn, reference, reverses: null, reason: null }
    if (!(await write(ctx, tx, { ...recorded, ...placed, money: wish.money }))) throw errors.referenceTaken()
    return finish(ctx, tx, id, placed.edge)
  })

function checkWish(input: NewPayment): Wish {
  const named = input.allocations ?? []
  const wish = checkedInput(() => {
    const money = currency(input.currency, '/currency')
    day(input.receivedOn, '/receivedOn')
    return {
      money,
      amount: positiveAmount(input.amount, money, '/amount'),
      parts: named.map(({ invoiceId, amount }, index) => ({
        invoiceId,
        wanted: amount === undefined ? null : positiveAmount(amount, money, `/allocations/${index}/amount`),
      })),
    }
  })
  const twice = named.findIndex(({ invoiceId }, index) => named.findIndex((one) => one.invoiceId === invoiceId) < index)
  if (twice >= 0) throw errors.namedTwice(`/allocations/${twice}/invoiceId`)
  if (sum(wish.parts.flatMap(({ wanted }) => wanted ?? [])).gt(wish.amount)) throw errors.overAllocated()
  return wish
}

/** Locks what is paid and says what each document gets. */
async function place(tx: Tx, sellerId: string, input: NewPayment, { money, amount, parts }: Wish): Promise<Placed> {
  const known = await settling.lockPayables(
    tx,
    sellerId,
    parts.map(({ invoiceId }) => invoiceId),
  )
  const payables = parts.map(({ invoiceId, wanted }, index) => {
    const at = `/allocations/${index}/invoiceId`
    const payable = known.get(invoiceId)
    if (!payable) throw unknownReference(at)
    if (payable.state !== 'issued' || payable.type !== 'invoice') throw errors.notPayable(at)
    if (payable.currency !== money) throw errors.otherCurrency()
    return { ...payable, wanted, at }
  })
  const edge = await edgeFor(tx, sellerId, input, payables[0])
  const other = payables.find(({ buyerId }) => buyerId !== edge.buyerId)
  if (other) throw errors.otherBuyer(other.at)
  const placed = allocatePayment(amount, payables)
  return {
    edge,
    parts: payables.flatMap(({ id }, index) => {
      const part = placed.parts[index]
      return part && !part.isZero() ? [{ invoiceId: id, amount: part }] : []
    }),
    rest: placed.rest,
  }
}

/** The edge that the money came over: that of the first document, else the one to the named buyer. */
async function edgeFor(
  tx: Tx,
  sellerId: string,
  { buyerId, currency: code }: NewPayment,
  first: settling.Payable | undefined,
): Promise<settling.EdgeRow> {
  if (first && buyerId !== undefined && buyerId !== first.buyerId) throw errors.otherBuyer('/allocations/0/invoiceId')
  if (!first && buyerId === undefined) throw errors.forNobody()
  const edge = first
    ? await settling.edgeOf(tx, sellerId, first.edgeId)
    : await settling.edgeTo(tx, sellerId, buyerId ?? '', code)
  if (!edge) throw unknownReference('/buyerId')
  return edge
}

/** What is written of a payment, and of one that takes another back: then all amounts are negative. */
type Written = Placed &
  Pick<queries.NewRow, 'id' | 'receivedOn' | 'reference' | 'reverses' | 'reason'> & { readonly money: Currency }

/**
 * Writes the payment, what it settles, the buyer's credit and the postings. As weir_seller. False, with nothing written, where
 * the reference is taken or the payment is reversed already.
 */
export async function write(ctx: Ctx, tx: Tx, payment: Written): Promise<boolean> {
  const { id, money, edge, parts, rest } = payment
  const { organizationId: sellerId, level } = ctx.actor
  const text = (amount: Decimal) => amountText(amount, money)
  const amount = text(sum([rest, ...parts.map((part) => part.amount)]))
  const row = { ...payment, sellerId, edgeId: edge.id, currency: money, amount }
  if (!(await queries.insertPayment(tx, row))) return false
  await settling.settle(
    tx,
    sellerId,
    parts.map((part) => ({
      id: newId(),
      invoiceId: part.invoiceId,
      kind: 'paid' as const,
      amount: text(part.amount),
      sourceId: id,
      reason: payment.reason,
    })),
  )
  const credit = { edgeId: edge.id, currency: money, kind: 'overpaid' as const, amount: text(rest), sourceId: id }
  await settling.changeBalance(tx, sellerId, credit)
  const postings = postingsOfPayment({ sellerId, currency: money, amount, overpaid: text(rest) })
  const documentPostings = postings.map((posting) => ({ ...posting, documentId: id }))
  await post(tx, { id: sellerId, level }, 'payment', documentPostings)
  return true
}

/** Notes it, tells everybody on the edge, and reads the payment as the caller sees it. */
export async function finish(ctx: Ctx, tx: Tx, id: string, edge: settling.EdgeRow): Promise<Payment> {
  await switchRole(tx, tierRole(ctx.actor.level))
  const payment = await readPayment(ctx, tx, id)
  const action = payment.reverses === null ? 'payment.recorded' : 'payment.reversed'
  await recordAudit(tx, ctx.actor, { action, objectType: 'payment', objectId: id }, ctx.requestId)
  await switchRole(tx, 'weir_seller')
  const { amount, currency: code, receivedOn, reverses, allocations, overpaid } = payment
  const data = { paymentId: id, amount, currency: code, receivedOn, reverses, allocations, overpaid }
  const receivers = settling.audienceOf(ctx.actor.organizationId, edge)
  await raiseEvents(tx, [{ type: 'payment.recorded', objectId: id, receivers, data }])
  await switchRole(tx, tierRole(ctx.actor.level))
  return payment
}

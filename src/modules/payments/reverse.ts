import { currency, decimal } from '../../billing/money.ts'
import { type Ctx, inTxOnce } from '../../platform/context.ts'
import { switchRole, type Tx } from '../../platform/db.ts'
import { invariant, notFound } from '../../platform/errors.ts'
import { newId } from '../../platform/ids.ts'
import { edgeOf, isBalanceShort, lockPayables } from '../invoices/issue/settle.ts'
import * as errors from './errors.ts'
import type { Payment, Reason } from './model.ts'
import * as queries from './queries.ts'
import { finish, write } from './record.ts'

/**
 * Takes a payment back, as a row of its own: its documents are due again, and what it left over leaves the buyer's credit
 * balance. @throws notFound, notReversible, balanceUsed
 */
export async function reversePayment(ctx: Ctx, id: string, { reason }: Reason): Promise<Payment> {
  try {
    return await inTxOnce(ctx, (tx) => reverse(ctx, tx, id, reason))
  } catch (error) {
    throw isBalanceShort(error) ? errors.balanceUsed() : error
  }
}

async function reverse(ctx: Ctx, tx: Tx, id: string, reason: string): Promise<Payment> {
  const sellerId = ctx.actor.organizationId
  const before = await queries.findPayment(tx, ctx.actor, id)
  if (!before || before.sellerId !== sellerId) throw notFound()
  if (before.reverses !== null || before.reversedBy !== null) throw errors.notReversible()
  await switchRole(tx, 'weir_seller')
  const invoiceIds = before.allocations.map(({ invoiceId }) => invoiceId)
  await lockPayables(tx, sellerId, invoiceIds)
  const edge = await edgeOf(tx, sellerId, before.edgeId)
  invariant(edge, 'a payment is on an edge of its seller')
  const reversalId = newId()
  const { receivedOn, reference } = before
  const parts = before.allocations.map((part) => ({ ...part, amount: decimal(part.amount).negated() }))
  const money = currency(before.currency)
  const reversal = { id: reversalId, receivedOn, reference, reverses: id, reason, money, edge, parts }
  if (!(await write(ctx, tx, { ...reversal, rest: decimal(before.overpaid).negated() }))) throw errors.notReversible()
  return finish(ctx, tx, reversalId, edge)
}

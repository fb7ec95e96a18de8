import { positiveAmount } from '../../../billing/amount.ts'
import { postingsOfWriteOff } from '../../../billing/ledger.ts'
import { amountText, type Decimal, decimal, isNegative, sum } from '../../../billing/money.ts'
import { type Ctx, inTxOnce, tierRole } from '../../../platform/context.ts'
import { switchRole, type Tx } from '../../../platform/db.ts'
import { notFound } from '../../../platform/errors.ts'
import { newId } from '../../../platform/ids.ts'
import { recordAudit } from '../../audit/service.ts'
import { checkedInput } from '../../billing-errors.ts'
import { post } from '../../ledger/service.ts'
import * as errors from '../errors.ts'
import type { CreditUse, Invoice, WriteOff } from '../model.ts'
import { findOwn, findSeen, toInvoice } from '../service.ts'
import { drawPart, readPurse } from './draw-credit.ts'
import { holdBalance, lockPayables, type Payable, settle } from './settle.ts'

/**
 * Gives up what is due of an own invoice, or a part of it, with its reason; the books say so.
 * @throws notFound, notIssued, nothingDue, moreThanDue
 */
export const writeOff = (ctx: Ctx, id: string, { amount, reason }: WriteOff): Promise<Invoice> =>
  inTxOnce(ctx, async (tx) => {
    const payable = await lockOwn(ctx, tx, id)
    const part = dueOf(payable, amount)
    const eventId = newId()
    const text = amountText(part, payable.money)
    const event = { id: eventId, invoiceId: id, kind: 'written_off', amount: text, sourceId: eventId, reason } as const
    await settle(tx, ctx.actor.organizationId, [event])
    const postings = postingsOfWriteOff({ sellerId: ctx.actor.organizationId, currency: payable.money, amount: text })
    await post(tx, bookOf(ctx), 'write_off', ofDocument(postings, eventId))
    return finish(ctx, tx, id, 'invoice.written_off')
  })

/**
 * Pays an own invoice from what its buyer has, granted credit before money: all that is due as far as it goes, or a named
 * amount. @throws notFound, notIssued, nothingDue, moreThanDue, balanceShort
 */
export const applyCredit = (ctx: Ctx, id: string, { amount }: CreditUse): Promise<Invoice> =>
  inTxOnce(ctx, async (tx) => {
    const sellerId = ctx.actor.organizationId
    const payable = await lockOwn(ctx, tx, id)
    await holdBalance(tx, sellerId, payable.buyerId)
    const purse = await readPurse(tx, sellerId, payable)
    const has = sum([decimal(purse.balance), ...purse.grants.map(({ left }) => decimal(left))])
    const wanted = dueOf(payable, amount)
    const part = amount === undefined && has.lt(wanted) ? has : wanted
    if (part.isZero() || has.lt(part)) throw errors.balanceShort()
    await drawPart(tx, bookOf(ctx), { ...payable, amount: amountText(part, payable.money) }, purse)
    return finish(ctx, tx, id, 'invoice.credit_applied')
  })

/** The caller's own issued invoice, locked, as weir_seller. @throws notFound, notIssued */
async function lockOwn(ctx: Ctx, tx: Tx, id: string): Promise<Payable> {
  const { sellerId } = await findOwn(ctx, tx, id)
  await switchRole(tx, 'weir_seller')
  const payable = (await lockPayables(tx, sellerId, [id])).get(id)
  if (!payable) throw notFound()
  if (payable.state !== 'issued') throw errors.notIssued()
  return payable
}

/** The asked amount, or all that is due. @throws nothingDue, moreThanDue, or 422 for an amount that is none */
function dueOf({ money, open }: Pick<Payable, 'money' | 'open'>, asked: string | undefined): Decimal {
  const amount = asked === undefined ? open : checkedInput(() => positiveAmount(asked, money, '/amount'))
  if (open.isZero() || isNegative(open)) throw errors.nothingDue()
  if (amount.gt(open)) throw errors.moreThanDue()
  return amount
}

const bookOf = (ctx: Ctx) => ({ id: ctx.actor.organizationId, level: ctx.actor.level })

const ofDocument = <T>(postings: readonly T[], documentId: string) =>
  postings.map((posting) => Object.assign({}, posting, { documentId }))

async function finish(ctx: Ctx, tx: Tx, id: string, action: string): Promise<Invoice> {
  await switchRole(tx, tierRole(ctx.actor.level))
  await recordAudit(tx, ctx.actor, { action, objectType: 'invoice', objectId: id }, ctx.requestId)
  return toInvoice(ctx, await findSeen(ctx, tx, id))
}

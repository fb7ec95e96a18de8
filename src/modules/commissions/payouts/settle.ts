import { type Exchanged, postingsOfPayout } from '../../../billing/ledger.ts'
import { amountText, currency, decimal, plainText, sum } from '../../../billing/money.ts'
import { type Ctx, inTxOnce } from '../../../platform/context.ts'
import type { Tx } from '../../../platform/db.ts'
import { notFound, unknownReference } from '../../../platform/errors.ts'
import type { Versioned } from '../../../platform/request.ts'
import { assertSeller } from '../../pricing/sellers.ts'
import { raiseEvents } from '../../webhooks/events.ts'
import { lockCommissions } from '../rules/queries.ts'
import { needsPerson, samePerson } from '../statements/errors.ts'
import { asSeller } from '../statements/service.ts'
import { payoutWrongState } from './errors.ts'
import type { Payout, Return, Sending } from './model.ts'
import { insertPayablePostings } from './queries-payables.ts'
import * as queries from './queries.ts'
import { notePayout, readPayout } from './service.ts'

type Payment = Payout['payments'][number]

/** Does something to a batch of the acting payer, alone with it, and answers how it is afterwards. */
const settling = (
  ctx: Ctx,
  id: string,
  work: (tx: Tx, payout: queries.LockedPayout & { payments: readonly Payment[] }, person: string) => Promise<void>,
) =>
  inTxOnce(ctx, async (tx): Promise<Versioned<Payout>> => {
    const { actor } = ctx
    await assertSeller(tx, actor)
    const person = actor.accountId
    if (person === null) throw needsPerson()
    await lockCommissions(tx, actor.organizationId)
    const payout = await asSeller(ctx, tx, () => queries.lockPayout(tx, actor.organizationId, id))
    if (!payout) throw notFound()
    const { payments } = (await readPayout(ctx, tx, id)).value
    await asSeller(ctx, tx, () => work(tx, { ...payout, payments }, person))
    return readPayout(ctx, tx, id)
  })

const payerOf = ({ actor }: Ctx) => ({ id: actor.organizationId, level: actor.level })

/** Approves a draft as another person than who made it. @throws notFound, payoutWrongState, samePerson, needsPerson */
export const approvePayout = (ctx: Ctx, id: string): Promise<Versioned<Payout>> =>
  settling(ctx, id, async (tx, payout, by) => {
    if (payout.state !== 'draft') throw payoutWrongState()
    if (payout.madeBy === by) throw samePerson('payout.same_person')
    await queries.updateApproval(tx, { payerId: ctx.actor.organizationId, id }, by)
    await notePayout(ctx, tx, 'payout.approved', id)
  })

/**
 * Calls off a batch that did not go to the bank, approved or not: its statements are owed as before.
 * @throws notFound, payoutWrongState, needsPerson
 */
export const discardPayout = (ctx: Ctx, id: string): Promise<Versioned<Payout>> =>
  settling(ctx, id, async (tx, payout) => {
    if (payout.state !== 'draft' && payout.state !== 'approved') throw payoutWrongState()
    await queries.updateDiscarded(tx, { payerId: ctx.actor.organizationId, id })
    await notePayout(ctx, tx, 'payout.discarded', id)
  })

/** Says that an approved batch went to the bank: its statements are paid, once. @throws notFound, payoutWrongState, needsPerson */
export const sendPayout = (ctx: Ctx, id: string, { reference }: Sending): Promise<Versioned<Payout>> =>
  settling(ctx, id, async (tx, payout) => {
    if (payout.state !== 'approved') throw payoutWrongState()
    const { id: payerId } = payerOf(ctx)
    const code = currency(payout.currency)
    const amount = amountText(decimal(payout.total), code)
    await queries.updateSent(tx, { payerId, id }, reference ?? null)
    await queries.updateStatements(
      tx,
      payerId,
      payout.payments.flatMap(({ statementIds }) => statementIds),
      'paid',
    )
    const exchanged = exchangedOf(payout.payments)
    const postings = postingsOfPayout({ payerId, currency: code, amount, exchanged })
    await insertPayablePostings(tx, payerOf(ctx), 'payout', id, postings)
    await notePayout(ctx, tx, 'payout.sent', id)
  })

/** Says that everything of a sent batch arrived. @throws notFound, payoutWrongState, needsPerson */
export const settlePayout = (ctx: Ctx, id: string): Promise<Versioned<Payout>> =>
  settling(ctx, id, async (tx, payout) => {
    if (payout.state !== 'sent') throw payoutWrongState()
    await queries.updateSettled(tx, { payerId: ctx.actor.organizationId, id })
    await notePayout(ctx, tx, 'payout.settled', id)
    await tell(ctx, tx, 'payout.settled', payout, payout.payments)
  })

/**
 * Says whose payment of a sent batch came back: a payment comes back as a whole, and its statements are approved and owed
 * again.
 * @throws notFound, payoutWrongState, needsPerson, unknownReference for a payee that the batch does not pay (any more).
 */
export const returnPayout = (ctx: Ctx, id: string, { payeeIds, reason }: Return): Promise<Versioned<Payout>> =>
  settling(ctx, id, async (tx, payout) => {
    if (payout.state !== 'sent' && payout.state !== 'partly_returned') throw payoutWrongState()
    const returned = payeeIds.map((payeeId, index) => {
      const payment = payout.payments.find((one) => one.payeeId === payeeId && !one.isReturned)
      if (!payment) throw unknownReference(`/payeeIds/${index}`)
      return payment
    })
    const { id: payerId } = payerOf(ctx)
    const code = currency(payout.currency)
    const total = sum(returned.map(({ amount }) => decimal(amount)))
    const amount = amountText(total, code)
    const statementIds = returned.flatMap((one) => one.statementIds)
    const returnId = await queries.insertReturn(tx, { id, payerId }, { amount, reason, statementIds })
    await queries.updateReturned(tx, { payerId, id }, payeeIds, reason)
    await queries.updateStatements(tx, payerId, statementIds, 'approved')
    const back = {
      payerId,
      currency: code,
      amount: amountText(total.negated(), code),
      exchanged: exchangedOf(returned).map(negated),
    }
    await insertPayablePostings(tx, payerOf(ctx), 'payout_return', returnId, postingsOfPayout(back))
    await notePayout(ctx, tx, 'payout.returned', id, { returnId })
    await tell(ctx, tx, 'payout.returned', payout, returned)
  })

/** The payments that leave the bank in another currency than their statements'. */
const exchangedOf = (payments: readonly Payment[]): Exchanged[] =>
  payments
    .filter(({ fxRateId }) => fxRateId !== null)
    .map(({ amount, paidCurrency, paidAmount }) => ({ amount, paidCurrency: currency(paidCurrency), paidAmount }))

const negated = ({ amount, paidCurrency, paidAmount }: Exchanged): Exchanged => ({
  amount: plainText(decimal(amount).negated()),
  paidCurrency,
  paidAmount: plainText(decimal(paidAmount).negated()),
})

/** The payer is told of the batch, each payee of its own payment and no other one. */
const tell = (
  ctx: Ctx,
  tx: Tx,
  type: 'payout.settled' | 'payout.returned',
  { id, currency: code }: queries.LockedPayout,
  payments: readonly Payment[],
) => {
  const { id: payerId } = payerOf(ctx)
  const data = { payoutId: id, payerId, currency: code }
  const total = amountText(sum(payments.map(({ amount }) => decimal(amount))), currency(code))
  return raiseEvents(tx, [
    { type, objectId: id, receivers: [payerId], data: { ...data, amount: total } },
    ...payments.map(({ payeeId, amount, paidCurrency, paidAmount, statementIds }) => ({
      type,
      objectId: id,
      receivers: [payeeId],
      data: { ...data, amount, paidCurrency, paidAmount, statementIds },
    })),
  ])
}

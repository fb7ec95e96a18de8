import { postingsOfStatement } from '../../../billing/ledger.ts'
import { amountText, currency, decimal } from '../../../billing/money.ts'
import { type Ctx, inTxOnce } from '../../../platform/context.ts'
import type { Tx } from '../../../platform/db.ts'
import { notFound } from '../../../platform/errors.ts'
import type { Versioned } from '../../../platform/request.ts'
import { assertSeller } from '../../pricing/sellers.ts'
import { raiseEvents } from '../../webhooks/events.ts'
import { insertPayablePostings } from '../payouts/queries-payables.ts'
import { lockCommissions } from '../rules/queries.ts'
import { openTargets } from '../runs/targets.ts'
import { needsPerson, samePerson, statementNotInReview, statementNotOpen, statementUnderReview } from './errors.ts'
import type { Review, Statement } from './model.ts'
import * as queries from './queries.ts'
import { asSeller, note, readStatement } from './service.ts'

const reviewDays = 7

/** Does something to a statement of the acting payer, alone with it, and answers how it is afterwards. */
const settling = (ctx: Ctx, id: string, work: (tx: Tx, statement: queries.Locked, person: string) => Promise<void>) =>
  inTxOnce(ctx, async (tx): Promise<Versioned<Statement>> => {
    const { actor } = ctx
    await assertSeller(tx, actor)
    const person = actor.accountId
    if (person === null) throw needsPerson()
    await asSeller(ctx, tx, async () => {
      await lockCommissions(tx, actor.organizationId)
      const statement = await queries.lockStatement(tx, { as: 'payer', id: actor.organizationId }, id)
      if (!statement) throw notFound()
      await work(tx, statement, person)
    })
    return readStatement(ctx, tx, id)
  })

/**
 * Opens the review of an open statement: what is earned from now on goes on the next one, and the payee has `days` to
 * dispute lines.
 * @throws notASeller, needsPerson, notFound, statementNotOpen
 */
export const reviewStatement = (ctx: Ctx, id: string, { days = reviewDays }: Review): Promise<Versioned<Statement>> =>
  settling(ctx, id, async (tx, statement, by) => {
    if (statement.state !== 'open') throw statementNotOpen()
    await queries.updateReview(tx, statement.payerId, id, { days, by })
    await note(ctx, tx, 'statement.in_review', id, { days: String(days) })
    await tell(tx, 'statement.ready', statement)
  })

/**
 * Approves a statement as another person than who opened its review, once the payee accepted it or its days are over: it
 * is owed from then on. Disputed lines and those still held move on to the next statement.
 * @throws notASeller, needsPerson, notFound, statementNotInReview, samePerson, statementUnderReview
 */
export const approveStatement = (ctx: Ctx, id: string): Promise<Versioned<Statement>> =>
  settling(ctx, id, async (tx, statement, by) => {
    if (statement.state !== 'in_review') throw statementNotInReview()
    if (statement.reviewedBy === by) throw samePerson('statement.same_person')
    if (!statement.isOver) throw statementUnderReview()
    await moveOn(ctx, tx, statement)
    const { payerId } = statement
    const approved = await queries.approve(tx, payerId, id, by)
    const code = currency(statement.currency)
    const amount = amountText(decimal(approved), code)
    const postings = postingsOfStatement({ payerId, currency: code, amount })
    await insertPayablePostings(tx, { id: payerId, level: ctx.actor.level }, 'statement', id, postings)
    await note(ctx, tx, 'statement.approved', id, {})
    await tell(tx, 'statement.approved', statement, { approved: amount })
  })

async function moveOn(ctx: Ctx, tx: Tx, statement: queries.Locked): Promise<void> {
  const lines = await queries.listRemaining(tx, statement.payerId, statement.id)
  if (lines.length === 0) return
  const wanted = {
    payee: { id: statement.payeeId, level: statement.payeeLevel },
    currency: statement.currency,
    period: statement.period,
  }
  const targets = await openTargets(tx, { id: statement.payerId, level: ctx.actor.level }, [wanted])
  await queries.insertMoves(tx, { from: statement.id, to: targets(wanted).id }, lines)
}

/** Payer and payee are told. */
const tell = (
  tx: Tx,
  type: 'statement.ready' | 'statement.approved',
  { id, payerId, payeeId, period, currency: code }: queries.Locked,
  more: Readonly<Record<string, string>> = {},
) =>
  raiseEvents(tx, [
    {
      type,
      objectId: id,
      receivers: [payerId, payeeId],
      data: { statementId: id, payerId, payeeId, period, currency: code, ...more },
    },
  ])

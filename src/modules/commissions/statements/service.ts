import { amountText, currency, decimal } from '../../../billing/money.ts'
import { standingOf } from '../../../billing/statement.ts'
import { type Ctx, inTx, inTxOnce, tierRole } from '../../../platform/context.ts'
import { switchRole, type Tx } from '../../../platform/db.ts'
import { notFound } from '../../../platform/errors.ts'
import { idPageRequest, type Page, pageOf, pageRequest, placeIn } from '../../../platform/page.ts'
import type { Versioned } from '../../../platform/request.ts'
import { recordAudit } from '../../audit/service.ts'
import { notDisputed, statementNotInReview, statementSettled } from './errors.ts'
import type { Dispute, LineQuery, Statement, StatementFilters, StatementLine } from './model.ts'
import * as queries from './queries.ts'

/** Sums in minor units, and what an approval today would approve. */
function toStatement({ version, ...row }: queries.StatementRow): Versioned<Statement> {
  const code = currency(row.currency)
  const text = (amount: string) => amountText(decimal(amount), code)
  const approvable = decimal(row.total).minus(decimal(row.held)).minus(decimal(row.disputed))
  return {
    value: {
      ...row,
      total: text(row.total),
      held: text(row.held),
      disputed: text(row.disputed),
      approvable: amountText(approvable, code),
      approved: row.approved && text(row.approved),
    },
    version,
  }
}

/** What the caller pays or is paid, the newest period first. */
export async function listStatements(ctx: Ctx, filters: StatementFilters): Promise<Page<Statement>> {
  const page = pageRequest('statements', filters)
  const after = page.after === undefined ? undefined : placeOf(page.after)
  const rows = await inTx(ctx, (tx) => queries.listStatements(tx, ctx.actor, filters, { after, limit: page.limit }))
  return pageOf(
    'statements',
    page,
    rows,
    ({ period, id }) => `${period}.${id}`,
    (row) => toStatement(row).value,
  )
}

/** @throws DomainError 422 for a cursor that this list did not give. */
function placeOf(position: string): queries.ListPlace {
  const [period = '', id = ''] = placeIn(position, /^(\d{4}-\d{2})\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/)
  return { period, id }
}

/** @throws notFound */
export const getStatement = (ctx: Ctx, id: string): Promise<Versioned<Statement>> =>
  inTx(ctx, (tx) => readStatement(ctx, tx, id))

/** @throws notFound, for a foreign one and an absent one alike. */
export async function readStatement(ctx: Ctx, tx: Tx, id: string): Promise<Versioned<Statement>> {
  const row = await queries.findStatement(tx, ctx.actor, id)
  if (!row) throw notFound()
  return toStatement(row)
}

/** The earnings on a statement, each with how it stands. @throws notFound */
export const listStatementLines = (ctx: Ctx, id: string, query: LineQuery): Promise<Page<StatementLine>> =>
  inTx(ctx, async (tx) => {
    const page = idPageRequest('statement-lines', query)
    await readStatement(ctx, tx, id)
    const rows = await queries.listLines(tx, ctx.actor, id, page)
    return pageOf('statement-lines', page, rows, ({ earningId }) => earningId, toLine)
  })

function toLine({ statementState, isDisputed, isReturned, today, ...line }: queries.LineRow): StatementLine {
  const facts = { statement: statementState, heldUntil: line.heldUntil, isDisputed, isReturned }
  return { ...line, standing: standingOf(facts, today) }
}

/** The payee's statement, locked. @throws notFound when the caller is not its payee. */
async function lockMine(ctx: Ctx, tx: Tx, id: string): Promise<queries.Locked> {
  const statement = await queries.lockStatement(tx, { as: 'payee', id: ctx.actor.organizationId }, id)
  if (!statement) throw notFound()
  return statement
}

/** Accepts a statement in review as its payee: it can be approved before its days are over. @throws notFound, statementNotInReview */
export const acceptStatement = (ctx: Ctx, id: string): Promise<Versioned<Statement>> =>
  inTxOnce(ctx, async (tx) => {
    const { state } = await lockMine(ctx, tx, id)
    if (state !== 'in_review') throw statementNotInReview()
    const { organizationId, accountId } = ctx.actor
    await queries.updateAcceptance(tx, organizationId, id, accountId ?? organizationId)
    await note(ctx, tx, 'statement.accepted', id, {})
    return readStatement(ctx, tx, id)
  })

/**
 * Disputes a line as its payee: it moves to the next statement when this one is approved, and is not paid before the payee
 * accepts it. An acceptance of the statement is withdrawn by it.
 * @throws notFound, statementSettled
 */
export const disputeLine = (
  ctx: Ctx,
  id: string,
  earningId: string,
  { reason }: Dispute,
): Promise<Versioned<Statement>> =>
  inTxOnce(ctx, async (tx) => {
    await assertOpenLine(ctx, tx, id, earningId)
    const { organizationId: payeeId, accountId: by } = ctx.actor
    await queries.sayOf(tx, { earningId, payeeId, by, state: 'disputed', reason })
    await queries.updateAcceptance(tx, payeeId, id, null)
    await note(ctx, tx, 'earning.disputed', id, { earningId })
    return readStatement(ctx, tx, id)
  })

/** Ends a dispute as the payee. @throws notFound, statementSettled, notDisputed */
export const acceptLine = (ctx: Ctx, id: string, earningId: string): Promise<Versioned<Statement>> =>
  inTxOnce(ctx, async (tx) => {
    await assertOpenLine(ctx, tx, id, earningId)
    const { organizationId, accountId } = ctx.actor
    if (!(await queries.settleDispute(tx, organizationId, earningId, accountId))) throw notDisputed()
    await note(ctx, tx, 'earning.accepted', id, { earningId })
    return readStatement(ctx, tx, id)
  })

async function assertOpenLine(ctx: Ctx, tx: Tx, id: string, earningId: string): Promise<void> {
  const { state } = await lockMine(ctx, tx, id)
  if (!(await queries.isOnStatement(tx, id, earningId))) throw notFound()
  if (state === 'approved' || state === 'paid') throw statementSettled()
}

/** Notes what was done to a statement. */
export const note = (ctx: Ctx, tx: Tx, action: string, id: string, details: Readonly<Record<string, string>>) =>
  recordAudit(tx, ctx.actor, { action, objectType: 'statement', objectId: id, details }, ctx.requestId)

/** Statements are settled by money duties only; afterwards the transaction goes on as the tier. */
export async function asSeller<T>(ctx: Ctx, tx: Tx, work: () => Promise<T>): Promise<T> {
  await switchRole(tx, 'weir_seller')
  const result = await work()
  await switchRole(tx, tierRole(ctx.actor.level))
  return result
}

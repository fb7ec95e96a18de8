import { positiveAmount } from '../../billing/amount.ts'
import { amountText, currency, decimal, minorText } from '../../billing/money.ts'
import { validity } from '../../billing/tax.ts'
import { type Ctx, inTx, inTxOnce, tierRole } from '../../platform/context.ts'
import { switchRole, type Tx } from '../../platform/db.ts'
import { notFound, unknownReference } from '../../platform/errors.ts'
import { newId } from '../../platform/ids.ts'
import { idPageRequest, type Page, pageOf } from '../../platform/page.ts'
import { recordAudit } from '../audit/service.ts'
import { checkedInput } from '../billing-errors.ts'
import { edgeTo, holdBalance } from '../invoices/issue/settle.ts'
import { assertSeller } from '../pricing/sellers.ts'
import * as errors from './errors.ts'
import { recordChanges } from './grants.ts'
import type { Credit, CreditEntry, CreditEntryFilters, CreditFilters, NewCredit, Reason } from './model.ts'
import { findLeft, insertGrant } from './queries-grants.ts'
import * as queries from './queries.ts'

/**
 * Gives a buyer of the acting seller credit without money. Documents that are issued while it is valid draw it, before the
 * buyer's own money. @throws notASeller, DomainError 422 with pointers
 */
export const grantCredit = (ctx: Ctx, input: NewCredit): Promise<Credit> =>
  inTxOnce(ctx, async (tx) => {
    await assertSeller(tx, ctx.actor)
    const checked = checkNumbers(input)
    if (checked.validTo !== null && !(await queries.isAhead(tx, checked.validTo))) throw errors.over()
    await switchRole(tx, 'weir_seller')
    const { organizationId: sellerId } = ctx.actor
    const edge = await edgeTo(tx, sellerId, input.buyerId, checked.currency)
    if (!edge) throw await whyNoEdge(tx, sellerId, input.buyerId)
    await holdBalance(tx, sellerId, input.buyerId)
    const id = newId()
    const { purpose, reason } = input
    await insertGrant(tx, sellerId, { id, edgeId: edge.id, purpose, reason, ...checked })
    const granted = { grantId: id, kind: 'granted' as const, reason: null }
    await recordChanges(tx, bookOf(ctx), [{ ...granted, amount: checked.amount, currency: checked.currency }])
    return finish(ctx, tx, id, 'credit.granted')
  })

function checkNumbers(input: NewCredit) {
  return checkedInput(() => {
    const code = currency(input.currency, '/currency')
    const amount = amountText(positiveAmount(input.amount, code, '/amount'), code)
    const { from: validFrom, to: validTo } = validity(input.validFrom, input.validTo)
    return { currency: code, amount, validFrom, validTo }
  })
}

const whyNoEdge = async (tx: Tx, sellerId: string, buyerId: string) =>
  (await holdBalance(tx, sellerId, buyerId)) ? errors.otherCurrency() : unknownReference('/buyerId')

const bookOf = (ctx: Ctx) => ({ id: ctx.actor.organizationId, level: ctx.actor.level })

/** Takes back what is left of a grant; what documents drew stays paid. @throws notFound, nothingLeft */
export const voidCredit = (ctx: Ctx, id: string, { reason }: Reason): Promise<Credit> =>
  inTxOnce(ctx, async (tx) => {
    const { organizationId: sellerId } = ctx.actor
    const credit = await queries.findCredit(tx, ctx.actor, id)
    if (credit?.sellerId !== sellerId) throw notFound()
    await switchRole(tx, 'weir_seller')
    await holdBalance(tx, sellerId, credit.buyerId)
    const open = await findLeft(tx, sellerId, id)
    if (!open) throw errors.nothingLeft()
    const amount = decimal(open.left).negated().toFixed()
    await recordChanges(tx, bookOf(ctx), [{ grantId: id, kind: 'voided', currency: open.currency, amount, reason }])
    return finish(ctx, tx, id, 'credit.voided')
  })

async function finish(ctx: Ctx, tx: Tx, id: string, action: string): Promise<Credit> {
  await switchRole(tx, tierRole(ctx.actor.level))
  await recordAudit(tx, ctx.actor, { action, objectType: 'credit', objectId: id }, ctx.requestId)
  return readCredit(ctx, tx, id)
}

async function readCredit(ctx: Ctx, tx: Tx, id: string): Promise<Credit> {
  const row = await queries.findCredit(tx, ctx.actor, id)
  if (!row) throw notFound()
  return toCredit(row)
}

function toCredit(row: queries.CreditRow): Credit {
  const text = (amount: string) => minorText(amount, currency(row.currency))
  return {
    ...row,
    amount: text(row.amount),
    drawn: text(row.drawn),
    expired: text(row.expired),
    voided: text(row.voided),
    remaining: text(row.remaining),
  }
}

/** @throws notFound, alike for an absent grant and one of another branch. */
export const getCredit = (ctx: Ctx, id: string): Promise<Credit> => inTx(ctx, (tx) => readCredit(ctx, tx, id))

/** Grants on the caller's edges, newest first. */
export async function listCredits(ctx: Ctx, filters: CreditFilters): Promise<Page<Credit>> {
  const page = idPageRequest('credits', filters)
  const rows = await inTx(ctx, (tx) => queries.listCredits(tx, ctx.actor, filters, page))
  return pageOf('credits', page, rows, ({ id }) => id, toCredit)
}

/** What happened to a grant, oldest first. @throws notFound */
export async function listEntries(ctx: Ctx, id: string, filters: CreditEntryFilters): Promise<Page<CreditEntry>> {
  const page = idPageRequest('credit-entries', filters)
  const rows = await inTx(ctx, async (tx) => {
    await readCredit(ctx, tx, id)
    return queries.listEntries(tx, ctx.actor, id, page)
  })
  return pageOf(
    'credit-entries',
    page,
    rows,
    (row) => row.id,
    (row) => ({ ...row, amount: minorText(row.amount, currency(row.currency)) }),
  )
}

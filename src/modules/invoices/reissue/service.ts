import { leftOf } from '../../../billing/credit-note.ts'
import { amountText, decimal, isNegative, plainText, sum } from '../../../billing/money.ts'
import { correctionsOf } from '../../../billing/reissue.ts'
import { type Ctx, inTxOnce, tierRole } from '../../../platform/context.ts'
import { isViolation, switchRole, type Tx } from '../../../platform/db.ts'
import { invariant } from '../../../platform/errors.ts'
import { newId } from '../../../platform/ids.ts'
import type { Versioned } from '../../../platform/request.ts'
import { recordAudit } from '../../audit/service.ts'
import { checkedInput } from '../../billing-errors.ts'
import { moveServices } from '../../billing/charges/credited-services.ts'
import { recordUses } from '../../discounts/for-drafts.ts'
import { countLines, type CreditableRow, insertDraft, listCreditable } from '../credit-notes/queries.ts'
import { creditInvoice } from '../credit-notes/service.ts'
import { insertLines as insertReductions } from '../drafts/queries-discounts.ts'
import { taxDrafts } from '../drafts/taxes.ts'
import * as errors from '../errors.ts'
import { holdSeries, issueAmending } from '../issue/issue.ts'
import { lockPayables, type Payable } from '../issue/settle.ts'
import type { Invoice, Reissue } from '../model.ts'
import { findOwn, findSeen, toInvoice } from '../service.ts'
import * as queries from './queries.ts'

/**
 * Puts a right document in the place of an own issued one that was wrong: what is left of the old one is credited in full,
 * and a new one with a new number names it. Both in one transaction; the old one never changes. Taxes, names and identities
 * are those of today; what the services cost stays as it was but for what is corrected.
 * @throws notFound, notIssued, reissuedAlready, servicesFreed, taxUnknown, and 422 with the pointer of a wrong correction
 */
export const reissueInvoice = (ctx: Ctx, id: string, input: Reissue): Promise<Versioned<Invoice>> =>
  inTxOnce(ctx, async (tx) => {
    await findOwn(ctx, tx, id)
    await switchRole(tx, 'weir_seller')
    const { payable, rows } = await lockReissuable(tx, ctx.actor.organizationId, id)
    const corrections = checkedInput(() => correctionsOf(worthOf(rows), input.lines ?? [], payable.money))
    if (hasRest(rows))
      await creditInvoice(ctx, tx, { invoiceId: id, reason: input.reason, issue: true, service: 'kept' })
    await switchRole(tx, 'weir_seller')
    const nets = corrections.map(({ line, net }) => ({ line, net: amountText(net, payable.money) }))
    const newDocument = { id: newId(), invoiceId: id, reason: input.reason }
    await writeAnew(tx, ctx.actor.organizationId, newDocument, nets)
    await switchRole(tx, tierRole(ctx.actor.level))
    const entry = { action: 'invoice.reissued', objectType: 'invoice', objectId: id, details: { by: newDocument.id } }
    await recordAudit(tx, ctx.actor, entry, ctx.requestId)
    const row = await findSeen(ctx, tx, newDocument.id)
    return { value: toInvoice(ctx, row), version: row.version }
  })

/** The own document, locked, with its lines; the series of numbers comes before it, as everywhere. */
async function lockReissuable(
  tx: Tx,
  sellerId: string,
  id: string,
): Promise<{ readonly payable: Payable; readonly rows: readonly CreditableRow[] }> {
  await holdSeries(tx, sellerId)
  const payable = (await lockPayables(tx, sellerId, [id])).get(id)
  if (payable?.state !== 'issued') throw errors.notIssued()
  const obstacle = await queries.findObstacle(tx, sellerId, id)
  if (obstacle) throw obstacle === 'reissued' ? errors.reissuedAlready() : errors.servicesFreed()
  return { payable, rows: await listCreditable(tx, sellerId, id) }
}

const worthOf = (rows: readonly CreditableRow[]) => rows.map(({ line, net }) => ({ line, net: decimal(net) }))

/** Whether something of the document is left to credit. */
function hasRest(rows: readonly CreditableRow[]): boolean {
  const rest = sum(
    rows.map((row) => leftOf({ line: row.line, net: decimal(row.net), credited: decimal(row.credited) })),
  )
  return !rest.isZero() && !isNegative(rest)
}

async function writeAnew(
  tx: Tx,
  sellerId: string,
  document: { readonly id: string; readonly invoiceId: string; readonly reason: string },
  corrections: readonly { readonly line: number; readonly net: string }[],
): Promise<void> {
  try {
    await insertDraft(tx, sellerId, document, 'invoice')
  } catch (error) {
    throw isViolation(error, 'invoice_reissued_once') ? errors.reissuedAlready() : error
  }
  await queries.insertLines(tx, sellerId, document, corrections)
  await useDiscounts(tx, document)
  await finishAnew(tx, sellerId, document.id)
  await moveServices(tx, sellerId, { from: document.invoiceId, to: document.id })
}

/** What is off the new document is used, and what is off the old one only is not any more. */
async function useDiscounts(tx: Tx, document: { readonly id: string; readonly invoiceId: string }): Promise<void> {
  const changes = await queries.listUses(tx, document)
  await recordUses(
    tx,
    changes.map(({ discountId, amount: text }) => {
      const [amount, given] = isNegative(decimal(text)) ? ['0', plainText(decimal(text).negated())] : [text, '0']
      return { discountId, invoiceId: document.id, available: null, amount, givenUp: given }
    }),
  )
}

/** Counts, taxes and issues a draft whose lines are written. */
async function finishAnew(tx: Tx, sellerId: string, id: string): Promise<void> {
  await countLines(tx, id)
  const draft = await queries.findDraft(tx, id)
  invariant(draft, 'the draft was just written')
  await taxDrafts(tx, sellerId, [draft])
  if ((await queries.findDraft(tx, id))?.parkedFor) throw errors.taxUnknown()
  await issueAmending(tx, sellerId, id)
}

/** Differences that a correction charges besides an own issued document. */
export type Difference = {
  readonly invoiceId: string
  readonly reason: string
  readonly correctionId: string
  readonly lines: readonly queries.ChargedDifference[]
  /** What is off the lines, by their place in the document, from 1; below zero what is less off than was. */
  readonly reductions: readonly ChargedReduction[]
}

type ChargedReduction = {
  readonly amends: number
  readonly discountId: string
  readonly amount: string
  readonly details: string
}

/**
 * Issues a document that charges what another one charged too little. Runs as weir_seller in the caller's transaction, which
 * holds the series; answers its id. @throws taxUnknown
 */
export async function chargeDifference(
  tx: Tx,
  sellerId: string,
  { lines, reductions, ...document }: Difference,
): Promise<string> {
  const id = newId()
  await insertDraft(tx, sellerId, { id, ...document }, 'invoice')
  await queries.insertDifferences(tx, id, lines)
  if (reductions.length > 0) {
    await countLines(tx, id)
    await insertReductions(tx, id, reductions)
    const byDiscount = Map.groupBy(reductions, ({ discountId }) => discountId)
    await recordUses(
      tx,
      [...byDiscount].map(([discountId, some]) => ({ discountId, invoiceId: id, available: null, ...usedBy(some) })),
    )
  }
  await finishAnew(tx, sellerId, id)
  return id
}

/** What some reductions take, and what they give up, both above zero. */
function usedBy(reductions: readonly { readonly amount: string }[]) {
  const amounts = reductions.map(({ amount }) => decimal(amount))
  const given = sum(amounts.filter(isNegative)).negated()
  return { amount: plainText(sum(amounts).plus(given)), givenUp: plainText(given) }
}

import { positiveAmount } from '../../../billing/amount.ts'
import { creditsOf, type CreditWish } from '../../../billing/credit-note.ts'
import { amountText, type Currency, currency, decimal, minorText } from '../../../billing/money.ts'
import { type Ctx, inTx, inTxOnce, tierRole } from '../../../platform/context.ts'
import { switchRole, type Tx } from '../../../platform/db.ts'
import { notFound, unknownReference } from '../../../platform/errors.ts'
import { newId } from '../../../platform/ids.ts'
import { idPageRequest, type Page, pageOf } from '../../../platform/page.ts'
import type { Versioned } from '../../../platform/request.ts'
import { recordAudit } from '../../audit/service.ts'
import { checkedInput } from '../../billing-errors.ts'
import { freedSpans } from '../../billing/charges/credited-services.ts'
import { insertTaxes, totalUp } from '../drafts/queries-taxes.ts'
import * as errors from '../errors.ts'
import { lockPayables, type Payable } from '../issue/settle.ts'
import { toTax } from '../service.ts'
import { givenUpOn } from './given-up.ts'
import { issueNote } from './issue.ts'
import type { CreditNote, CreditNoteFilters, NewCreditNote } from './model.ts'
import * as queries from './queries.ts'
import { taxesOfNote } from './taxes.ts'

function toCreditNote(row: queries.CreditNoteRow): CreditNote {
  const money = currency(row.currency)
  const text = (amount: string): string => minorText(amount, money)
  const rest = decimal(row.total).minus(decimal(row.applied))
  return {
    ...withoutVersion(row),
    type: 'credit_note',
    net: text(row.net),
    taxes: row.taxes.map((tax) => toTax(tax, text)),
    tax: text(row.tax),
    total: text(row.total),
    applied: text(row.applied),
    toBalance: row.state === 'issued' ? amountText(rest, money) : text('0'),
  }
}

const withoutVersion = ({ version: _, ...row }: queries.CreditNoteRow) => row

/** Credit notes of the caller's edges, newest first; drafts and discarded ones of its own sales only. */
export async function listCreditNotes(ctx: Ctx, filters: CreditNoteFilters): Promise<Page<CreditNote>> {
  const page = idPageRequest('credit-notes', filters)
  const rows = await inTx(ctx, (tx) => queries.listCreditNotes(tx, ctx.actor, filters, page))
  return pageOf('credit-notes', page, rows, (row) => row.id, toCreditNote)
}

/** @throws notFound, alike for an absent note, another branch's and another seller's draft. */
export const getCreditNote = (ctx: Ctx, id: string): Promise<Versioned<CreditNote>> =>
  inTx(ctx, (tx) => readCreditNote(ctx, tx, id))

async function readCreditNote(ctx: Ctx, tx: Tx, id: string): Promise<Versioned<CreditNote>> {
  const row = await queries.findCreditNote(tx, ctx.actor, id)
  if (!row) throw notFound()
  return { value: toCreditNote(row), version: row.version }
}

/**
 * Credits lines of an own issued invoice, wholly or in part, with their share of its taxes: as a draft, or issued at once.
 * @throws unknownReference at /invoiceId, notCreditable, overCredited, and 422 with the pointer of a line that is over
 */
export const createCreditNote = (ctx: Ctx, input: NewCreditNote): Promise<Versioned<CreditNote>> =>
  inTxOnce(ctx, (tx) => creditInvoice(ctx, tx, input))

/** A correction that a note is a part of: it says what the discounts of each line give up. */
type NoteOfCorrection = { readonly id: string; readonly givenUp: ReadonlyMap<number, readonly queries.GivenUp[]> }

/** As `createCreditNote`, in the caller's transaction and as its tier; as a part of a correction where one is named. */
export async function creditInvoice(
  ctx: Ctx,
  tx: Tx,
  input: NewCreditNote,
  correction?: NoteOfCorrection,
): Promise<Versioned<CreditNote>> {
  const sellerId = ctx.actor.organizationId
  await switchRole(tx, 'weir_seller')
  const invoice = (await lockPayables(tx, sellerId, [input.invoiceId])).get(input.invoiceId)
  if (!invoice) throw unknownReference('/invoiceId')
  if (invoice.state !== 'issued' || invoice.type !== 'invoice') throw errors.notCreditable()
  const note = { id: newId(), invoiceId: input.invoiceId, reason: input.reason, correctionId: correction?.id }
  await writeDraft(tx, sellerId, note, invoice, input, correction?.givenUp)
  if (input.issue) await issueNote(ctx, tx, note.id, correction !== undefined)
  await switchRole(tx, tierRole(ctx.actor.level))
  await audit(ctx, tx, input.issue ? 'credit_note.issued' : 'credit_note.drafted', note.id)
  return readCreditNote(ctx, tx, note.id)
}

async function writeDraft(
  tx: Tx,
  sellerId: string,
  note: { id: string; invoiceId: string; reason: string; correctionId?: string | undefined },
  { money }: Payable,
  input: NewCreditNote,
  givenUp?: NoteOfCorrection['givenUp'],
): Promise<void> {
  const credits = await creditedLines(tx, { sellerId, invoiceId: note.invoiceId, money }, input, givenUp)
  await queries.insertDraft(tx, sellerId, note)
  await queries.insertLines(tx, sellerId, note, credits)
  await queries.countLines(tx, note.id)
  const taxes = await taxesOfNote(tx, note, money)
  if (taxes.length === 0) return
  await insertTaxes(
    tx,
    taxes.map((tax) => ({ ...tax, id: note.id })),
  )
  await totalUp(tx, [note.id])
}

/** What is credited of each line, with the seconds of its service that are free again unless they are kept. */
async function creditedLines(
  tx: Tx,
  document: { readonly sellerId: string; readonly invoiceId: string; readonly money: Currency },
  { lines: wishes, service }: NewCreditNote,
  givenUp?: NoteOfCorrection['givenUp'],
): Promise<queries.NewCredit[]> {
  const { sellerId, invoiceId, money } = document
  const rows = await queries.listCreditable(tx, sellerId, invoiceId)
  const lines = rows.map(({ line, net, credited }) => ({ line, net: decimal(net), credited: decimal(credited) }))
  const credits = checkedInput(() => creditsOf(lines, wishes && wishesOf(wishes, money)))
  const wished = new Map(credits.map((credit) => [credit.line, credit.net]))
  const touched = lines.flatMap((line) => {
    const net = wished.get(line.line)
    return net ? [{ ...line, left: line.net.minus(line.credited), now: net, credited: line.credited.plus(net) }] : []
  })
  const freed = service === 'kept' ? undefined : await freedSpans(tx, document, touched)
  const discounts = givenUp ?? (await givenUpOn(tx, document, touched))
  return touched.map(({ line, net, now, credited }) => ({
    line,
    net: amountText(now, money),
    isWhole: now.equals(net) && credited.equals(net),
    freed: freed?.get(line) ?? [],
    discounts: discounts.get(line) ?? [],
  }))
}

const wishesOf = (wishes: NonNullable<NewCreditNote['lines']>, money: Currency): CreditWish[] =>
  wishes.map(({ line, net }, index) => ({
    line,
    net: net === undefined ? null : positiveAmount(net, money, `/lines/${index}/net`),
  }))

/** Issues an own draft. @throws notFound, notADraft, overCredited, staleNote */
export const issueCreditNote = (ctx: Ctx, id: string): Promise<Versioned<CreditNote>> =>
  inTxOnce(ctx, async (tx) => {
    await findOwn(ctx, tx, id)
    await switchRole(tx, 'weir_seller')
    await issueNote(ctx, tx, id)
    await switchRole(tx, tierRole(ctx.actor.level))
    await audit(ctx, tx, 'credit_note.issued', id)
    return readCreditNote(ctx, tx, id)
  })

/** Takes an own draft away. @throws notFound, notADraft */
export const discardCreditNote = (ctx: Ctx, id: string): Promise<Versioned<CreditNote>> =>
  inTxOnce(ctx, async (tx) => {
    await findOwn(ctx, tx, id)
    await switchRole(tx, 'weir_seller')
    if (!(await queries.discardDraft(tx, ctx.actor.organizationId, id))) throw errors.notADraft()
    await switchRole(tx, tierRole(ctx.actor.level))
    await audit(ctx, tx, 'credit_note.discarded', id)
    return readCreditNote(ctx, tx, id)
  })

async function findOwn(ctx: Ctx, tx: Tx, id: string): Promise<void> {
  const { value } = await readCreditNote(ctx, tx, id)
  if (value.sellerId !== ctx.actor.organizationId) throw notFound()
}

const audit = (ctx: Ctx, tx: Tx, action: string, objectId: string): Promise<void> =>
  recordAudit(tx, ctx.actor, { action, objectType: 'credit_note', objectId }, ctx.requestId)

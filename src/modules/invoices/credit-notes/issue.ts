import { appliedOf } from '../../../billing/credit-note.ts'
import { postingsOfCreditNote } from '../../../billing/ledger.ts'
import { amountText, currency, decimal } from '../../../billing/money.ts'
import { type Ctx } from '../../../platform/context.ts'
import { isViolation, type Tx } from '../../../platform/db.ts'
import { invariant } from '../../../platform/errors.ts'
import { newId } from '../../../platform/ids.ts'
import { areGivenBackOnDraft, freeServices, restateServices } from '../../billing/charges/credited-services.ts'
import { markEdgesDue } from '../../billing/estimates/due.ts'
import { post } from '../../ledger/service.ts'
import { raiseEvents } from '../../webhooks/events.ts'
import * as errors from '../errors.ts'
import { toIssue } from '../issue/issue.ts'
import * as queries from '../issue/queries.ts'
import { audienceOf, changeBalance, edgeOf, lockPayables, settle } from '../issue/settle.ts'
import { freeDiscounts } from './given-up.ts'
import { listKept } from './queries.ts'
import { taxesOfNote } from './taxes.ts'

/**
 * Issues a draft of the acting seller: its number is taken last, in the same transaction as the postings and what it takes off
 * the open amount; what was paid already becomes credit of the buyer. Runs as weir_seller.
 * A note of a correction says itself what discounts give up. @throws notADraft, overCredited (another note was faster), staleNote (the taxes or the services left are others than when it was
 * drafted), onDraft (a draft gives back the same services)
 */
export async function issueNote(ctx: Ctx, tx: Tx, id: string, isOfCorrection = false): Promise<void> {
  const { organizationId: sellerId } = ctx.actor
  const draft = await queries.lockAmending(tx, sellerId, 'credit_note', id)
  if (!draft?.amends) throw errors.notADraft()
  const money = currency(draft.currency)
  const invoice = (await lockPayables(tx, sellerId, [draft.amends])).get(draft.amends)
  invariant(invoice, 'a note amends a document of its seller')
  const taxes = await taxesOfNote(tx, { id, invoiceId: draft.amends }, money)
  const said = (some: readonly { amount: string }[]) => some.map(({ amount }) => decimal(amount).toFixed()).join(' ')
  if (said(taxes) !== said(draft.taxes)) throw errors.staleNote()
  const note = { sellerId, id, invoiceId: draft.amends, money }
  const kept = await listKept(tx, sellerId, note)
  if (!(await freeDiscounts(tx, note, isOfCorrection))) throw errors.staleNote()
  const unfreed = await freeServices(tx, sellerId, id)
  if (unfreed) throw unfreed === 'gone' ? errors.staleNote() : errors.onDraft()
  if (await areGivenBackOnDraft(tx, sellerId, draft.amends, kept)) throw errors.onDraft()
  await restateServices(tx, sellerId, draft.amends, kept)
  const seller = await queries.findSeller(tx, sellerId)
  invariant(seller, 'a seller is an organization')
  const last = await queries.lockSeries(tx, sellerId, 'credit_note', seller.year)
  const issue = toIssue(draft, { id: sellerId, ...seller }, last + 1)
  await guarded(async () => void (await queries.issueDrafts(tx, seller.today, seller.year, [issue])))
  await queries.raiseSeries(tx, sellerId, 'credit_note', seller.year, last + 1)
  const { applied, rest } = appliedOf(invoice.open, decimal(draft.total))
  const [appliedText, restText] = [amountText(applied, money), amountText(rest, money)]
  if (!applied.isZero()) {
    const event = { id: newId(), invoiceId: invoice.id, kind: 'credited', amount: appliedText, sourceId: id } as const
    await settle(tx, sellerId, [{ ...event, reason: null }])
  }
  const entry = { edgeId: draft.edgeId, currency: money, kind: 'credited', amount: restText, sourceId: id } as const
  await changeBalance(tx, sellerId, entry)
  await markEdgesDue(tx, sellerId, [draft.edgeId])
  const postings = postingsOfCreditNote({ ...draft, sellerId, currency: money, applied: appliedText })
  const ofNote = postings.map((posting) => Object.assign(posting, { documentId: id }))
  await post(tx, { id: sellerId, level: seller.level }, 'credit_note', ofNote)
  await tell(tx, sellerId, draft, issue.number)
}

/** The database looks at all notes of the document under its lock: what a rival issued meanwhile counts. */
async function guarded(work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    throw isViolation(error, 'credit_note_within_lines') ? errors.overCredited() : error
  }
}

/** Seller, buyer and the agents between them are told: all of them see the edge. */
async function tell(tx: Tx, sellerId: string, draft: queries.DraftRow, number: string): Promise<void> {
  const edge = await edgeOf(tx, sellerId, draft.edgeId)
  invariant(edge, 'a document is on an edge')
  const { id, buyerId, period, currency: code, amends } = draft
  const total = amountText(decimal(draft.total), currency(code))
  const data = { creditNoteId: id, number, amends, sellerId, buyerId, period, currency: code, total }
  await raiseEvents(tx, [{ type: 'credit_note.issued', objectId: id, receivers: audienceOf(sellerId, edge), data }])
}

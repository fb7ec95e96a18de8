import { daysAfter } from '../../../billing/days.ts'
import { postingsOfInvoice } from '../../../billing/ledger.ts'
import { amountText, currency, decimal } from '../../../billing/money.ts'
import { preferIndexes, type Tx } from '../../../platform/db.ts'
import { invariant } from '../../../platform/errors.ts'
import { markEdgesDue } from '../../billing/estimates/due.ts'
import { post } from '../../ledger/service.ts'
import { type Happening, raiseEvents } from '../../webhooks/events.ts'
import { headText } from '../canonical.ts'
import type { Papers } from '../drafts/finish-drafts.ts'
import { drawBalances } from './draw-credit.ts'
import * as queries from './queries.ts'

/** How many documents, and lines of theirs, one transaction issues; a single document may have more lines. */
const documentsPerChunk = 1_000
const linesPerChunk = 20_000

/**
 * Issues the next drafts of a run: snapshot, then the lock on the series, then in a second statement the drafts in their
 * order, so that numbers are gapless per seller, type and year whoever else issues or fails (law 11). The postings and
 * events are part of it. Runs as weir_seller; a killed attempt leaves nothing, and the next one gives the same numbers.
 * `only` issues that draft alone. Answers what it issued; none: everything that can be issued is.
 */
export async function issueNext(tx: Tx, sellerId: string, runId: string, only?: string): Promise<Papers> {
  await preferIndexes(tx)
  const seller = await queries.findSeller(tx, sellerId)
  invariant(seller, 'a seller is an organization')
  const last = await queries.lockSeries(tx, sellerId, 'invoice', seller.year)
  const drafts = upToLines(await queries.lockDrafts(tx, runId, documentsPerChunk, only))
  if (drafts.length === 0) return { edgeIds: [], invoiceIds: [] }
  await issueAll(tx, { id: sellerId, ...seller }, last, drafts)
  return { edgeIds: drafts.map(({ edgeId }) => edgeId), invoiceIds: drafts.map(({ id }) => id) }
}

/**
 * Issues the draft of a document in place of another one, which no run made. Runs as weir_seller, in the transaction that made
 * the draft.
 */
export async function issueAmending(tx: Tx, sellerId: string, id: string): Promise<void> {
  const seller = await queries.findSeller(tx, sellerId)
  invariant(seller, 'a seller is an organization')
  const last = await queries.lockSeries(tx, sellerId, 'invoice', seller.year)
  const draft = await queries.lockAmending(tx, sellerId, 'invoice', id)
  invariant(draft, 'what is issued was drafted')
  await issueAll(tx, { id: sellerId, ...seller }, last, [draft])
  await markEdgesDue(tx, sellerId, [draft.edgeId])
}

/** Nobody else numbers invoices of the seller until the transaction ends. Runs as weir_seller. */
export async function holdSeries(tx: Tx, sellerId: string): Promise<void> {
  const seller = await queries.findSeller(tx, sellerId)
  invariant(seller, 'a seller is an organization')
  await queries.lockSeries(tx, sellerId, 'invoice', seller.year)
}

/** Gives drafts their numbers behind the last one, and whatever follows from it; the series is locked. */
async function issueAll(
  tx: Tx,
  seller: queries.SellerRow & { readonly id: string },
  last: number,
  drafts: readonly queries.DraftRow[],
): Promise<void> {
  const sellerId = seller.id
  const issues = drafts.map((draft, index) => toIssue(draft, seller, last + index + 1))
  await queries.issueDrafts(tx, seller.today, seller.year, issues)
  await queries.raiseSeries(tx, sellerId, 'invoice', seller.year, last + issues.length)
  await postAll(tx, sellerId, seller, drafts)
  await drawBalances(tx, { id: sellerId, level: seller.level }, drafts)
  await tell(tx, sellerId, drafts, issues)
}

function upToLines(drafts: readonly queries.DraftRow[]): queries.DraftRow[] {
  let lines = 0
  return drafts.filter((draft, index) => {
    lines += draft.lines
    return index === 0 || lines <= linesPerChunk
  })
}

const prefixes = { invoice: 'INV', credit_note: 'CN' } as const

/** `INV-2026-000001`: type, year of the seller's zone, place in the series. */
const numberOf = (type: queries.DocumentType, year: number, sequence: number): string =>
  `${prefixes[type]}-${year}-${String(sequence).padStart(6, '0')}`

/** What makes a draft a document, at its place in the series. A credit note is due when it is issued. */
export function toIssue(
  draft: queries.DraftRow,
  seller: queries.SellerRow & { id: string },
  sequence: number,
): queries.Issue {
  const parties = {
    seller: { id: seller.id, name: seller.name, ...(seller.identity ? { identity: seller.identity } : {}) },
    buyer: {
      id: draft.buyerId,
      name: draft.buyerName,
      ...(draft.buyerIdentity ? { identity: draft.buyerIdentity } : {}),
    },
  }
  const dueDate = daysAfter(seller.today, draft.type === 'invoice' ? draft.paymentTermDays : 0)
  const head = { ...draft, ...parties, currency: currency(draft.currency), issueDate: seller.today, dueDate }
  return {
    id: draft.id,
    number: numberOf(draft.type, seller.year, sequence),
    sequence,
    dueDate,
    parties,
    header: headText(head),
  }
}

/** In the seller's book; a buyer reads its purchases as documents. */
async function postAll(
  tx: Tx,
  sellerId: string,
  { level }: queries.SellerRow,
  drafts: readonly queries.DraftRow[],
): Promise<void> {
  const postings = drafts.flatMap((draft) =>
    postingsOfInvoice({ ...draft, sellerId, currency: currency(draft.currency) }).map((posting) => ({
      ...posting,
      documentId: draft.id,
    })),
  )
  await post(tx, { level, id: sellerId }, 'invoice', postings)
}

/** Seller, buyer and the agents between them are told: all of them see the edge. */
async function tell(
  tx: Tx,
  sellerId: string,
  drafts: readonly queries.DraftRow[],
  issues: readonly queries.Issue[],
): Promise<void> {
  const happenings = drafts.map((draft, index): Happening => {
    const { id, buyerId, period, agentDistributorId, agentPartnerId } = draft
    const total = amountText(decimal(draft.total), currency(draft.currency))
    const agents = [agentDistributorId, agentPartnerId].filter((agent) => agent !== null)
    return {
      type: 'invoice.issued',
      objectId: id,
      receivers: [sellerId, buyerId, ...agents],
      data: {
        invoiceId: id,
        number: issues[index]?.number,
        sellerId,
        buyerId,
        period,
        currency: draft.currency,
        total,
        ...(draft.amends && { amends: draft.amends }),
      },
    }
  })
  await raiseEvents(tx, happenings)
}

import { amountText, currency, type Currency, decimal, plainText } from '../../billing/money.ts'
import { type Branch, type Ctx, scopeOf } from '../../platform/context.ts'
import { enterScope, type Tx } from '../../platform/db.ts'
import { type DomainError, invariant } from '../../platform/errors.ts'
import { restateServices } from '../billing/charges/credited-services.ts'
import { type QuantityChange, rateAgain } from '../billing/rating/rate-again.ts'
import { takeBackAll } from '../commissions/runs/take-back.ts'
import type { OpenDiscount } from '../discounts/for-drafts.ts'
import { creditInvoice } from '../invoices/credit-notes/service.ts'
import { holdSeries } from '../invoices/issue/issue.ts'
import { chargeDifference } from '../invoices/reissue/service.ts'
import { freezeLists } from '../pricing/price-lists/rates.ts'
import {
  differencesOn,
  type EdgeLines,
  type EdgeToCorrect,
  type Face,
  isNewShare,
  keyOf,
  priceListsOf,
  rightNets,
} from './differences.ts'
import { discountAgain } from './discounted.ts'
import * as errors from './errors.ts'
import type { Correction } from './model.ts'
import * as queries from './queries-paper.ts'
import { chargesOf, creditsOf, raisedCharges } from './settle-lines.ts'

/** What is corrected, in the name of whoever asked. */
export type Task = {
  readonly correctionId: string
  readonly tenantId: string
  readonly period: string
  readonly reason: string
  readonly changes: readonly QuantityChange[]
}

/** What a correction comes to on one edge; ids are of the documents it made. */
export type Outcome = {
  readonly sellerId: string
  readonly edgeId: string
  readonly effects: Omit<Correction['edges'][number], 'edgeId' | 'sellerId'>
  readonly creditNoteIds: readonly string[]
  readonly invoiceId: string | null
}

/**
 * Corrects one seller's documents of a tenant's month: what is too much on a line is credited, what is too little is charged by
 * a document of its own, and agents give back what they earned on the credits. The context acts for the seller, whose
 * numbers are held; ends as its money duties. Answers what each edge came to.
 * @throws periodOpen, notSummed, notIssued, settled, notCorrectable
 */
export async function correctSeller(ctx: Ctx, tx: Tx, task: Task): Promise<Outcome[]> {
  const { actor } = ctx
  const sellerId = actor.organizationId
  await enterScope(tx, scopeOf(actor, 'weir_seller'))
  await holdSeries(tx, sellerId)
  const rating = { seller: actor, period: task.period, tenantId: task.tenantId, runId: undefined }
  const right = await rateAgain(tx, rating, task.changes)
  if (right === 'open') throw errors.periodOpen()
  if (right === 'not_summed') throw errors.notSummed()
  const onPaper = await queries.listPaper(tx, sellerId, task.period, { tenantId: task.tenantId })
  const paper = Map.groupBy(onPaper, ({ edgeId }) => edgeId)
  const rightOf = Map.groupBy(right, ({ edgeId }) => edgeId)
  const edgeIds = [...new Set([...paper.keys(), ...rightOf.keys()])].sort()
  const documents = new Map(
    (await queries.listDocuments(tx, sellerId, task.period, edgeIds)).map((row) => [row.edgeId, row]),
  )
  const outcomes: Outcome[] = []
  for (const edgeId of edgeIds) {
    const edge = await withShares(tx, task, sellerId, edgeId, {
      paper: paper.get(edgeId) ?? [],
      right: rightOf.get(edgeId) ?? [],
    })
    if (edge.right.some((line) => isNewShare(line, edge.paper, task.changes)))
      throw errors.notCorrectable('correction.unknown')
    const outcome = await correctEdge(ctx, tx, task, edge, documents.get(edgeId))
    if (outcome) outcomes.push(outcome)
  }
  return outcomes
}

/** With what is on paper of others' shares, where their buyer is priced for them together with the tenant. */
async function withShares(
  tx: Tx,
  { period, tenantId }: Task,
  sellerId: string,
  edgeId: string,
  { paper, right }: EdgeLines,
): Promise<EdgeLines> {
  const others = new Set(right.filter((line) => line.tenantId !== tenantId).map(({ bucket }) => keyOf(bucket as Face)))
  if (others.size === 0) return { paper, right }
  const all = await queries.listPaper(tx, sellerId, period, { edgeId })
  return { paper: all.filter((row) => row.tenantId === tenantId || others.has(keyOf(row))), right }
}

/** Undefined where nothing is wrong. */
async function correctEdge(
  ctx: Ctx,
  tx: Tx,
  task: Task,
  lines: EdgeLines,
  document: queries.DocumentRow | undefined,
): Promise<Outcome | undefined> {
  const subject = { seller: ctx.actor, period: task.period, tenantId: task.tenantId }
  const again = document
    ? await discountAgain(tx, { ...subject, document }, lines)
    : { paper: lines.paper, nets: rightNets(lines), changes: new Map(), discounts: [] }
  const differences = differencesOn(again)
  if (differences.length === 0) return undefined
  if (!document) throw await whyNoDocument(tx, subject, lines)
  return settleEdge(ctx, tx, task, { ...again, right: lines.right, document, differences }, again.discounts)
}

async function whyNoDocument(
  tx: Tx,
  { seller, period }: { readonly seller: Branch; readonly period: string },
  { right }: EdgeLines,
): Promise<DomainError> {
  const edgeId = right[0]?.edgeId
  const isSettled = edgeId !== undefined && (await queries.isSettled(tx, seller.organizationId, period, edgeId))
  return isSettled ? errors.settled() : errors.notIssued()
}

async function settleEdge(
  ctx: Ctx,
  tx: Tx,
  task: Task,
  edge: EdgeToCorrect,
  discounts: readonly OpenDiscount[],
): Promise<Outcome> {
  const sellerId = ctx.actor.organizationId
  const { document } = edge
  const charged = chargesOf(task.period, edge, discounts)
  const creditNoteIds = await creditAll(ctx, tx, task, edge)
  await enterScope(tx, scopeOf(ctx.actor, 'weir_seller'))
  await freezeLists(tx, priceListsOf(edge))
  const about = { invoiceId: document.invoiceId, reason: task.reason, correctionId: task.correctionId }
  const invoiceId = charged.lines.length === 0 ? null : await chargeDifference(tx, sellerId, { ...about, ...charged })
  for (const { documentId, line } of raisedCharges(edge)) await restateServices(tx, sellerId, documentId, [line])
  await takeBackAll(tx, { jobId: task.correctionId, payerId: sellerId, payerLevel: ctx.actor.level })
  const effects = await effectsOf(tx, sellerId, edge, { creditNoteIds, invoiceId })
  return { sellerId, edgeId: document.edgeId, effects, creditNoteIds, invoiceId }
}

async function effectsOf(
  tx: Tx,
  sellerId: string,
  edge: EdgeToCorrect,
  { creditNoteIds, invoiceId }: Pick<Outcome, 'creditNoteIds' | 'invoiceId'>,
): Promise<Outcome['effects']> {
  const made = async (id: string) => {
    const row = await queries.findMade(tx, sellerId, id)
    invariant(row, 'a document was just made')
    return { id: null, ...row }
  }
  return {
    buyerId: edge.document.buyerId,
    currency: edge.document.currency,
    lines: await shown(tx, edge),
    creditNotes: await inTurn(creditNoteIds, made),
    invoice: invoiceId === null ? null : await made(invoiceId),
    earnings: [...(await queries.sumEarnings(tx, sellerId, creditNoteIds))],
  }
}

async function inTurn<T, R>(ids: readonly T[], work: (id: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  for (const id of ids) results.push(await work(id))
  return results
}

/** A credit note for each document that charged too much, in the order of their ids. */
async function creditAll(ctx: Ctx, tx: Tx, task: Task, edge: EdgeToCorrect): Promise<string[]> {
  const inOrder = [...creditsOf(edge)].toSorted(([a], [b]) => (a < b ? -1 : 1))
  return inTurn(inOrder, async ([invoiceId, credits]) => {
    const lines = credits.map(({ line, net }) => ({ line, net }))
    const note = { invoiceId, reason: task.reason, lines, issue: true, service: 'kept' } as const
    const givenUp = new Map(credits.map((one) => [one.line, one.givenUp]))
    const { value } = await creditInvoice(ctx, tx, note, { id: task.correctionId, givenUp })
    return value.id
  })
}

async function shown(
  tx: Tx,
  { paper, right, differences, document }: EdgeToCorrect,
): Promise<Outcome['effects']['lines']> {
  const money: Currency = currency(document.currency)
  const faces = new Map<string, Face>([
    ...paper.map((row) => [keyOf(row), row] as const),
    ...right.map(({ bucket }) => [keyOf(bucket as Face), bucket as Face] as const),
  ])
  const codes = new Map(
    (await queries.listCodes(tx, [...new Set([...faces.values()].map(({ skuId }) => skuId))])).map((row) => [
      row.id,
      row.code,
    ]),
  )
  return differences.flatMap(({ key, was, right: net }) => {
    const face = faces.get(key)
    if (!face) return []
    const { subscriptionId, serviceStart, serviceEnd } = face
    const amounts = { was: amountText(was, money), right: amountText(net, money) }
    const difference = amountText(decimal(plainText(net.minus(was))), money)
    return [{ subscriptionId, sku: codes.get(face.skuId) ?? '', serviceStart, serviceEnd, ...amounts, difference }]
  })
}

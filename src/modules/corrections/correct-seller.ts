import { amountText, currency, type Currency, decimal, plainText } from '../../billing/money.ts'
import { type Ctx, scopeOf } from '../../platform/context.ts'
import { enterScope, type Tx } from '../../platform/db.ts'
import { invariant } from '../../platform/errors.ts'
import { restateServices } from '../billing/charges/credited-services.ts'
import { type QuantityChange, rateAgain } from '../billing/rating/rate-again.ts'
import { takeBackAll } from '../commissions/runs/take-back.ts'
import { creditInvoice } from '../invoices/credit-notes/service.ts'
import { holdSeries } from '../invoices/issue/issue.ts'
import { chargeDifference } from '../invoices/reissue/service.ts'
import { freezeLists } from '../pricing/price-lists/rates.ts'
import {
  type Face,
  keyOf,
  differencesOn,
  isNewShare,
  chargesOf,
  priceListsOf,
  type EdgeToCorrect,
} from './differences.ts'
import * as errors from './errors.ts'
import type { Correction } from './model.ts'
import * as queries from './queries-paper.ts'

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
 * @throws periodOpen, notSummed, notIssued, notCorrectable
 */
export async function correctSeller(ctx: Ctx, tx: Tx, task: Task): Promise<Outcome[]> {
  const { actor } = ctx
  const sellerId = actor.organizationId
  await enterScope(tx, scopeOf(actor, 'weir_seller'))
  await holdSeries(tx, sellerId)
  const rating = { seller: actor, period: task.period, tenantIds: [task.tenantId], runId: undefined }
  const right = await rateAgain(tx, rating, task.changes)
  if (right === 'open') throw errors.periodOpen()
  if (right === 'not_summed') throw errors.notSummed()
  const paper = Map.groupBy(await queries.listPaper(tx, sellerId, task.period, task.tenantId), ({ edgeId }) => edgeId)
  const rightOf = Map.groupBy(right, ({ edgeId }) => edgeId)
  const edgeIds = [...new Set([...paper.keys(), ...rightOf.keys()])].sort()
  const documents = new Map(
    (await queries.listDocuments(tx, sellerId, task.period, edgeIds)).map((row) => [row.edgeId, row]),
  )
  const outcomes: Outcome[] = []
  for (const edgeId of edgeIds) {
    const edge = { paper: paper.get(edgeId) ?? [], right: rightOf.get(edgeId) ?? [] }
    if (edge.right.some((line) => isNewShare(line, edge.paper, task.changes)))
      throw errors.notCorrectable('correction.unknown')
    const differences = differencesOn(edge)
    if (differences.length === 0) continue
    const document = documents.get(edgeId)
    if (!document) throw errors.notIssued()
    outcomes.push(await correctEdge(ctx, tx, task, { ...edge, document, differences }))
  }
  return outcomes
}

async function correctEdge(ctx: Ctx, tx: Tx, task: Task, edge: EdgeToCorrect): Promise<Outcome> {
  const sellerId = ctx.actor.organizationId
  const { document } = edge
  const creditNoteIds = await creditAll(ctx, tx, task, edge)
  await enterScope(tx, scopeOf(ctx.actor, 'weir_seller'))
  const charged = chargesOf(task, edge)
  await freezeLists(tx, priceListsOf(edge))
  const about = { invoiceId: document.invoiceId, reason: task.reason, correctionId: task.correctionId }
  const invoiceId = charged.length === 0 ? null : await chargeDifference(tx, sellerId, { ...about, lines: charged })
  await restateCharged(tx, sellerId, edge)
  await takeBackAll(tx, { jobId: task.correctionId, payerId: sellerId, payerLevel: ctx.actor.level })
  const made = async (id: string) => {
    const row = await queries.findMade(tx, sellerId, id)
    invariant(row, 'a document was just made')
    return { id: null, ...row }
  }
  const effects = {
    buyerId: document.buyerId,
    currency: document.currency,
    lines: await shown(tx, edge),
    creditNotes: await inTurn(creditNoteIds, made),
    invoice: invoiceId === null ? null : await made(invoiceId),
    earnings: [...(await queries.sumEarnings(tx, sellerId, creditNoteIds))],
  }
  return { sellerId, edgeId: document.edgeId, effects, creditNoteIds, invoiceId }
}

/** What is charged besides of a service that stays billed is what a later bill gives back a part of. */
async function restateCharged(tx: Tx, sellerId: string, { paper, differences }: EdgeToCorrect): Promise<void> {
  for (const { key, was, right } of differences.filter(({ charge }) => !charge.isZero())) {
    const row = paper.find((one) => keyOf(one) === key && (one.kind === 'recurring' || one.kind === 'oneTime'))
    if (!row) continue
    const line = { line: row.line, before: plainText(was), after: plainText(right) }
    await restateServices(tx, sellerId, row.documentId, [line])
  }
}

async function inTurn<T>(ids: readonly string[], work: (id: string) => Promise<T>): Promise<T[]> {
  const results: T[] = []
  for (const id of ids) results.push(await work(id))
  return results
}

/** A credit note for each document that charged too much, in the order of their ids. */
async function creditAll(ctx: Ctx, tx: Tx, task: Task, { differences, document }: EdgeToCorrect): Promise<string[]> {
  const money = currency(document.currency)
  const credits = Map.groupBy(
    differences.flatMap((one) => one.credits),
    ({ documentId }) => documentId,
  )
  const inOrder = [...credits].toSorted(([a], [b]) => (a < b ? -1 : 1))
  return inTurn(
    inOrder.map(([id]) => id),
    async (invoiceId) => {
      const lines = (credits.get(invoiceId) ?? []).map(({ line, net }) => ({ line, net: amountText(net, money) }))
      const note = { invoiceId, reason: task.reason, lines, issue: true, service: 'kept' } as const
      const { value } = await creditInvoice(ctx, tx, note, task.correctionId)
      return value.id
    },
  )
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

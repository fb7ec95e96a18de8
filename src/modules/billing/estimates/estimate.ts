import { type ExpectedLine, type ExpectedPart, expectedParts } from '../../../billing/estimate.ts'
import { fxDayOf } from '../../../billing/fx.ts'
import { currency } from '../../../billing/money.ts'
import { type Treatment, treatmentOf } from '../../../billing/tax.ts'
import type { Branch } from '../../../platform/context.ts'
import { preferIndexes, type Tx } from '../../../platform/db.ts'
import { listBuyersWithResources } from '../../discounts/for-drafts.ts'
import { type Ahead, type AheadLine, readAhead } from '../../invoices/drafts/ahead.ts'
import { readTax, type SellersTax } from '../../settings/tax-book.ts'
import { lockRating } from '../rating/queries-buckets.ts'
import * as queries from './queries.ts'

/** So many documents, and about so many lines of theirs, are estimated by one transaction. */
const documentsPerChunk = 200
const linesPerChunk = 20_000
/** Where a resource is discounted its tenant's records of the month are read: a second for half a million. */
const documentsWithResourcesPerChunk = 3

/**
 * Estimates what the next drafts of a seller's month will take off and tax, for the next edges that are out of date, by the
 * functions that do it to drafts. Answers how many; with none, none were left. Runs as weir_seller. May run twice.
 */
export async function estimateNext(tx: Tx, seller: Branch, period: string): Promise<number> {
  const sellerId = seller.organizationId
  await preferIndexes(tx)
  await lockRating(tx, sellerId)
  const found = await queries.lockDue(tx, sellerId, period, documentsPerChunk)
  if (found.length === 0) return 0
  const withResources = await listBuyersWithResources(
    tx,
    sellerId,
    found.map(({ buyerId }) => buyerId),
  )
  const edges = upToLimits(found, withResources)
  const at = { sellerId, period, edgeIds: edges.map(({ edgeId }) => edgeId) }
  const buyerIds = [...new Set(edges.map(({ buyerId }) => buyerId))]
  const ahead = await readAhead(tx, seller, at, buyerIds)
  const tax = await readTax(tx, sellerId, buyerIds)
  const lines = edges.flatMap((edge) => partsOn(edge, ahead, tax))
  await queries.deleteFresh(tx, at)
  if (lines.length > 0) await queries.insertLines(tx, at, lines)
  await queries.finish(
    tx,
    at,
    edges.map(({ edgeId }) => ahead.lines.get(edgeId)?.length ?? 0),
  )
  return edges.length
}

function upToLimits(found: readonly queries.DueEdge[], withResources: ReadonlySet<string>): queries.DueEdge[] {
  let [lines, resources] = [0, 0]
  return found.filter((edge, index) => {
    lines += edge.lines
    if (withResources.has(edge.buyerId)) resources += 1
    return index === 0 || (lines <= linesPerChunk && resources <= documentsWithResourcesPerChunk)
  })
}

function partsOn(edge: queries.DueEdge, ahead: Ahead, tax: SellersTax | undefined): queries.NewLine[] {
  const lines = ahead.lines.get(edge.edgeId) ?? []
  const discounts = ahead.discounts.filter((one) => one.buyerId === edge.buyerId)
  const own = discounts.filter((one) => one.currency === edge.currency)
  const services = discounts.length > 0 ? (ahead.services.get(edge.edgeId) ?? []) : []
  const treat = tax && treatments(tax, edge.buyerId)
  const parts = expectedParts(lines, { discounts: own, services }, treat, currency(edge.currency))
  const lineOf = new Map(lines.map((line) => [line.line, line]))
  return parts.flatMap((part) => toLine(part, lineOf.get(part.of)))
}

const toLine = ({ of: _, ...part }: ExpectedPart, line: AheadLine | undefined): queries.NewLine[] =>
  line ? [{ ...line, ...part }] : []

/** How lines are taxed: asked once for each SKU and month of service. */
function treatments({ book, buyer, codeOf }: SellersTax, buyerId: string): (line: ExpectedLine) => Treatment {
  const known = new Map<string, Treatment>()
  return ({ skuId, servicePeriod }) => {
    const key = `${skuId} ${servicePeriod}`
    const treatment = known.get(key) ?? treatmentOf(book, buyer(buyerId), codeOf(skuId), fxDayOf(servicePeriod))
    known.set(key, treatment)
    return treatment
  }
}

import type { Branch } from '../../../platform/context.ts'
import type { Tx } from '../../../platform/db.ts'
import { invariant } from '../../../platform/errors.ts'
import { listBuyersWithResources } from '../../discounts/for-drafts.ts'
import { discountDrafts } from './discounts.ts'
import * as queries from './queries.ts'
import { parkUnusualDrafts } from './queries-parking.ts'
import { taxDrafts } from './taxes.ts'

export type { DraftCounts, RunKey } from './queries.ts'

/** Some documents, each with the edge it is on at the same position. */
export type Papers = { readonly invoiceIds: readonly string[]; readonly edgeIds: readonly string[] }

/** Makes sure that each of these edges has a draft of the run; answers the drafts by edge. As weir_seller. May run twice. */
export async function openDrafts(
  tx: Tx,
  run: queries.RunKey,
  edgeIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (edgeIds.length === 0) return new Map()
  await queries.insertDrafts(tx, run, edgeIds)
  return new Map((await queries.listDrafts(tx, run.runId, edgeIds)).map(({ edgeId, id }) => [edgeId, id]))
}

/**
 * Writes a line on the run's drafts for each of their buckets within the range; answers how many. Each line is rounded once
 * (law 1). Runs as weir_seller. Ranges come one behind the other, each of them once.
 */
export const addLines = (tx: Tx, run: queries.RunKey, range: queries.LineRange): Promise<number> =>
  queries.insertLines(tx, run, range)

/** So many documents get their reductions and taxes in one transaction. */
const documentsPerChunk = 200
/** Where a resource is discounted its tenant's records of the month are read: a second for half a million. */
const documentsWithResourcesPerChunk = 3

/**
 * Ends the next drafts behind this one whose lines are written: what is reduced, then what is taxed (law 8). Answers those
 * that were reduced or taxed, and the last of all; null when there are no more. Runs as weir_seller, once per draft.
 */
export async function finishNext(
  tx: Tx,
  run: queries.RunKey & { readonly owner: Branch },
  after: string,
): Promise<Papers & { readonly last: string | null }> {
  const found = await queries.lockOpenDrafts(tx, run.runId, after, documentsPerChunk)
  if (found.length === 0) return { invoiceIds: [], edgeIds: [], last: null }
  const buyerIds = found.map(({ buyerId }) => buyerId)
  const drafts = upToResources(found, await listBuyersWithResources(tx, run.sellerId, buyerIds))
  const reduced = await discountDrafts(tx, run, drafts)
  const changed = (await taxDrafts(tx, run.sellerId, drafts)) ? drafts : reduced
  const isLast = drafts.length === found.length && found.length < documentsPerChunk
  return {
    invoiceIds: changed.map(({ id }) => id),
    edgeIds: changed.map(({ edgeId }) => edgeId),
    last: isLast ? null : (drafts.at(-1)?.id ?? null),
  }
}

function upToResources(drafts: readonly queries.OpenDraft[], buyerIds: ReadonlySet<string>): queries.OpenDraft[] {
  let some = 0
  return drafts.filter(({ buyerId }) => {
    if (buyerIds.has(buyerId)) some += 1
    return some <= documentsWithResourcesPerChunk
  })
}

/** Sets documents aside that must not be issued as they are, and counts what the run has. Runs as weir_seller. */
export async function reviewDrafts(tx: Tx, runId: string): Promise<queries.DraftCounts> {
  await queries.parkNegativeDrafts(tx, runId)
  await parkUnusualDrafts(tx, runId)
  return countDocuments(tx, runId)
}

/** How many documents a run has, without the discarded ones. Runs as weir_seller. */
export async function countDocuments(tx: Tx, runId: string): Promise<queries.DraftCounts> {
  const counts = await queries.countDocuments(tx, runId)
  invariant(counts, 'an aggregate query answers one row')
  return counts
}

/**
 * Takes some drafts of a run away that its seller settles without a document: all that is on them comes to nothing. When it
 * answers none, none were left. Runs as weir_seller.
 */
export async function settleSome(tx: Tx, run: queries.RunKey, limit: number): Promise<Papers> {
  const rows = await queries.settleSome(tx, run, limit)
  return { invoiceIds: rows.map(({ id }) => id), edgeIds: rows.map(({ edgeId }) => edgeId) }
}

/** Discards some of a run's open documents; when it answers none, none were left. Runs as weir_seller. */
export async function discardSome(tx: Tx, runId: string, limit: number): Promise<Papers> {
  const rows = await queries.discardSome(tx, runId, limit)
  return { invoiceIds: rows.map(({ id }) => id), edgeIds: rows.map(({ edgeId }) => edgeId) }
}

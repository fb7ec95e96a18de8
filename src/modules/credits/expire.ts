import { decimal } from '../../billing/money.ts'
import type { Tx } from '../../platform/db.ts'
import { nilId } from '../../platform/ids.ts'
import type { JobOwner } from '../../platform/jobs.ts'
import { type JobResult, type WorkCtx, workScope } from '../../platform/work.ts'
import { holdBalance } from '../invoices/issue/settle.ts'
import type { Book } from '../ledger/service.ts'
import { recordChanges } from './grants.ts'
import * as queries from './queries-grants.ts'

const grantsPerChunk = 200

/**
 * Lets what is left of grants expire whose last day has passed, each once for ever. May run twice and side by side; what is
 * over is not drawn whether or not this has run.
 */
export async function expireCredits(ctx: WorkCtx): Promise<JobResult> {
  const { owner } = ctx.job
  const sellers = await ctx.transaction(workScope(owner, 'weir_relay'), (tx) => queries.listSellersOver(tx))
  let expired = 0
  for (const [index, { sellerId, ...place }] of sellers.entries()) {
    const seller: JobOwner = { ...owner, ...place, organizationId: sellerId, tenantId: nilId, accountId: null }
    const book = { id: sellerId, level: place.level }
    for (let some = grantsPerChunk; some === grantsPerChunk; expired += some) {
      some = await ctx.transaction(workScope(seller, 'weir_seller'), (tx) => expireSome(tx, book))
    }
    ctx.progress(index + 1, sellers.length, 'sellers')
  }
  return { sellers: sellers.length, credits: expired }
}

/** The edges are locked in the order of the buyers, as those who draw do; what is left is read afterwards. */
async function expireSome(tx: Tx, book: Book): Promise<number> {
  const found = await queries.listOver(tx, book.id, grantsPerChunk)
  const buyerIds = [...new Set(found.map(({ buyerId }) => buyerId))].sort()
  for (const buyerId of buyerIds) await holdBalance(tx, book.id, buyerId)
  const rows = await queries.listLeftOver(
    tx,
    book.id,
    found.map(({ id }) => id),
  )
  const changes = rows.map(({ id: grantId, currency, left }) => {
    const amount = decimal(left).negated().toFixed()
    return { grantId, kind: 'expired' as const, currency, amount, reason: null }
  })
  await recordChanges(tx, book, changes)
  return found.length
}

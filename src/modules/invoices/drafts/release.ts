import { type Ctx, inTxOnce, tierRole } from '../../../platform/context.ts'
import { switchRole, type Tx } from '../../../platform/db.ts'
import type { Versioned } from '../../../platform/request.ts'
import { recordAudit } from '../../audit/service.ts'
import { billBuckets, holdForIssue, noteCounts } from '../../billing/runs/papers.ts'
import * as errors from '../errors.ts'
import { issueNext } from '../issue/issue.ts'
import type { Invoice, Release } from '../model.ts'
import { findOwn, findSeen, toInvoice } from '../service.ts'
import { countDocuments } from './finish-drafts.ts'
import { releaseParked } from './queries-parking.ts'

/**
 * Lets an own parked document go on as a draft: a person has looked at it and says why. It is not parked again.
 * @throws notFound, notParked
 */
export const releaseInvoice = (ctx: Ctx, id: string, { reason }: Release): Promise<Versioned<Invoice>> =>
  inTxOnce(ctx, async (tx) => {
    const { sellerId } = await findOwn(ctx, tx, id)
    await switchRole(tx, 'weir_seller')
    const released = await releaseParked(tx, sellerId, id)
    if (!released) throw errors.notParked()
    await noteCounts(tx, released.runId, await countDocuments(tx, released.runId))
    return finish(ctx, tx, id, { action: 'invoice.released', details: { reason, parkedFor: released.parkedFor } })
  })

/**
 * Issues one own draft by itself, where its run has been drafted or is done: what was released after the others were issued.
 * @throws notFound, notIssuable (a parked one is released first), runNotDrafted, periodOpen, draftsStale
 */
export const issueInvoice = (ctx: Ctx, id: string): Promise<Versioned<Invoice>> =>
  inTxOnce(ctx, async (tx) => {
    const { sellerId, runId, period } = await findOwn(ctx, tx, id)
    if (runId === null) throw errors.notIssuable()
    await switchRole(tx, 'weir_seller')
    await holdForIssue(tx, sellerId, runId)
    const papers = await issueNext(tx, sellerId, runId, id)
    if (papers.invoiceIds.length === 0) throw errors.notIssuable()
    await billBuckets(tx, { sellerId, period, ...papers })
    await noteCounts(tx, runId, await countDocuments(tx, runId))
    return finish(ctx, tx, id, { action: 'invoice.issued' })
  })

type Done = { readonly action: string; readonly details?: Readonly<Record<string, string>> }

async function finish(ctx: Ctx, tx: Tx, id: string, done: Done): Promise<Versioned<Invoice>> {
  await switchRole(tx, tierRole(ctx.actor.level))
  await recordAudit(tx, ctx.actor, { ...done, objectType: 'invoice', objectId: id }, ctx.requestId)
  const row = await findSeen(ctx, tx, id)
  return { value: toInvoice(ctx, row), version: row.version }
}

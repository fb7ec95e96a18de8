import { mayMove } from '../../../billing/states.ts'
import { type Ctx, inTxOnce } from '../../../platform/context.ts'
import type { Tx } from '../../../platform/db.ts'
import { invariant, notFound } from '../../../platform/errors.ts'
import type { Versioned } from '../../../platform/request.ts'
import { recordAudit } from '../../audit/service.ts'
import { asChainKeeper } from '../chain.ts'
import { impossibleMove, notOwnState, notSettled, type Reason } from '../errors.ts'
import type { Organization } from '../model.ts'
import { lockChains } from '../queries-chain.ts'
import { findPlace, lockOrganization, updateState } from '../queries.ts'
import { type LevelBelow, toBranch, toVersioned } from '../service.ts'
import * as queries from './queries.ts'

/**
 * Closes an organization for good: nobody signs in for it and nothing is sold to it any more. What it was part of stays
 * readable. Refused while an organization below it is open, a subscription runs, a change is planned, or money is not settled
 * on any of its edges.
 * @throws notFound, notOwnState, impossibleMove, notSettled
 */
export const closeOrganization = (ctx: Ctx, level: LevelBelow, id: string): Promise<Versioned<Organization>> =>
  inTxOnce(ctx, async (tx) => {
    // Usage and orders that are on their way come first, or find it closed.
    await lockChains(tx)
    const before = await lockOrganization(tx, ctx.actor, level, id)
    if (!before) throw notFound()
    if (id === ctx.actor.organizationId) throw notOwnState()
    if (!mayMove('organization', before.state, 'closed')) throw impossibleMove()
    const reasons = await reasonsAgainst(ctx, tx, id)
    if (reasons.length > 0) throw notSettled(reasons)
    const after = await updateState(tx, ctx.actor, id, 'closed')
    invariant(after, 'a locked organization can be written')
    const entry = { action: 'organization.closed', objectType: 'organization', objectId: id }
    await recordAudit(tx, ctx.actor, entry, ctx.requestId)
    return toVersioned(after)
  })

/**
 * Why it can't be closed. Of its edges the caller is told what it may see; that there is more on others is told without a word
 * of what it is.
 */
async function reasonsAgainst(ctx: Ctx, tx: Tx, id: string): Promise<Reason[]> {
  const found = await findPlace(tx, ctx.actor, id)
  invariant(found, 'a locked organization has a place')
  const place = toBranch(ctx.actor, found)
  const told = await queries.listUnsettled(tx, id, ctx.actor)
  const { busy, all } = await asChainKeeper(tx, ctx.actor, async () => ({
    busy: await queries.listBusy(tx, place),
    all: await queries.listUnsettled(tx, id, place),
  }))
  const isMore = all.some((kind) => !told.includes(kind))
  return [...busy, ...told, ...(isMore ? (['elsewhere'] as const) : [])]
}

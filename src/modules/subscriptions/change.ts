import { day } from '../../billing/days.ts'
import { mayMove } from '../../billing/states.ts'
import { readToday } from '../../platform/clock.ts'
import { type Ctx, inTxOnce } from '../../platform/context.ts'
import type { Tx } from '../../platform/db.ts'
import { invalidField, notFound } from '../../platform/errors.ts'
import { stale, type Versioned } from '../../platform/request.ts'
import { recordAudit } from '../audit/service.ts'
import { checkedInput } from '../billing-errors.ts'
import { isMonthClosed } from '../billing/periods/service.ts'
import { markChargesDue } from '../billing/rating/due.ts'
import { addAliases } from './aliases.ts'
import { impossibleMove, monthClosed, usedSince } from './errors.ts'
import type { Cancellation, ExternalIds, Subscription } from './model.ts'
import { isUsedFrom } from './queries-life.ts'
import * as queries from './queries.ts'
import { readSubscription } from './service.ts'

/**
 * Lets a subscription end on a day. Until that day comes it may be moved; then the end is final. It may be past where nothing
 * was used since, in a month that is closed by the platform alone: what was paid for the rest is given back.
 * @throws notFound, impossibleMove, monthClosed, usedSince, DomainError 422 at /endDate
 */
export function cancelSubscription(ctx: Ctx, id: string, input: Cancellation): Promise<Versioned<Subscription>> {
  const endDate = checkedInput(() => day(input.endDate, '/endDate'))
  return changeSubscription(ctx, id, 'subscription.cancelled', async (tx, found) => {
    if (!mayMove('subscription', found.state, 'ended')) throw impossibleMove()
    if (endDate < found.startDate) throw invalidField('/endDate', 'range.empty', 'must not be before startDate')
    if (endDate < (await readToday(tx))) await checkPast(ctx, tx, found, endDate)
    await queries.updateEnd(tx, id, endDate)
    await markChargesDue(tx, ctx.actor, found.tenantId, endDate)
  })
}

async function checkPast({ actor }: Ctx, tx: Tx, found: queries.SubscriptionRow, endDate: string): Promise<void> {
  if (actor.level !== 'platform' && (await isMonthClosed(tx, endDate))) throw monthClosed('/endDate')
  if (await isUsedFrom(tx, actor, found, endDate)) throw usedSince()
}

/**
 * Replaces what the regions call the subscription, as it was at `expected`.
 * @throws notFound, stale, externalIdTaken, DomainError 422 with pointers.
 */
export const replaceExternalIds = (ctx: Ctx, id: string, expected: number, input: ExternalIds) =>
  changeSubscription(ctx, id, 'subscription.external_ids_replaced', async (tx, found) => {
    if (found.version !== expected) throw stale()
    await queries.deleteAliases(tx, id)
    await addAliases(tx, id, input, '')
    await queries.touchSubscription(tx, id)
  })

/** Locks, changes, and says so in the audit; answers the subscription as it is then. @throws notFound */
export const changeSubscription = (
  ctx: Ctx,
  id: string,
  action: string,
  change: (tx: Tx, found: queries.SubscriptionRow) => Promise<void>,
): Promise<Versioned<Subscription>> =>
  inTxOnce(ctx, async (tx) => {
    await queries.lockSubscription(tx, ctx.actor, id)
    const found = await queries.findSubscription(tx, ctx.actor, id)
    if (!found) throw notFound()
    await change(tx, found)
    await recordAudit(tx, ctx.actor, { action, objectType: 'subscription', objectId: id }, ctx.requestId)
    return readSubscription(tx, ctx.actor, id)
  })

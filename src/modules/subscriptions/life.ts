import { chargePeriodOf } from '../../billing/anchor.ts'
import { day } from '../../billing/days.ts'
import { type Ctx, inTx } from '../../platform/context.ts'
import type { Tx } from '../../platform/db.ts'
import { invalidField, invariant, notFound } from '../../platform/errors.ts'
import type { Versioned } from '../../platform/request.ts'
import { markChargesDue } from '../billing/due.ts'
import { checkedInput } from '../billing-errors.ts'
import { changeSubscription } from './change.ts'
import * as errors from './errors.ts'
import type { Subscription, SubscriptionChange, Suspension, Timeline } from './model.ts'
import { findToday, type SubscriptionRow, touchSubscription } from './queries.ts'
import * as queries from './queries-life.ts'
import { checkNewVersion, checkQuantity } from './service.ts'

/**
 * Gives a subscription another plan version or quantity from a day on: what was charged in advance for the rest is given back,
 * and the new is charged. The day may lie in the past; months that are closed are the platform's to change.
 * @throws notFound, impossibleMove, laterChange, monthClosed, nothingChanges, outsideLife, unknownReference, DomainError 422
 */
export function changePlan(ctx: Ctx, id: string, input: SubscriptionChange): Promise<Versioned<Subscription>> {
  const quantity = input.quantity === undefined ? undefined : checkQuantity(input.quantity, '/quantity')
  if (input.effectiveOn !== undefined && input.atPeriodEnd) {
    throw invalidField('/atPeriodEnd', 'subscription.two_days', 'says another day than effectiveOn')
  }
  return changeSubscription(ctx, id, 'subscription.changed', async (tx, found) => {
    const effectiveOn = input.atPeriodEnd ? await nextChargePeriod(tx, found) : await dayOf(tx, input)
    const { planVersionId } = input
    if (planVersionId !== undefined) await checkNewVersion(ctx, tx, found.tenantId, planVersionId)
    await writeRow(ctx, tx, found, effectiveOn, (last) => {
      const next = { ...last, planVersionId: planVersionId ?? last.planVersionId, quantity: quantity ?? last.quantity }
      if (next.planVersionId === last.planVersionId && next.quantity === last.quantity) throw errors.nothingChanges()
      return next
    })
  })
}

/** Suspends from a day on: recurring charges pause, what it still uses is rated. @throws as `changePlan` */
export const suspendSubscription = (ctx: Ctx, id: string, input: Suspension): Promise<Versioned<Subscription>> =>
  turn(ctx, id, input, { action: 'subscription.suspended', isSuspended: true })

/** Ends a suspension: from that day on it is charged again. @throws as `changePlan` */
export const resumeSubscription = (ctx: Ctx, id: string, input: Suspension): Promise<Versioned<Subscription>> =>
  turn(ctx, id, input, { action: 'subscription.resumed', isSuspended: false })

const turn = (
  ctx: Ctx,
  id: string,
  input: Suspension,
  { action, isSuspended }: { action: string; isSuspended: boolean },
) =>
  changeSubscription(ctx, id, action, async (tx, found) => {
    if (found.state === 'pending') throw errors.impossibleMove()
    await writeRow(ctx, tx, found, await dayOf(tx, input), (last) => {
      if (last.isSuspended === isSuspended) throw errors.impossibleMove()
      return { ...last, isSuspended }
    })
  })

/** What a subscription is from each of its days on. @throws notFound */
export const getTimeline = (ctx: Ctx, id: string): Promise<Timeline> =>
  inTx(ctx, async (tx) => {
    const rows = await queries.listRows(tx, ctx.actor, id)
    if (rows.length === 0) throw notFound()
    return { data: [...rows] }
  })

const dayOf = async (tx: Tx, { effectiveOn }: { effectiveOn?: string | undefined }): Promise<string> =>
  effectiveOn === undefined ? findToday(tx) : checkedInput(() => day(effectiveOn, '/effectiveOn'))

/** The first day of the charge period after today's; without a recurring charge of the next month. */
async function nextChargePeriod(tx: Tx, { planVersionId, startDate }: SubscriptionRow): Promise<string> {
  const cadence = await queries.findCadence(tx, planVersionId)
  const today = await findToday(tx)
  const from = startDate > today ? startDate : today
  return chargePeriodOf(from, cadence ?? { interval: 'month', anchor: 'calendar' }, startDate).to
}

async function writeRow(
  ctx: Ctx,
  tx: Tx,
  found: SubscriptionRow,
  effectiveOn: string,
  change: (last: queries.DatedRow) => queries.DatedRow,
): Promise<void> {
  if (found.state === 'ended') throw errors.impossibleMove()
  if (effectiveOn < found.startDate || (found.endDate !== null && effectiveOn >= found.endDate))
    throw errors.outsideLife()
  const last = (await queries.listRows(tx, ctx.actor, found.id)).at(-1)
  invariant(last, 'a subscription was ordered')
  if (last.effectiveOn > effectiveOn) throw errors.laterChange()
  const row = { ...change(last), effectiveOn }
  const isLate = ctx.actor.level !== 'platform' && (await queries.isMonthClosed(tx, effectiveOn))
  if (isLate) throw errors.monthClosed()
  await queries.upsertRow(tx, found.id, row)
  await touchSubscription(tx, found.id)
  await markChargesDue(tx, ctx.actor, found.tenantId, effectiveOn)
}

import { chargePeriodOf } from '../../billing/anchor.ts'
import { day } from '../../billing/days.ts'
import { instantOfDay } from '../../billing/period.ts'
import { readToday } from '../../platform/clock.ts'
import { type Ctx, inTx } from '../../platform/context.ts'
import type { Tx } from '../../platform/db.ts'
import { invalidField, invariant, notFound } from '../../platform/errors.ts'
import type { Versioned } from '../../platform/request.ts'
import { checkedInput } from '../billing-errors.ts'
import { previewCharges } from '../billing/charges/preview.ts'
import { isMonthClosed } from '../billing/periods/service.ts'
import { markChargesDue } from '../billing/rating/due.ts'
import { changeSubscription } from './change.ts'
import * as errors from './errors.ts'
import type { ChangePreview, Subscription, SubscriptionChange, Suspension, Timeline } from './model.ts'
import * as queries from './queries-life.ts'
import { findSubscription, type SubscriptionRow, touchSubscription } from './queries.ts'
import { checkNewVersion, checkQuantity } from './service.ts'

/**
 * Gives a subscription another plan version or quantity from a day on: what was charged in advance for the rest is given back,
 * and the new is charged. The day may lie in the past; months that are closed are the platform's to change.
 * @throws notFound, impossibleMove, laterChange, monthClosed, nothingChanges, outsideLife, unknownReference, DomainError 422
 */
export const changePlan = (ctx: Ctx, id: string, input: SubscriptionChange): Promise<Versioned<Subscription>> =>
  changeSubscription(ctx, id, 'subscription.changed', async (tx, found) =>
    writeRow(ctx, tx, found, await changedRow(ctx, tx, found, input)),
  )

/**
 * What a change would charge and give back on the next bill of every edge that the caller sees, as the run will bill it.
 * Changes nothing. @throws as `changePlan`
 */
export const previewChange = (ctx: Ctx, id: string, input: SubscriptionChange): Promise<ChangePreview> =>
  inTx(ctx, async (tx) => {
    const found = await findSubscription(tx, ctx.actor, id)
    if (!found) throw notFound()
    const { effectiveOn, ...row } = await changedRow(ctx, tx, found, input)
    const phase = { ...row, from: instantOfDay(effectiveOn) }
    const edges = await previewCharges(tx, ctx.actor, { subscriptionId: id, tenantId: found.tenantId, phase })
    return { effectiveOn, data: edges.map((edge) => ({ ...edge, lines: [...edge.lines] })) }
  })

async function changedRow(
  ctx: Ctx,
  tx: Tx,
  found: SubscriptionRow,
  input: SubscriptionChange,
): Promise<queries.DatedRow> {
  const { planVersionId } = input
  const quantity = input.quantity === undefined ? undefined : checkQuantity(input.quantity, '/quantity')
  if (input.effectiveOn !== undefined && input.atPeriodEnd) {
    throw invalidField('/atPeriodEnd', 'subscription.two_days', 'says another day than effectiveOn')
  }
  const effectiveOn = input.atPeriodEnd ? await nextChargePeriod(tx, found) : await dayOf(tx, input)
  if (planVersionId !== undefined) await checkNewVersion(ctx, tx, found.tenantId, planVersionId)
  return nextRow(ctx, tx, found, effectiveOn, (last) => {
    const next = { ...last, planVersionId: planVersionId ?? last.planVersionId, quantity: quantity ?? last.quantity }
    if (next.planVersionId === last.planVersionId && next.quantity === last.quantity) throw errors.nothingChanges()
    return next
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
    const row = await nextRow(ctx, tx, found, await dayOf(tx, input), (last) => {
      if (last.isSuspended === isSuspended) throw errors.impossibleMove()
      return { ...last, isSuspended }
    })
    await writeRow(ctx, tx, found, row)
  })

/** What a subscription is from each of its days on. @throws notFound */
export const getTimeline = (ctx: Ctx, id: string): Promise<Timeline> =>
  inTx(ctx, async (tx) => {
    const rows = await queries.listRows(tx, ctx.actor, id)
    if (rows.length === 0) throw notFound()
    return { data: [...rows] }
  })

const dayOf = async (tx: Tx, { effectiveOn }: { effectiveOn?: string | undefined }): Promise<string> =>
  effectiveOn === undefined ? readToday(tx) : checkedInput(() => day(effectiveOn, '/effectiveOn'))

/** The first day of the charge period after today's; without a recurring charge of the next month. */
async function nextChargePeriod(tx: Tx, { planVersionId, startDate }: SubscriptionRow): Promise<string> {
  const cadence = await queries.findCadence(tx, planVersionId)
  const today = await readToday(tx)
  const from = startDate > today ? startDate : today
  return chargePeriodOf(from, cadence ?? { interval: 'month', anchor: 'calendar' }, startDate).to
}

/** What the subscription would be from a day on, where the rules let it. */
async function nextRow(
  ctx: Ctx,
  tx: Tx,
  found: SubscriptionRow,
  effectiveOn: string,
  change: (last: queries.DatedRow) => queries.DatedRow,
): Promise<queries.DatedRow> {
  if (found.state === 'ended') throw errors.impossibleMove()
  const isOver = found.endDate !== null && effectiveOn >= found.endDate
  if (effectiveOn < found.startDate || isOver) throw errors.outsideLife()
  const last = (await queries.listRows(tx, ctx.actor, found.id)).at(-1)
  invariant(last, 'a subscription was ordered')
  if (last.effectiveOn > effectiveOn) throw errors.laterChange()
  const row = { ...change(last), effectiveOn }
  const isLate = ctx.actor.level !== 'platform' && (await isMonthClosed(tx, effectiveOn))
  if (isLate) throw errors.monthClosed()
  return row
}

async function writeRow(ctx: Ctx, tx: Tx, found: SubscriptionRow, row: queries.DatedRow): Promise<void> {
  await queries.upsertRow(tx, found.id, row)
  await touchSubscription(tx, found.id)
  await markChargesDue(tx, ctx.actor, found.tenantId, row.effectiveOn)
}

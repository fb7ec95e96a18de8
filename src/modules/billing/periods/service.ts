import { createHash } from 'node:crypto'
import { canonicalJson } from '../../../billing/canonical.ts'
import type { Day } from '../../../billing/days.ts'
import { nextPeriod, periodEndInstant, type Period, periodOfDay, periodStartInstant } from '../../../billing/period.ts'
import type { Spanning } from '../../../billing/spread.ts'
import { type Ctx, inTx, inTxOnce } from '../../../platform/context.ts'
import { switchRole, type Tx } from '../../../platform/db.ts'
import { invariant } from '../../../platform/errors.ts'
import { type Page, pageOf, pageRequest, placeIn } from '../../../platform/page.ts'
import { recordAudit } from '../../audit/service.ts'
import { raiseEvents } from '../../webhooks/events.ts'
import {
  batchesPending,
  invariantBroken,
  periodClosed,
  periodNotEnded,
  quarantineOpen,
  regionSilent,
} from './errors.ts'
import { checkInvariants } from './invariants.ts'
import type { BillingPeriod, Certificate, CheckedInvariant } from './model.ts'
import * as queries from './queries.ts'

/** Where usage of a month is posted to, and how the month spreads records that last over midnight. */
export type OpenPeriod = { readonly posting: Period; readonly spanning: Spanning }

/**
 * Says to which period usage of each of these months is posted: its own while it is open, else the first later one that
 * is open. None of the named periods can be closed before the transaction ends.
 */
export async function lockOpenPeriods(tx: Tx, months: readonly Period[]): Promise<Map<Period, OpenPeriod>> {
  const [, locks] = await Promise.all([queries.ensurePeriods(tx, months), queries.sharePeriods(tx, months)])
  const found = new Map<Period, OpenPeriod>()
  for (const { period, state, spanning } of locks) {
    found.set(period, { posting: state === 'open' ? period : await lockNextOpen(tx, period), spanning })
  }
  return found
}

async function lockNextOpen(tx: Tx, closed: Period): Promise<Period> {
  const alsoClosed = await queries.listClosedAfter(tx, closed)
  let candidate = nextPeriod(closed)
  for (;;) {
    while (alsoClosed.has(candidate)) candidate = nextPeriod(candidate)
    await queries.ensurePeriods(tx, [candidate])
    const [lock] = await queries.sharePeriods(tx, [candidate])
    // Somebody may have closed it while we waited for its lock.
    if (lock?.state === 'open') return candidate
    alsoClosed.add(candidate)
  }
}

/** Whether the month of a day is closed: what comes for it later is late. */
export const isMonthClosed = (tx: Tx, day: Day): Promise<boolean> => queries.isClosed(tx, periodOfDay(day))

/** Periods that somebody used, newest first. */
export async function listPeriods(ctx: Ctx, query: { cursor?: string; limit?: number }): Promise<Page<BillingPeriod>> {
  const page = pageRequest('periods', query)
  if (page.after !== undefined) placeIn(page.after, /^\d{4}-\d{2}$/)
  const rows = await inTx(ctx, (tx) => queries.listPeriods(tx, ctx.actor.level === 'platform', page))
  return pageOf('periods', page, rows, (row) => row.period, toPeriod)
}

/** One month, also one that nobody used yet. */
export async function getPeriod(ctx: Ctx, period: Period): Promise<BillingPeriod> {
  const row = await inTx(ctx, (tx) => queries.findPeriod(tx, ctx.actor.level === 'platform', period))
  invariant(row, 'every month can be read')
  return toPeriod(row)
}

const toPeriod = (row: queries.PeriodRow): BillingPeriod => ({
  ...row,
  startsAt: periodStartInstant(row.period),
  endsAt: periodEndInstant(row.period),
})

/**
 * Closes a period for good: what comes later is late usage of the next one. Whoever posts at the same moment is waited for
 * and counted, or comes later; the certificate says what was there.
 * @throws periodNotEnded, periodClosed, regionSilent, batchesPending, quarantineOpen, invariantBroken
 */
export const closePeriod = (ctx: Ctx, period: Period): Promise<BillingPeriod> =>
  inTxOnce(ctx, async (tx) => {
    await queries.ensurePeriods(tx, [period])
    const lock = await queries.lockPeriod(tx, period)
    invariant(lock, 'a period is there once it is ensured')
    if (!lock.hasEnded) throw periodNotEnded()
    if (lock.state === 'closed') throw periodClosed()
    await refuseUnlessComplete(tx, period)
    const invariants = await assertInvariants(ctx, tx, period)
    const regions = [...(await queries.listWatermarks(tx))]
    const certificate = sealed({ ...(await certify(tx, period)), regions, invariants })
    await queries.updateClosed(tx, period, ctx.actor.accountId, certificate)
    await tellOfClose(ctx, tx, period, certificate)
    const row = await queries.findPeriod(tx, true, period)
    invariant(row, 'every month can be read')
    return toPeriod(row)
  })

const regionsNamed = 20

async function refuseUnlessComplete(tx: Tx, period: Period): Promise<void> {
  const [from, until] = [periodStartInstant(period), periodEndInstant(period)]
  const silent = await queries.listSilentRegions(tx, until, regionsNamed)
  if (silent.length > 0) throw regionSilent(silent.map(({ code }) => code))
  if ((await queries.countBatchesBefore(tx, until)) > 0) throw batchesPending()
  const quarantined = await queries.countQuarantined(tx, from, until)
  if (quarantined > 0) throw quarantineOpen(quarantined)
}

async function assertInvariants(ctx: Ctx, tx: Tx, period: Period): Promise<CheckedInvariant[]> {
  const checked = await checkInvariants(tx, ctx.actor.platformId, period)
  const broken = checked.filter(({ holds }) => !holds)
  if (broken.length > 0) throw invariantBroken(broken)
  return checked
}

/** The part of a certificate that anybody can compute again at any time. */
export type Certified = Pick<Certificate, 'rows' | 'sha256' | 'quantities' | 'counts'>

/** What is posted to the period: once it is closed, for ever the same. Needs to see everybody's daily usage. */
export async function certify(tx: Tx, period: Period): Promise<Certified> {
  const quantities = await queries.listPosted(tx, period)
  const hash = await queries.hashPosted(tx, period)
  const counts = await queries.countPosted(tx, period)
  invariant(hash && counts, 'an aggregate has a row')
  return { ...hash, quantities: [...quantities], counts }
}

/** SHA-256 over everything else that a certificate says, in its one text form. */
export function sealOf({ seal: _, ...content }: Certificate): string {
  return createHash('sha256').update(canonicalJson(content)).digest('hex')
}

const sealed = (content: Certificate): Certificate => ({ ...content, seal: sealOf(content) })

async function tellOfClose(ctx: Ctx, tx: Tx, period: Period, { rows, sha256, seal }: Certificate): Promise<void> {
  const { actor } = ctx
  const details = { period, rows, sha256, seal: seal ?? null }
  const entry = { action: 'period.closed', objectType: 'billing_period', objectId: actor.platformId, details }
  await recordAudit(tx, actor, entry, ctx.requestId)
  const sellers = await queries.listSellers(tx)
  // Money duties may tell others; the platform's own role may not. The tier's reads go on afterwards.
  await switchRole(tx, 'weir_seller')
  const [year, month] = period.split('-').map(Number) as [number, number]
  await raiseEvents(tx, [
    {
      type: 'period.closed',
      objectId: actor.platformId,
      sequence: year * 12 + month,
      receivers: sellers.map(({ id }) => id),
      data: { period },
    },
  ])
  await switchRole(tx, 'weir_platform')
}

import { mayMove } from '../../billing/states.ts'
import { isTimeZone } from '../../billing/zones.ts'
import { type Ctx, inTx, inTxOnce } from '../../platform/context.ts'
import { isViolation, type Tx } from '../../platform/db.ts'
import { invariant, notFound } from '../../platform/errors.ts'
import { idPageRequest, type Page, pageOf } from '../../platform/page.ts'
import { stale, type Versioned } from '../../platform/request.ts'
import { recordAudit } from '../audit/service.ts'
import { codeTaken, impossibleMove, semanticsInUse, unknownTimeZone, watermarkAhead, watermarkFalls } from './errors.ts'
import type { NewRegion, Region, RegionChange, RegionFilters, Watermark } from './model.ts'
import { nightAfter, nightOf } from './nights.ts'
import * as queries from './queries.ts'

const toRegion = ({ version: _version, nextNight: _night, ...region }: queries.RegionRow): Region => region
const toVersioned = (row: queries.RegionRow): Versioned<Region> => ({ value: toRegion(row), version: row.version })

/** The installation's regions, newest first; every tier may name them. */
export async function listRegions(ctx: Ctx, filters: RegionFilters): Promise<Page<Region>> {
  const page = idPageRequest('regions', filters)
  const rows = await inTx(ctx, (tx) => queries.listRegions(tx, ctx.actor, filters, page))
  return pageOf('regions', page, rows, (row) => row.id, toRegion)
}

/** @throws notFound */
export const getRegion = (ctx: Ctx, id: string): Promise<Versioned<Region>> =>
  inTx(ctx, async (tx) => {
    const row = await queries.findRegion(tx, ctx.actor, id)
    if (!row) throw notFound()
    return toVersioned(row)
  })

/** Registers a source of usage; its first night is the next one to come. @throws unknownTimeZone, codeTaken */
export const createRegion = (ctx: Ctx, input: NewRegion): Promise<Versioned<Region>> => {
  if (!isTimeZone(input.timeZone)) throw unknownTimeZone()
  const region = {
    cutOff: '02:00',
    recordSemantics: 'event' as const,
    ...input,
    lateLimitHours: input.lateLimitHours ?? null,
  }
  return inTxOnce(ctx, async (tx) => {
    const night = nightAfter(await queries.readClock(tx), region)
    const row = await queries.insertRegion(tx, ctx.actor, region, night)
    if (!row) throw codeTaken()
    await audit(ctx, tx, 'region.created', row.id, { code: row.code })
    return toVersioned(row)
  })
}

/**
 * Changes a region as it was at `version`. With another zone or cut-off its next local day stays the same and comes due at
 * another instant, so no day is rated twice or left out. What its records mean is settled by the first batch: the same
 * record would be another one. @throws notFound, stale, unknownTimeZone, codeTaken, semanticsInUse
 */
export async function updateRegion(
  ctx: Ctx,
  id: string,
  version: number,
  change: RegionChange,
): Promise<Versioned<Region>> {
  if (change.timeZone !== undefined && !isTimeZone(change.timeZone)) throw unknownTimeZone()
  try {
    return await inTx(ctx, async (tx) => {
      const before = await queries.lockRegion(tx, ctx.actor, id)
      if (!before) throw notFound()
      const wanted = { ...before, ...change, version }
      const means = wanted.recordSemantics
      if (means !== before.recordSemantics && (await queries.hasSent(tx, id))) throw semanticsInUse()
      const row = await queries.updateRegion(tx, ctx.actor, wanted, nightOf(before.nextNight, wanted))
      if (!row) throw stale()
      const fields = Object.fromEntries(Object.keys(change).map((field) => [field, true]))
      await audit(ctx, tx, 'region.updated', id, fields)
      return toVersioned(row)
    })
  } catch (error) {
    throw isViolation(error, 'region_code_taken') ? codeTaken() : error
  }
}

/** No usage is taken and no night is rated until it is resumed; a paused region holds up no close. @throws notFound, impossibleMove */
export const pauseRegion = (ctx: Ctx, id: string): Promise<Versioned<Region>> => moveRegion(ctx, id, 'paused')

/** Takes usage again; the nights of the pause are left out. @throws notFound, impossibleMove */
export const resumeRegion = (ctx: Ctx, id: string): Promise<Versioned<Region>> => moveRegion(ctx, id, 'active')

const moveRegion = (ctx: Ctx, id: string, state: 'active' | 'paused') =>
  inTxOnce(ctx, async (tx) => {
    const before = await queries.lockRegion(tx, ctx.actor, id)
    if (!before) throw notFound()
    if (!mayMove('region', before.state, state)) throw impossibleMove()
    const next = nightAfter(await queries.readClock(tx), before)
    const night = next.day > before.nextNight ? next : nightOf(before.nextNight, before)
    const row = await queries.updateState(tx, ctx.actor, id, state, night)
    invariant(row, 'a locked region can be written')
    await audit(ctx, tx, state === 'paused' ? 'region.paused' : 'region.resumed', id, {})
    return toVersioned(row)
  })

const aheadMs = 86_400_000

/** A source's word that it has sent everything is about the past. @throws watermarkAhead at `pointer` */
export function refuseAhead(ctx: Ctx, completeUntil: string, pointer: string): void {
  if (Date.parse(completeUntil) > ctx.now().getTime() + aheadMs) throw watermarkAhead(pointer)
}

/** Notes that everything before the instant was sent. It only rises; saying the same again is harmless. @throws notFound, watermarkAhead, watermarkFalls */
export const raiseWatermark = (ctx: Ctx, id: string, { completeUntil }: Watermark): Promise<Versioned<Region>> => {
  refuseAhead(ctx, completeUntil, '/completeUntil')
  return inTx(ctx, async (tx) => {
    const row = await queries.raiseWatermark(tx, ctx.actor, id, completeUntil)
    if (!row) throw (await queries.findRegion(tx, ctx.actor, id)) ? watermarkFalls() : notFound()
    await audit(ctx, tx, 'region.completed_until', id, { completeUntil })
    return toVersioned(row)
  })
}

/** Raises the watermark for a batch that was taken in; a lower one changes nothing. Runs as weir_ingest, may run twice. */
export const raiseWatermarkTo = async (tx: Tx, regionId: string, completeUntil: string): Promise<void> => {
  await queries.raiseWatermarkTo(tx, regionId, completeUntil)
}

type Details = Record<string, string | number | boolean | null>

const audit = (ctx: Ctx, tx: Tx, action: string, objectId: string, details: Details) =>
  recordAudit(tx, ctx.actor, { action, objectType: 'region', objectId, details }, ctx.requestId)

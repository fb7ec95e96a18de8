import type { Tx } from '../../../platform/db.ts'
import { invariant } from '../../../platform/errors.ts'
import { nilId } from '../../../platform/ids.ts'
import type { JobResult, WorkCtx } from '../../../platform/work.ts'
import { workScope } from '../../../platform/work.ts'
import { recordAudit } from '../../audit/service.ts'
import { raiseEvents } from '../../webhooks/events.ts'
import { listRulesOf, lockCommissions } from '../rules/queries.ts'
import { openRuleBook, seatsOf } from './book.ts'
import { collect } from './collect.ts'
import { withCosts } from './costs.ts'
import {
  countWithoutCost,
  countWithoutRule,
  earn,
  type IssuedLine,
  lacksOf,
  type NewEarning,
  runningPairs,
  timesRetiered,
} from './earn.ts'
import { asksForPayments } from './queries-collect.ts'
import type { LinePlace } from './queries-retier.ts'
import { hasRetroactive } from './queries-retier.ts'
import * as queries from './queries.ts'
import { firstLine, retierLines } from './retier.ts'
import { rowsOf, toWhole } from './rows.ts'
import { takeBack } from './take-back.ts'
import { usedUntil } from './used.ts'
import { write } from './write.ts'

const linesPerChunk = 5_000
const creditsPerChunk = 500
const documentsPerChunk = 500

type Counts = { lines: number; earnings: number; withoutRule: number; withoutCost: number }
type ChunkResult = Counts & queries.Place

/**
 * Computes what the issued documents of a payer and period lack in earnings, in the order of documents and lines, takes
 * back what credit notes reduce, and tells the payer. Done in chunks; run twice it adds nothing.
 */
export async function earnPeriodOf(
  ctx: WorkCtx,
  { payerId, period }: { payerId: string; period: string },
  chunkLines = linesPerChunk,
): Promise<JobResult> {
  const { owner } = ctx.job
  invariant(owner.organizationId === payerId, 'a payer runs its own commissions')
  const scope = workScope(owner, 'weir_seller')
  const run = { jobId: ctx.job.id, payerId, payerLevel: owner.level, period }
  const extent = await ctx.transaction(scope, (tx) => queries.findExtent(tx, payerId, period))
  const totals: Counts = { lines: 0, earnings: 0, withoutRule: 0, withoutCost: 0 }
  let place: queries.Place = { year: extent?.year ?? 0, sequence: extent?.sequence ?? 0, line: 0 }
  for (let number = 1; ; number += 1) {
    const after = place
    const done = await ctx.chunk(number, scope, (tx) => earnChunk(tx, run, after, chunkLines))
    totals.lines += done.lines
    totals.earnings += done.earnings
    totals.withoutRule += done.withoutRule
    totals.withoutCost += done.withoutCost
    ctx.progress(totals.lines, Math.max(totals.lines, extent?.lines ?? 0), 'lines')
    place = { year: done.year, sequence: done.sequence, line: done.line }
    if (done.lines < chunkLines) return collectAndFinish(ctx, run, totals, number + 1)
  }
}

/** What was paid in the period comes after its documents, which can be of any period. */
async function collectAndFinish(ctx: WorkCtx, run: queries.Run, counts: Counts, first: number): Promise<JobResult> {
  const scope = workScope(ctx.job.owner, 'weir_seller')
  const totals = { ...counts }
  const isAsked = await ctx.transaction(scope, (tx) => asksForPayments(tx, run.payerId))
  if (!isAsked) return retierAndFinish(ctx, run, totals, first)
  for (let number = first, after = nilId; ; number += 1) {
    const from = after
    const { earnings, last } = await ctx.chunk(number, scope, (tx) => collect(tx, run, from, documentsPerChunk))
    totals.earnings += earnings
    if (last === null) return retierAndFinish(ctx, run, totals, number + 1)
    after = last
  }
}

/** What retroactive versions compute again can be of any period; credit notes take back from what stands then. */
async function retierAndFinish(ctx: WorkCtx, run: queries.Run, counts: Counts, first: number): Promise<JobResult> {
  const scope = workScope(ctx.job.owner, 'weir_seller')
  const totals = { ...counts, retiered: 0 }
  const isAsked = await ctx.transaction(scope, (tx) => hasRetroactive(tx, run.payerId))
  let after: LinePlace | null = isAsked ? firstLine : null
  for (let number = first; ; number += 1) {
    const position = after
    if (position === null) return takeBackAndFinish(ctx, run, totals, number)
    const done = await ctx.chunk(number, scope, (tx) => retierChunk(tx, run, position))
    totals.retiered += done.retiered
    after = done.invoiceId === null ? null : { invoiceId: done.invoiceId, line: done.line, payeeId: done.payeeId }
  }
}

async function retierChunk(tx: Tx, run: queries.Run, after: LinePlace) {
  const { last, retiered } = await retierLines(tx, run, after, linesPerChunk)
  return last ? { ...last, retiered } : { invoiceId: null, line: 0, payeeId: '', retiered }
}

/** What credit notes take back comes after the lines of the run's own period: it can be of any period. */
async function takeBackAndFinish(
  ctx: WorkCtx,
  run: queries.Run,
  counts: Counts & { retiered: number },
  first: number,
): Promise<JobResult> {
  const scope = workScope(ctx.job.owner, 'weir_seller')
  const totals = { ...counts, reversed: 0 }
  for (let number = first; ; number += 1) {
    const { reversed } = await ctx.chunk(number, scope, async (tx) => ({
      reversed: await takeBack(tx, run, creditsPerChunk),
    }))
    totals.reversed += reversed
    if (reversed === 0) return ctx.chunk(number + 1, scope, (tx) => finish(tx, ctx, run, totals))
  }
}

async function earnChunk(tx: Tx, run: queries.Run, after: queries.Place, limit: number): Promise<ChunkResult> {
  const { payerId, period } = run
  await lockCommissions(tx, payerId)
  const withPlans = await queries.asksForPlans(tx, payerId)
  const lines = await withCosts(tx, run, await queries.listLinesAfter(tx, run, { after, limit, withPlans }))
  const last = lines.at(-1)
  if (!last) return { ...after, lines: 0, earnings: 0, withoutRule: 0, withoutCost: 0 }
  const [rules, before] = await Promise.all([
    listRulesOf(tx, payerId, agentsOf(lines)),
    queries.listEarnedBefore(tx, payerId, lines),
  ])
  const live = before.filter(({ isLive }) => isLive)
  const lacks = lacksOf(lines, openRuleBook(rules), live)
  const totals = await queries.listRunningTotals(tx, period, runningPairs(lacks))
  const earnings = earn(lacks, totals)
  if (earnings.length > 0) await writeEarned(tx, run, earnings, timesRetiered(before))
  const { year, sequence, line } = last
  const counts = { withoutRule: countWithoutRule(lacks), withoutCost: countWithoutCost(lacks) }
  return { year, sequence, line, lines: lines.length, earnings: earnings.length, ...counts }
}

const agentsOf = (lines: readonly IssuedLine[]): string[] => [
  ...new Set(lines.flatMap((line) => seatsOf(line).map(({ payeeId }) => payeeId))),
]

async function writeEarned(
  tx: Tx,
  run: queries.Run,
  earnings: readonly NewEarning[],
  timesOf: ReturnType<typeof timesRetiered>,
): Promise<void> {
  await write(
    tx,
    run,
    earnings.flatMap((one) => rowsOf({ ...toWhole(one, run.period), retiered: timesOf({ ...one, ...one.seat }) })),
  )
  await queries.updateUsedUntil(tx, run.payerId, usedUntil(earnings))
}

/** Audit and event of the whole run, once. */
async function finish(
  tx: Tx,
  ctx: WorkCtx,
  { jobId, payerId, period }: queries.Run,
  counts: Counts & { retiered: number; reversed: number },
): Promise<JobResult> {
  const { owner } = ctx.job
  const details = { period, ...counts }
  await recordAudit(tx, owner, { action: 'commission_run.completed', objectType: 'job', objectId: jobId, details })
  const data = { jobId, ...details }
  await raiseEvents(tx, [{ type: 'commission.run.completed', objectId: jobId, receivers: [payerId], data }])
  return { href: `/api/v1/commissions/earnings?period=${period}`, ...counts }
}

import { redriveUsage } from '../../../../jobs/usage.ts'
import { switchRole, type Tx } from '../../../platform/db.ts'
import { newId } from '../../../platform/ids.ts'
import { enqueue, type JobOwner } from '../../../platform/jobs.ts'
import { type JobResult, type WorkCtx, workScope } from '../../../platform/work.ts'
import { lookUpNames } from '../ingest/names.ts'
import { countsOf, outcomesOf } from '../ingest/outcomes.ts'
import { type Identified, identified, post, type Verdict } from '../ingest/post.ts'
import * as ingest from '../ingest/queries.ts'
import { type Held, type Placed, resolve } from '../ingest/resolve.ts'
import { fitting } from '../ingest/slices.ts'
import type { Taken } from '../ingest/take.ts'
import * as queries from './queries-redrive.ts'

/**
 * Raises a redrive when something in quarantine can be taken in now and none is at work. Runs as weir_relay in the
 * platform's name, regularly; costs next to nothing while nothing waits.
 */
export async function enqueueDueRedrives(tx: Tx, platform: JobOwner): Promise<boolean> {
  await switchRole(tx, 'weir_ingest')
  const isDue = await queries.isSomethingDue(tx)
  await switchRole(tx, 'weir_relay')
  if (!isDue || (await queries.isRedriving(tx, redriveUsage.kind))) return false
  await enqueue(tx, platform, redriveUsage, {}, { dedupeKey: newId() })
  return true
}

const chunkRecords = 5_000

/**
 * Moves what can be placed now from the quarantine into events and rollup, batch by batch, each record in one transaction
 * with its receipt. What can't be placed after all waits on, with its present reason. May run twice.
 */
export async function redriveQuarantine(ctx: WorkCtx): Promise<JobResult> {
  const scope = workScope(ctx.job.owner, 'weir_ingest')
  let accepted = 0
  for (let number = 1; ; number += 1) {
    const moved = await ctx.chunk(number, scope, redriveSome)
    accepted += moved.accepted
    if (moved.left === 0) return { href: '/api/v1/usage/quarantine', accepted }
    ctx.progress(accepted, accepted + moved.left, 'records')
  }
}

async function redriveSome(tx: Tx): Promise<{ accepted: number; left: number }> {
  const locked = await queries.lockDueRecords(tx, chunkRecords)
  const rows = locked.slice(0, fitting(locked.map(({ record }) => record)))
  const [first] = rows
  if (!first) return { accepted: 0, left: 0 }
  const { regionId, semantics, batchId } = first
  const names = await lookUpNames(
    tx,
    regionId,
    rows.map(({ record }) => record),
  )
  const placed: (Identified<Placed> & { row: queries.DueRecord })[] = []
  const decisions: queries.Decision[] = []
  for (const row of rows) {
    const item: Placed | Held = resolve(row.record, names)
    if ('reason' in item) decisions.push({ id: row.id, state: 'waiting', reason: item.reason, waiver: null })
    else placed.push({ ...identified(first, item), row })
  }
  const verdicts = await post(tx, { regionId, semantics, batchId }, placed)
  const taken = placed.map(({ record }, index): Taken => ({ record, outcome: verdicts[index] ?? 'conflict' }))
  decisions.push(...placed.map(({ row }, index) => decisionOn(row, verdicts[index] ?? 'conflict')))
  await queries.updateDecided(tx, decisions)
  await moveOnReceipt(tx, batchId, taken)
  // Whatever was looked at has left or waits for something else, so the next look finds less.
  return { accepted: taken.filter(({ outcome }) => outcome === 'accepted').length, left: rows.length }
}

function decisionOn(row: queries.DueRecord, outcome: Verdict): queries.Decision {
  const { id, reason } = row
  if (outcome !== 'conflict') return { id, state: 'accepted', reason, waiver: null }
  return { id, state: 'dismissed', reason, waiver: 'another record of the region was accepted in its place' }
}

/** The records leave the count of quarantined ones, and their outcomes are what became of them. */
async function moveOnReceipt(tx: Tx, batchId: string, taken: readonly Taken[]): Promise<void> {
  if (taken.length === 0) return
  const outcomes = outcomesOf(taken, [])
  await queries.deleteOutcomes(
    tx,
    batchId,
    taken.map(({ record }) => record.index),
  )
  if (outcomes.length > 0) await ingest.insertOutcomes(tx, batchId, outcomes)
  await queries.moveCounts(tx, batchId, countsOf(taken.length, outcomes))
}

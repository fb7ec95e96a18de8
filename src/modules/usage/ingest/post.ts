import type { Period } from '../../../billing/period.ts'
import type { Tx } from '../../../platform/db.ts'
import { invariant } from '../../../platform/errors.ts'
import { lockOpenPeriods } from '../../billing/periods/service.ts'
import { type DueMark, markTenantsDue } from '../../billing/rating/due.ts'
import type { RecordSemantics } from '../../regions/model.ts'
import { identityOf, valueKey } from '../intake/identity.ts'
import * as queries from './queries-post.ts'
import type { Placed } from './resolve.ts'
import { type Bucket, monthsOf, openRollup } from './rollup.ts'

/** Where records come from: their region gives them their names and says what one is, their batch is what the receipt is about. */
export type Source = { readonly regionId: string; readonly semantics: RecordSemantics; readonly batchId: string }

/** What became of a record that could be placed. */
export type Verdict = 'accepted' | 'duplicate' | 'conflict'

/** A record with its identity, computed once. */
export type Identified<T> = T & { readonly key: string; readonly hash: string }

/** Adds key (who it is, for its region) and hash (what it says). The region's id is the source: codes may change. */
export const identified = <T extends Pick<Placed, 'record'>>(
  { regionId, semantics }: Pick<Source, 'regionId' | 'semantics'>,
  item: T,
): Identified<T> => ({ ...item, ...identityOf(regionId, semantics, item.record) })

/**
 * Posts records to events and rollup, each once for ever, and marks what must be rated again, all in the caller's
 * transaction as weir_ingest. Answers what became of each, in order. At most some thousand records.
 */
export async function post(tx: Tx, source: Source, items: readonly Identified<Placed>[]): Promise<Verdict[]> {
  if (items.length === 0) return []
  const [periods] = await Promise.all([
    lockOpenPeriods(tx, distinct(items.flatMap(monthsOf)).sort()),
    queries.planForRows(tx),
    queries.ensureMonths(tx, distinct(items.map(({ record }) => record.start.slice(0, 7))).sort()),
  ])
  const firsts = firstsOf(items)
  const unique = [...firsts.values()]
  const rollup = openRollup(periods)
  const { events, further } = rowsOf(unique, rollup.partsOf)
  const { buckets } = rollup
  const losers = await queries.insertUsage(tx, { ...source, buckets, events, further })
  const standing = await standingHashes(tx, unique, losers)
  if (losers.length < unique.length) await markTenantsDue(tx, marksOf(buckets))
  return items.map((item) => verdictOn(item, firsts.get(item.key), standing.get(item.key)))
}

const distinct = <T>(values: readonly T[]): T[] => [...new Set(values)]

/** One record per key: what comes again in the same chunk is judged by the first. */
function firstsOf(items: readonly Identified<Placed>[]): Map<string, Identified<Placed>> {
  const firsts = new Map<string, Identified<Placed>>()
  for (const item of items) if (!firsts.has(item.key)) firsts.set(item.key, item)
  return firsts
}

function rowsOf(items: readonly Identified<Placed>[], partsOf: ReturnType<typeof openRollup>['partsOf']) {
  const events: queries.EventRow[] = []
  const further: queries.FurtherPart[] = []
  for (const item of items) {
    const { record, key, hash, quantity } = item
    const value = item.value === null ? null : valueKey(item.value)
    const [own, ...others] = partsOf(item)
    invariant(own, 'a record has at least one part')
    const { id: recordId, start, end, resource } = record
    const dimensions = Object.keys(record.dimensions).length === 0 ? null : JSON.stringify(record.dimensions)
    const part = own.quantity === quantity ? null : own.quantity
    const { held } = own
    const row = {
      bucket: own.bucket,
      key,
      hash,
      recordId,
      start,
      end,
      quantity,
      part,
      resource,
      dimensions,
      value,
      held,
    }
    const event = events.push(row)
    for (const other of others) further.push({ event, ...other })
  }
  return { events, further }
}

async function standingHashes(
  tx: Tx,
  items: readonly Identified<Placed>[],
  losers: readonly { place: number }[],
): Promise<Map<string, string>> {
  if (losers.length === 0) return new Map()
  const lost = losers.flatMap(({ place }) => items[place - 1] ?? [])
  const keys = lost.map(({ key, subscription }) => ({ key, tenantId: subscription.tenantId }))
  const standing = await queries.listHashes(tx, keys)
  invariant(standing.length === losers.length, 'a key that is taken has a hash')
  return new Map(standing.map(({ key, hash }) => [key, hash]))
}

function verdictOn(
  item: Identified<Placed>,
  first: Identified<Placed> | undefined,
  standing: string | undefined,
): Verdict {
  if (standing === undefined && first === item) return 'accepted'
  return (standing ?? first?.hash) === item.hash ? 'duplicate' : 'conflict'
}

function marksOf(buckets: readonly Bucket[]): DueMark[] {
  const marks = new Map<string, { tenantId: string; period: Period }>()
  for (const { subscription, posting: period } of buckets) {
    const { tenantId } = subscription
    marks.set(`${tenantId}${period}`, { tenantId, period })
  }
  return [...marks.values()]
}

/** What stands under the keys of records that can't be placed any more, though their tenant is known. */
export async function hashesOf(
  tx: Tx,
  items: readonly { readonly key: string; readonly tenantId: string }[],
): Promise<Map<string, string>> {
  if (items.length === 0) return new Map()
  return new Map((await queries.listHashes(tx, items)).map(({ key, hash }) => [key, hash]))
}

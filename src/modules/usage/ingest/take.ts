import type { Tx } from '../../../platform/db.ts'
import type { UsageRecord } from '../intake/record.ts'
import * as queries from '../quarantine/queries-hold.ts'
import { lookUpNames } from './names.ts'
import { hashesOf, type Identified, identified, post, type Source, type Verdict } from './post.ts'
import { type Held, type HoldReason, type Placed, resolve } from './resolve.ts'

/** What became of one record; a quarantined one says what it waits for. */
export type Taken =
  | { readonly record: UsageRecord; readonly outcome: Verdict }
  | { readonly record: UsageRecord; readonly outcome: 'quarantined'; readonly reason: HoldReason }

/**
 * Takes records of one region in: posts those that can be placed, lays the others in quarantine, and says what became of
 * each. Runs as weir_ingest in the caller's transaction. May run twice: then all are duplicates.
 */
export async function take(tx: Tx, source: Source, records: readonly UsageRecord[]): Promise<Taken[]> {
  if (records.length === 0) return []
  const { regionId } = source
  const [names, isHolding] = await Promise.all([lookUpNames(tx, regionId, records), queries.holdsAny(tx, regionId)])
  const ids = records.map(({ id }) => id)
  const known = hashesById(isHolding ? await queries.listHeld(tx, regionId, ids) : [])
  const placed: Identified<Placed>[] = []
  const held: Identified<Held>[] = []
  const again: Taken[] = []
  for (const record of records) {
    const item = identified(source, resolve(record, names))
    const before = known.get(record.id)
    if (before !== undefined) again.push({ record, outcome: comparedTo(before, item.hash) })
    else if ('reason' in item) held.push(item)
    else placed.push(item)
  }
  const verdicts = await post(tx, source, placed)
  const posted = placed.map(({ record }, index) => ({ record, outcome: verdicts[index] ?? 'conflict' }))
  return [...again, ...posted, ...(await hold(tx, source, held))]
}

const comparedTo = (before: string, hash: string): Verdict => (before === hash ? 'duplicate' : 'conflict')

const hashesById = (rows: readonly queries.HeldHash[]): Map<string, string> =>
  new Map(rows.map(({ recordId, hash }) => [recordId, hash]))

/** Lays records in quarantine, but for those that were accepted when they could still be placed. */
async function hold(tx: Tx, source: Source, items: readonly Identified<Held>[]): Promise<Taken[]> {
  if (items.length === 0) return []
  const withTenant = items.flatMap(({ key, tenantId }) => (tenantId === undefined ? [] : { key, tenantId }))
  const accepted = await hashesOf(tx, withTenant)
  const waiting = new Map<string, Identified<Held>>()
  for (const item of items) {
    if (!accepted.has(item.key) && !waiting.has(item.key)) waiting.set(item.key, item)
  }
  const rows = [...waiting.values()]
  const added = await queries.insertHeld(tx, source, rows)
  const isNew = new Set(added.map(({ recordId }) => recordId))
  const before = rows.map(({ record }) => record.id).filter((id) => !isNew.has(id))
  const known = before.length === 0 ? [] : await queries.listEverHeld(tx, source.regionId, before)
  const standing = hashesById(known)
  return items.map((item) => {
    const { record, hash, reason } = item
    const first = waiting.get(item.key)
    if (first === item && isNew.has(record.id)) return { record, outcome: 'quarantined', reason }
    return { record, outcome: comparedTo(accepted.get(item.key) ?? standing.get(record.id) ?? first?.hash ?? '', hash) }
  })
}

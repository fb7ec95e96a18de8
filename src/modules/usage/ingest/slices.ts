import type { RejectedRecord } from '../intake/faults.ts'
import type { ParsedBatch } from '../intake/parse.ts'
import type { UsageRecord } from '../intake/record.ts'

/** A stretch of a batch that one transaction takes in. Stretches follow each other without gap. */
export type Slice = { readonly records: readonly UsageRecord[]; readonly rejected: readonly RejectedRecord[] }

const sliceRecords = 5_000
/** A record that lasts for months makes a row of every day. */
const sliceDays = 10_000
const dayMs = 86_400_000

/** The days that a record may be spread over. */
function daysOf({ start, end }: UsageRecord): number {
  if (start.slice(0, 10) === end.slice(0, 10)) return 1
  return Math.ceil((Date.parse(end) - Date.parse(start)) / dayMs) + 1
}

/** How many of these records, from the first one on, fit into one transaction: at least one. */
export function fitting(records: readonly UsageRecord[]): number {
  let days = 0
  const first = records.findIndex((record, index) => {
    days += daysOf(record)
    return index > 0 && (days > sliceDays || index >= sliceRecords)
  })
  return first === -1 ? records.length : first
}

/** Cuts a batch into stretches of bounded work, the same ones each time. */
export function slicesOf({ records, rejected }: ParsedBatch): Slice[] {
  const slices: { records: UsageRecord[]; rejected: RejectedRecord[] }[] = []
  let days = 0
  let [next, nextRejected] = [0, 0]
  while (next < records.length || nextRejected < rejected.length) {
    const record = records[next]
    const refused = rejected[nextRejected]
    const isRecord = record !== undefined && (refused === undefined || record.index < refused.index)
    days += isRecord ? daysOf(record) : 1
    let slice = slices.at(-1)
    if (!slice || days > sliceDays || slice.records.length + slice.rejected.length >= sliceRecords) {
      slice = { records: [], rejected: [] }
      slices.push(slice)
      days = isRecord ? daysOf(record) : 1
    }
    if (isRecord) {
      slice.records.push(record)
      next += 1
    } else if (refused) {
      slice.rejected.push(refused)
      nextRejected += 1
    }
  }
  return slices
}

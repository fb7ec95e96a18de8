import type { RejectedRecord } from '../intake/faults.ts'
import type { UsageRecord } from '../intake/record.ts'

/** A region's limit, and the instant that the batch came. */
export type LateLimit = { readonly lateLimitHours: number | null; readonly receivedAt: string }

/** Sorts out the records that ended longer ago than the region allows, seen from the batch's arrival: a retry decides alike. */
export function partLate(
  records: readonly UsageRecord[],
  { lateLimitHours, receivedAt }: LateLimit,
): { timely: readonly UsageRecord[]; late: RejectedRecord[] } {
  if (lateLimitHours === null) return { timely: records, late: [] }
  const earliestMs = Date.parse(receivedAt) - lateLimitHours * 3_600_000
  const isTimely = (record: UsageRecord): boolean => Date.parse(record.end) >= earliestMs
  return {
    timely: records.filter(isTimely),
    late: records.filter((record) => !isTimely(record)).map(tooLate),
  }
}

const tooLate = ({ index, id }: UsageRecord): RejectedRecord => ({
  index,
  recordId: id,
  faults: [
    { pointer: `/${index}/end`, code: 'usage.too_late', message: 'ended longer ago than this region may report' },
  ],
})

import type { Fault } from '../../../platform/errors.ts'
import type { RejectedRecord } from '../intake/faults.ts'
import { type HoldReason, holdSentence } from './resolve.ts'
import type { Taken } from './take.ts'

/** What a receipt counts. */
export type Counts = {
  readonly accepted: number
  readonly duplicate: number
  readonly conflict: number
  readonly quarantined: number
  readonly rejected: number
}

/** A record's outcome that is kept: all but accepted. */
export type Outcome = {
  readonly index: number
  readonly outcome: Exclude<keyof Counts, 'accepted'>
  readonly recordId: string | null
  readonly faults: readonly Fault[]
}

/** The fault of a record that came with the id of another one. */
const conflictAt = (index: number): Fault => ({
  pointer: `/${index}/id`,
  code: 'usage.conflict',
  message: 'another record of this region has this id; a correction needs an id of its own',
})

/** The outcomes of taken and rejected records that are kept, in no order. */
export function outcomesOf(taken: readonly Taken[], rejected: readonly RejectedRecord[]): Outcome[] {
  const kept = taken.flatMap((one) => outcomeOf(one) ?? [])
  const refused = rejected.map(({ index, recordId, faults }): Outcome => ({
    index,
    outcome: 'rejected',
    recordId: recordId ?? null,
    faults,
  }))
  return [...kept, ...refused]
}

function outcomeOf(taken: Taken): Outcome | undefined {
  const { index, id: recordId } = taken.record
  if (taken.outcome === 'accepted') return undefined
  if ('reason' in taken) return { index, outcome: 'quarantined', recordId, faults: [holdFault(index, taken.reason)] }
  return { index, outcome: taken.outcome, recordId, faults: taken.outcome === 'conflict' ? [conflictAt(index)] : [] }
}

function holdFault(index: number, reason: HoldReason): Fault {
  const { field, message } = holdSentence(reason)
  return { pointer: `/${index}/${field}`, code: reason, message }
}

/** How many of `sent` records had which outcome, out of those that are kept. */
export function countsOf(sent: number, outcomes: readonly Outcome[]): Counts {
  const count = (outcome: Outcome['outcome']) => outcomes.filter((one) => one.outcome === outcome).length
  return {
    accepted: sent - outcomes.length,
    duplicate: count('duplicate'),
    conflict: count('conflict'),
    quarantined: count('quarantined'),
    rejected: count('rejected'),
  }
}

import { conflictAt, DomainError, type Fault } from '../../platform/errors.ts'

const faultsNamed = 100

/** Strict: one faulty record refuses all. */
export const refusedRecords = (faults: readonly Fault[]) =>
  new DomainError('invalid', 'usage.records_rejected', 'some records are not valid, and strict takes all or nothing', {
    faults: faults.slice(0, faultsNamed),
  })

export const regionPaused = () =>
  conflictAt('/query/region', 'region.paused', 'the region is paused: resume it before it sends usage')

export const alreadyDecided = () =>
  conflictAt('/path/id', 'quarantine.decided', 'this record has been decided on already')

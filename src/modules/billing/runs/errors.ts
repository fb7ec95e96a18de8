import { DomainError } from '../../../platform/errors.ts'

export const futurePeriod = () => new DomainError('conflict', 'billing.period_future', 'this period has not begun')

export const runActive = () =>
  new DomainError('conflict', 'billing.run_active', 'a run of this period is not finished: issue or cancel it first')

export const runNotDrafted = () =>
  new DomainError('conflict', 'billing.run_not_drafted', 'only a run whose drafts are complete can be issued')

export const runNotCancellable = () =>
  new DomainError(
    'conflict',
    'billing.run_not_cancellable',
    'a run that is issuing, has issued or is cancelled stays as it is',
  )

export const periodOpen = () =>
  new DomainError('conflict', 'billing.period_open', 'documents are issued once the period is closed')

export const draftsStale = () =>
  new DomainError(
    'conflict',
    'billing.drafts_stale',
    'usage or prices have changed since the drafts were made: cancel the run and start another',
  )

export const changePending = () =>
  new DomainError(
    'conflict',
    'billing.change_pending',
    'organizations are being moved for this month: try again in a minute',
  )

import { conflictAt } from '../../../platform/errors.ts'

export const futurePeriod = () => conflictAt('/period', 'billing.period_future', 'this period has not begun')

export const runActive = () =>
  conflictAt('/period', 'billing.run_active', 'a run of this period is not finished: issue or cancel it first')

export const runNotDrafted = () =>
  conflictAt('/path/id', 'billing.run_not_drafted', 'only a run whose drafts are complete can be issued')

export const runNotCancellable = () =>
  conflictAt(
    '/path/id',
    'billing.run_not_cancellable',
    'a run that is issuing, has issued or is cancelled stays as it is',
  )

export const periodOpen = () =>
  conflictAt('/path/id', 'billing.period_open', 'documents are issued once the period is closed')

export const draftsStale = () =>
  conflictAt(
    '/path/id',
    'billing.drafts_stale',
    'usage or prices have changed since the drafts were made: cancel the run and start another',
  )

export const changePending = () =>
  conflictAt('/period', 'billing.change_pending', 'organizations are being moved for this month: try again in a minute')

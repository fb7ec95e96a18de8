import { conflictAt } from '../../platform/errors.ts'

export const jobIsFinal = () =>
  conflictAt('/path/id', 'job.final', 'the job has ended: nothing can be changed about it')

export const jobNotCancellable = () =>
  conflictAt('/path/id', 'job.not_cancellable', 'a job of this kind cannot be cancelled once it runs')

export const jobNotParked = () => conflictAt('/path/id', 'job.not_parked', 'only a parked job can be retried')

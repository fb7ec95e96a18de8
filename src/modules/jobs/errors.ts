import { DomainError } from '../../platform/errors.ts'

export const jobIsFinal = () =>
  new DomainError('conflict', 'job.final', 'the job has ended: nothing can be changed about it')

export const jobNotCancellable = () =>
  new DomainError('conflict', 'job.not_cancellable', 'a job of this kind cannot be cancelled once it runs')

export const jobNotParked = () => new DomainError('conflict', 'job.not_parked', 'only a parked job can be retried')

import { DomainError } from '../../platform/errors.ts'

export const notDiscardable = () =>
  new DomainError(
    'conflict',
    'invoice.not_discardable',
    'only a draft or a parked document of a finished drafting can be discarded',
  )

import { DomainError } from '../../platform/errors.ts'

export const notIssued = () =>
  new DomainError('conflict', 'invoice.not_issued', 'only an issued invoice has an amount that is due')

export const nothingDue = () => new DomainError('conflict', 'invoice.nothing_due', 'nothing is due of this invoice')

export const moreThanDue = () =>
  new DomainError('conflict', 'invoice.more_than_due', 'this is more than what is due of the invoice')

export const balanceShort = () =>
  new DomainError('conflict', 'invoice.balance_short', "the buyer's credit balance does not cover this")

export const notDiscardable = () =>
  new DomainError(
    'conflict',
    'invoice.not_discardable',
    'only a draft or a parked document of a finished drafting can be discarded',
  )

import { DomainError } from '../../platform/errors.ts'

export const notIssued = () =>
  new DomainError('conflict', 'invoice.not_issued', 'only an issued invoice has an amount due')

export const notParked = () =>
  new DomainError('conflict', 'invoice.not_parked', 'only a parked document can be released')

export const notIssuable = () =>
  new DomainError('conflict', 'invoice.not_issuable', 'only a draft can be issued; release a parked one first')

export const nothingDue = () => new DomainError('conflict', 'invoice.nothing_due', 'nothing is due on this invoice')

export const moreThanDue = () =>
  new DomainError('conflict', 'invoice.more_than_due', 'this is more than is due on the invoice')

export const balanceShort = () =>
  new DomainError('conflict', 'invoice.balance_short', "the buyer's credit balance does not cover this")

export const notDiscardable = () =>
  new DomainError(
    'conflict',
    'invoice.not_discardable',
    'only a draft or a parked document of a finished drafting can be discarded',
  )

export const notCreditable = () =>
  new DomainError('conflict', 'credit_note.not_creditable', 'only an issued invoice can be credited')

export const notADraft = () =>
  new DomainError('conflict', 'credit_note.not_a_draft', 'only a draft can be issued or discarded')

export const overCredited = () =>
  new DomainError('conflict', 'credit_note.over_line', 'another credit note took back some of these lines meanwhile')

export const staleNote = () =>
  new DomainError(
    'conflict',
    'credit_note.stale',
    'what is left of the taxes or services has changed meanwhile: draft it again',
  )

export const onDraft = () =>
  new DomainError('conflict', 'credit_note.on_draft', 'a draft gives back the same services: issue or discard it first')

export const reissuedAlready = () =>
  new DomainError('conflict', 'invoice.reissued', 'this document was issued anew already: correct the new one')

export const servicesFreed = () =>
  new DomainError(
    'conflict',
    'invoice.services_freed',
    'some of its services were given back and can be billed again: credit the rest and let the next run bill it',
  )

export const taxUnknown = () =>
  new DomainError('conflict', 'invoice.tax_unknown', 'the tax of the new document is not known: set its rate first')

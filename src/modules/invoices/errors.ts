import { conflictAt } from '../../platform/errors.ts'

export const notIssued = () => conflictAt('/path/id', 'invoice.not_issued', 'only an issued invoice has an amount due')

export const notParked = () => conflictAt('/path/id', 'invoice.not_parked', 'only a parked document can be released')

export const notIssuable = () =>
  conflictAt('/path/id', 'invoice.not_issuable', 'only a draft can be issued; release a parked one first')

export const nothingDue = () => conflictAt('/path/id', 'invoice.nothing_due', 'nothing is due on this invoice')

export const moreThanDue = () =>
  conflictAt('/amount', 'invoice.more_than_due', 'this is more than is due on the invoice')

export const balanceShort = () =>
  conflictAt('/amount', 'invoice.balance_short', "the buyer's credit balance does not cover this")

export const notDiscardable = () =>
  conflictAt(
    '/path/id',
    'invoice.not_discardable',
    'only a draft or a parked document of a finished drafting can be discarded',
  )

export const notCreditable = () =>
  conflictAt('/invoiceId', 'credit_note.not_creditable', 'only an issued invoice can be credited')

export const notADraft = () =>
  conflictAt('/path/id', 'credit_note.not_a_draft', 'only a draft can be issued or discarded')

export const overCredited = () =>
  conflictAt('/path/id', 'credit_note.over_line', 'another credit note took back some of these lines meanwhile')

export const staleNote = () =>
  conflictAt(
    '/path/id',
    'credit_note.stale',
    'what is left of the taxes, discounts or services has changed meanwhile: draft it again',
  )

export const onDraft = () =>
  conflictAt('/path/id', 'credit_note.on_draft', 'a draft gives back the same services: issue or discard it first')

export const reissuedAlready = () =>
  conflictAt('/path/id', 'invoice.reissued', 'this document was issued anew already: correct the new one')

export const servicesFreed = () =>
  conflictAt(
    '/path/id',
    'invoice.services_freed',
    'some of its services were given back and can be billed again: credit the rest and let the next run bill it',
  )

export const taxUnknown = () =>
  conflictAt('/path/id', 'invoice.tax_unknown', 'the tax of the new document is not known: set its rate first')

import { conflictAt, conflictsOf, DomainError, invalidField } from '../../platform/errors.ts'

export const notAboveThatLevel = () =>
  new DomainError('forbidden', 'organization.level', 'only organizations above that level create one')

export const parentOfWrongLevel = () =>
  invalidField('/parentId', 'organization.parent_level', 'cannot be the parent of an organization of this level')

export const lineNotActive = () =>
  conflictAt('/parentId', 'organization.not_active', 'the parent or an organization above it is not active')

export const externalIdTaken = () =>
  conflictAt('/externalId', 'organization.external_id_taken', 'the parent uses this external id already')

export const unknownCurrency = () =>
  invalidField('/currency', 'currency.unknown', 'must be an active ISO 4217 currency code')

export const currencyOfSeller = () =>
  invalidField('/currency', 'organization.currency_of_seller', 'only the seller chooses the currency that it bills in')

export const unknownTimeZone = () =>
  invalidField('/timeZone', 'time_zone.unknown', 'must be a name of the IANA time zone database')

export const onlyOwnContact = () =>
  new DomainError('forbidden', 'organization.own_contact_only', 'your roles may only change the name and the contact')

export const externalIdOfParent = () =>
  new DomainError(
    'forbidden',
    'organization.external_id_of_parent',
    'the external id is set by the organizations above',
  )

export const notOwnState = () =>
  new DomainError('forbidden', 'organization.own_state', 'only the organizations above suspend and resume this one')

export const impossibleMove = () =>
  conflictAt('/path/id', 'organization.state', 'the organization is not in a state that allows this')

export const notOwnPlace = () =>
  new DomainError('forbidden', 'organization.own_place', 'only the organizations above move or remodel this one')

export const sameParent = () => invalidField('/parentId', 'organization.same_parent', 'is the parent already')

export const sameModel = () =>
  invalidField('/commercialModel', 'organization.same_model', 'is the commercial model already')

export const platformDecides = () =>
  new DomainError('forbidden', 'organization.platform_decides', 'only the platform gives up what it sees of a reseller')

export const notAReseller = () =>
  invalidField('/confidential', 'organization.not_a_reseller', 'only the contract of a reseller is confidential')

export const sameConfidentiality = () =>
  invalidField('/confidential', 'organization.same_confidentiality', 'is as it is already')

export const notInFuture = () =>
  invalidField('/fromPeriod', 'period.not_in_future', 'must be a month that has not begun')

export const changePlanned = () =>
  conflictAt(
    '/fromPeriod',
    'organization.change_planned',
    'another change in this line of organizations takes effect in the same month: cancel it, or choose another month',
  )

export const externalIdTakenThere = () =>
  conflictAt('/parentId', 'organization.external_id_taken', 'the new parent uses the external id already')

export const notOwnChange = () =>
  new DomainError(
    'forbidden',
    'organization.change_of_others',
    'only whoever planned the change, or the platform, may cancel it',
  )

export const changeDue = () =>
  conflictAt('/path/id', 'organization.change_due', 'the month has begun: the change takes effect')

export const notTheSeller = () => new DomainError('forbidden', 'edge.not_seller', 'only the seller changes the terms')

export const edgeEnded = () => conflictAt('/path/id', 'edge.ended', 'the edge has an end: change the one after it')

export const sameTerms = () =>
  invalidField('/paymentTermDays', 'edge.same_terms', 'name another currency or other days to pay')

/** Why an organization can't be closed yet. */
export type Reason = keyof typeof reasons

const reasons = {
  below: 'an organization below it is not closed',
  subscriptions: 'a subscription has not ended',
  changes: 'a change of its place or terms is planned',
  usage: 'usage has not been rated yet',
  unbilled: 'usage or charges have not been billed yet',
  drafts: 'a draft has been neither issued nor discarded',
  debts: 'an issued document has not been settled',
  credit: 'a credit balance is left',
  commissions: 'commission has not been paid out yet',
  elsewhere: 'something is not settled on an edge that you do not see',
} as const

export const notSettled = (found: readonly Reason[]) =>
  conflictsOf(
    'organization.not_settled',
    'the organization still has something open',
    found.map((reason) => ({ pointer: '/path/id', code: `organization.open_${reason}`, message: reasons[reason] })),
  )

import { DomainError, invalidField } from '../../platform/errors.ts'

const conflictAt = (pointer: string, code: string, message: string) =>
  new DomainError('conflict', code, message, { faults: [{ pointer, code, message }] })

/** Both say something about the own tenant only. */
export const externalIdTaken = (pointer: string) =>
  conflictAt(pointer, 'subscription.external_id_taken', 'another subscription of this tenant has this external id')

export const tenantNotActive = () =>
  new DomainError('conflict', 'organization.not_active', 'the tenant or an organization above it takes no new orders')

export const impossibleMove = () =>
  new DomainError('conflict', 'subscription.state', 'the subscription is not in a state that allows this')

export const laterChange = () =>
  conflictAt('/effectiveOn', 'subscription.change_overlaps', 'a later change is planned already')

export const monthClosed = (pointer = '/effectiveOn') =>
  conflictAt(pointer, 'subscription.month_closed', 'the month is closed: only the platform may still change it')

export const nothingChanges = () => invalidField('', 'subscription.nothing_changes', 'changes nothing')

export const outsideLife = () =>
  invalidField('/effectiveOn', 'subscription.not_in_force', 'lies outside the dates of the subscription')

export const usedSince = () =>
  conflictAt('/endDate', 'subscription.used_since', 'something was used on that day or later')

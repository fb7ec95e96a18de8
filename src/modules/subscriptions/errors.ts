import { conflictAt, invalidField, type Pointer } from '../../platform/errors.ts'

/** Both say something about the own tenant only. */
export const externalIdTaken = (pointer: Pointer) =>
  conflictAt(pointer, 'subscription.external_id_taken', 'another subscription of this tenant has this external id')

export const tenantNotActive = (pointer: Pointer) =>
  conflictAt(pointer, 'organization.not_active', 'the tenant or an organization above it takes no new orders')

export const impossibleMove = () =>
  conflictAt('/path/id', 'subscription.state', 'the subscription is not in a state that allows this')

export const laterChange = () =>
  conflictAt('/effectiveOn', 'subscription.change_overlaps', 'a later change is planned already')

export const monthClosed = (pointer: Pointer = '/effectiveOn') =>
  conflictAt(pointer, 'subscription.month_closed', 'the month is closed: only the platform may still change it')

export const nothingChanges = () => invalidField('', 'subscription.nothing_changes', 'changes nothing')

export const outsideLife = () =>
  invalidField('/effectiveOn', 'subscription.not_in_force', 'lies outside the dates of the subscription')

export const usedSince = () =>
  conflictAt('/endDate', 'subscription.used_since', 'something was used on that day or later')

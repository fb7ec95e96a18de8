import { DomainError } from '../../platform/errors.ts'

const conflictAt = (pointer: string, code: string, message: string) =>
  new DomainError('conflict', code, message, { faults: [{ pointer, code, message }] })

/** Both say something about the own tenant only. */
export const externalIdTaken = (pointer: string) =>
  conflictAt(pointer, 'subscription.external_id_taken', 'another subscription of this tenant has this external id')

export const tenantNotActive = () =>
  new DomainError('conflict', 'organization.not_active', 'the tenant or an organization above it takes no new orders')

export const impossibleMove = () =>
  new DomainError('conflict', 'subscription.state', 'the subscription is not in a state that allows this')

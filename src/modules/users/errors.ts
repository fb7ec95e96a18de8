import { conflictAt, invalidField } from '../../platform/errors.ts'

/** An address is unique per organization only: this says nothing about other organizations. */
export const emailTaken = () =>
  conflictAt('/email', 'user.email_taken', 'a user of this organization has this e-mail address')

export const emailTwice = (pointer: string) => invalidField(pointer, 'user.email_taken', 'is named twice')

export const roleOfOtherLevel = () =>
  invalidField('/role', 'role.level', 'cannot be granted at an organization of this level')

export const roleAcrossBranches = () =>
  invalidField('/organizationId', 'role.across_branches', "is neither the user's organization nor below it")

export const lastAdministrator = () =>
  conflictAt('/path/id', 'user.last_administrator', 'an organization keeps at least one active administrator')

export const notInState = (state: string) => conflictAt('/path/id', 'user.state', `the user is not ${state}`)

import { actingFor, conflictAt, DomainError } from '../../platform/errors.ts'

/** One answer for a wrong address and a wrong password, so that addresses can't be tried out. */
export const badCredentials = () =>
  new DomainError('unauthenticated', 'auth.bad_credentials', 'the e-mail address or the password is wrong')

export const badRefreshToken = () =>
  new DomainError('unauthenticated', 'auth.bad_refresh_token', 'sign in again: this refresh token is not valid')

const noRoleSays = 'this account has no role at the organization that the header names'

export const noRoleThere = () =>
  new DomainError('forbidden', 'auth.no_role_there', noRoleSays, {
    faults: [{ pointer: actingFor, code: 'auth.no_role_there', message: noRoleSays }],
  })
export const chooseOrganization = () =>
  conflictAt(
    actingFor,
    'auth.choose_organization',
    'this account may act for several organizations: name one in the header Weir-Organization',
  )

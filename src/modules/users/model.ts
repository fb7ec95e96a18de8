import { type Static, Instant, Name, object, oneOf, PageOf, pageQuery, t, Uuid, Text } from '../../platform/schema.ts'
import { roles } from '../roles/permissions.ts'

/** An address in printable ASCII (RFC 5321); it is kept in lower case. */
export const Email = t.String({
  minLength: 3,
  maxLength: 254,
  pattern: '^[!-?A-~]+@[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$',
  examples: ['ada@partner.example'],
})

/** Length is what makes a password strong (NIST SP 800-63B section 5.1.1); no rules about its characters. */
const Password = Text(200, { minLength: 12 })

/** Somebody who signs in with e-mail and password. */
export const NewPerson = object({ email: Email, name: Name(), password: Password })
export type NewPerson = Static<typeof NewPerson>

const Role = oneOf(roles, { description: 'one of the nine built-in roles' })

export const NewUser = object({
  email: Email,
  name: Name(),
  password: Password,
  role: Role,
  organizationId: t.Optional({ ...Uuid, description: 'an organization of your branch; by default your own' }),
})
export type NewUser = Static<typeof NewUser>

export const UserChange = object({ name: Name() })
export type UserChange = Static<typeof UserChange>

export const NewGrant = object({
  role: Role,
  organizationId: t.Optional({ ...Uuid, description: "the user's organization (default) or one below it" }),
})
export type NewGrant = Static<typeof NewGrant>

export const GrantPath = object({ id: Uuid, role: Role })
export type GrantPath = Static<typeof GrantPath>

export const GrantPlace = object({ organizationId: t.Optional(Uuid) })

const userStates = ['active', 'suspended'] as const

export const User = object(
  {
    id: Uuid,
    organizationId: Uuid,
    email: t.String(),
    name: t.String(),
    state: oneOf(userStates),
    roles: t.Array(object({ organizationId: Uuid, role: Role })),
    createdAt: Instant,
    updatedAt: Instant,
  },
  { $id: 'User' },
)
export type User = Static<typeof User>

export const UserPage = PageOf(User)

export const UserFilters = object({
  organizationId: t.Optional(Uuid),
  email: t.Optional(Email),
  state: t.Optional(oneOf(userStates)),
  ...pageQuery,
})
export type UserFilters = Static<typeof UserFilters>

import { levels } from '../../platform/context.ts'
import { type Static, Instant, Name, object, oneOf, t, Uuid, Text } from '../../platform/schema.ts'

export const SignIn = object({
  email: Text(254, { minLength: 3, examples: ['admin@platform.example'] }),
  password: Text(1000),
  organizationId: t.Optional({ ...Uuid, description: 'where the account is kept, when one address has several' }),
})
export type SignIn = Static<typeof SignIn>

export const Refresh = object({ refreshToken: Text(200, { minLength: 20 }) })
export type Refresh = Static<typeof Refresh>

/** RFC 6749 section 5.1 in our spelling: send `accessToken` as bearer, keep `refreshToken` for the next one. */
export const Session = object({
  accessToken: t.String(),
  tokenType: t.Literal('Bearer'),
  expiresIn: t.Integer({ description: 'seconds' }),
  refreshToken: t.String(),
  refreshExpiresAt: Instant,
})
export type Session = Static<typeof Session>

export const Me = object({
  accountId: Uuid,
  organizationId: Uuid,
  organizationName: Name(),
  level: oneOf(levels),
  permissions: t.Array(t.String()),
})
export type Me = Static<typeof Me>

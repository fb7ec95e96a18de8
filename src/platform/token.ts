import { createPrivateKey, createPublicKey } from 'node:crypto'
import { jwt } from '@elysiajs/jwt'
import { type Static, fits, object, oneOf, t, Uuid } from './schema.ts'
import { deriveKey } from './secret.ts'

/** One organization that the account may act for, with what is needed to decide without reading the database. */
const Grant = object({
  org: Uuid,
  level: oneOf(['platform', 'distributor', 'partner', 'tenant']),
  platform: Uuid,
  distributor: Uuid,
  partner: Uuid,
  tenant: Uuid,
  seller: Uuid,
  roles: t.Array(t.String(), { minItems: 1, maxItems: 9 }),
  /** What is switched on there besides what the roles permit. */
  switches: t.Optional(t.Array(t.String(), { maxItems: 9 })),
})
export type Grant = Static<typeof Grant>

/** What an access token says. Short-lived: a change of roles holds when the token is renewed. */
type AccessClaims = { readonly accountId: string; readonly grants: readonly Grant[] }

/** Signs and checks access tokens. The only place that does. */
export type Tokens = {
  sign(claims: AccessClaims): Promise<string>
  /** Undefined for a token that is broken, expired, foreign or of another algorithm. */
  verify(token: string): Promise<AccessClaims | undefined>
  readonly lifetimeSeconds: number
}

/** DER prefix of an Ed25519 private key in PKCS #8 (RFC 8410): what follows is the 32-byte seed. */
const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex')

/** One key pair for all API processes: derived from the secret, so nothing has to be shared or stored. */
function signingKey(secret: string) {
  const seed = deriveKey(secret, 'access-token')
  const privateKey = createPrivateKey({ key: Buffer.concat([pkcs8Prefix, seed]), format: 'der', type: 'pkcs8' })
  return { privateKey, publicKey: createPublicKey(privateKey) }
}

/** base64url in its one canonical form: jose accepts some that are not. */
const isCanonical = (token: string): boolean =>
  token.split('.').every((part) => part !== '' && Buffer.from(part, 'base64url').toString('base64url') === part)

const Claims = t.Object({ sub: Uuid, exp: t.Integer(), grants: t.Array(Grant, { maxItems: 50 }) })

const issuer = 'weir'
const audience = 'weir-api'

/** EdDSA access tokens (RFC 8037) with issuer, audience and expiry (RFC 8725). */
export function openTokens(options: { secret: string; lifetimeSeconds: number }): Tokens {
  const { privateKey, publicKey } = signingKey(options.secret)
  const signer = jwt({ name: 'signer', alg: 'EdDSA', secret: privateKey, iss: issuer, aud: audience }).decorator.signer
  const verifier = jwt({ name: 'verifier', secret: publicKey }).decorator.verifier
  const checked = goodTokens()
  return {
    lifetimeSeconds: options.lifetimeSeconds,
    sign: ({ accountId, grants }) =>
      signer.sign({ sub: accountId, grants: [...grants], exp: `${options.lifetimeSeconds}s` }),
    verify: async (token) => {
      const known = checked.find(token)
      if (known) return known
      if (!isCanonical(token)) return undefined
      const claims: unknown = await verifier.verify(token, { issuer, audience, algorithms: ['EdDSA'] })
      if (!fits(Claims, claims)) return undefined
      return checked.keep(token, { accountId: claims.sub, grants: claims.grants }, claims.exp * 1000)
    },
  }
}

const keptTokens = 2_000

/** Remembers tokens that were found good until they expire: a signature costs more to check than a row to read. */
function goodTokens() {
  const kept = new Map<string, { readonly claims: AccessClaims; readonly expiresAtMs: number }>()
  return {
    find(token: string): AccessClaims | undefined {
      const found = kept.get(token)
      if (found && found.expiresAtMs > Date.now()) return found.claims
      kept.delete(token)
      return undefined
    },
    keep(token: string, claims: AccessClaims, expiresAtMs: number): AccessClaims {
      const [oldest] = kept.keys()
      if (oldest !== undefined && kept.size >= keptTokens) kept.delete(oldest)
      kept.set(token, { claims, expiresAtMs })
      return claims
    },
  }
}

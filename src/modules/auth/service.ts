import { createHash, randomBytes } from 'node:crypto'
import type { Actor, Ctx } from '../../platform/context.ts'
import { inTx } from '../../platform/context.ts'
import type { Database, Scope, Tx } from '../../platform/db.ts'
import { newId, nilId } from '../../platform/ids.ts'
import type { Log } from '../../platform/log.ts'
import { houseScope } from '../../platform/scopes.ts'
import type { Tokens } from '../../platform/token.ts'
import { badCredentials, badRefreshToken } from './errors.ts'
import { toGrant } from './grants.ts'
import type { Me, Refresh, Session, SignIn } from './model.ts'
import * as queries from './queries.ts'
import type { SignInThrottle } from './throttle.ts'

/** Signing in has no actor yet: this is all it needs. */
export type SignInCtx = {
  readonly db: Database
  readonly log: Log
  readonly tokens: Tokens
  readonly throttle: SignInThrottle
}

/** Reads accounts and sessions, and nothing else. */
const authScope: Scope = houseScope('weir_auth')

const refreshLifetimeDays = 30

/** A hash that no password has: checked when there is no account, so that both answers take the same time. */
const decoyHash = await Bun.password.hash(randomBytes(32).toString('hex'), 'argon2id')

/**
 * Signs in with e-mail and password; `address` is where the caller calls from.
 * @throws badCredentials, alike for an unknown address and a wrong password; 429 after too many failures.
 */
export async function signIn(ctx: SignInCtx, input: SignIn, address: string): Promise<Session> {
  const email = input.email.trim().toLowerCase()
  await ctx.throttle.admit(email, address)
  const candidates = await ctx.db.transaction(authScope, (tx) =>
    queries.listAccountsByEmail(tx, email, input.organizationId),
  )
  const account = await firstWithPassword(candidates, input.password)
  if (!account) {
    await ctx.throttle.failed(email, address)
    ctx.log.info('auth.sign_in_refused')
    throw badCredentials()
  }
  ctx.log.info('auth.signed_in', { accountId: account.id })
  return ctx.db.transaction(authScope, (tx) => openSession(ctx, tx, account.id, newId()))
}

async function firstWithPassword(candidates: readonly queries.AccountRow[], password: string) {
  const tried = candidates.length > 0 ? candidates : [{ id: '', passwordHash: null }]
  for (const account of tried) {
    const matches = await Bun.password.verify(password, account.passwordHash ?? decoyHash)
    if (matches && account.passwordHash !== null) return account
  }
  return undefined
}

/**
 * Trades a refresh token for a new pair. A token works once: its second use is a theft and ends the whole family.
 * @throws badRefreshToken
 */
export async function refresh(ctx: SignInCtx, input: Refresh): Promise<Session> {
  const session = await ctx.db.transaction(authScope, async (tx) => {
    const token = await queries.lockRefreshToken(tx, hashOf(input.refreshToken))
    if (!token || token.isDead) return undefined
    if (token.isUsed) {
      await queries.revokeFamily(tx, token.familyId)
      ctx.log.warn('auth.refresh_token_reused', { accountId: token.accountId })
      return undefined
    }
    await queries.markRefreshTokenUsed(tx, token.id)
    return openSession(ctx, tx, token.accountId, token.familyId)
  })
  if (!session) throw badRefreshToken()
  return session
}

/** Ends the session that this refresh token belongs to. May run twice; an unknown token is no error (RFC 7009 section 2.2). */
export const signOut = (ctx: SignInCtx, input: Refresh): Promise<void> =>
  ctx.db.transaction(authScope, async (tx) => {
    const token = await queries.lockRefreshToken(tx, hashOf(input.refreshToken))
    if (token) await queries.revokeFamily(tx, token.familyId)
  })

async function openSession(ctx: SignInCtx, tx: Tx, accountId: string, familyId: string): Promise<Session> {
  const grants = await queries.listGrants(tx, accountId)
  if (grants.length === 0) throw badCredentials()
  const refreshToken = randomBytes(32).toString('base64url')
  const refreshExpiresAt = new Date(Date.now() + refreshLifetimeDays * 86_400_000).toISOString()
  await queries.insertRefreshToken(tx, {
    id: newId(),
    familyId,
    accountId,
    tokenHash: hashOf(refreshToken),
    expiresAt: refreshExpiresAt,
  })
  const accessToken = await ctx.tokens.sign({ accountId, grants: grants.map(toGrant) })
  return { accessToken, tokenType: 'Bearer', expiresIn: ctx.tokens.lifetimeSeconds, refreshToken, refreshExpiresAt }
}

const hashOf = (token: string): Uint8Array => createHash('sha256').update(token).digest()

/** Who the caller is and what its roles permit. */
export async function whoAmI(ctx: Ctx): Promise<Me> {
  const { actor } = ctx
  const row = await inTx(ctx, (tx) => queries.findOrganizationName(tx, actor.organizationId))
  return {
    accountId: accountOf(actor),
    organizationId: actor.organizationId,
    organizationName: row?.name ?? '',
    level: actor.level,
    permissions: [...actor.permissions].sort(),
  }
}

const accountOf = (actor: Actor): string => actor.accountId ?? nilId

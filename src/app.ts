import { createHash } from 'node:crypto'
import { Elysia } from 'elysia'
import type { ApiConfig } from './platform/config.ts'
import { authorization } from './platform/auth.ts'
import type { Actor, Ctx } from './platform/context.ts'
import type { Database } from './platform/db.ts'
import { invalidField } from './platform/errors.ts'
import type { Log } from './platform/log.ts'
import type { Metrics } from './platform/metrics.ts'
import type { Once } from './platform/once.ts'
import { problems } from './platform/problem.ts'
import { requestIdOf } from './platform/request.ts'
import { openTokens } from './platform/token.ts'
import { authRoutes } from './modules/auth/index.ts'
import { authenticateWith } from './modules/auth/grants.ts'
import type { Mount } from './modules/mount.ts'
import type { Permission } from './modules/roles/permissions.ts'

/** What the app is built from; tests pass their own. */
export type AppParts = {
  readonly config: Pick<ApiConfig, 'secret' | 'accessTokenSeconds' | 'redisUrl' | 'metricsToken'>
  readonly db: Database
  readonly log: Log
  readonly metrics: Metrics
  readonly now: () => Date
}

/** Mounts every module; does not listen. */
export function createApp(parts: AppParts) {
  const tokens = openTokens({ secret: parts.config.secret, lifetimeSeconds: parts.config.accessTokenSeconds })
  const auth = authorization<Permission>(authenticateWith(tokens))
  const answered = new WeakMap<Request, Once>()
  const mount: Mount = { auth, ...contexts(parts, answered) }
  return new Elysia({ name: 'weir', normalize: false })
    .use(problems(parts.log))
    .onAfterHandle(({ request, set }) => {
      if (answered.get(request)?.replayed) set.headers['idempotency-replayed'] = 'true'
    })
    .group('/api/v1', (v1) => v1.use(authRoutes(mount, { db: parts.db, log: parts.log, tokens })))
}

function contexts(parts: AppParts, answered: WeakMap<Request, Once>): Pick<Mount, 'ctx' | 'ctxOnce'> {
  const ctx = (actor: Actor, request: Request): Ctx => {
    const requestId = requestIdOf(request)
    const log = parts.log.child({ requestId, organizationId: actor.organizationId })
    return { db: parts.db, log, actor, requestId, now: parts.now }
  }
  const ctxOnce = (actor: Actor, request: Request, body: unknown): Ctx => {
    const once = onceOf(request, body)
    if (once) answered.set(request, once)
    return { ...ctx(actor, request), once }
  }
  return { ctx, ctxOnce }
}

/** The Idempotency-Key with what it stands for. @throws DomainError 422 when the key is malformed. */
function onceOf(request: Request, body: unknown): Once | undefined {
  const key = request.headers.get('idempotency-key')
  if (key === null) return undefined
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw invalidField('/headers/idempotency-key', 'idempotency.key_invalid', 'use 1 to 255 printable characters')
  }
  const content = body instanceof Uint8Array ? body : JSON.stringify(body ?? null)
  const { pathname, search } = new URL(request.url)
  const requestHash = createHash('sha256').update(`${request.method} ${pathname}${search}\n`).update(content).digest()
  return { key, requestHash, replayed: false }
}

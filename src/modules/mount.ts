import { createHmac } from 'node:crypto'
import type { authorization } from '../platform/auth.ts'
import type { Actor, Ctx } from '../platform/context.ts'
import type { Database } from '../platform/db.ts'
import { invalidField } from '../platform/errors.ts'
import type { Log } from '../platform/log.ts'
import type { Once } from '../platform/once.ts'
import { requestIdOf } from '../platform/request.ts'
import { deriveKey } from '../platform/secret.ts'
import type { Permission } from './roles/permissions.ts'

/** What every routes file is given: the permission macros, and the way from a request to a service context. */
export type Mount = {
  readonly auth: ReturnType<typeof authorization<Permission>>
  /** The context of a read or of a change that is harmless to repeat. */
  readonly ctx: (actor: Actor, request: Request) => Ctx
  /** The context of a change that makes work or money: takes the caller's Idempotency-Key along with the body it came with. */
  readonly ctxOnce: (actor: Actor, request: Request, body: unknown) => Ctx
  /** What came of the key of this request: its answer was kept, or is a repeated one. */
  readonly keyOutcome: (request: Request) => Once['outcome']
}

/** Makes the contexts of requests. */
export function mountContexts(parts: { db: Database; log: Log; now: () => Date; secret: string }): Omit<Mount, 'auth'> {
  const key = deriveKey(parts.secret, 'idempotency')
  const onces = new WeakMap<Request, Once>()
  const ctx = (actor: Actor, request: Request): Ctx => {
    const requestId = requestIdOf(request)
    const log = parts.log.child({ requestId, organizationId: actor.organizationId })
    return { db: parts.db, log, actor, requestId, now: parts.now }
  }
  const ctxOnce = (actor: Actor, request: Request, body: unknown): Ctx => {
    const once = onceOf(key, request, body)
    if (once) onces.set(request, once)
    return { ...ctx(actor, request), once }
  }
  return { ctx, ctxOnce, keyOutcome: (request) => onces.get(request)?.outcome }
}

/**
 * The Idempotency-Key with what it stands for. Keyed, since bodies hold passwords that a plain hash would let guess.
 * @throws DomainError 422 when the key is malformed.
 */
function onceOf(hashKey: Uint8Array, request: Request, body: unknown): Once | undefined {
  const key = request.headers.get('idempotency-key')
  if (key === null) return undefined
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw invalidField('/headers/idempotency-key', 'idempotency.key_invalid', 'use 1 to 255 printable characters')
  }
  const content = body instanceof Uint8Array ? body : JSON.stringify(body ?? null)
  const { pathname, search } = new URL(request.url)
  const requestHash = createHmac('sha256', hashKey)
    .update(`${request.method} ${pathname}${search}\n`)
    .update(content)
    .digest()
  return { key, requestHash }
}

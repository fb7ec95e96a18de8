import { Elysia } from 'elysia'
import type { Actor } from './context.ts'
import { DomainError } from './errors.ts'
import { type RequestLimit, tooManyRequests } from './rate-limit.ts'
import { requestIdOf } from './request.ts'

/** Finds out who asks. Undefined: no valid token. @throws DomainError when the caller must first choose an organization. */
type Authenticate = (request: Request) => Promise<Actor | undefined>

/**
 * The macros `can` and `open`: every route has exactly one of them, which a test looks for in the route's detail. `once` says
 * of a route that it takes an Idempotency-Key.
 * The check runs in `transform`, before validation, so that a stranger learns nothing about our schemas.
 */
export const authorization = <P extends string>(authenticate: Authenticate, limit: RequestLimit) => {
  const actors = new WeakMap<Request, Actor>()
  return new Elysia({ name: 'authorization' }).macro({
    open: (_: true) => ({
      detail: { 'x-permission': 'none' } as object,
      resolve: ({ request }: { request: Request }) => ({ requestId: requestIdOf(request) }),
    }),
    once: (_: true) => ({ detail: { 'x-idempotency-key': true } as object }),
    can: (permission: P | 'signed-in') => ({
      detail: { 'x-permission': permission, security: [{ bearer: [] }] } as object,
      async transform({ request, set }: { request: Request; set: { headers: Record<string, string | number> } }) {
        const actor = await authenticate(request)
        if (!actor) throw new DomainError('unauthenticated', 'auth.required', 'a valid bearer token is required')
        const allowance = await limit.take(actor)
        if (allowance.policy !== '') {
          set.headers['ratelimit-policy'] = allowance.policy
          set.headers['ratelimit'] = allowance.left
        }
        if (allowance.retryAfterSeconds !== undefined) throw tooManyRequests(allowance.retryAfterSeconds)
        if (permission !== 'signed-in' && !actor.permissions.has(permission)) {
          throw new DomainError('forbidden', 'auth.forbidden', `this needs the permission ${permission}`)
        }
        actors.set(request, actor)
      },
      resolve: ({ request }: { request: Request }) => ({ actor: actorOf(actors, request) }),
    }),
  })
}

function actorOf(actors: WeakMap<Request, Actor>, request: Request): Actor {
  const actor = actors.get(request)
  if (!actor) throw new Error('invariant broken: a permitted route has an actor')
  return actor
}

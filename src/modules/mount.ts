import type { authorization } from '../platform/auth.ts'
import type { Actor, Ctx } from '../platform/context.ts'
import type { Permission } from './roles/permissions.ts'

/** What every routes file is given: the permission macros, and the way from a request to a service context. */
export type Mount = {
  readonly auth: ReturnType<typeof authorization<Permission>>
  /** The context of a read or of a change that is harmless to repeat. */
  readonly ctx: (actor: Actor, request: Request) => Ctx
  /** The context of a change that makes work or money: takes the caller's Idempotency-Key along with the body it came with. */
  readonly ctxOnce: (actor: Actor, request: Request, body: unknown) => Ctx
}

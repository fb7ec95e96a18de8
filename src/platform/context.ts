import type { Database, DatabaseRole, Scope, Tx } from './db.ts'
import { nilId } from './ids.ts'
import type { Log } from './log.ts'
import { once, type Once } from './once.ts'

/** The fixed levels of the hierarchy, from the top. */
export const levels = ['platform', 'distributor', 'partner', 'tenant'] as const
export type Level = (typeof levels)[number]

/** An organization with its ancestors; a skipped level is the nil UUID. An organization names itself at its own level. */
export type Branch = {
  readonly organizationId: string
  readonly level: Level
  readonly platformId: string
  readonly distributorId: string
  readonly partnerId: string
  readonly tenantId: string
}

/** Who asks: an account, acting for one organization, with what its roles there permit. */
export type Actor = Branch & {
  readonly accountId: string | null
  readonly sellerOfRecordId: string
  readonly permissions: ReadonlySet<string>
}

/** What every service function needs and nothing more. */
export type Ctx = {
  readonly db: Database
  readonly log: Log
  readonly actor: Actor
  readonly requestId: string
  /** The wall clock of the process, for what is no money and no lease. */
  readonly now: () => Date
  /** The caller's Idempotency-Key, where the route takes one. */
  readonly once?: Once | undefined
}

const tierRoles: Record<Level, DatabaseRole> = {
  platform: 'weir_platform',
  distributor: 'weir_distributor',
  partner: 'weir_partner',
  tenant: 'weir_tenant',
}

/** The database role of a level: the second lock of every read. */
export const tierRole = (level: Level): DatabaseRole => tierRoles[level]

/** The organization and its ancestors, without skipped levels. */
export const lineOf = (branch: Branch): string[] =>
  [branch.platformId, branch.distributorId, branch.partnerId, branch.tenantId].filter((id) => id !== nilId)

/** The scope in which an actor reads and writes, as its tier or as a work role. */
export const scopeOf = (actor: Actor, role: DatabaseRole = tierRole(actor.level)): Scope => ({
  role,
  organizationId: actor.organizationId,
  accountId: actor.accountId,
  sellerOfRecordId: actor.sellerOfRecordId,
  line: lineOf(actor),
})

/** Runs `work` in one transaction as the actor's tier. */
export const inTx = <T>(ctx: Ctx, work: (tx: Tx) => Promise<T>): Promise<T> =>
  ctx.db.transaction(scopeOf(ctx.actor), work)

/**
 * Like `inTx`, and at most once per Idempotency-Key of the caller: a repeated key gets the first answer again.
 * @throws DomainError when the key came with another body (422) or its first request is still at work (409).
 */
export const inTxOnce = <T extends object>(ctx: Ctx, work: (tx: Tx) => Promise<T>): Promise<T> =>
  inTx(ctx, (tx) => (ctx.once ? once(tx, ctx.actor, ctx.once, () => work(tx)) : work(tx)))

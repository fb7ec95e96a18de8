import { isInBranchOf } from '../../platform/branch.ts'
import type { Ctx } from '../../platform/context.ts'
import { inTx, inTxOnce } from '../../platform/context.ts'
import type { Tx } from '../../platform/db.ts'
import { invariant, notFound, unknownReference } from '../../platform/errors.ts'
import type { Versioned } from '../../platform/request.ts'
import { recordAudit } from '../audit/service.ts'
import { findBranch, lockOrganizations } from '../organizations/service.ts'
import { administrators, levelOfRole } from '../roles/permissions.ts'
import { lastAdministrator, roleAcrossBranches, roleOfOtherLevel } from './errors.ts'
import type { GrantPath, NewGrant, User } from './model.ts'
import * as queries from './queries.ts'
import { readUser, toVersioned } from './read.ts'

/**
 * Grants a role at the user's organization or at one below it, all in the caller's branch. A role has the level of its
 * organization, so nobody grants above the own level. May run twice.
 * @throws notFound, unknownReference, roleOfOtherLevel, roleAcrossBranches
 */
export const grantRole = (ctx: Ctx, userId: string, input: NewGrant): Promise<Versioned<User>> =>
  inTxOnce(ctx, async (tx) => {
    const user = await readUser(ctx, tx, userId)
    const place = await findBranch(tx, ctx.actor, input.organizationId ?? user.organizationId)
    if (!place) throw unknownReference('/organizationId')
    const home = await findBranch(tx, ctx.actor, user.organizationId)
    invariant(home, 'a user in sight has an organization in sight')
    if (!isInBranchOf(home, place)) throw roleAcrossBranches()
    if (levelOfRole(input.role) !== place.level) throw roleOfOtherLevel()
    const grant = { accountId: userId, role: input.role, grantedBy: ctx.actor.accountId }
    if (await queries.insertGrant(tx, place, grant)) {
      await noteGrant(ctx, tx, 'user.role_granted', userId, place.organizationId, input.role)
    }
    return toVersioned(await readUser(ctx, tx, userId))
  })

/** Takes a role away; access tokens in hand end by themselves within minutes. @throws notFound, lastAdministrator */
export const revokeRole = (ctx: Ctx, { id, role }: GrantPath, organizationId: string | undefined): Promise<void> =>
  inTx(ctx, async (tx) => {
    const user = await readUser(ctx, tx, id)
    const at = organizationId ?? user.organizationId
    await keepAdministrators(
      ctx,
      tx,
      id,
      user.roles.filter((held) => held.role === role && held.organizationId === at),
    )
    if (!(await queries.deleteGrant(tx, ctx.actor, { accountId: id, organizationId: at, role }))) throw notFound()
    await noteGrant(ctx, tx, 'user.role_revoked', id, at, role)
  })

/**
 * Makes sure that each organization keeps an active administrator when this user loses these roles. Decided under a lock
 * of the organizations, so that of the last two only one can go. @throws lastAdministrator
 */
export async function keepAdministrators(ctx: Ctx, tx: Tx, userId: string, losing: User['roles']): Promise<void> {
  const led = losing.filter(({ role }) => administrators.includes(role)).map(({ organizationId }) => organizationId)
  if (led.length === 0) return
  await lockOrganizations(tx, ctx.actor, led)
  if ((await queries.countLeftAlone(tx, userId, led, administrators)) > 0) throw lastAdministrator()
}

const noteGrant = (ctx: Ctx, tx: Tx, action: string, userId: string, organizationId: string, role: string) =>
  recordAudit(
    tx,
    ctx.actor,
    { action, objectType: 'user', objectId: userId, details: { organizationId, role } },
    ctx.requestId,
  )

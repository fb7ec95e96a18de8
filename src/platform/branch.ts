import type { Branch } from './context.ts'
import type { Tx } from './db.ts'

/**
 * The first of the two locks on a branch table: the predicate that says in the query what row level security says
 * behind it. `relation` is the table's name or alias in the query.
 */
export const inBranch = (tx: Tx, viewer: Branch, relation: string) => {
  if (viewer.level === 'platform') return tx`true`
  return tx`${tx(`${relation}.${viewer.level}_id`)} = ${viewer.organizationId}`
}

/** True when the organization is the viewer or below it. */
export const isInBranchOf = (viewer: Branch, branch: Branch): boolean => {
  if (viewer.level === 'platform') return branch.platformId === viewer.platformId
  if (viewer.level === 'distributor') return branch.distributorId === viewer.organizationId
  if (viewer.level === 'partner') return branch.partnerId === viewer.organizationId
  return branch.tenantId === viewer.organizationId
}

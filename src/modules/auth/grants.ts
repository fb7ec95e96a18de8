import type { Actor } from '../../platform/context.ts'
import { nilId } from '../../platform/ids.ts'
import { bearerOf } from '../../platform/request.ts'
import type { Grant, Tokens } from '../../platform/token.ts'
import { permissionsOf } from '../roles/permissions.ts'
import { chooseOrganization, noRoleThere } from './errors.ts'
import type { GrantRow } from './queries.ts'

/** What the token says of one organization, with its seller of record: the nearest reseller above it, else the platform. */
export const toGrant = (row: GrantRow): Grant => ({
  org: row.organizationId,
  level: row.level,
  platform: row.platformId,
  distributor: row.distributorId,
  partner: row.partnerId,
  tenant: row.tenantId,
  seller: sellerOfRecord(row),
  roles: row.roles,
  switches: row.switches,
})

function sellerOfRecord(row: GrantRow): string {
  const isBelow = (id: string) => id !== nilId && id !== row.organizationId
  if (isBelow(row.partnerId) && row.partnerModel === 'reseller') return row.partnerId
  if (isBelow(row.distributorId) && row.distributorModel === 'reseller') return row.distributorId
  return row.platformId
}

/**
 * Finds the actor of a request: the account of its token, acting for its only organization or for the one
 * that the header `Weir-Organization` names.
 * @throws chooseOrganization, noRoleThere alike for an organization of others and none
 */
export const authenticateWith = (tokens: Tokens) => {
  // Tokens that were found good are remembered with their grants, and so is who acts by them.
  const actors = new WeakMap<Grant, Actor>()
  return async (request: Request): Promise<Actor | undefined> => {
    const token = bearerOf(request)
    const claims = token ? await tokens.verify(token) : undefined
    if (!claims) return undefined
    const named = request.headers.get('weir-organization')
    if (named === null && claims.grants.length > 1) throw chooseOrganization()
    const grant = named === null ? claims.grants[0] : claims.grants.find((one) => one.org === named)
    if (!grant && named !== null) throw noRoleThere()
    if (!grant) return undefined
    const actor = actors.get(grant) ?? toActor(claims.accountId, grant)
    actors.set(grant, actor)
    return actor
  }
}

const toActor = (accountId: string, grant: Grant): Actor => ({
  accountId,
  organizationId: grant.org,
  level: grant.level,
  platformId: grant.platform,
  distributorId: grant.distributor,
  partnerId: grant.partner,
  tenantId: grant.tenant,
  sellerOfRecordId: grant.seller,
  permissions: permissionsOf(grant.roles, grant.switches),
})

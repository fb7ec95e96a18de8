import { mayMove } from '../../billing/states.ts'
import { isTimeZone } from '../../billing/zones.ts'
import type { Branch, Ctx, Level } from '../../platform/context.ts'
import { inTx, inTxOnce } from '../../platform/context.ts'
import { isViolation, type Tx } from '../../platform/db.ts'
import { invariant, notFound } from '../../platform/errors.ts'
import { idPageRequest, type Page, pageOf } from '../../platform/page.ts'
import { stale, type Versioned } from '../../platform/request.ts'
import { recordAudit } from '../audit/service.ts'
import * as changes from './changes/queries.ts'
import {
  externalIdOfParent,
  externalIdTaken,
  impossibleMove,
  notOwnState,
  onlyOwnContact,
  unknownTimeZone,
} from './errors.ts'
import type { Organization, OrganizationChange, OrganizationFilters } from './model.ts'
import * as queries from './queries.ts'

/** The levels below the platform: each has its own path. */
export type LevelBelow = Exclude<Level, 'platform'>

const toOrganization = ({ version: _, ...organization }: queries.OrganizationRow): Organization => organization
/** The resource of a row, with its version. */
export const toVersioned = (row: queries.OrganizationRow): Versioned<Organization> => ({
  value: toOrganization(row),
  version: row.version,
})

/** One level of the caller's branch, newest first. */
export async function listOrganizations(
  ctx: Ctx,
  level: LevelBelow,
  filters: OrganizationFilters,
): Promise<Page<Organization>> {
  const kind = `${level}s`
  const page = idPageRequest(kind, filters)
  const rows = await inTx(ctx, (tx) => queries.listOrganizations(tx, ctx.actor, level, filters, page))
  return pageOf(kind, page, rows, (row) => row.id, toOrganization)
}

/** @throws notFound */
export const getOrganization = (ctx: Ctx, level: LevelBelow, id: string): Promise<Versioned<Organization>> =>
  inTx(ctx, async (tx) => {
    const row = await queries.findOrganization(tx, ctx.actor, level, id)
    if (!row) throw notFound()
    return toVersioned(row)
  })

/**
 * Changes an organization as it was at `version`. Who may not write organizations changes its own name and contact only.
 * @throws notFound, stale, onlyOwnContact, externalIdOfParent, externalIdTaken, unknownTimeZone
 */
export async function updateOrganization(
  ctx: Ctx,
  level: LevelBelow,
  id: string,
  version: number,
  change: OrganizationChange,
): Promise<Versioned<Organization>> {
  if (change.timeZone !== undefined && !isTimeZone(change.timeZone)) throw unknownTimeZone()
  try {
    return await inTx(ctx, async (tx) => {
      const before = await queries.findOrganization(tx, ctx.actor, level, id)
      if (!before) throw notFound()
      refuseForeignFields(ctx, id, change)
      const after = await queries.updateOrganization(tx, ctx.actor, { ...before, ...change, version })
      if (!after) throw stale()
      const details = Object.fromEntries(Object.keys(change).map((field) => [field, true]))
      const entry = { action: 'organization.updated', objectType: 'organization', objectId: id, details }
      await recordAudit(tx, ctx.actor, entry, ctx.requestId)
      return toVersioned(after)
    })
  } catch (error) {
    throw isViolation(error, 'organization_external_id_per_parent') ? externalIdTaken() : error
  }
}

/** The external id is the parent's: a clash with it would tell an organization what its siblings are called. */
function refuseForeignFields({ actor }: Ctx, id: string, change: OrganizationChange): void {
  const isContactOnly = change.externalId === undefined && change.timeZone === undefined
  if (!actor.permissions.has('organizations:write') && !isContactOnly) throw onlyOwnContact()
  if (id === actor.organizationId && change.externalId !== undefined) throw externalIdOfParent()
}

/** No new orders in its branch from now on; usage goes on being rated. @throws notFound, notOwnState, impossibleMove */
export const suspendOrganization = (ctx: Ctx, level: LevelBelow, id: string): Promise<Versioned<Organization>> =>
  moveOrganization(ctx, level, id, 'suspended')

/** Ends a suspension. @throws notFound, notOwnState, impossibleMove */
export const resumeOrganization = (ctx: Ctx, level: LevelBelow, id: string): Promise<Versioned<Organization>> =>
  moveOrganization(ctx, level, id, 'active')

const moveOrganization = (ctx: Ctx, level: LevelBelow, id: string, state: 'active' | 'suspended') =>
  inTxOnce(ctx, async (tx) => {
    const before = await queries.lockOrganization(tx, ctx.actor, level, id)
    if (!before) throw notFound()
    if (id === ctx.actor.organizationId) throw notOwnState()
    if (!mayMove('organization', before.state, state)) throw impossibleMove()
    const after = await queries.updateState(tx, ctx.actor, id, state)
    invariant(after, 'a locked organization can be written')
    const action = state === 'active' ? 'organization.resumed' : 'organization.suspended'
    await recordAudit(tx, ctx.actor, { action, objectType: 'organization', objectId: id }, ctx.requestId)
    return toVersioned(after)
  })

/** The place of an organization of the viewer's branch; undefined for a foreign and for an absent one alike. */
export async function findBranch(tx: Tx, viewer: Branch, organizationId: string): Promise<Branch | undefined> {
  const place = await queries.findPlace(tx, viewer, organizationId)
  return place && toBranch(viewer, place)
}

/**
 * True while a planned change of that month, or an earlier one, has not been brought about in what this seller sells. Runs as
 * weir_seller.
 */
export const isChangePending = (tx: Tx, sellerId: string, period: string): Promise<boolean> =>
  changes.isChangePending(tx, sellerId, period)

/** A row's place as a branch of the one platform. */
export const toBranch = ({ platformId }: Branch, place: queries.PlaceRow): Branch => {
  const { organizationId, level, distributorId, partnerId, tenantId } = place
  return { organizationId, level, platformId, distributorId, partnerId, tenantId }
}

/** Lets nobody else change these organizations, or decide about their people, until the transaction ends. */
export const lockOrganizations = async (tx: Tx, viewer: Branch, ids: readonly string[]): Promise<void> => {
  await queries.lockOrganizations(tx, viewer, ids)
}

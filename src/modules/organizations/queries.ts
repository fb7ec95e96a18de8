import { inBranch } from '../../platform/branch.ts'
import type { Branch, Level } from '../../platform/context.ts'
import { one, type Tx } from '../../platform/db.ts'
import { onePast, type PageRequest } from '../../platform/page.ts'
import type { Contact, Organization, OrganizationFilters } from './model.ts'

export type OrganizationRow = Organization & { version: number }

const columns = (tx: Tx) => tx`
  organization.id, name, level, parent_id as "parentId", external_id as "externalId",
  commercial_model as "commercialModel", is_confidential as confidential, currency, time_zone as "timeZone", contact, state, version,
  created_at as "createdAt", updated_at as "updatedAt"`

export const listOrganizations = (
  tx: Tx,
  viewer: Branch,
  level: Level,
  filters: OrganizationFilters,
  page: PageRequest,
) =>
  tx<OrganizationRow[]>`
    select ${columns(tx)} from organization
    where ${inBranch(tx, viewer, 'organization')} and level = ${level}
      ${filters.parentId ? tx`and parent_id = ${filters.parentId}` : tx``}
      ${filters.state ? tx`and state = ${filters.state}` : tx``}
      ${filters.externalId ? tx`and external_id = ${filters.externalId}` : tx``}
      ${filters.commercialModel ? tx`and commercial_model = ${filters.commercialModel}` : tx``}
      ${page.after ? tx`and organization.id < ${page.after}` : tx``}
    order by organization.id desc limit ${onePast(tx, page)}`

export const findOrganization = async (tx: Tx, viewer: Branch, level: Level, id: string) =>
  one(
    await tx<OrganizationRow[]>`
    select ${columns(tx)} from organization
    where ${inBranch(tx, viewer, 'organization')} and organization.id = ${id} and level = ${level}`,
  )

/** Locks the row against others who change it. */
export const lockOrganization = async (tx: Tx, viewer: Branch, level: Level, id: string) =>
  one(
    await tx<OrganizationRow[]>`
    select ${columns(tx)} from organization
    where ${inBranch(tx, viewer, 'organization')} and organization.id = ${id} and level = ${level}
    for no key update`,
  )

/** Locks several, in the order of their ids. */
export const lockOrganizations = (tx: Tx, viewer: Branch, ids: readonly string[]) => tx`
  select id from organization where ${inBranch(tx, viewer, 'organization')} and id = any (${[...ids]}::uuid[])
  order by id for no key update`

export type PlaceRow = Omit<Branch, 'platformId'> & { state: Organization['state'] }

const placeColumns = (tx: Tx) => tx`
  id as "organizationId", level, distributor_id as "distributorId", partner_id as "partnerId", tenant_id as "tenantId", state`

export const findPlace = async (tx: Tx, viewer: Branch, id: string) =>
  one(
    await tx<PlaceRow[]>`
    select ${placeColumns(tx)} from organization where ${inBranch(tx, viewer, 'organization')} and id = ${id}`,
  )

/** Keeps the parent as it is until the child stands. */
export const lockParent = async (tx: Tx, viewer: Branch, id: string) =>
  one(
    await tx<PlaceRow[]>`
    select ${placeColumns(tx)} from organization where ${inBranch(tx, viewer, 'organization')} and id = ${id}
    for share`,
  )

type NewRow = {
  place: Branch
  parentId: string
  name: string
  externalId: string | null
  commercialModel: Organization['commercialModel']
  isConfidential: boolean
  currency: string
  timeZone: string
  contact: Contact | null
}

export const insertOrganization = async (tx: Tx, { place, ...row }: NewRow) =>
  one(
    await tx<OrganizationRow[]>`
    insert into organization (id, level, parent_id, distributor_id, partner_id, tenant_id, name, external_id,
                              commercial_model, is_confidential, currency, time_zone, contact)
    values (${place.organizationId}, ${place.level}, ${row.parentId}, ${place.distributorId}, ${place.partnerId},
            ${place.tenantId}, ${row.name}, ${row.externalId}, ${row.commercialModel},
            ${row.isConfidential}, ${row.currency}, ${row.timeZone}, ${row.contact === null ? null : tx.json(row.contact)})
    returning ${columns(tx)}`,
  )

/** Writes the row as given where it still has its version; undefined when somebody else was faster. */
export const updateOrganization = async (tx: Tx, viewer: Branch, row: OrganizationRow) =>
  one(
    await tx<OrganizationRow[]>`
    update organization set name = ${row.name}, external_id = ${row.externalId}, time_zone = ${row.timeZone},
      contact = ${row.contact === null ? null : tx.json(row.contact)},
      version = version + 1, updated_at = clock_timestamp()
    where ${inBranch(tx, viewer, 'organization')} and organization.id = ${row.id} and version = ${row.version}
    returning ${columns(tx)}`,
  )

export const updateState = async (tx: Tx, viewer: Branch, id: string, state: Organization['state']) =>
  one(
    await tx<OrganizationRow[]>`
    update organization set state = ${state}, version = version + 1, updated_at = clock_timestamp()
    where ${inBranch(tx, viewer, 'organization')} and organization.id = ${id}
    returning ${columns(tx)}`,
  )

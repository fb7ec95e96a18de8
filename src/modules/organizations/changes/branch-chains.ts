import { type Chain, type ChainEdge, edgesOf } from '../../../billing/chain.ts'
import type { Branch } from '../../../platform/context.ts'
import { invariant } from '../../../platform/errors.ts'
import { nilId } from '../../../platform/ids.ts'
import type { MemberRow } from './queries-apply.ts'

/** Organizations as they stand, or as they would: a branch with everybody above it. */
export type Members = ReadonlyMap<string, MemberRow>

/** Keyed by id. */
export const membersOf = (rows: readonly MemberRow[]): Members => new Map(rows.map((row) => [row.id, row]))

/** Where an organization goes: what its branch gets as ancestors. */
type Parent = Pick<Branch, 'organizationId' | 'distributorId' | 'partnerId'>

/** The members as they would be after the move: the subject and all below it have the new ancestors. */
export function movedTo(members: Members, subject: MemberRow, parent: Parent): Members {
  const moved = [...members.values()].map((row) => {
    if (!isWithin(row, subject)) return row
    const { distributorId, partnerId } = parent
    return subject.level === 'tenant' ? { ...row, distributorId, partnerId } : { ...row, distributorId }
  })
  return membersOf(moved)
}

/** The members as they would be with another commercial model of one of them. */
export const remodelled = (members: Members, subject: MemberRow, model: NonNullable<MemberRow['commercialModel']>) =>
  membersOf([...members.values()].map((row) => (row.id === subject.id ? { ...row, commercialModel: model } : row)))

/** True for the subject and what is below it. */
const isWithin = (row: MemberRow, subject: MemberRow): boolean =>
  [row.id, row.distributorId, row.partnerId].includes(subject.id)

/** The chain that ends at a member; a member above the tenants stands as if a tenant were directly below it. */
export function chainAt(members: Members, platformId: string, row: MemberRow): Chain {
  const dealerAt = (id: string) => {
    if (id === nilId) return null
    const dealer = members.get(id)
    invariant(dealer?.commercialModel, 'a dealer of a line is known with its model')
    return { id, model: dealer.commercialModel, isConfidential: dealer.isConfidential }
  }
  return {
    platformId,
    distributor: dealerAt(row.distributorId),
    partner: dealerAt(row.partnerId),
    tenantId: row.level === 'tenant' ? row.id : nilId,
  }
}

/** The edge on which a member buys: every tenant and every reseller has one, an agent none. */
export function purchaseOf(members: Members, platformId: string, row: MemberRow): ChainEdge | undefined {
  const edges = edgesOf(chainAt(members, platformId, row))
  if (row.level === 'tenant') return edges.at(-1)
  return row.commercialModel === 'reseller' ? edges.at(-2) : undefined
}

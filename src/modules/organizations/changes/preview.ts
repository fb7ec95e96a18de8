import { type AgencyChange, chainChange, type EdgeChange } from '../../../billing/chain-change.ts'
import type { Chain } from '../../../billing/chain.ts'
import { periodStart } from '../../../billing/period.ts'
import { type Actor, type Branch, lineOf } from '../../../platform/context.ts'
import type { Tx } from '../../../platform/db.ts'
import { invariant } from '../../../platform/errors.ts'
import { asChainKeeper } from '../chain.ts'
import { chainAt, type Members, membersOf, movedTo, remodelled } from './branch-chains.ts'
import type { ChangePreview } from './model.ts'
import { listBranch, listMembers, type MemberRow } from './queries-apply.ts'
import * as queries from './queries.ts'

/** What somebody would like to become. */
type PreviewWish = Pick<queries.NewChange, 'fromPeriod' | 'toParentId' | 'toModel'> & { readonly place: Branch }

const rowsShown = 200

/**
 * Says what a change would do, as things stand now: which edges and commissions begin and end, which prices the new sellers
 * lack, and which plans are kept. Names organizations of the caller's own line only, and no amount.
 */
export const previewOf = (tx: Tx, actor: Actor, wish: PreviewWish): Promise<ChangePreview> =>
  asChainKeeper(tx, actor, async () => {
    const { subject, before, after, branch } = await readBoth(tx, wish)
    const inBranch = new Set(branch.map(({ id }) => id))
    const tenants = branch.filter(({ level }) => level === 'tenant')
    const chains = tenants.map((row) => ({
      tenantId: row.id,
      before: chainAt(before, wish.place.platformId, rowIn(before, row.id)),
      after: chainAt(after, wish.place.platformId, rowIn(after, row.id)),
    }))
    const standIn = standingAlone(before, after, wish.place.platformId, subject)
    const changes = [...chains, ...standIn].map((one) => chainChange(one.before, one.after))
    const edges = distinct(
      changes.flatMap((one) => one.edges),
      ({ sellerId, buyerId }) => `${sellerId} ${buyerId}`,
    ).filter(({ buyerId }) => inBranch.has(buyerId))
    return {
      fromPeriod: wish.fromPeriod,
      tenants: tenants.length,
      edges: edges.slice(0, rowsShown),
      commissions: commissionsOf(changes.flatMap((one) => one.agencies)).slice(0, rowsShown),
      missingPrices: await missingPrices(tx, chains, periodStart(wish.fromPeriod)),
      keptPlans: await queries.listForeignPlans(tx, chains.map(ownersOf), rowsShown),
    }
  })

const rowIn = (members: Members, id: string): MemberRow => {
  const row = members.get(id)
  invariant(row, 'a member of the branch is known')
  return row
}

async function readBoth(tx: Tx, { place, toParentId, toModel }: PreviewWish) {
  const branch = await listBranch(tx, { id: place.organizationId, level: place.level })
  const before = membersOf([...(await listMembers(tx, lineOf(place))), ...branch])
  const subject = rowIn(before, place.organizationId)
  if (toModel !== undefined) return { subject, branch, before, after: remodelled(before, subject, toModel) }
  invariant(toParentId !== undefined, 'a change moves an organization or gives it another model')
  const [parent] = await listMembers(tx, [toParentId])
  invariant(parent, 'the new parent has been found')
  const at = { organizationId: parent.id, distributorId: parent.distributorId, partnerId: parent.partnerId }
  const above = await listMembers(tx, [parent.id, parent.distributorId, parent.partnerId])
  return { subject, branch, before, after: movedTo(membersOf([...before.values(), ...above]), subject, at) }
}

/** A dealer changes its own purchase even while it has no tenants. */
function standingAlone(before: Members, after: Members, platformId: string, { id, level }: MemberRow) {
  if (level === 'tenant') return []
  const at = (members: Members): Chain => chainAt(members, platformId, rowIn(members, id))
  return [{ before: at(before), after: at(after) }]
}

const distinct = <T extends EdgeChange | AgencyChange>(changes: readonly T[], nameOf: (one: T) => string): T[] => [
  ...new Map(changes.map((one) => [`${nameOf(one)} ${one.change}`, one])).values(),
]

/** Who earns from the same payer on some tenants before and on others after neither begins nor ends to. */
const commissionsOf = (agencies: readonly AgencyChange[]): AgencyChange[] =>
  distinct(agencies, ({ payerId, payeeId }) => `${payerId} ${payeeId}`)

type BothChains = { readonly tenantId: string; readonly before: Chain; readonly after: Chain }

/** On every edge that the tenant's usage was not sold on before, the edge of a reseller that was there already included. */
function missingPrices(tx: Tx, chains: readonly BothChains[], day: string) {
  const wanted = chains.flatMap(({ tenantId, before, after }) =>
    chainChange(before, after)
      .edges.filter(({ change }) => change === 'begins')
      .map(({ sellerId, buyerId }) => ({ sellerId, buyerId, tenantId })),
  )
  return queries.listMissingPrices(tx, wanted, day, rowsShown)
}

/** Plans of these are for the tenant: the line above it. */
const ownersOf = ({ tenantId, after }: BothChains) => ({
  tenantId,
  ownerIds: [after.platformId, after.distributor?.id, after.partner?.id].filter((id) => id !== undefined),
})

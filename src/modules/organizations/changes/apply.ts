import { applyChange } from '../../../../jobs/organizations.ts'
import { type ChainEdge, edgesOf } from '../../../billing/chain.ts'
import { currency, minorDigits } from '../../../billing/money.ts'
import { type Period, periodStart } from '../../../billing/period.ts'
import { type Branch, lineOf } from '../../../platform/context.ts'
import { switchRole, type Tx } from '../../../platform/db.ts'
import { invariant } from '../../../platform/errors.ts'
import { newId, nilId } from '../../../platform/ids.ts'
import { enqueue, type JobOwner } from '../../../platform/jobs.ts'
import { type JobResult, type WorkCtx, workScope } from '../../../platform/work.ts'
import { markTenantsDue } from '../../billing/rating/due.ts'
import { showPricesTo } from '../../pricing/price-lists/sight.ts'
import { openEdges, termsIn, writeChains } from '../chain.ts'
import { lockChains, type NewEdge, type Terms } from '../queries-chain.ts'
import { chainAt, type Members, membersOf, purchaseOf } from './branch-chains.ts'
import * as queries from './queries-apply.ts'
import { listDueChanges } from './queries.ts'

/** Raises a job for every planned change whose month has begun. Runs as weir_relay in the platform's name; may run twice. */
export async function enqueueDueChanges(tx: Tx, platform: JobOwner): Promise<void> {
  for (const { id } of await listDueChanges(tx)) {
    await enqueue(tx, platform, applyChange, { changeId: id }, { dedupeKey: id })
  }
}

/**
 * Brings a planned change about, whole or not at all: a branch stands below one parent at every moment. What is dated is
 * split at the first day of the month (chains, edges), what lives on goes along (people, roles, subscriptions), what arose
 * before stays (documents, earnings, usage, audit). May run twice: a change that is not planned any more is left alone.
 */
export const applyPlanned = async (ctx: WorkCtx, { changeId }: { readonly changeId: string }): Promise<JobResult> => {
  const { owner } = ctx.job
  return ctx.chunk(1, workScope(owner, 'weir_chain'), async (tx) => {
    await lockChains(tx)
    const change = await queries.lockPlanned(tx, changeId)
    if (!change) return { tenants: 0 }
    const tenants = await apply(tx, owner.platformId, change)
    await queries.finishChange(tx, changeId)
    return { tenants }
  })
}

type Planned = NonNullable<Awaited<ReturnType<typeof queries.lockPlanned>>>

async function apply(tx: Tx, platformId: string, change: Planned): Promise<number> {
  const [subject] = await queries.listMembers(tx, [change.organizationId])
  invariant(subject, 'a planned change is about an organization')
  const before = placeOf(platformId, subject)
  if (change.toParentId !== null) await move(tx, platformId, change, subject)
  if (change.toModel !== null) await queries.updateModel(tx, subject.id, change.toModel)
  if (change.toConfidential !== null) await seal(tx, platformId, subject.id, change.toConfidential)
  const [now] = await queries.listMembers(tx, [subject.id])
  invariant(now, 'an organization outlives a change')
  const branch = await queries.listBranch(tx, now)
  const above = lineOf(placeOf(platformId, now))
  const members = membersOf([...(await queries.listMembers(tx, above)), ...branch])
  await reseat(tx, { platformId, change, members, branch })
  const tenants = branch.filter(({ level }) => level === 'tenant')
  await rechain(tx, { platformId, change, members, tenants })
  await tell(tx, change, before, placeOf(platformId, now))
  await refresh(tx, change.fromPeriod, tenants)
  return tenants.length
}

const placeOf = (platformId: string, { id, level, distributorId, partnerId }: queries.MemberRow): Branch => ({
  organizationId: id,
  level,
  platformId,
  distributorId,
  partnerId,
  tenantId: level === 'tenant' ? id : nilId,
})

async function seal(tx: Tx, platformId: string, resellerId: string, isConfidential: boolean): Promise<void> {
  await queries.updateConfidential(tx, resellerId, isConfidential)
  await showPricesTo(tx, resellerId, isConfidential ? null : platformId)
}

async function move(tx: Tx, platformId: string, change: Planned, subject: queries.MemberRow): Promise<void> {
  const [parent] = await queries.listMembers(tx, [change.toParentId ?? nilId])
  invariant(parent, 'a new parent is never deleted')
  await queries.moveBranch(tx, subject, placeOf(platformId, parent))
  const branch = await queries.listBranch(tx, subject)
  await queries.moveAliases(
    tx,
    branch.filter(({ level }) => level === 'tenant').map(({ id }) => id),
  )
  await queries.deleteForeignGrants(
    tx,
    branch.map(({ id }) => id),
    platformId,
  )
}

type Task = {
  readonly platformId: string
  readonly change: Planned
  readonly members: Members
}

/** Ends the edges that are not as they should be from now on, and opens those that should be. */
async function reseat(tx: Tx, task: Task & { readonly branch: readonly queries.MemberRow[] }): Promise<void> {
  const { platformId, change, members, branch } = task
  const day = periodStart(change.fromPeriod)
  const open = await queries.listOpenEdges(
    tx,
    branch.map(({ id }) => id),
  )
  const edgeOf = new Map(open.map((edge) => [edge.buyerId, edge]))
  const opening: NewEdge[] = []
  const ending = new Set(open.map(({ id }) => id))
  for (const row of branch) {
    const wanted = purchaseOf(members, platformId, row)
    if (!wanted) continue
    const now = edgeOf.get(row.id)
    const terms = termsOf(task, wanted, now, row)
    if (now && isAsWanted(now, wanted, terms)) ending.delete(now.id)
    else opening.push({ edge: wanted, terms })
  }
  await queries.endEdges(tx, [...ending], day)
  await openEdges(tx, platformId, opening, `[${day},)`)
}

/** What the parties agreed on goes on between them; a new seller bills in its own currency (law 10). */
function termsOf(
  { change, members }: Task,
  wanted: ChainEdge,
  now: queries.OpenEdgeRow | undefined,
  row: queries.MemberRow,
): Terms {
  const own = members.get(wanted.seller.id)
  invariant(own, 'a seller stands above its buyer')
  const agreed = now?.sellerId === wanted.seller.id ? now : termsIn(own.currency)
  const { currency: code, digits, paymentTermDays } = agreed
  if (change.kind !== 'edge_terms' || row.id !== change.organizationId)
    return { currency: code, digits, paymentTermDays }
  const next = change.toCurrency ?? code
  return {
    currency: next,
    digits: minorDigits(currency(next)),
    paymentTermDays: change.toPaymentTerm ?? paymentTermDays,
  }
}

const isAsWanted = (now: queries.OpenEdgeRow, wanted: ChainEdge, terms: Terms): boolean =>
  now.sellerId === wanted.seller.id &&
  now.agentDistributorId === (wanted.agents.find(({ level }) => level === 'distributor')?.id ?? null) &&
  now.agentPartnerId === (wanted.agents.find(({ level }) => level === 'partner')?.id ?? null) &&
  now.isSeenByPlatform === (wanted.sees.platform !== null) &&
  now.currency === terms.currency &&
  now.paymentTermDays === terms.paymentTermDays

/** From the day on, the tenants' usage is rated along their new chains. */
async function rechain(tx: Tx, task: Task & { readonly tenants: readonly queries.MemberRow[] }): Promise<void> {
  const { platformId, change, members, tenants } = task
  const day = periodStart(change.fromPeriod)
  const ids = tenants.map(({ id }) => id)
  await queries.endChains(tx, ids, day)
  const chains = tenants.map((row) => chainAt(members, platformId, row))
  invariant(
    chains.every((chain) => edgesOf(chain).length > 0),
    'every tenant buys from somebody',
  )
  await writeChains(tx, platformId, chains, `[${day},)`)
  await queries.moveUsage(tx, ids, day)
}

/** Both sides find it in their audit: the old parents with the old place, the new ones with the new. */
async function tell(tx: Tx, change: Planned, before: Branch, after: Branch): Promise<void> {
  const entry = { changeId: change.id, details: { kind: change.kind, fromPeriod: change.fromPeriod } }
  const isElsewhere = before.distributorId !== after.distributorId || before.partnerId !== after.partnerId
  if (isElsewhere) {
    await queries.insertAuditAt(tx, { ...entry, id: newId(), place: before, action: 'organization.moved_away' })
  }
  const action = isElsewhere ? 'organization.moved_in' : 'organization.changed'
  await queries.insertAuditAt(tx, { ...entry, id: newId(), place: after, action })
}

/** What was rated for the new days before the change came about is rated again, on all edges of both chains. */
async function refresh(tx: Tx, from: Period, tenants: readonly queries.MemberRow[]): Promise<void> {
  const ids = tenants.map(({ id }) => id)
  const posted = await queries.listPostedFrom(tx, ids, from)
  await switchRole(tx, 'weir_ingest')
  await markTenantsDue(tx, [...ids.map((tenantId) => ({ tenantId, period: from })), ...posted])
  await switchRole(tx, 'weir_chain')
}

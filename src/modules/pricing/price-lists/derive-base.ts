import { type DayRange, overlap } from '../../../billing/days.ts'
import type { BaseRate } from '../../../billing/derive-versions.ts'
import { lineOf, tierRole } from '../../../platform/context.ts'
import { enterScope, type Tx } from '../../../platform/db.ts'
import { nilId } from '../../../platform/ids.ts'
import type { JobOwner } from '../../../platform/jobs.ts'
import type { DerivationRow } from './queries-derivations.ts'
import * as queries from './queries-derived.ts'

/** In whose name prices follow: the deriving seller, in a request or in a job. */
export type Keeper = JobOwner & { readonly sellerOfRecordId: string }

/** The scope of the deriving seller's own tier, with the sight of the shared lists of one that sells to it. */
export const keeperScope = (keeper: Keeper, sellerOfRecordId: string) => ({
  role: tierRole(keeper.level),
  organizationId: keeper.organizationId,
  accountId: keeper.accountId,
  sellerOfRecordId,
  line: lineOf(keeper),
})

type Source = Pick<queries.BaseWanted, 'sellerId' | 'kind' | 'code' | 'targets'> & { readonly days: DayRange }

/**
 * The prices that a list is derived from, with the days on which they count, as the seller's tier reads them: of a list, its
 * active versions while the list is in the seller's sight; of what it pays, those that its own edge to buy on gives. The
 * platform buys at its cost lists.
 */
export async function readBase(tx: Tx, keeper: Keeper, one: DerivationRow): Promise<BaseRate[]> {
  const found: BaseRate[] = []
  for (const { days, ...source } of await sourcesOf(tx, keeper, one)) {
    const viewer = { ...keeper, sellerOfRecordId: source.sellerId }
    await enterScope(tx, keeperScope(keeper, source.sellerId))
    const rows = await queries.listBaseRates(tx, viewer, { ...source, days, currency: one.currency })
    for (const { from, to, ...rate } of rows) {
      const valid = overlap(days, { from, to })
      if (valid) found.push({ ...rate, valid })
    }
  }
  await enterScope(tx, keeperScope(keeper, keeper.sellerOfRecordId))
  return found
}

async function sourcesOf(tx: Tx, keeper: Keeper, one: DerivationRow): Promise<Source[]> {
  const own = keeper.organizationId
  const days = { from: one.from, to: one.to }
  if (one.base?.sellerId === own) return [{ ...sourceOf(one.base), days }]
  if (one.base === null && keeper.level === 'platform') {
    return [{ sellerId: own, kind: 'cost', code: undefined, targets: await buyTargets(tx, own, one), days }]
  }
  const targets = one.base ? [] : await buyTargets(tx, own, one)
  return (await queries.listBuyEdges(tx, keeper)).flatMap((edge): Source[] => {
    const shared = overlap(days, { from: edge.from ?? days.from, to: edge.to })
    if (!shared || edge.currency !== one.currency) return []
    if (!one.base) return [{ sellerId: edge.sellerId, kind: 'sale', code: undefined, targets, days: shared }]
    return edge.sellerId === one.base.sellerId ? [{ ...sourceOf(one.base), days: shared }] : []
  })
}

const sourceOf = ({ sellerId, kind, code, scope, targetId }: NonNullable<DerivationRow['base']>) => ({
  sellerId,
  kind,
  code,
  targets: [{ scope, targetId }],
})

/** What the seller pays for whatever the derived list is for: a price for one region is bought at that region's. */
async function buyTargets(tx: Tx, buyerId: string, { scope, target }: DerivationRow): Promise<Source['targets']> {
  const everybodys = [
    { scope: 'default' as const, targetId: nilId },
    { scope: 'buyer' as const, targetId: buyerId },
  ]
  if (scope === 'default' || scope === 'buyer') return everybodys
  const narrow = { scope, targetId: target.targetId }
  if (scope !== 'subscription') return [...everybodys, narrow]
  const planVersionId = await queries.findPlanVersionOf(tx, target.targetId)
  return [
    ...everybodys,
    narrow,
    ...(planVersionId ? [{ scope: 'plan_version' as const, targetId: planVersionId }] : []),
  ]
}
